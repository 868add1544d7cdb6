//! Warning (RFC 3261 §20.43).

use std::fmt;

use super::{Header, ValueError};
use crate::{
    grammar::{quote, trim_blanks, unquote},
    message::{Name, Rule},
};

/// What went wrong, in more detail than the status code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The code, 300 to 399 in RFC 3261.
    pub code: u16,
    /// The element that warns.
    pub agent: String,
    /// The words for a person.
    pub text: String,
}

impl Header for Warning {
    const NAME: Name<'static> = Name::Warning;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let wrong = ValueError::new(Rule::ValueSyntax);
        let (code, rest) = text.split_once([' ', '\t']).ok_or(wrong)?;
        let (agent, text) = trim_blanks(rest).split_once([' ', '\t']).ok_or(wrong)?;
        if code.len() != 3 || !code.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(ValueError::new(Rule::NumberRange));
        }
        let code = code.parse().map_err(|_| wrong)?;
        Ok(Self { code, agent: agent.to_owned(), text: unquote(trim_blanks(text)).into_owned() })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {} {}", self.code, self.agent, quote(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_parts() {
        let it = Warning::parse("307 isi.edu \"Session parameter 'foo' not understood\"").unwrap();
        assert_eq!((it.code, &*it.agent), (307, "isi.edu"));
        assert_eq!(Warning::parse(&it.to_string()), Ok(it));
        assert_eq!(
            Warning::parse("1812 overture \"In Progress\"").unwrap_err().rule(),
            Rule::NumberRange
        );
        assert!(Warning::parse("399 \"x\"").is_err());
    }
}
