//! `c=` (RFC 8866 §5.7).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Where media are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The address.
    pub address: Address,
}

/// An address of a connection or an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A literal, multicast suffixes left out.
    Ip(IpAddr),
    /// A name that has to be resolved.
    Name(String),
}

impl Connection {
    /// A connection to a literal address.
    pub fn new(ip: IpAddr) -> Self {
        Self { address: Address::Ip(ip) }
    }

    /// Reads `IN IP4 address`. The literal decides the family when it contradicts the type.
    pub fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let network = words.next()?;
        let kind = words.next()?;
        let known = network.eq_ignore_ascii_case("IN")
            && (kind.eq_ignore_ascii_case("IP4") || kind.eq_ignore_ascii_case("IP6"));
        let address = Address::parse(words.next()?)?;
        known.then_some(Self { address })
    }

    /// The literal address; `None` for a name.
    pub fn ip(&self) -> Option<IpAddr> {
        match self.address {
            Address::Ip(ip) => Some(ip),
            Address::Name(_) => None,
        }
    }

    /// The unspecified address: hold as RFC 2543 had it (RFC 3264 §8.4).
    pub fn is_hold(&self) -> bool {
        self.ip().is_some_and(|ip| ip.is_unspecified())
    }
}

impl Address {
    pub(super) fn parse(word: &str) -> Option<Self> {
        let host = word.split_once('/').map_or(word, |(host, _)| host);
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        if let Ok(ip) = bare.parse::<Ipv4Addr>() {
            return Some(Self::Ip(ip.into()));
        }
        if let Ok(ip) = bare.parse::<Ipv6Addr>() {
            return Some(Self::Ip(ip.into()));
        }
        let is_name = !host.is_empty()
            && host.len() <= 255
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
            && host.bytes().any(|b| b.is_ascii_alphabetic());
        is_name.then(|| Self::Name(host.to_owned()))
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IN {}", self.address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip)) => write!(f, "IP4 {ip}"),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "IP6 {ip}"),
            Self::Name(name) => write!(f, "IP4 {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_names_and_multicast_are_read() {
        let ip = |value| Connection::parse(value).and_then(|c| c.ip()).map(|ip| ip.to_string());
        assert_eq!(ip("IN IP4 192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(ip("IN IP4 224.2.1.1/127/3").as_deref(), Some("224.2.1.1"));
        assert_eq!(ip("in ip6  2001:db8::1 ").as_deref(), Some("2001:db8::1"));
        assert_eq!(ip("IN IP6 [2001:db8::1]").as_deref(), Some("2001:db8::1"));
        assert_eq!(ip("IN IP4 2001:db8::1").as_deref(), Some("2001:db8::1"));
        let name = Connection::parse("IN IP4 media.example.net").unwrap();
        assert_eq!(name.address, Address::Name("media.example.net".into()));
        assert_eq!(name.to_string(), "IN IP4 media.example.net");
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in [
            "",
            "IN",
            "IN IP4",
            "IN IP5 1.2.3.4",
            "ATM IP4 1.2.3.4",
            "IN IP4 1.2.3.456",
            "IN IP4 /",
            "IN IP6 ::1%eth0",
            "IN IP4 999999999999",
        ] {
            assert_eq!(Connection::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_unspecified_address_is_hold() {
        assert!(Connection::parse("IN IP4 0.0.0.0").unwrap().is_hold());
        assert!(Connection::parse("IN IP6 ::").unwrap().is_hold());
        assert!(!Connection::parse("IN IP4 127.0.0.1").unwrap().is_hold());
    }
}
