//! URIs: `sip:`, `sips:` (RFC 3261 §19.1), `tel:` (RFC 3966), and all others as they stand.

mod build;
mod compare;
mod escape;
mod host;
mod scan;

pub use build::UriBuilder;
pub use escape::{Part, escape, unescape};
pub use host::Host;

pub(crate) use host::{HostPort, HostSpan, scan_host_port};
pub(crate) use scan::{UriParts, scan_bracketed, scan_uri};

use std::{borrow::Cow, fmt, str::FromStr};

use crate::grammar::{Notes, Params, Text};

/// A URI that was read once; its text is kept as it was written.
///
/// `==` compares the texts. Whether two URIs mean the same is [`Uri::equivalent`].
///
/// ```
/// use milliwatt_sip::uri::{Host, Scheme, Uri};
///
/// let uri = Uri::parse("sips:+15550100:pw@[2001:db8::1]:5061;transport=tls?Subject=hi").unwrap();
/// assert_eq!(uri.scheme(), Scheme::Sips);
/// assert_eq!(uri.user(), Some("+15550100"));
/// assert_eq!(uri.host(), Some(Host::V6("2001:db8::1".parse().unwrap())));
/// assert_eq!(uri.port(), Some(5061));
/// assert_eq!(uri.params().value("transport"), Some("tls"));
/// ```
#[derive(Clone, Debug)]
pub struct Uri {
    text: Text,
    parts: UriParts,
}

/// The scheme of a URI, compared without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme<'a> {
    /// RFC 3261 §19.1.
    Sip,
    /// RFC 3261 §19.1, RFC 5630.
    Sips,
    /// RFC 3966.
    Tel,
    /// Any other, as it was written.
    Other(&'a str),
}

/// Why a text is no URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// A control character, white space, an angle bracket or a double quote stands in it.
    #[error("a character that no URI can hold")]
    Character,
    /// The host is missing or malformed.
    #[error("no host where one must stand")]
    Host,
    /// There is nothing after the scheme.
    #[error("nothing after the scheme")]
    Empty,
    /// What follows the host is no port, parameter or header.
    #[error("text after the host that is no port, parameter or header")]
    Rest,
    /// It does not start with a scheme and a colon.
    #[error("no scheme")]
    Scheme,
    /// It is longer than 8 KiB.
    #[error("longer than 8 KiB")]
    TooLong,
}

impl Uri {
    /// Reads a URI without angle brackets around it.
    ///
    /// # Errors
    ///
    /// When no scheme, or in a SIP URI no host, can be made out. Unescaped characters and broken
    /// escapes are tolerated.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let parts = scan_uri(text, &mut Notes::default())?;
        Ok(Self { text: Text::new(text), parts })
    }

    /// A URI in a text that was scanned already.
    pub(crate) fn from_parts(text: Text, parts: UriParts) -> Self {
        Self { text, parts }
    }

    pub(crate) fn parts(&self) -> UriParts {
        self.parts
    }

    /// The URI as it was written.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// Its scheme.
    pub fn scheme(&self) -> Scheme<'_> {
        self.parts.scheme.of(self.as_str())
    }

    /// True for `sip:` and `sips:`.
    pub fn is_sip(&self) -> bool {
        matches!(self.scheme(), Scheme::Sip | Scheme::Sips)
    }

    /// The user of a SIP URI or the number of a `tel:` URI as it was written: escapes and visual
    /// separators are still there. For other schemes all that follows the colon.
    pub fn user(&self) -> Option<&str> {
        self.parts.user.map(|span| self.text.slice(span))
    }

    /// The user with its escapes resolved; octets that are no UTF-8 read as U+FFFD.
    pub fn user_unescaped(&self) -> Option<Cow<'_, str>> {
        self.user().map(|user| match unescape(user) {
            Cow::Borrowed(_) => Cow::Borrowed(user),
            Cow::Owned(octets) => Cow::Owned(String::from_utf8_lossy(&octets).into_owned()),
        })
    }

    /// The password of a SIP URI (deprecated by RFC 3261 §19.1.1).
    pub fn password(&self) -> Option<&str> {
        self.parts.password.map(|span| self.text.slice(span))
    }

    /// The host of a SIP URI; `None` for every other scheme.
    pub fn host(&self) -> Option<Host<'_>> {
        self.parts.host.map(|host| host.of(self.as_str()))
    }

    /// The port, when one is written.
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// The parameters of a SIP or `tel:` URI, escapes as they stand.
    pub fn params(&self) -> Params<'_> {
        Params::new(self.text.slice(self.parts.params))
    }

    /// The headers of a SIP URI, name and value, escapes as they stand.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.text.slice(self.parts.headers);
        headers
            .split('&')
            .filter(|header| !header.is_empty())
            .map(|header| header.split_once('=').unwrap_or((header, "")))
    }

    /// True where both mean the same: RFC 3261 §19.1.4 for SIP, RFC 3966 §4 for `tel:`, the text
    /// for other schemes. It is not transitive.
    pub fn equivalent(&self, other: &Self) -> bool {
        compare::equivalent(self, other)
    }

    /// A builder that starts with all that this URI has.
    pub fn edit(&self) -> UriBuilder {
        UriBuilder::from_uri(self)
    }
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for Uri {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Uri {}

impl std::hash::Hash for Uri {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        Uri::parse(text).unwrap()
    }

    #[test]
    fn parts_of_a_sip_uri() {
        let it = uri("sip:user;par=u%40example.net@example.com;lr;maddr=ss1.example.com?a=b&c=");
        assert_eq!(it.user(), Some("user;par=u%40example.net"));
        assert_eq!(it.user_unescaped().unwrap(), "user;par=u@example.net");
        assert_eq!(it.host(), Some(Host::Name("example.com")));
        assert!(it.params().has("lr"));
        assert_eq!(it.headers().collect::<Vec<_>>(), [("a", "b"), ("c", "")]);
        let odd = uri(
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
        );
        assert_eq!(odd.password(), Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"));
        assert_eq!(odd.host(), Some(Host::Name("example.com")));
    }

    #[test]
    fn ipv6_references_and_ports() {
        assert_eq!(uri("sip:[2001:db8::10]:5070").port(), Some(5070));
        assert_eq!(uri("sip:[2001:db8::10:5070]").port(), None);
        assert_eq!(
            uri("sip:user@[2001:db8:::192.0.2.1]").host(),
            Some(Host::V6("2001:db8::192.0.2.1".parse().unwrap()))
        );
        assert_eq!(uri("sip:192.0.2.1").host().unwrap().ip(), "192.0.2.1".parse().ok());
    }

    #[test]
    fn tel_and_unknown_schemes() {
        let tel = uri("tel:+1-201-555-0123;phone-context=example.com");
        assert_eq!((tel.scheme(), tel.user()), (Scheme::Tel, Some("+1-201-555-0123")));
        assert_eq!(tel.params().value("phone-context"), Some("example.com"));
        assert_eq!(tel.host(), None);
        let odd = uri("soap.beep://192.0.2.103:3002");
        assert_eq!(odd.scheme(), Scheme::Other("soap.beep"));
        assert_eq!(odd.user(), Some("//192.0.2.103:3002"));
    }

    #[test]
    fn what_is_no_uri() {
        for (text, error) in [
            ("user@example.com", UriError::Scheme),
            ("sip:", UriError::Host),
            ("sip:user@", UriError::Host),
            ("sip:a@b@c", UriError::Host),
            ("sip:user@2001:db8::10", UriError::Rest),
            ("sip:a@host:70000", UriError::Host),
            ("sip:a b@host", UriError::Character),
            ("<sip:a@host>", UriError::Character),
            ("sip:[2001:db8::g]", UriError::Host),
            ("sip:[2001:db8::1", UriError::Host),
            ("tel:", UriError::Empty),
            ("", UriError::Scheme),
            ("1a:b", UriError::Scheme),
        ] {
            assert_eq!(Uri::parse(text).unwrap_err(), error, "{text}");
        }
        assert_eq!(Uri::parse(&format!("sip:{}", "a".repeat(9000))), Err(UriError::TooLong));
    }
}
