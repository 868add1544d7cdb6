//! `scheme name=value, name="value"` (RFC 7235 §2.1), several of them in one row.

use std::borrow::Cow;

use crate::grammar::{is_token_byte, quoted_end, unquote};

/// One challenge or answer: the scheme and its parameters, values without quotes.
#[derive(Debug, Default)]
pub(super) struct Offer<'a> {
    pub(super) scheme: &'a str,
    params: Vec<(&'a str, Cow<'a, str>)>,
}

impl Offer<'_> {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let mut params = self.params.iter();
        params.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.value(name).map(str::to_owned)
    }
}

/// Reads all that stands in a row. A token that no `=` follows starts another scheme. What makes no
/// sense is skipped up to the next comma.
pub(super) fn read_offers(text: &str) -> Vec<Offer<'_>> {
    let mut offers: Vec<Offer<'_>> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return offers;
        }
        let (name, after) = split_token(rest);
        let value = after.trim_start_matches([' ', '\t']).strip_prefix('=');
        match value {
            Some(value) if !name.is_empty() => {
                let (value, after) = split_value(value.trim_start_matches([' ', '\t']));
                rest = after;
                if let Some(offer) = offers.last_mut().filter(|o| o.params.len() < MOST_PARAMS) {
                    offer.params.push((name, value));
                }
            }
            _ if name.is_empty() => rest = after.split_once(',').map_or("", |(_, after)| after),
            _ if offers.len() >= MOST_OFFERS => return offers,
            _ => {
                rest = after;
                offers.push(Offer { scheme: name, params: Vec::new() });
            }
        }
    }
}

fn split_token(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|octet| !is_token_byte(octet)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn split_value(text: &str) -> (Cow<'_, str>, &str) {
    if text.starts_with('"') {
        let end = quoted_end(text.as_bytes()).unwrap_or(text.len());
        let (value, after) = text.split_at_checked(end).unwrap_or((text, ""));
        return (unquote(value), after);
    }
    let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
    let (value, after) = text.split_at_checked(end).unwrap_or((text, ""));
    (Cow::Borrowed(value), after)
}

/// Challenges read out of one row.
const MOST_OFFERS: usize = 16;
/// Parameters kept of one challenge.
const MOST_PARAMS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_schemes_in_one_row() {
        let row =
            r#"Basic realm="a, b" , Digest realm = "c\"d",nonce=x==, qop="auth,auth-int", NTLM"#;
        let offers = read_offers(row);
        let schemes: Vec<_> = offers.iter().map(|offer| offer.scheme).collect();
        assert_eq!(schemes, ["Basic", "Digest", "NTLM"]);
        assert_eq!(offers[0].value("REALM"), Some("a, b"));
        assert_eq!(offers[1].value("realm"), Some("c\"d"));
        assert_eq!(offers[1].value("nonce"), Some("x=="));
        assert_eq!(offers[1].value("qop"), Some("auth,auth-int"));
    }

    #[test]
    fn nonsense_ends() {
        for text in
            ["", ",,,", "=", "=a,b", "\"", "Digest", "Digest =", "Digest a=\"", "Digest \x01, b=c"]
        {
            read_offers(text);
        }
        assert_eq!(read_offers("Digest @@, realm=x")[0].value("realm"), Some("x"));
    }
}
