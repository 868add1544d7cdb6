//! Privacy (RFC 3323 §4.2, RFC 3325 §9.3).

use std::fmt;

use super::{Header, ValueError};
use crate::{
    grammar::{is_token, trim_blanks},
    message::{Name, Rule},
};

/// The kinds of privacy that are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Privacy {
    values: Vec<String>,
}

impl Privacy {
    /// One kind: `id`, `header`, `session`, `user`, `none`, `critical`, `history`.
    pub fn new(value: &str) -> Self {
        Self { values: vec![value.to_owned()] }
    }

    /// True where that kind is named.
    pub fn has(&self, value: &str) -> bool {
        self.values.iter().any(|found| found.eq_ignore_ascii_case(value))
    }

    /// True where the caller's number must not be shown.
    pub fn hides_caller(&self) -> bool {
        !self.has("none") && (self.has("id") || self.has("user") || self.has("header"))
    }
}

impl Header for Privacy {
    const NAME: Name<'static> = Name::Privacy;

    /// The grammar separates by semicolons; commas, which many write, are understood.
    fn parse(text: &str) -> Result<Self, ValueError> {
        let values: Vec<_> = text.split([';', ',']).map(trim_blanks).map(str::to_owned).collect();
        if values.iter().all(|value| is_token(value.as_bytes())) {
            Ok(Self { values })
        } else {
            Err(ValueError::new(Rule::ValueSyntax))
        }
    }
}

impl fmt::Display for Privacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.values.join(";"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_privacy() {
        let hides = |text| Privacy::parse(text).unwrap().hides_caller();
        assert!(hides("id") && hides("ID;critical") && hides("header, user"));
        assert!(!hides("none") && !hides("session"));
        assert!(Privacy::parse("").is_err() && Privacy::parse("id;").is_err());
        assert_eq!(Privacy::new("id").to_string(), "id");
    }
}
