//! Request line and status line (RFC 3261 §7.1, §7.2).

use super::{ParseErrorKind, Rule};
use crate::{
    grammar::{Notes, Span, is_blank, is_token, lossy},
    uri::scan_uri,
};

/// Where the parts of the start line stand in the message.
#[derive(Clone, Copy, Debug)]
pub(super) enum StartLine {
    Request { line: Span, method: Span, uri: Span },
    Response { line: Span, code: Option<u16>, reason: Span },
}

impl StartLine {
    pub(super) fn line(self) -> Span {
        match self {
            Self::Request { line, .. } | Self::Response { line, .. } => line,
        }
    }
}

/// Reads the start line that stands at `line`.
pub(super) fn scan_start_line(
    raw: &[u8],
    line: Span,
    notes: &mut Notes,
) -> Result<StartLine, ParseErrorKind> {
    let text = line.bytes(raw);
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
        Ok(scan_status_line(text, line, notes))
    } else {
        scan_request_line(text, line, notes)
    }
}

fn scan_status_line(text: &[u8], line: Span, notes: &mut Notes) -> StartLine {
    let blank = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.iter().position(|&octet| is_blank(octet)).map_or(text.len(), |at| from + at)
    };
    let version_end = blank(0);
    if !is_version_2(text.get(..version_end).unwrap_or_default()) {
        notes.note(Rule::Version);
    }
    let code_start = skip_blanks(text, version_end);
    let code_end = blank(code_start);
    let digits = text.get(code_start..code_end).unwrap_or_default();
    let code = match digits {
        [b'1'..=b'6', b'0'..=b'9', b'0'..=b'9'] => {
            Some(digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0')))
        }
        _ => {
            notes.note(Rule::StatusCode);
            None
        }
    };
    if code_end == text.len() {
        notes.note(Rule::MissingReasonSpace);
    }
    let reason = Span::new((code_end + 1).min(text.len()), text.len());
    StartLine::Response { line, code, reason: reason.shifted(line.start()) }
}

fn scan_request_line(
    text: &[u8],
    line: Span,
    notes: &mut Notes,
) -> Result<StartLine, ParseErrorKind> {
    let end = text.len() - text.iter().rev().take_while(|&&octet| is_blank(octet)).count();
    let trimmed = text.get(..end).unwrap_or_default();
    let method_end =
        trimmed.iter().position(|&octet| is_blank(octet)).ok_or(ParseErrorKind::NotSip)?;
    let version_start =
        1 + trimmed.iter().rposition(|&octet| is_blank(octet)).ok_or(ParseErrorKind::NotSip)?;
    let version = trimmed.get(version_start..).unwrap_or_default();
    if !is_version(version) {
        return Err(ParseErrorKind::NotSip);
    }
    let uri_start = skip_blanks(trimmed, method_end);
    let before = trimmed.get(..version_start).unwrap_or_default();
    let uri_end = version_start - before.iter().rev().take_while(|&&o| is_blank(o)).count();
    let uri = Span::new(uri_start, uri_end.max(uri_start));
    if method_end == 0 || uri.is_empty() {
        return Err(ParseErrorKind::NotSip);
    }
    let method = Span::new(0, method_end);
    if !is_token(method.bytes(text)) {
        notes.note(Rule::MethodToken);
    }
    let single = |from: usize, to: usize| text.get(from..to) == Some(b" ");
    if !single(method_end, uri_start) || !single(uri_end, version_start) {
        notes.note(Rule::RequestLineSpaces);
    }
    if end < text.len() {
        notes.note(Rule::SpaceAfterVersion);
    }
    if !is_version_2(version) {
        notes.note(Rule::Version);
    }
    check_uri(uri.bytes(text), notes);
    let base = line.start();
    Ok(StartLine::Request { line, method: method.shifted(base), uri: uri.shifted(base) })
}

fn check_uri(uri: &[u8], notes: &mut Notes) {
    if uri.first() == Some(&b'<') {
        return notes.note(Rule::RequestUriBrackets);
    }
    let text = lossy(uri);
    match scan_uri(&text, notes) {
        Ok(parts) if !parts.headers.is_empty() => notes.note(Rule::RequestUriHeaders),
        Ok(_) => {}
        // No URI with a blank in it can be read.
        Err(_) if uri.iter().any(|&octet| is_blank(octet)) => notes.note(Rule::RequestUriSpace),
        Err(_) => notes.note(Rule::RequestUriSyntax),
    }
}

/// `SIP/` and two numbers.
fn is_version(text: &[u8]) -> bool {
    let Some((name, numbers)) = text.split_at_checked(4) else {
        return false;
    };
    let mut halves = numbers.splitn(2, |&octet| octet == b'.');
    let digits = |half: Option<&[u8]>| {
        half.is_some_and(|h| !h.is_empty() && h.iter().all(u8::is_ascii_digit))
    };
    name.eq_ignore_ascii_case(b"SIP/") && digits(halves.next()) && digits(halves.next())
}

fn is_version_2(text: &[u8]) -> bool {
    text.eq_ignore_ascii_case(b"SIP/2.0")
}

fn skip_blanks(text: &[u8], from: usize) -> usize {
    from + text.iter().skip(from).take_while(|&&octet| is_blank(octet)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Result<StartLine, ParseErrorKind>, Vec<Rule>) {
        let mut notes = Notes::default();
        let line = scan_start_line(text.as_bytes(), Span::new(0, text.len()), &mut notes);
        (line, notes.rules())
    }

    #[test]
    fn request_lines() {
        for (text, rules) in [
            ("INVITE sip:a@b SIP/2.0", vec![]),
            ("INVITE  sip:a@b  SIP/2.0", vec![Rule::RequestLineSpaces]),
            ("INVITE\tsip:a@b SIP/2.0", vec![Rule::RequestLineSpaces]),
            ("INVITE sip:a@b SIP/2.0  ", vec![Rule::SpaceAfterVersion]),
            ("INVITE sip:a@b; lr SIP/2.0", vec![Rule::RequestUriSpace]),
            ("INVITE <sip:a@b> SIP/2.0", vec![Rule::RequestUriBrackets]),
            ("INVITE sip:a@b?Route=x SIP/2.0", vec![Rule::RequestUriHeaders]),
            ("INVITE sip:a@2001:db8:10 SIP/2.0", vec![Rule::RequestUriSyntax]),
            ("IN@VITE sip:a@b SIP/2.0", vec![Rule::MethodToken]),
            ("OPTIONS sip:a@b SIP/7.0", vec![Rule::Version]),
            ("OPTIONS sip:a@b sip/2.0", vec![]),
        ] {
            let (line, found) = read(text);
            assert!(line.is_ok(), "{text}");
            assert_eq!(found, rules, "{text}");
        }
        for text in
            ["", "INVITE", "INVITE SIP/2.0", " sip:a@b SIP/2.0", "GET / HTTP/1.1", "A b SIP/x"]
        {
            assert_eq!(read(text).0.unwrap_err(), ParseErrorKind::NotSip, "{text}");
        }
    }

    #[test]
    fn status_lines() {
        for (text, expected, said, rules) in [
            ("SIP/2.0 200 = 2**3 * 5**2", Some(200), "= 2**3 * 5**2", vec![]),
            ("SIP/2.0 100 ", Some(100), "", vec![]),
            ("SIP/2.0 100", Some(100), "", vec![Rule::MissingReasonSpace]),
            ("SIP/2.0 4294967301 x", None, "x", vec![Rule::StatusCode]),
            ("SIP/2.0 099 x", None, "x", vec![Rule::StatusCode]),
            ("SIP/3.0 200 x", Some(200), "x", vec![Rule::Version]),
        ] {
            let (line, found) = read(text);
            let Ok(StartLine::Response { code, reason, .. }) = line else { panic!("{text}") };
            assert_eq!((code, reason.of(text), found), (expected, said, rules), "{text}");
        }
    }
}
