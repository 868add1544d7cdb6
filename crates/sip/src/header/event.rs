//! Event (RFC 6665 §8.2.1).

use std::fmt;

use super::{Header, ValueError};
use crate::{
    grammar::{Params, is_token, trim_blanks},
    message::{Name, Rule},
};

/// The package of a subscription or notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The package with its templates, such as `message-summary`.
    pub package: String,
    /// The `id` parameter.
    pub id: Option<String>,
}

impl Header for Event {
    const NAME: Name<'static> = Name::Event;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let (package, params) = text.split_once(';').unwrap_or((text, ""));
        let package = trim_blanks(package);
        if !is_token(package.as_bytes()) {
            return Err(ValueError::new(Rule::ValueSyntax));
        }
        let id = Params::new(params).value("id").map(str::to_owned);
        Ok(Self { package: package.to_owned(), id })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.package)?;
        match &self.id {
            Some(id) => write!(f, ";id={id}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_and_id() {
        let it = Event::parse("refer;id=93809824").unwrap();
        assert_eq!((&*it.package, it.id.as_deref()), ("refer", Some("93809824")));
        assert_eq!(it.to_string(), "refer;id=93809824");
        assert!(Event::parse("").is_err());
    }
}
