//! Character classes (RFC 3261 §25.1).

use std::borrow::Cow;

/// A set of octets, one bit each.
pub(crate) type Class = u16;

pub(crate) const TOKEN: Class = 1;
pub(crate) const HOST: Class = 2;
const WORD: Class = 4;
/// Free in the user of a SIP URI.
pub(crate) const USER: Class = 8;
/// Free in its password.
pub(crate) const PASSWORD: Class = 16;
/// Free in one of its parameters.
pub(crate) const PARAM: Class = 32;
/// Free in one of its headers.
pub(crate) const HEADER: Class = 64;
/// In no URI at all.
const NOT_URI: Class = 128;
/// Free in its parameters with what stands between them.
pub(crate) const PARAMS: Class = 256;
/// Free in its headers with what stands between them.
pub(crate) const HEADERS: Class = 512;

/// SP or HTAB.
#[inline]
pub(crate) fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

#[inline]
pub(crate) fn is_token_byte(octet: u8) -> bool {
    class(octet) & TOKEN != 0
}

/// `token`: at least one character.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && are_all(text, TOKEN)
}

/// How many octets at the start are of that class.
#[inline]
pub(crate) fn run(text: &[u8], of: Class) -> usize {
    position(text, |octet| !is_of(octet, of))
}

/// Where such an octet first stands, or the end. Four are looked at in each turn of the loop.
#[inline]
pub(crate) fn position(text: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let (fours, rest) = text.as_chunks::<4>();
    for (index, four) in fours.iter().enumerate() {
        if let Some(at) = four.iter().position(|&octet| is(octet)) {
            return 4 * index + at;
        }
    }
    4 * fours.len() + rest.iter().position(|&octet| is(octet)).unwrap_or(rest.len())
}

/// True where all octets are of that one class. Texts are short and mostly sound: looking at all of
/// them without a branch is faster than stopping at the first that is not.
#[inline]
pub(crate) fn are_all(text: &[u8], of: Class) -> bool {
    text.iter().fold(of, |all, &octet| all & class(octet)) != 0
}

/// `callid`: a word, or two joined by `@`.
pub(crate) fn is_call_id(text: &[u8]) -> bool {
    let first = run(text, WORD);
    match text.get(first..) {
        Some([]) => first > 0,
        Some([b'@', second @ ..]) => first > 0 && !second.is_empty() && are_all(second, WORD),
        _ => false,
    }
}

/// Without SP, HTAB, CR and LF at both ends.
#[inline]
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    trim_counted(text).1
}

/// The same, and how many of them stood at the start.
#[inline]
pub(crate) fn trim_counted(text: &[u8]) -> (usize, &[u8]) {
    let mut trimmed = text;
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = trimmed {
        trimmed = rest;
    }
    let white = text.len() - trimmed.len();
    while let [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = trimmed {
        trimmed = rest;
    }
    (white, trimmed)
}

/// Without SP and HTAB at both ends.
#[inline]
pub(crate) fn trim_blanks(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if !is_blank(*first) && !is_blank(*last) => text,
        [one] if !is_blank(*one) => text,
        _ => text.trim_matches([' ', '\t']),
    }
}

/// True where an octet belongs to one of those classes.
pub(crate) fn is_of(octet: u8, classes: Class) -> bool {
    class(octet) & classes != 0
}

/// True where an octet can stand in no URI: blanks, controls, angle brackets, double quotes.
pub(crate) fn is_no_uri(text: &[u8]) -> bool {
    text.iter().fold(0, |any, &octet| any | class(octet)) & NOT_URI != 0
}

/// Where an octet first stands. Most texts here are so short that a plain loop beats `memchr`.
#[inline]
pub(crate) fn find(octet: u8, text: &[u8]) -> Option<usize> {
    let at = position(text, |found| found == octet);
    (at < text.len()).then_some(at)
}

/// The texts before and after the first such octet, which is of ASCII.
#[inline]
pub(crate) fn cut(text: &str, octet: u8) -> Option<(&str, &str)> {
    let at = find(octet, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The text of octets; those that are no UTF-8 read as U+FFFD.
pub(crate) fn lossy(octets: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(octets),
    }
}

#[inline]
fn class(octet: u8) -> Class {
    CLASSES.get(usize::from(octet)).copied().unwrap_or_default()
}

static CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [0; 256];
    let mut octet = 0_u8;
    loop {
        let mut bits = 0;
        if octet.is_ascii_alphanumeric() {
            bits |= TOKEN | HOST | WORD;
        }
        if matches!(octet, b'-' | b'.') {
            bits |= TOKEN | HOST | WORD;
        }
        if matches!(octet, b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~') {
            bits |= TOKEN | WORD;
        }
        if matches!(
            octet,
            b'(' | b')'
                | b'<'
                | b'>'
                | b':'
                | b'\\'
                | b'"'
                | b'/'
                | b'['
                | b']'
                | b'?'
                | b'{'
                | b'}'
        ) {
            bits |= WORD;
        }
        if octet.is_ascii_alphanumeric()
            || matches!(octet, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
        {
            bits |= USER | PASSWORD | PARAM | HEADER;
        }
        if matches!(octet, b'&' | b'=' | b'+' | b'$' | b',') {
            bits |= USER | PASSWORD;
        }
        if matches!(octet, b';' | b'?' | b'/') {
            bits |= USER;
        }
        if matches!(octet, b'[' | b']' | b'/' | b':' | b'&' | b'+' | b'$') {
            bits |= PARAM;
        }
        if matches!(octet, b'[' | b']' | b'/' | b'?' | b':' | b'+' | b'$') {
            bits |= HEADER;
        }
        if bits & PARAM != 0 || matches!(octet, b';' | b'=') {
            bits |= PARAMS;
        }
        if bits & HEADER != 0 || matches!(octet, b'&' | b'=') {
            bits |= HEADERS;
        }
        if octet <= b' ' || matches!(octet, b'<' | b'>' | b'"' | 0x7f) {
            bits |= NOT_URI;
        }
        set(&mut table, octet, bits);
        if octet == u8::MAX {
            return table;
        }
        octet += 1;
    }
}

#[allow(clippy::indexing_slicing, reason = "an octet is always an index of 256 places")]
const fn set(table: &mut [Class; 256], octet: u8, bits: Class) {
    table[octet as usize] = bits;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_the_grammar() {
        assert!(is_token(b"!interesting-Method0123456789_*+`.%indeed'~"));
        assert!(!is_token(b"a b") && !is_token(b"") && !is_token(b"a\x01") && !is_token(b"a@b"));
        assert!(is_call_id(br#"intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{"#));
        assert!(!is_call_id(b"a@b@c") && !is_call_id(b"") && !is_call_id(b"a b"));
        assert_eq!(trim(b" \r\n a b \t"), b"a b");
    }
}
