//! RSeq (RFC 3262 §7.1).

use std::fmt;

use super::{Header, Number, ValueError, scan_number};
use crate::message::{Name, Rule};

/// The number of a reliable provisional response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RSeq(pub u32);

impl Header for RSeq {
    const NAME: Name<'static> = Name::RSeq;

    fn parse(text: &str) -> Result<Self, ValueError> {
        match scan_number(text) {
            Some(Number::Fits(number)) => Ok(Self(number)),
            Some(Number::Overlarge) => Err(ValueError::new(Rule::NumberRange)),
            None => Err(ValueError::new(Rule::NumberSyntax)),
        }
    }
}

impl fmt::Display for RSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_32_bits() {
        assert_eq!(RSeq::parse("4294967295"), Ok(RSeq(u32::MAX)));
        assert_eq!(RSeq::parse("4294967296").unwrap_err().rule(), Rule::NumberRange);
        assert_eq!(RSeq::parse("1 2").unwrap_err().rule(), Rule::NumberSyntax);
    }
}
