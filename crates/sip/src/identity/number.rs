//! Telephone numbers as people and URIs write them.

use std::borrow::Cow;

use crate::uri::{Scheme, Uri};

/// A number without the separators that RFC 3966 §5.1.1 allows for the eye (`-`, `.`, `(`, `)`) and
/// without blanks: `+1 (555) 010-0` is `+15550100`. What is no number (a user name) stays as it is.
pub fn bare_number(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    let is_separator = |c: char| matches!(c, '-' | '.' | '(' | ')' | ' ');
    let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
    let number = trimmed.strip_prefix('+').unwrap_or(trimmed);
    let is_number = number.chars().all(|c| is_digit(c) || is_separator(c))
        && number.chars().any(|c| c.is_ascii_digit());
    if !is_number || !trimmed.contains(is_separator) {
        return Cow::Borrowed(trimmed);
    }
    Cow::Owned(trimmed.chars().filter(|c| !is_separator(*c)).collect())
}

/// The number or user that a URI names: the user part of a SIP URI without escapes and without the
/// parameters of a telephone number in it (`+1555;npdi`), or the number of a `tel:` URI. `None` for
/// a URI without either.
pub fn number_of(uri: &Uri) -> Option<String> {
    if !uri.is_sip() && uri.scheme() != Scheme::Tel {
        return None;
    }
    let user = uri.user_unescaped()?;
    let user = user.split(';').next().unwrap_or_default();
    (!user.is_empty()).then(|| bare_number(user).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_go_and_names_stay() {
        for (text, bare) in [
            ("+1 (555) 010-0", "+15550100"),
            ("020 7946.0000", "02079460000"),
            ("*67#", "*67#"),
            ("+15550100", "+15550100"),
            (" 9000 ", "9000"),
            ("alice.b-c", "alice.b-c"),
            ("a (b)", "a (b)"),
            ("+", "+"),
            ("-", "-"),
            ("", ""),
        ] {
            assert_eq!(bare_number(text), bare, "{text}");
        }
    }

    #[test]
    fn the_number_of_a_uri() {
        for (uri, number) in [
            ("sip:+15550100@example.net;user=phone", Some("+15550100")),
            ("sip:+1-555-0100;npdi@example.net", Some("+15550100")),
            ("sip:%2B15550100@example.net", Some("+15550100")),
            ("tel:+1-555-0100;phone-context=x", Some("+15550100")),
            ("sips:alice@example.net", Some("alice")),
            ("sip:example.net", None),
            ("urn:service:sos", None),
            ("sip:;x@example.net", None),
        ] {
            assert_eq!(number_of(&Uri::parse(uri).unwrap()).as_deref(), number, "{uri}");
        }
    }
}
