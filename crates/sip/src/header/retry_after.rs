//! Retry-After (RFC 3261 §20.33).

use std::fmt;

use super::{Header, Number, ValueError, scan_number};
use crate::{
    grammar::{Params, trim_blanks},
    message::{Name, Rule},
};

/// When to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    /// Seconds to wait; more than 2^32 - 1 read as that.
    pub seconds: u32,
    /// Seconds for which the called side can be reached from then on.
    pub duration: Option<u32>,
}

impl Header for RetryAfter {
    const NAME: Name<'static> = Name::RetryAfter;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let end = text.bytes().position(|octet| !octet.is_ascii_digit()).unwrap_or(text.len());
        let (number, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let seconds = scan_number(number).ok_or(ValueError::new(Rule::NumberSyntax))?;
        let rest = after_comment(trim_blanks(rest));
        if !rest.is_empty() && !rest.starts_with(';') {
            return Err(ValueError::new(Rule::TextAfterValue));
        }
        let duration = Params::new(rest).value("duration").and_then(scan_number);
        Ok(Self { seconds: seconds.saturated(), duration: duration.map(Number::saturated) })
    }
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seconds)?;
        match self.duration {
            Some(duration) => write!(f, ";duration={duration}"),
            None => Ok(()),
        }
    }
}

/// What follows a comment in round brackets, which may hold comments itself.
fn after_comment(text: &str) -> &str {
    let mut depth = 0_u32;
    let mut escaped = false;
    for (at, octet) in text.bytes().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            let next = if octet == b')' { at + 1 } else { at };
            return trim_blanks(text.get(next..).unwrap_or_default());
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_rfc() {
        for (text, seconds, duration) in [
            ("18000;duration=3600", 18000, Some(3600)),
            ("120 (I'm in a meeting; (really) \\) still)", 120, None),
            ("120 (a);duration=5", 120, Some(5)),
            ("949302838503028349304023988", u32::MAX, None),
            ("0", 0, None),
        ] {
            assert_eq!(RetryAfter::parse(text), Ok(RetryAfter { seconds, duration }), "{text}");
        }
        for text in ["", "-1", "soon", "5 minutes"] {
            assert!(RetryAfter::parse(text).is_err(), "{text}");
        }
    }
}
