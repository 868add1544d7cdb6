//! Semicolon parameters of headers and URIs (RFC 3261 §25.1 `generic-param`, `uri-parameter`).

use super::{
    Notes,
    chars::{TOKEN, cut, run},
    is_token, quoted_end, trim_blanks,
};
use crate::message::Rule;

/// The parameters of a header value or a URI, in the order in which they stand. Names are compared
/// without regard to case; the first of two equal names counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Params<'a> {
    rest: &'a str,
}

impl<'a> Params<'a> {
    /// Reads `;name=value;name`. A first semicolon may be missing.
    pub fn new(text: &'a str) -> Self {
        Self { rest: trim_blanks(text).strip_prefix(';').unwrap_or(text) }
    }

    /// The value of a parameter without surrounding quotes; the empty text when it has none.
    pub fn value(self, name: &str) -> Option<&'a str> {
        let raw = self.raw(name)?;
        Some(raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw))
    }

    /// The value as it stands, quotes and all; the empty text when it has none.
    pub fn raw(self, name: &str) -> Option<&'a str> {
        self.into_iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.unwrap_or_default())
    }

    /// True where the parameter is there, with or without a value.
    pub fn has(self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// True where there is none.
    pub fn is_empty(mut self) -> bool {
        self.next().is_none()
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let end = param_end(self.rest.as_bytes());
            let one = self.rest.get(..end).unwrap_or_default();
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            let (name, value) = split(one);
            if !name.is_empty() {
                return Some((name, value));
            }
        }
        None
    }
}

/// Notes what is wrong in header parameters that start at octet `from` with their semicolon, and
/// shows each name and value to `see`.
pub(crate) fn scan_params<'a>(
    text: &'a str,
    from: usize,
    notes: &mut Notes,
    mut see: impl FnMut(&'a str, &'a str, &mut Notes),
) {
    let mut rest = trim_blanks(text.get(from..).unwrap_or_default());
    if !rest.is_empty() && !rest.starts_with(';') {
        return notes.note(Rule::TextAfterValue);
    }
    let mut seen_empty = false;
    while let Some(after) = rest.strip_prefix(';') {
        if let Some((name, value, next)) = plain_param(after) {
            see(name, value, notes);
            rest = next;
            continue;
        }
        let end = param_end(after.as_bytes());
        let one = trim_blanks(after.get(..end).unwrap_or_default());
        rest = after.get(end..).unwrap_or_default();
        if !one.is_empty() {
            let (name, value) = split(one);
            scan_param(name, value, notes);
            see(name, value.unwrap_or_default(), notes);
        } else if rest.is_empty() && !seen_empty {
            notes.note(Rule::LastSemicolon);
        } else if !seen_empty {
            notes.note(Rule::EmptyParameter);
        }
        seen_empty |= one.is_empty();
    }
}

/// Name and value of a parameter in which nothing is to be noted, as nearly all are, and what follows
/// it: each octet is looked at once. `None` for any other, which the general rules read.
#[inline]
fn plain_param(text: &str) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    let name = run(bytes, TOKEN);
    let (from, end) = match bytes.get(name) {
        Some(b'=') => (name + 1, name + 1 + run(bytes.get(name + 1..)?, TOKEN)),
        _ => (name, name),
    };
    let sound = name > 0 && (from == name || end > from);
    if !sound || !matches!(bytes.get(end), None | Some(b';')) {
        return None;
    }
    Some((text.get(..name)?, text.get(from..end)?, text.get(end..)?))
}

fn split(one: &str) -> (&str, Option<&str>) {
    match cut(one, b'=') {
        Some((name, value)) => (trim_blanks(name), Some(trim_blanks(value))),
        None => (trim_blanks(one), None),
    }
}

fn scan_param(name: &str, value: Option<&str>, notes: &mut Notes) {
    let sound = match value.map(str::as_bytes) {
        None => true,
        Some(quoted @ [b'"', ..]) => match quoted_end(quoted) {
            Some(end) => end == quoted.len(),
            None => return notes.note(Rule::UnterminatedQuote),
        },
        Some([b'[', inner @ .., b']']) => {
            inner.iter().all(|o| o.is_ascii_hexdigit() || matches!(o, b':' | b'.'))
        }
        Some(value) => is_token(value) || is_address(value),
    };
    if !sound || !is_token(name.as_bytes()) {
        notes.note(Rule::ParameterSyntax);
    }
}

/// An IPv6 address without brackets, as `received` carries it (RFC 5118 §4.5).
fn is_address(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|o| o.is_ascii_hexdigit() || matches!(o, b':' | b'.'))
}

/// Where a parameter ends: at the next semicolon that stands in no quoted string.
fn param_end(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&octet) = text.get(at) {
        match octet {
            b';' => return at,
            b'"' => match text.get(at..).and_then(quoted_end) {
                Some(length) => at += length,
                None => return text.len(),
            },
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Vec<Rule> {
        let mut notes = Notes::default();
        scan_params(text, 0, &mut notes, |_, _, _| {});
        notes.rules()
    }

    #[test]
    fn names_ignore_case_and_blanks() {
        let params = Params::new(" ; newparam = newvalue ;secondparam ; Q = 0.33;t=\"a;b\"");
        assert_eq!(params.value("q"), Some("0.33"));
        assert_eq!(params.value("NEWPARAM"), Some("newvalue"));
        assert_eq!(params.value("secondparam"), Some(""));
        assert_eq!(params.value("t"), Some("a;b"));
        assert_eq!(params.raw("t"), Some("\"a;b\""));
        assert!(!params.has("other"));
        assert_eq!(params.count(), 4);
    }

    #[test]
    fn what_is_wrong_is_noted() {
        assert_eq!(wrong(";a=b; c ;d=\"x;y\";e=[::1];f=2001:db8::1"), []);
        assert_eq!(wrong(";a=b;"), [Rule::LastSemicolon]);
        assert_eq!(wrong(";;;;"), [Rule::EmptyParameter]);
        assert_eq!(wrong(";;a"), [Rule::EmptyParameter]);
        assert_eq!(wrong(";a=\"x"), [Rule::UnterminatedQuote]);
        assert_eq!(wrong(";a=b c;d e"), [Rule::ParameterSyntax, Rule::ParameterSyntax]);
        assert_eq!(wrong("x;a"), [Rule::TextAfterValue]);
        assert_eq!(wrong("  "), []);
    }
}
