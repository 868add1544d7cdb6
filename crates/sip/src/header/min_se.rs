//! Min-SE (RFC 4028 §5).

use std::fmt;

use super::{Header, ValueError, session_expires::seconds_and_params};
use crate::message::Name;

/// The shortest session interval that an element takes, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinSe(pub u32);

impl Header for MinSe {
    const NAME: Name<'static> = Name::MinSe;

    fn parse(text: &str) -> Result<Self, ValueError> {
        seconds_and_params(text).map(|(seconds, _)| Self(seconds))
    }
}

impl fmt::Display for MinSe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds() {
        assert_eq!(MinSe::parse("90;x=y"), Ok(MinSe(90)));
        assert!(MinSe::parse("-1").is_err());
    }
}
