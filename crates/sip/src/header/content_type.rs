//! Content-Type (RFC 3261 §20.15).

use std::fmt;

use super::{Header, ValueError};
use crate::{
    grammar::{Params, cut, is_token, trim_blanks},
    message::{Name, Rule},
};

/// The type of a body.
///
/// ```
/// use milliwatt_sip::header::{ContentType, Header};
///
/// let it = ContentType::parse("Multipart/Mixed; boundary=\"a b\"").unwrap();
/// assert!(it.is("multipart/mixed") && it.is_multipart());
/// assert_eq!(it.params().value("boundary"), Some("a b"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType {
    text: String,
    media: String,
}

impl ContentType {
    /// Type and subtype in lower case, such as `application/sdp`.
    pub fn media(&self) -> &str {
        &self.media
    }

    /// True for that type and subtype, in any case.
    pub fn is(&self, media: &str) -> bool {
        self.media.eq_ignore_ascii_case(media)
    }

    /// True for every `multipart` type.
    pub fn is_multipart(&self) -> bool {
        self.media.starts_with("multipart/")
    }

    /// The parameters.
    pub fn params(&self) -> Params<'_> {
        Params::new(self.text.split_once(';').map_or("", |(_, params)| params))
    }
}

impl Header for ContentType {
    const NAME: Name<'static> = Name::ContentType;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let (kind, subtype) = scan_media(text)?;
        let media = format!("{kind}/{subtype}").to_ascii_lowercase();
        Ok(Self { text: text.to_owned(), media })
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Type and subtype.
pub(crate) fn scan_media(text: &str) -> Result<(&str, &str), ValueError> {
    let media = cut(text, b';').map_or(text, |(media, _)| media);
    let (kind, subtype) = cut(media, b'/').unwrap_or_default();
    let (kind, subtype) = (trim_blanks(kind), trim_blanks(subtype));
    if !is_token(kind.as_bytes()) || !is_token(subtype.as_bytes()) {
        return Err(ValueError::new(Rule::ValueSyntax));
    }
    Ok((kind, subtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_type() {
        for text in ["", "application", "/sdp", "application/", "a b/c", ";a/b"] {
            assert!(ContentType::parse(text).is_err(), "{text}");
        }
        let it = ContentType::parse("application / SDP ;charset=utf-8").unwrap();
        assert_eq!((it.media(), it.is_multipart()), ("application/sdp", false));
    }
}
