//! Character classes (RFC 3261 §25.1).

const TOKEN: u8 = 1;
const HOST: u8 = 2;
const WORD: u8 = 4;

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
    text.trim_matches([' ', '\t'])
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
