//! Percent escapes (RFC 3261 §19.1.2, RFC 3986 §2.1).

use std::borrow::Cow;

use crate::grammar::chars;

/// Which part of a URI a text goes into; each leaves other characters free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The user of a SIP URI.
    User,
    /// The password of a SIP URI.
    Password,
    /// A name or value among the parameters.
    Param,
    /// A name or value among the headers.
    Header,
}

/// Resolves percent escapes once. A percent sign that starts no escape stays as it is.
pub fn unescape(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        if octet == b'%'
            && let [high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            plain.push(high << 4 | low);
            rest = after;
        } else {
            plain.push(octet);
        }
    }
    Cow::Owned(plain)
}

/// Escapes what may not stand in that part of a URI.
pub fn escape(text: &str, part: Part) -> Cow<'_, str> {
    if text.bytes().all(|octet| is_free(octet, part)) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for octet in text.bytes() {
        if is_free(octet, part) {
            escaped.push(char::from(octet));
        } else {
            escaped.push('%');
            escaped.extend([octet >> 4, octet & 15].map(|digit| {
                char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase()
            }));
        }
    }
    Cow::Owned(escaped)
}

/// `unreserved` and what the grammar adds to it in that part.
fn is_free(octet: u8, part: Part) -> bool {
    let class = match part {
        Part::User => chars::USER,
        Part::Password => chars::PASSWORD,
        Part::Param => chars::PARAM,
        Part::Header => chars::HEADER,
    };
    chars::is_of(octet, class)
}

pub(crate) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_once() {
        assert_eq!(&*unescape("v%61lue%25%34%31"), b"value%41");
        assert_eq!(&*unescape("null-%00-null"), b"null-\0-null");
        assert_eq!(&*unescape("%Z%45%4"), b"%ZE%4");
    }

    #[test]
    fn each_part_has_its_free_characters() {
        assert_eq!(escape("a b@c;d", Part::User), "a%20b%40c;d");
        assert_eq!(escape("a;b=c", Part::Param), "a%3Bb%3Dc");
        assert_eq!(escape("*67#", Part::User), "*67%23");
        assert_eq!(escape("ü", Part::Header), "%C3%BC");
    }
}
