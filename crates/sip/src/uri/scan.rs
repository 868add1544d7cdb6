//! The grammar of URIs, without an allocation.

use super::{
    HostPort, HostSpan, Scheme, UriError, escape::hex, host::plain_host_port, scan_host_port,
};
use crate::{
    grammar::{
        Notes, Span,
        chars::{self, are_all, is_no_uri, is_of, run},
        find,
    },
    message::{MAX_VALUE, Rule},
};

/// Where the parts of a URI stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UriParts {
    pub(crate) scheme: SchemeSpan,
    pub(crate) user: Option<Span>,
    pub(crate) password: Option<Span>,
    pub(crate) host: Option<HostSpan>,
    pub(crate) port: Option<u16>,
    pub(crate) params: Span,
    pub(crate) headers: Span,
}

/// A scheme without its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SchemeSpan {
    Sip,
    Sips,
    Tel,
    Other(Span),
}

impl SchemeSpan {
    pub(crate) fn of(self, text: &str) -> Scheme<'_> {
        match self {
            Self::Sip => Scheme::Sip,
            Self::Sips => Scheme::Sips,
            Self::Tel => Scheme::Tel,
            Self::Other(span) => Scheme::Other(span.of(text)),
        }
    }
}

/// Reads a URI; what is tolerated goes into the notes.
pub(crate) fn scan_uri(text: &str, notes: &mut Notes) -> Result<UriParts, UriError> {
    if text.len() > MAX_VALUE {
        return Err(UriError::TooLong);
    }
    match scan_plain(text.as_bytes()) {
        Some(parts) if parts.params.end() == text.len() => Ok(parts),
        _ => scan_any(text, notes),
    }
}

/// Reads a URI that a closing bracket ends, and its length; `None` for one that has to be read by the
/// general rules.
pub(crate) fn scan_bracketed(bytes: &[u8]) -> Option<(UriParts, usize)> {
    let parts = scan_plain(bytes)?;
    let length = parts.params.end();
    (length <= MAX_VALUE && bytes.get(length) == Some(&b'>')).then_some((parts, length))
}

/// Reads a URI by the general rules.
fn scan_any(text: &str, notes: &mut Notes) -> Result<UriParts, UriError> {
    let bytes = text.as_bytes();
    if is_no_uri(bytes) {
        return Err(UriError::Character);
    }
    let colon = find(b':', bytes).ok_or(UriError::Scheme)?;
    let scheme = Span::new(0, colon);
    let name = scheme.bytes(bytes);
    if !name.first().is_some_and(u8::is_ascii_alphabetic)
        || !name.iter().all(|&octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
    {
        return Err(UriError::Scheme);
    }
    if name.eq_ignore_ascii_case(b"sip") {
        return scan_sip(text, SchemeSpan::Sip, colon + 1, notes);
    }
    if name.eq_ignore_ascii_case(b"sips") {
        return scan_sip(text, SchemeSpan::Sips, colon + 1, notes);
    }
    if colon + 1 == text.len() {
        return Err(UriError::Empty);
    }
    if name.eq_ignore_ascii_case(b"tel") {
        return scan_tel(text, colon + 1, notes);
    }
    Ok(UriParts {
        user: Some(Span::new(colon + 1, text.len())),
        ..UriParts::empty(SchemeSpan::Other(scheme))
    })
}

/// Reads a SIP URI in which nothing is to be noted, as nearly all are, at the start of a text: each
/// octet is looked at once. It ends with its parameters; what follows has to be looked at. `None` for
/// any other URI, which the general rules read.
fn scan_plain(bytes: &[u8]) -> Option<UriParts> {
    let (scheme, start) = match bytes {
        [b's' | b'S', b'i' | b'I', b'p' | b'P', b':', ..] => (SchemeSpan::Sip, 4),
        [b's' | b'S', b'i' | b'I', b'p' | b'P', b's' | b'S', b':', ..] => (SchemeSpan::Sips, 5),
        _ => return None,
    };
    let rest = bytes.get(start..)?;
    let user = run(rest, chars::USER);
    let (user, host_start) = match rest.get(user) {
        Some(b'@') if user > 0 => (Some(Span::new(start, start + user)), start + user + 1),
        None | Some(b'>') => (None, start),
        Some(b':') if find(b'@', rest).is_none() => (None, start),
        Some(_) => return None,
    };
    let HostPort { host, port, end } =
        plain_host_port(bytes.get(host_start..)?, host_start, b";?>")?;
    let params = Span::new(end, end + run(bytes.get(end..)?, chars::PARAMS));
    Some(UriParts {
        user,
        host: Some(host),
        port,
        params,
        headers: Span::new(params.end(), params.end()),
        ..UriParts::empty(scheme)
    })
}

impl UriParts {
    fn empty(scheme: SchemeSpan) -> Self {
        Self {
            scheme,
            user: None,
            password: None,
            host: None,
            port: None,
            params: Span::default(),
            headers: Span::default(),
        }
    }
}

fn scan_sip(
    text: &str,
    scheme: SchemeSpan,
    start: usize,
    notes: &mut Notes,
) -> Result<UriParts, UriError> {
    let bytes = text.as_bytes();
    let mut parts = UriParts::empty(scheme);
    let mut host_start = start;
    if let Some(length) = bytes.get(start..).and_then(|rest| find(b'@', rest)) {
        let at = start + length;
        let info = bytes.get(start..at).unwrap_or_default();
        let user_end = find(b':', info).map_or(at, |colon| start + colon);
        parts.user = Some(Span::new(start, user_end));
        check_escapes(Span::new(start, user_end).bytes(bytes), chars::USER, notes);
        if user_end < at {
            parts.password = Some(Span::new(user_end + 1, at));
            check_escapes(Span::new(user_end + 1, at).bytes(bytes), chars::PASSWORD, notes);
        }
        if user_end == start {
            notes.note(Rule::UriSyntax);
        }
        host_start = at + 1;
    }
    let HostPort { host, port, end } =
        scan_host_port(text, host_start, false, notes).ok_or(UriError::Host)?;
    parts.host = Some(host);
    parts.port = port;
    let rest = bytes.get(end..).unwrap_or_default();
    if !matches!(rest.first(), None | Some(b';' | b'?')) {
        return Err(UriError::Rest);
    }
    let question = find(b'?', rest).map_or(text.len(), |length| end + length);
    parts.params = Span::new(end, question);
    parts.headers = Span::new(text.len().min(question + 1), text.len());
    check_escapes(parts.params.bytes(bytes), chars::PARAMS, notes);
    check_escapes(parts.headers.bytes(bytes), chars::HEADERS, notes);
    Ok(parts)
}

/// `telephone-subscriber` (RFC 3966 §3): the number up to the first semicolon.
fn scan_tel(text: &str, start: usize, notes: &mut Notes) -> Result<UriParts, UriError> {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let end = memchr::memchr(b';', rest).map_or(text.len(), |length| start + length);
    if end == start {
        return Err(UriError::Empty);
    }
    let number = Span::new(start, end);
    let sound = |octet: &u8| octet.is_ascii_hexdigit() || b"+*#-.()".contains(octet);
    if !number.bytes(text.as_bytes()).iter().all(sound) {
        notes.note(Rule::UriCharacter);
    }
    Ok(UriParts {
        user: Some(number),
        params: Span::new(end, text.len()),
        ..UriParts::empty(SchemeSpan::Tel)
    })
}

/// Notes the first character that is neither free nor an escape, and the first bad escape.
fn check_escapes(text: &[u8], free: chars::Class, notes: &mut Notes) {
    if are_all(text, free) {
        return;
    }
    if text.iter().any(|&octet| octet != b'%' && !is_of(octet, free)) {
        notes.note(Rule::UriCharacter);
    }
    let is_hex = |octet: Option<&u8>| octet.copied().and_then(hex).is_some();
    let broken = memchr::memchr_iter(b'%', text)
        .any(|at| !is_hex(text.get(at + 1)) || !is_hex(text.get(at + 2)));
    if broken {
        notes.note(Rule::UriEscape);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_uris_are_read_as_the_general_rules_read_them() {
        for (text, is_plain) in [
            ("sip:a@b", true),
            ("SIPS:+1-2;x=y&z?@192.0.2.1:5061;transport=tls;lr", true),
            ("sip:192.0.2.1;lr;ftag=a-1", true),
            ("sip:b.example:5060", true),
            ("sip:b.example", true),
            ("sip:1.2.3.4.5:65535", true),
            ("sip:a@b?Subject=x", false),
            ("sip:a:pw@b", false),
            ("sip:a%41@b", false),
            ("sip:a@b;x=%41", false),
            ("sip:a@[2001:db8::1]:5060", false),
            ("sip:a@b_c", false),
            ("sip:a@b:", false),
            ("sip:a@b:65536", false),
            ("sip:a@b:000005060", false),
            ("sip:@b", false),
            ("sip:a@", false),
            ("sip:", false),
            ("sip:a b@c", false),
            ("sip:a@b;<", false),
            ("sip:a@b;\u{fc}", false),
            ("tel:+1", false),
        ] {
            let mut notes = Notes::default();
            let general = scan_any(text, &mut notes);
            match scan_plain(text.as_bytes()).filter(|parts| parts.params.end() == text.len()) {
                Some(parts) => {
                    assert_eq!(format!("{:?}", Ok::<_, UriError>(parts)), format!("{general:?}"));
                    assert_eq!((notes.rules(), is_plain), (vec![], true), "{text}");
                }
                None => assert!(!is_plain, "{text}"),
            }
        }
    }
}
