//! Session-Expires (RFC 4028 §4).

use std::fmt;

use super::{Header, Number, ValueError, scan_number};
use crate::{
    grammar::{Params, cut, trim_blanks},
    message::{Name, Rule},
};

/// How long a session lives without a refresh, and who refreshes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// The interval in seconds.
    pub seconds: u32,
    /// Who refreshes, when it is said.
    pub refresher: Option<Refresher>,
}

/// The side that refreshes a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// The client of the transaction that set the timer.
    Uac,
    /// Its server.
    Uas,
}

impl Header for SessionExpires {
    const NAME: Name<'static> = Name::SessionExpires;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let (seconds, params) = seconds_and_params(text)?;
        let refresher = match params.value("refresher") {
            Some(who) if who.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(who) if who.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            _ => None,
        };
        Ok(Self { seconds, refresher })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seconds)?;
        match self.refresher {
            None => Ok(()),
            Some(Refresher::Uac) => f.write_str(";refresher=uac"),
            Some(Refresher::Uas) => f.write_str(";refresher=uas"),
        }
    }
}

/// `delta-seconds *(SEMI param)`; more than 2^32 - 1 seconds read as that.
pub(super) fn seconds_and_params(text: &str) -> Result<(u32, Params<'_>), ValueError> {
    let (number, params) = cut(text, b';').unwrap_or((text, ""));
    let number = scan_number(trim_blanks(number)).ok_or(ValueError::new(Rule::NumberSyntax))?;
    Ok((Number::saturated(number), Params::new(params)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_and_refresher() {
        for (text, seconds, refresher) in [
            ("1800", 1800, None),
            ("90 ; Refresher = UAS", 90, Some(Refresher::Uas)),
            ("90;refresher=uac;x", 90, Some(Refresher::Uac)),
            ("90;refresher=me", 90, None),
            ("99999999999", u32::MAX, None),
        ] {
            assert_eq!(SessionExpires::parse(text), Ok(SessionExpires { seconds, refresher }));
        }
        assert!(SessionExpires::parse("soon").is_err());
        let it = SessionExpires { seconds: 90, refresher: Some(Refresher::Uac) };
        assert_eq!(it.to_string(), "90;refresher=uac");
    }
}
