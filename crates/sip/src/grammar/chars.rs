//! Character classes (RFC 3261 §25.1).

use std::borrow::Cow;

const TOKEN: u8 = 1;
const HOST: u8 = 2;
const WORD: u8 = 4;
/// Free in the user of a SIP URI.
pub(crate) const USER: u8 = 8;
/// Free in its password.
pub(crate) const PASSWORD: u8 = 16;
/// Free in its parameters.
pub(crate) const PARAM: u8 = 32;
/// Free in its headers.
pub(crate) const HEADER: u8 = 64;
/// In no URI at all.
const NOT_URI: u8 = 128;

/// SP or HTAB.
pub(crate) fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

pub(crate) fn is_token_byte(octet: u8) -> bool {
    class(octet) & TOKEN != 0
}

/// `token`: at least one character.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&octet| class(octet) & TOKEN != 0)
}

/// Letters, digits, `-` and `.`.
pub(crate) fn is_host(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&octet| class(octet) & HOST != 0)
}

/// `callid`: a word, or two joined by `@`.
pub(crate) fn is_call_id(text: &[u8]) -> bool {
    let mut words = text.splitn(2, |&octet| octet == b'@');
    words.all(|word| !word.is_empty() && word.iter().all(|&o| class(o) & (TOKEN | WORD) != 0))
}

/// Without SP, HTAB, CR and LF at both ends.
pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = text {
        text = rest;
    }
    text
}

/// Without SP and HTAB at both ends.
pub(crate) fn trim_blanks(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if !is_blank(*first) && !is_blank(*last) => text,
        [one] if !is_blank(*one) => text,
        _ => text.trim_matches([' ', '\t']),
    }
}

/// True where an octet belongs to one of those classes.
pub(crate) fn is_of(octet: u8, classes: u8) -> bool {
    class(octet) & classes != 0
}

/// True where an octet can stand in no URI: blanks, controls, angle brackets, double quotes.
pub(crate) fn is_not_uri(octet: u8) -> bool {
    class(octet) & NOT_URI != 0
}

/// Where an octet first stands. Most texts here are so short that a plain loop beats `memchr`.
pub(crate) fn find(octet: u8, text: &[u8]) -> Option<usize> {
    text.iter().position(|&found| found == octet)
}

/// The text of octets; those that are no UTF-8 read as U+FFFD.
pub(crate) fn lossy(octets: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(octets),
    }
}

fn class(octet: u8) -> u8 {
    CLASSES.get(usize::from(octet)).copied().unwrap_or_default()
}

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut octet = 0_u8;
    loop {
        let mut bits = 0;
        if octet.is_ascii_alphanumeric() {
            bits |= TOKEN | HOST;
        }
        if matches!(octet, b'-' | b'.') {
            bits |= TOKEN | HOST;
        }
        if matches!(octet, b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~') {
            bits |= TOKEN;
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
const fn set(table: &mut [u8; 256], octet: u8, bits: u8) {
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
