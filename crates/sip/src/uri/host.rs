//! Host of a URI or a Via (RFC 3261 §25.1 `host`, RFC 5118).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::{
    grammar::{
        Notes, Span,
        chars::{HOST, is_of, run},
    },
    message::Rule,
};

/// A host as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host<'a> {
    /// A domain name.
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address, in brackets on the wire.
    V6(Ipv6Addr),
}

impl Host<'_> {
    /// The address, when it is no name.
    pub fn ip(&self) -> Option<IpAddr> {
        match *self {
            Self::Name(_) => None,
            Self::V4(address) => Some(address.into()),
            Self::V6(address) => Some(address.into()),
        }
    }

    /// Names are equal without regard to case, addresses as numbers.
    pub fn equivalent(&self, other: &Host<'_>) -> bool {
        match (self, other) {
            (Self::Name(a), Host::Name(b)) => a.eq_ignore_ascii_case(b),
            _ => self.ip().is_some() && self.ip() == other.ip(),
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => write!(f, "{address}"),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

impl From<IpAddr> for Host<'static> {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

/// A host without its text: names are kept as the span in which they stand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HostSpan {
    Name(Span),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl HostSpan {
    pub(crate) fn of(self, text: &str) -> Host<'_> {
        match self {
            Self::Name(span) => Host::Name(span.of(text)),
            Self::V4(address) => Host::V4(address),
            Self::V6(address) => Host::V6(address),
        }
    }
}

/// What stands at the start of a `hostport`: the host, the port, and the octet after them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostPort {
    pub(crate) host: HostSpan,
    pub(crate) port: Option<u16>,
    pub(crate) end: usize,
}

/// Reads `host [":" port]` in `text` from octet `from`; blanks around the colon only where
/// `blanks` allows them (Via does, URIs do not). The host ends at `:`, `;`, `?`, `,` or a blank.
pub(crate) fn scan_host_port(
    text: &str,
    from: usize,
    blanks: bool,
    notes: &mut Notes,
) -> Option<HostPort> {
    let rest = text.as_bytes().get(from..)?;
    plain_host_port(rest, from, b";?").or_else(|| scan_any_host_port(text, from, blanks, notes))
}

/// Reads the same by the general rules.
fn scan_any_host_port(
    text: &str,
    from: usize,
    blanks: bool,
    notes: &mut Notes,
) -> Option<HostPort> {
    let bytes = text.as_bytes();
    let rest = bytes.get(from..)?;
    let (host, mut end) = if rest.first() == Some(&b'[') {
        let close = from + memchr::memchr(b']', rest)?;
        (HostSpan::V6(scan_ipv6(text.get(from + 1..close)?, notes)?), close + 1)
    } else {
        let sound = run(rest, HOST);
        let strange = rest.get(sound..).unwrap_or_default();
        let ends = |octet: &u8| matches!(octet, b':' | b';' | b'?' | b',' | b' ' | b'\t');
        let length = sound + strange.iter().position(ends).unwrap_or(strange.len());
        let span = Span::new(from, from + length);
        (scan_name(text, span, length == sound, notes)?, from + length)
    };
    let colon = if blanks { skip_blanks(bytes, end) } else { end };
    let mut port = None;
    if bytes.get(colon) == Some(&b':') {
        let start = if blanks { skip_blanks(bytes, colon + 1) } else { colon + 1 };
        let digits = bytes.get(start..)?.iter().take_while(|octet| octet.is_ascii_digit()).count();
        end = start + digits;
        match text.get(start..end)? {
            "" if bytes.get(end).is_some_and(|octet| !b";? \t".contains(octet)) => {}
            "" => notes.note(Rule::HostSyntax),
            number => port = Some(number.parse().ok()?),
        }
    }
    Some(HostPort { host, port, end })
}

/// Reads a name or an IPv4 address; `sound` where it has letters, digits, `-` and `.` alone.
fn scan_name(text: &str, span: Span, sound: bool, notes: &mut Notes) -> Option<HostSpan> {
    let name = span.of(text);
    if name.is_empty() {
        return None;
    }
    if let Some((address, length)) = scan_ipv4(name.as_bytes())
        && length == name.len()
    {
        return Some(HostSpan::V4(address));
    }
    if !sound {
        if name.bytes().any(|octet| octet.is_ascii_control() || b"<>\"@[]\\".contains(&octet)) {
            return None;
        }
        notes.note(Rule::HostSyntax);
    }
    Some(HostSpan::Name(span))
}

/// Reads a name or an IPv4 address with or without a port, in which nothing is to be noted, as
/// nearly all are: each octet is looked at once. `None` for any other, which the general rules read,
/// and where another octet follows than the end or one of `after`. `rest` stands at octet `from` of its
/// text.
#[inline]
pub(crate) fn plain_host_port(rest: &[u8], from: usize, after: &[u8]) -> Option<HostPort> {
    let address = scan_ipv4(rest)
        .filter(|&(_, length)| !rest.get(length).is_some_and(|&octet| is_of(octet, HOST)));
    let (host, length) = match address {
        Some((address, length)) => (HostSpan::V4(address), length),
        None => {
            let length = run(rest, HOST);
            (HostSpan::Name(Span::new(from, from + length)), length)
        }
    };
    let (port, end) = match rest.get(length) {
        Some(b':') => {
            let (port, digits) = plain_port(rest.get(length + 1..)?)?;
            (Some(port), length + 1 + digits)
        }
        _ => (None, length),
    };
    let ended = rest.get(end).is_none_or(|octet| after.contains(octet));
    (ended && length > 0).then_some(HostPort { host, port, end: from + end })
}

/// A port of up to five digits, and how many they are.
fn plain_port(rest: &[u8]) -> Option<(u16, usize)> {
    let mut number = 0_u32;
    let mut digits = 0;
    for octet in rest.iter().take_while(|octet| octet.is_ascii_digit()).take(6) {
        number = number * 10 + u32::from(octet - b'0');
        digits += 1;
    }
    let port = u16::try_from(number).ok()?;
    (1..=5).contains(&digits).then_some((port, digits))
}

/// Four numbers up to 255 without leading zeros at the start of a text, and their length.
fn scan_ipv4(text: &[u8]) -> Option<(Ipv4Addr, usize)> {
    let mut parts = [0_u8; 4];
    let mut rest = text;
    for (index, part) in parts.iter_mut().enumerate() {
        let mut digits = 0;
        let mut number = 0_u32;
        while let Some((digit @ b'0'..=b'9', after)) = rest.split_first() {
            number = number * 10 + u32::from(digit - b'0');
            digits += 1;
            rest = after;
            if digits > 3 || (digits > 1 && number < 10) {
                return None;
            }
        }
        *part = u8::try_from(number).ok().filter(|_| digits > 0)?;
        match rest.split_first() {
            _ if index == 3 => {}
            Some((b'.', after)) => rest = after,
            _ => return None,
        }
    }
    Some((Ipv4Addr::from(parts), text.len() - rest.len()))
}

/// Reads an IPv6 address. Three colons in a row, which the grammar of RFC 3261 let through by
/// mistake, count as two (RFC 5118 §4.10).
fn scan_ipv6(text: &str, notes: &mut Notes) -> Option<Ipv6Addr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if text.len() > LONGEST_IPV6 || !text.contains(":::") {
        return None;
    }
    let address = text.replacen(":::", "::", 1).parse().ok()?;
    notes.note(Rule::Ipv6ThreeColons);
    Some(address)
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let blanks = bytes.iter().skip(from).take_while(|octet| matches!(octet, b' ' | b'\t')).count();
    from + blanks
}

/// Octets of the longest way to write an IPv6 address, and one colon too many.
const LONGEST_IPV6: usize = 46;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_hosts_are_read_as_the_general_rules_read_them() {
        for text in ["b", "a-b.c;x", "192.0.2.1", "192.0.2.1:5060;x", "1.2.3.400:1?x", "1.2.3.4a"] {
            for blanks in [false, true] {
                let mut notes = Notes::default();
                let text = format!("x@{text}");
                let general = scan_any_host_port(&text, 2, blanks, &mut notes);
                let plain = plain_host_port(&text.as_bytes()[2..], 2, b";?");
                assert!(plain.is_some() && notes.rules().is_empty(), "{text}");
                assert_eq!(format!("{plain:?}"), format!("{general:?}"), "{text}");
            }
        }
        for text in ["", ":1", "b:", "b:65536", "b:000001", "b :1", "b,c", "[::1]", "b_c", "b:1 "] {
            assert!(plain_host_port(text.as_bytes(), 0, b";?").is_none(), "{text}");
        }
    }

    #[test]
    fn ipv4_is_read_as_the_standard_library_reads_it() {
        for text in [
            "192.0.2.1",
            "0.0.0.0",
            "255.255.255.255",
            "256.1.1.1",
            "01.1.1.1",
            "00.1.1.1",
            "1.1.1",
            "1.1.1.1.1",
            "1.1.1.",
            ".1.1.1",
            "1..1.1",
            "1.1.1.1a",
            "",
            "1111.1.1.1",
            "-1.1.1.1",
        ] {
            let whole = Span::new(0, text.len());
            let found = match scan_name(text, whole, true, &mut Notes::default()) {
                Some(HostSpan::V4(address)) => Some(address),
                _ => None,
            };
            assert_eq!(found, text.parse().ok(), "{text}");
        }
    }
}
