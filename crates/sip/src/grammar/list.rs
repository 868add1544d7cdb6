//! Comma lists and folded lines (RFC 3261 §7.3.1).

use std::borrow::Cow;

use super::{Span, quoted_end, trim};

/// The next element of a comma list in `text` from octet `from`, and where the one after it
/// starts. Commas in quoted strings and between angle brackets do not separate. `None` at the end.
pub(crate) fn next_element(text: &[u8], from: usize) -> Option<(Span, usize)> {
    let rest = text.get(from..)?;
    if memchr::memchr(b',', rest).is_none() {
        return Some((Span::new(from, text.len()), text.len() + 1));
    }
    let mut at = 0;
    let mut in_brackets = false;
    while let Some(&octet) = rest.get(at) {
        match octet {
            b'"' if !in_brackets => match rest.get(at..).and_then(quoted_end) {
                Some(length) => {
                    at += length;
                    continue;
                }
                None => at = rest.len(),
            },
            b'<' => in_brackets = true,
            b'>' => in_brackets = false,
            b',' if !in_brackets => {
                return Some((Span::new(from, from + at), from + at + 1));
            }
            _ => {}
        }
        at += 1;
    }
    Some((Span::new(from, text.len()), text.len() + 1))
}

/// A value without white space at its ends and with each fold (line break and the blanks around
/// it) read as one space. Borrowed where nothing was folded.
pub(crate) fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    let value = trim(value);
    if memchr::memchr(b'\n', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut plain = Vec::with_capacity(value.len());
    for (index, line) in value.split(|&octet| octet == b'\n').enumerate() {
        if index > 0 {
            plain.push(b' ');
        }
        plain.extend_from_slice(trim(line));
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some((span, next)) = next_element(text.as_bytes(), from) {
            found.push(span.of(text));
            from = next;
        }
        found
    }

    #[test]
    fn only_free_commas_separate() {
        assert_eq!(elements("a, b"), ["a", " b"]);
        assert_eq!(elements(r#""x, \" y" <sip:a,b@c>, <d>"#), [r#""x, \" y" <sip:a,b@c>"#, " <d>"]);
        assert_eq!(elements("\"open, <a>, b"), ["\"open, <a>, b"]);
        assert_eq!(elements("<open, b"), ["<open, b"]);
        assert_eq!(elements("a,"), ["a", ""]);
        assert_eq!(elements(""), [""]);
    }

    #[test]
    fn a_fold_is_one_space() {
        assert_eq!(&*unfold(b" a \r\n\t b\n c "), b"a b c");
        assert!(matches!(unfold(b" a  b "), Cow::Borrowed(b"a  b")));
    }
}
