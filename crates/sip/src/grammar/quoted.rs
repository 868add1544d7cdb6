//! Quoted strings (RFC 3261 §25.1 `quoted-string`).

use std::borrow::Cow;

use super::chars::position;

/// The octet after the closing quote of the string that opens at the start of `text`; `None` when
/// it never closes. A backslash takes the next octet with it.
pub(crate) fn quoted_end(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let rest = text.get(at..)?;
        let stop = position(rest, |octet| matches!(octet, b'"' | b'\\'));
        at += stop + 1;
        if rest.get(stop)? == &b'"' {
            return Some(at);
        }
        at += 1;
    }
}

/// What a value says: without its quotes and the backslashes of quoted pairs when it is a quoted
/// string, as it stands when it is not.
pub fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"') else {
        return Cow::Borrowed(text);
    };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// The text as a quoted string. Line breaks, which no quoted string may hold, become spaces.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\r' | '\n' => quoted.push(' '),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_and_unquoting_are_inverse() {
        for text in ["", "a", "a\"b", "back\\slash", "ü \" ,;<>"] {
            assert_eq!(unquote(&quote(text)), text);
        }
    }

    #[test]
    fn an_escaped_quote_does_not_close() {
        assert_eq!(quoted_end(br#""a\"b" x"#), Some(6));
        assert_eq!(quoted_end(br#""a\""#), None);
        assert_eq!(quoted_end(b"\""), None);
    }
}
