//! Reason (RFC 3326).

use std::fmt;

use super::{Header, ValueError};
use crate::{
    grammar::{Params, is_token, quote, trim_blanks, unquote},
    message::{Name, Rule},
};

/// Why a request was sent: a SIP status or a Q.850 cause.
///
/// ```
/// use milliwatt_sip::header::{Header, Reason};
///
/// let reason = Reason::parse("Q.850 ;cause=16 ;text=\"Normal \\\"clearing\\\"\"").unwrap();
/// assert_eq!((reason.q850(), reason.sip()), (Some(16), None));
/// assert_eq!(reason.text.as_deref(), Some("Normal \"clearing\""));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// `SIP`, `Q.850` or another protocol, as it was written.
    pub protocol: String,
    /// The cause.
    pub cause: Option<u16>,
    /// The cause in words.
    pub text: Option<String>,
}

impl Reason {
    /// The Q.850 cause.
    pub fn q850(&self) -> Option<u16> {
        self.cause.filter(|_| self.protocol.eq_ignore_ascii_case("Q.850"))
    }

    /// The SIP status.
    pub fn sip(&self) -> Option<u16> {
        self.cause.filter(|_| self.protocol.eq_ignore_ascii_case("SIP"))
    }
}

impl Header for Reason {
    const NAME: Name<'static> = Name::Reason;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let (protocol, params) = text.split_once(';').unwrap_or((text, ""));
        let (protocol, params) = (trim_blanks(protocol), Params::new(params));
        if !is_token(protocol.as_bytes()) {
            return Err(ValueError::new(Rule::ValueSyntax));
        }
        Ok(Self {
            protocol: protocol.to_owned(),
            cause: params.value("cause").and_then(|cause| cause.parse().ok()),
            text: params.raw("text").map(|text| unquote(text).into_owned()),
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.protocol)?;
        if let Some(cause) = self.cause {
            write!(f, ";cause={cause}")?;
        }
        match &self.text {
            Some(text) => write!(f, ";text={}", quote(text)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_back() {
        let it = Reason {
            protocol: "SIP".to_owned(),
            cause: Some(487),
            text: Some("a;b, \"c\"".to_owned()),
        };
        assert_eq!(Reason::parse(&it.to_string()), Ok(it));
        let odd = Reason::parse("X-Any;cause=none").unwrap();
        assert_eq!((odd.cause, odd.text), (None, None));
        assert!(Reason::parse(";cause=1").is_err());
    }
}
