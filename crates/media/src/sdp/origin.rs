//! `o=` (RFC 8866 §5.2).

use std::fmt;

use super::connection::Address;

/// Who made a description, and which version of it this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// User name, `-` for none.
    pub user: String,
    /// Session identifier.
    pub session: u64,
    /// Raised by one with each change (RFC 3264 §8).
    pub version: u64,
    /// The maker's address.
    pub address: Address,
}

impl Origin {
    /// Reads the six words; numbers beyond 64 bits are refused.
    pub fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let user = words.next()?.to_owned();
        let session = words.next()?.parse().ok()?;
        let version = words.next()?.parse().ok()?;
        let (_network, _kind) = (words.next()?, words.next()?);
        let address = Address::parse(words.next()?)?;
        words.next().is_none().then_some(Self { user, session, version, address })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} IN {}", self.user, self.session, self.version, self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_and_printed() {
        let value = "jdoe 2890844526 2890842807 IN IP4 10.47.16.5";
        let origin = Origin::parse(value).unwrap();
        assert_eq!((origin.session, origin.version), (2_890_844_526, 2_890_842_807));
        assert_eq!(origin.to_string(), value);
        for wrong in [
            "",
            "- 1",
            "- 1 2 IN IP4",
            "- x 2 IN IP4 a",
            "- 1 -2 IN IP4 a.b",
            "- 99999999999999999999 2 IN IP4 a.b",
            "- 1 2 IN IP4 a.b c",
        ] {
            assert_eq!(Origin::parse(wrong), None, "{wrong}");
        }
    }
}
