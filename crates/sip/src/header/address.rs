//! `name-addr` and `addr-spec` with their parameters: From, To, Contact, Route and all headers like
//! them (RFC 3261 §20.10, §20.20, §20.39).

use std::{borrow::Cow, fmt};

use super::ValueError;
use crate::{
    grammar::{
        Notes, Params, Span, Text, is_blank, is_token_byte, quote, quoted_end, scan_params,
        trim_blanks, unquote,
    },
    message::Rule,
    uri::{Uri, UriParts, scan_bracketed, scan_uri},
};

/// An address with its display name and header parameters.
///
/// ```
/// use milliwatt_sip::header::Address;
///
/// let from = Address::parse(r#""J \"R\"" <sip:jr@example.com;lr>;tag=98asjd8"#).unwrap();
/// assert_eq!(from.display_name().unwrap(), r#"J "R""#);
/// assert_eq!(from.uri().as_str(), "sip:jr@example.com;lr");
/// assert_eq!(from.tag(), Some("98asjd8"));
/// ```
#[derive(Clone, Debug)]
pub struct Address {
    text: Text,
    display: Span,
    uri: Uri,
    params: Span,
}

impl Address {
    /// Reads `[display-name] <URI> ;params` or `URI ;params`.
    ///
    /// # Errors
    ///
    /// When quotes or brackets never close, or there is no URI.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let parts = scan_address(text, &mut Notes::default())?;
        Ok(Self::from_parts(text, parts))
    }

    /// An address in a text that was scanned already.
    pub(crate) fn from_parts(text: &str, parts: AddressParts) -> Self {
        let text = Text::new(text);
        let uri = Uri::from_parts(text.part(parts.uri), parts.uri_parts);
        Self { text, display: parts.display, uri, params: parts.params }
    }

    /// An address without display name and parameters.
    pub fn new(uri: &Uri) -> Self {
        let text = Text::new(&format!("<{uri}>"));
        let end = uri.as_str().len() + 1;
        let uri = Uri::from_parts(text.part(Span::new(1, end)), uri.parts());
        Self { text, display: Span::default(), uri, params: Span::new(end + 1, end + 1) }
    }

    /// The same with another display name; an empty one takes it away.
    #[must_use]
    pub fn with_display_name(&self, name: &str) -> Self {
        self.rebuilt(&if name.is_empty() { String::new() } else { quote(name) }, self.params_text())
    }

    /// The same with that header parameter set last; an empty value stands for none.
    #[must_use]
    pub fn with_param(&self, name: &str, value: &str) -> Self {
        let mut params = String::new();
        for (found, value) in self.params().filter(|(found, _)| !found.eq_ignore_ascii_case(name)) {
            params.extend([";", found]);
            params.extend(value.iter().flat_map(|value| ["=", value]));
        }
        params.extend([";", name]);
        if !value.is_empty() {
            params.extend(["=", value]);
        }
        self.rebuilt(self.display_text(), &params)
    }

    /// The same with that tag.
    #[must_use]
    pub fn with_tag(&self, tag: &str) -> Self {
        self.with_param("tag", tag)
    }

    /// The same without header parameters.
    #[must_use]
    pub fn without_params(&self) -> Self {
        self.rebuilt(self.display_text(), "")
    }

    /// The display name without its quotes; `None` when there is none.
    pub fn display_name(&self) -> Option<Cow<'_, str>> {
        let name = self.display_text();
        (!name.is_empty()).then(|| unquote(name))
    }

    /// The URI.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The header parameters: in the form without brackets all that follows the URI.
    pub fn params(&self) -> Params<'_> {
        Params::new(self.params_text())
    }

    /// The `tag` parameter.
    pub fn tag(&self) -> Option<&str> {
        self.params().value("tag")
    }

    /// The value as it was written.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    fn display_text(&self) -> &str {
        self.text.slice(self.display)
    }

    fn params_text(&self) -> &str {
        self.text.slice(self.params)
    }

    fn rebuilt(&self, display: &str, params: &str) -> Self {
        let gap = if display.is_empty() { "" } else { " " };
        let text = Text::new(&format!("{display}{gap}<{}>{params}", self.uri));
        let start = display.len() + gap.len() + 1;
        let end = start + self.uri.as_str().len();
        Self {
            display: Span::new(0, display.len()),
            uri: Uri::from_parts(text.part(Span::new(start, end)), self.uri.parts()),
            params: Span::new(end + 1, end + 1 + params.len()),
            text,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the parts of an address stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddressParts {
    display: Span,
    uri: Span,
    uri_parts: UriParts,
    params: Span,
    pub(crate) has_tag: bool,
}

/// Reads an address; what is tolerated goes into the notes.
pub(crate) fn scan_address(text: &str, notes: &mut Notes) -> Result<AddressParts, ValueError> {
    let bytes = text.as_bytes();
    let blanks = bytes.iter().take_while(|&&octet| is_blank(octet)).count();
    let (display, open) = if bytes.get(blanks) == Some(&b'"') {
        let length = bytes.get(blanks..).and_then(quoted_end);
        let end = blanks + length.ok_or(ValueError::new(Rule::UnterminatedQuote))?;
        let open = end + bytes.iter().skip(end).take_while(|&&octet| is_blank(octet)).count();
        if bytes.get(open) != Some(&b'<') {
            return Err(ValueError::new(Rule::TextAfterValue));
        }
        (Span::new(blanks, end), open)
    } else if bytes.get(blanks) == Some(&b'<') {
        (Span::new(blanks, blanks), blanks)
    } else {
        match memchr::memchr(b'<', bytes).filter(|&open| !is_addr_spec(bytes, open)) {
            Some(open) => (scan_display(text, blanks, open, notes), open),
            None => return scan_addr_spec(text, blanks, notes),
        }
    };
    let (uri, uri_parts, close) = match bytes.get(open + 1..).and_then(scan_bracketed) {
        Some((parts, length)) => (Span::new(open + 1, open + 1 + length), parts, open + 1 + length),
        None => scan_brackets(text, open, notes)?,
    };
    let has_tag = scan_header_params(text, close + 1, notes);
    Ok(AddressParts { display, uri, uri_parts, params: Span::new(close + 1, text.len()), has_tag })
}

/// Reads the URI after the bracket at `open` by the general rules; where it stands, its parts, and where
/// the bracket closes.
fn scan_brackets(
    text: &str,
    open: usize,
    notes: &mut Notes,
) -> Result<(Span, UriParts, usize), ValueError> {
    let rest = text.as_bytes().get(open..).unwrap_or_default();
    let close = memchr::memchr(b'>', rest).ok_or(ValueError::new(Rule::MissingBracket))? + open;
    let inner = text.get(open + 1..close).unwrap_or_default();
    let trimmed = trim_blanks(inner);
    let mut start = open + 1;
    if trimmed.len() != inner.len() {
        notes.note(Rule::SpaceInAddress);
        start += inner.len() - inner.trim_start_matches([' ', '\t']).len();
    }
    let parts = scan_uri(trimmed, notes).map_err(|_| ValueError::new(Rule::UriSyntax))?;
    Ok((Span::new(start, start + trimmed.len()), parts, close))
}

/// True where the bracket at `open` belongs to a parameter: a URI without brackets and a quoted
/// string stand before it.
fn is_addr_spec(bytes: &[u8], open: usize) -> bool {
    let before = bytes.get(..open).unwrap_or_default();
    let has = |octet| memchr::memchr(octet, before).is_some();
    has(b':') && has(b';') && has(b'"')
}

/// A display name without quotes: tokens and white space (RFC 3261 §25.1).
fn scan_display(text: &str, start: usize, open: usize, notes: &mut Notes) -> Span {
    let name = text.get(start..open).unwrap_or_default().trim_end_matches([' ', '\t']);
    let bytes = name.as_bytes();
    if bytes.iter().any(|octet| b",;\"".contains(octet)) {
        notes.note(Rule::DisplayNameSeparator);
    } else if !bytes.iter().all(|&octet| is_token_byte(octet) || is_blank(octet)) {
        notes.note(Rule::DisplayNameToken);
    }
    Span::new(start, start + name.len())
}

/// Reads the header parameters; true where a tag is among them.
fn scan_header_params(text: &str, from: usize, notes: &mut Notes) -> bool {
    let mut has_tag = false;
    scan_params(text, from, notes, |name, _, _| has_tag |= name.eq_ignore_ascii_case("tag"));
    has_tag
}

/// A URI without brackets: it ends at the first semicolon or blank.
fn scan_addr_spec(text: &str, start: usize, notes: &mut Notes) -> Result<AddressParts, ValueError> {
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.find([';', ' ', '\t']).unwrap_or(rest.len());
    let uri = Span::new(start, start + length);
    if uri.bytes(text.as_bytes()).iter().any(|octet| b"?,".contains(octet)) {
        notes.note(Rule::UnenclosedUri);
    }
    let uri_parts = scan_uri(uri.of(text), notes).map_err(|_| ValueError::new(Rule::UriSyntax))?;
    let has_tag = scan_header_params(text, uri.end(), notes);
    Ok(AddressParts {
        display: Span::default(),
        uri,
        uri_parts,
        params: Span::new(uri.end(), text.len()),
        has_tag,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Option<String>, String, Option<String>), Rule> {
        let address = Address::parse(text).map_err(|error| error.rule())?;
        Ok((
            address.display_name().map(Cow::into_owned),
            address.uri().to_string(),
            address.tag().map(str::to_owned),
        ))
    }

    fn wrong(text: &str) -> Vec<Rule> {
        let mut notes = Notes::default();
        scan_address(text, &mut notes).unwrap();
        notes.rules()
    }

    #[test]
    fn forms_of_an_address() {
        let some = |text: &str| Some(text.to_owned());
        for (text, expected) in [
            ("sip:a@b ;   tag    = 19", (None, "sip:a@b".to_owned(), some("19"))),
            ("<sip:a@b;x>;tag=1", (None, "sip:a@b;x".to_owned(), some("1"))),
            ("A. G. Bell <sip:a@b> ;tag=1", (some("A. G. Bell"), "sip:a@b".to_owned(), some("1"))),
            ("caller<sip:a@b>;tag=1", (some("caller"), "sip:a@b".to_owned(), some("1"))),
            ("\"A <x>, \\\"b\"<tel:+1>", (some("A <x>, \"b"), "tel:+1".to_owned(), None)),
            ("\"\" <sip:a@b>", (some(""), "sip:a@b".to_owned(), None)),
            ("sip:a@b;x=\"<y>\";tag=1", (None, "sip:a@b".to_owned(), some("1"))),
            ("<http://www.example.com>", (None, "http://www.example.com".to_owned(), None)),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn plain_uris_in_brackets_are_read_as_the_general_rules_read_them() {
        for (text, is_plain) in [
            ("<sip:a@b>", true),
            ("<sip:a@b:5060;x=y>;tag=1", true),
            ("<sips:192.0.2.1;lr>, <sip:c>", true),
            ("<sip:b.example>;x=a@b", true),
            ("<sip:b:5060>;x=a@b", false),
            ("<sip:a@b?Subject=x>", false),
            ("<sip:a@b;x=%41>", false),
            ("< sip:a@b>", false),
            ("<sip:a@b >", false),
            ("<sip:a@b", false),
            ("<sip:>", false),
            ("<tel:+1>", false),
        ] {
            let mut notes = Notes::default();
            let general = scan_brackets(text, 0, &mut notes);
            match scan_bracketed(&text.as_bytes()[1..]) {
                Some((parts, length)) => {
                    let found = (Span::new(1, 1 + length), parts, 1 + length);
                    let found = Ok::<_, ValueError>(found);
                    assert_eq!(format!("{found:?}"), format!("{general:?}"));
                    assert_eq!((notes.rules(), is_plain), (vec![], true), "{text}");
                }
                None => assert!(!is_plain, "{text}"),
            }
        }
    }

    #[test]
    fn what_is_no_address() {
        assert_eq!(read("\"Mr. J. User <sip:j@example.com>"), Err(Rule::UnterminatedQuote));
        assert_eq!(read("<sip:a@b;tag=1"), Err(Rule::MissingBracket));
        assert_eq!(read("\"a\" sip:a@b"), Err(Rule::TextAfterValue));
        assert_eq!(read("alice"), Err(Rule::UriSyntax));
        assert_eq!(read(""), Err(Rule::UriSyntax));
    }

    #[test]
    fn what_is_tolerated_is_noted() {
        assert_eq!(wrong("Bell, Alexander <sip:a@b>"), [Rule::DisplayNameSeparator]);
        assert_eq!(wrong("M\u{fc}ller & Co <sip:a@b>"), [Rule::DisplayNameToken]);
        assert_eq!(wrong("\"W\" < sip:a@b >"), [Rule::SpaceInAddress]);
        assert_eq!(wrong("sip:a@b?Route=%3Csip:c%3E"), [Rule::UnenclosedUri]);
        assert_eq!(wrong("<sip:a@b>;;;;"), [Rule::EmptyParameter]);
        assert_eq!(wrong("<sip:a@b> x"), [Rule::TextAfterValue]);
        assert_eq!(wrong("\"W\" <sip:a@b>;tag=1"), []);
    }

    #[test]
    fn rebuilding_keeps_the_rest() {
        let address = Address::parse("\"A\" <sip:a@b;lr>;tag=1;x=\"y z\"").unwrap();
        assert_eq!(address.with_tag("2").as_str(), "\"A\" <sip:a@b;lr>;x=\"y z\";tag=2");
        let plain = Address::new(address.uri()).with_display_name("O\"N").with_param("lr", "");
        assert_eq!(plain.as_str(), r#""O\"N" <sip:a@b;lr>;lr"#);
        assert_eq!(plain.uri().user(), Some("a"));
        assert!(plain.params().has("lr"));
        assert_eq!(plain.without_params().with_display_name("").as_str(), "<sip:a@b;lr>");
    }
}
