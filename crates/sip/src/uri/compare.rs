//! When two URIs are the same (RFC 3261 §19.1.4, RFC 3966 §4).

use super::{Scheme, Uri, escape::hex};
use crate::grammar::Params;

pub(super) fn equivalent(a: &Uri, b: &Uri) -> bool {
    match (a.scheme(), b.scheme()) {
        (Scheme::Sip, Scheme::Sip) | (Scheme::Sips, Scheme::Sips) => sip(a, b),
        (Scheme::Tel, Scheme::Tel) => {
            number(a) == number(b) && listed(a.params()) == listed(b.params())
        }
        (Scheme::Other(one), Scheme::Other(two)) => {
            one.eq_ignore_ascii_case(two) && a.user() == b.user()
        }
        _ => false,
    }
}

fn sip(a: &Uri, b: &Uri) -> bool {
    let hosts = a.host().zip(b.host()).is_some_and(|(a, b)| a.equivalent(&b));
    hosts
        && a.port() == b.port()
        && a.user().map(normal) == b.user().map(normal)
        && a.password().map(normal) == b.password().map(normal)
        && params(&listed(a.params()), &listed(b.params()))
        && headers(a) == headers(b)
}

/// Parameters in both must match; of those in one only, the ones that change where or how the
/// request goes never match, and the rest is ignored.
fn params(a: &[(Vec<u8>, Vec<u8>)], b: &[(Vec<u8>, Vec<u8>)]) -> bool {
    let covered = |one: &[(Vec<u8>, Vec<u8>)], other: &[(Vec<u8>, Vec<u8>)]| {
        one.iter().all(|(name, value)| match other.binary_search_by(|(found, _)| found.cmp(name)) {
            Ok(at) => other.get(at).is_some_and(|(_, found)| found == value),
            Err(_) => !DECISIVE.contains(&name.as_slice()),
        })
    };
    covered(a, b) && covered(b, a)
}

/// Names and values without escapes and in lower case, sorted, the first of equal names kept.
fn listed(params: Params<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let lower = |text: &str| normal(text).to_ascii_lowercase();
    let mut list: Vec<_> =
        params.map(|(name, value)| (lower(name), lower(value.unwrap_or_default()))).collect();
    list.sort_by(|(a, _), (b, _)| a.cmp(b));
    list.dedup_by(|(a, _), (b, _)| a == b);
    list
}

fn headers(uri: &Uri) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut list: Vec<_> = uri
        .headers()
        .map(|(name, value)| (normal(name).to_ascii_lowercase(), normal(value)))
        .collect();
    list.sort();
    list
}

/// Digits of a number without its visual separators.
fn number(uri: &Uri) -> String {
    uri.user()
        .unwrap_or_default()
        .chars()
        .filter(|character| !matches!(character, '-' | '.' | '(' | ')'))
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

/// Resolves the escapes of characters outside the reserved set only: a reserved character is not
/// equal to its escape.
fn normal(text: &str) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        match rest {
            [high, low, after @ ..] if octet == b'%' => match hex(*high).zip(hex(*low)) {
                Some((high, low)) if RESERVED.contains(&(high << 4 | low)) => plain.push(octet),
                Some((high, low)) => {
                    plain.push(high << 4 | low);
                    rest = after;
                }
                None => plain.push(octet),
            },
            _ => plain.push(octet),
        }
    }
    plain
}

/// RFC 3261 §25.1 `reserved`.
const RESERVED: &[u8] = b";/?:@&=+$,%";

/// Parameters that never match when only one of two URIs has them.
const DECISIVE: [&[u8]; 5] = [b"maddr", b"method", b"transport", b"ttl", b"user"];

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let (a, b) = (Uri::parse(a).unwrap(), Uri::parse(b).unwrap());
        assert_eq!(equivalent(&a, &b), equivalent(&b, &a), "{a} {b}");
        equivalent(&a, &b)
    }

    /// The examples of RFC 3261 §19.1.4.
    #[test]
    fn equal_by_the_rfc() {
        for (a, b) in [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            ("tel:+1-201-555-0123;ext=12", "TEL:+12015550123;EXT=12"),
            ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn different_by_the_rfc() {
        for (a, b) in [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            ("sip:a@b.c", "sips:a@b.c"),
            ("sip:a;b@c.d", "sip:a%3Bb@c.d"),
            ("sip:null-%00-null@example.com", "sip:null-%00%00-null@example.com"),
            ("tel:+12015550123", "tel:12015550123"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }
}
