//! Contact (RFC 3261 §20.10): an address, or the star that REGISTER uses to remove all.

use std::fmt;

use super::{Address, Header, Number, ValueError, scan_number};
use crate::message::Name;

/// One Contact value.
#[derive(Clone, Debug)]
pub enum Contact {
    /// An address.
    Address(Address),
    /// `*`, all contacts (RFC 3261 §10.2.2).
    Star,
}

impl Contact {
    /// The address, when it is no star.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Address(address) => Some(address),
            Self::Star => None,
        }
    }

    /// The `expires` parameter in seconds; a malformed one reads as 3600 and a larger one than
    /// 2^32 - 1 as that (RFC 3261 §20.10).
    pub fn expires(&self) -> Option<u32> {
        let text = self.address()?.params().value("expires")?;
        Some(scan_number(text).map_or(3600, Number::saturated))
    }

    /// The `q` parameter in thousandths, 1000 when it is missing or malformed.
    pub fn q(&self) -> u16 {
        let text = self.address().and_then(|address| address.params().value("q"));
        text.and_then(thousandths).unwrap_or(1000)
    }
}

impl Header for Contact {
    const NAME: Name<'static> = Name::Contact;

    fn parse(text: &str) -> Result<Self, ValueError> {
        if text.trim() == "*" {
            return Ok(Self::Star);
        }
        Address::parse(text).map(Self::Address)
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Star => f.write_str("*"),
        }
    }
}

/// `qvalue`: 0 to 1 with up to three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let parts = format!("{decimals:0<3}").parse::<u16>().ok()?;
    let value = whole.parse::<u16>().ok()?.checked_mul(1000)?.checked_add(parts)?;
    (value <= 1000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(text: &str) -> Contact {
        Contact::parse(text).unwrap()
    }

    #[test]
    fn parameters_of_a_contact() {
        let it = contact("<sip:a@b;x>;q=0.7;expires=60;unknownparam");
        assert_eq!((it.q(), it.expires()), (700, Some(60)));
        assert!(it.address().unwrap().params().has("unknownparam"));
        assert_eq!(contact("<sip:a@b>;expires=280297596632815").expires(), Some(u32::MAX));
        assert_eq!(contact("<sip:a@b>;expires=x").expires(), Some(3600));
        for (q, value) in
            [("1.000", 1000), ("0", 0), ("0.05", 50), ("2", 1000), ("0.0001", 1000), (".5", 1000)]
        {
            assert_eq!(contact(&format!("<sip:a@b>;q={q}")).q(), value, "{q}");
        }
        assert!(matches!(contact(" * "), Contact::Star));
    }
}
