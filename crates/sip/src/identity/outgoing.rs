//! Telling who calls.

use super::{IdentityHeader, bare_number};
use crate::{
    grammar::quote,
    uri::{Part, escape},
};

/// Who calls, as the far end shall see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caller<'a> {
    /// User part of the address of record.
    pub user: &'a str,
    /// Domain of the address of record.
    pub domain: &'a str,
    /// The number to show; the user where there is none.
    pub number: Option<&'a str>,
    /// The name to show.
    pub display_name: Option<&'a str>,
    /// Hide the caller from the far end; the trunk still learns who it is.
    pub private: bool,
    /// The number that the call was diverted from.
    pub diversion: Option<&'a str>,
}

/// The headers of a request that tell who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerHeaders {
    /// From without its tag, to be followed by `;tag=`.
    pub from: String,
    /// Name and value of the others, in the order in which they shall stand.
    pub others: Vec<(&'static str, String)>,
}

impl Caller<'_> {
    /// The headers in the order that the trunk wants. Where From is not among them it holds the
    /// address of record.
    ///
    /// A private caller has the From of RFC 3323 §4.1 and `Privacy: id` (RFC 3325 §9.3); the number
    /// then stands in the trunk's own header, or in P-Preferred-Identity where the trunk has none.
    pub fn headers(&self, order: &[IdentityHeader]) -> CallerHeaders {
        let shown = self.uri(self.number.unwrap_or(self.user));
        let from = match (self.private, order.contains(&IdentityHeader::From)) {
            (true, _) => ANONYMOUS.to_owned(),
            (false, true) => self.named(&shown),
            (false, false) => self.named(&self.uri(self.user)),
        };
        let mut others: Vec<(&'static str, String)> = Vec::new();
        for header in order {
            let (name, value) = match header {
                IdentityHeader::From => continue,
                IdentityHeader::Pai => ("P-Asserted-Identity", self.named(&shown)),
                IdentityHeader::Ppi => ("P-Preferred-Identity", self.named(&shown)),
                IdentityHeader::Rpid => ("Remote-Party-ID", self.remote_party(&shown)),
            };
            if !others.iter().any(|(there, _)| *there == name) {
                others.push((name, value));
            }
        }
        if self.private {
            if others.is_empty() {
                others.push(("P-Preferred-Identity", self.named(&shown)));
            }
            others.push(("Privacy", "id".to_owned()));
        }
        if let Some(number) = self.diversion {
            let uri = self.uri(number);
            others.push(("Diversion", format!("<{uri}>;reason=unconditional;counter=1")));
        }
        CallerHeaders { from, others }
    }

    fn remote_party(&self, uri: &str) -> String {
        let privacy = if self.private { "full" } else { "off" };
        // `screen=yes` would say that somebody checked the number, which is the trunk's to say.
        format!("{};party=calling;screen=no;privacy={privacy}", self.named(uri))
    }

    fn named(&self, uri: &str) -> String {
        match self.display_name.filter(|name| !name.is_empty()) {
            Some(name) => format!("{} <{uri}>", quote(name)),
            None => format!("<{uri}>"),
        }
    }

    fn uri(&self, number: &str) -> String {
        format!("sip:{}@{}", escape(&bare_number(number), Part::User), self.domain)
    }
}

const ANONYMOUS: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

#[cfg(test)]
mod tests {
    use super::*;
    use IdentityHeader::{From, Pai, Ppi, Rpid};

    fn caller() -> Caller<'static> {
        Caller {
            user: "alice",
            domain: "example.net",
            number: Some("+1 555 0100"),
            ..Caller::default()
        }
    }

    #[test]
    fn the_number_stands_where_the_trunk_wants_it_and_in_its_order() {
        let shown = "<sip:+15550100@example.net>";
        let own = "<sip:alice@example.net>";
        let rpid = format!("{shown};party=calling;screen=no;privacy=off");
        for (order, from, others) in [
            (vec![From], shown, vec![]),
            (vec![], own, vec![]),
            (vec![Pai], own, vec![("P-Asserted-Identity", shown)]),
            (vec![Pai, From], shown, vec![("P-Asserted-Identity", shown)]),
            (
                vec![Rpid, Ppi, Pai],
                own,
                vec![
                    ("Remote-Party-ID", rpid.as_str()),
                    ("P-Preferred-Identity", shown),
                    ("P-Asserted-Identity", shown),
                ],
            ),
            (vec![Ppi, Ppi], own, vec![("P-Preferred-Identity", shown)]),
        ] {
            let headers = caller().headers(&order);
            assert_eq!(headers.from, from, "{order:?}");
            let found: Vec<_> = headers.others.iter().map(|(n, v)| (*n, v.as_str())).collect();
            assert_eq!(found, others, "{order:?}");
        }
    }

    #[test]
    fn a_private_caller_is_known_to_the_trunk_alone() {
        let private = Caller { private: true, display_name: Some("Alice"), ..caller() };
        for (order, name) in [
            (vec![From], "P-Preferred-Identity"),
            (vec![From, Pai], "P-Asserted-Identity"),
            (vec![Rpid], "Remote-Party-ID"),
        ] {
            let headers = private.headers(&order);
            assert_eq!(headers.from, "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
            let [(found, value), (privacy, id)] = headers.others.as_slice() else {
                panic!("{headers:?}")
            };
            assert_eq!((*found, *privacy, id.as_str()), (name, "Privacy", "id"));
            assert!(value.contains("+15550100"));
            assert!(!value.contains("privacy=off"));
        }
    }

    #[test]
    fn names_and_numbers_cannot_break_out() {
        let odd = Caller {
            number: Some("x>;tag=1,<sip:y"),
            display_name: Some("a\"b\\ <sip:z>"),
            ..caller()
        };
        let headers = odd.headers(&[From]);
        let from = crate::header::Address::parse(&headers.from).unwrap();
        assert_eq!(from.display_name().unwrap(), "a\"b\\ <sip:z>");
        assert_eq!(from.uri().user_unescaped().unwrap(), "x>;tag=1,<sip:y");
        assert_eq!(from.tag(), None);
    }

    #[test]
    fn a_diverted_call_tells_from_where() {
        let diverted = Caller { diversion: Some("+15550199"), ..caller() };
        let expected = "<sip:+15550199@example.net>;reason=unconditional;counter=1".to_owned();
        assert_eq!(diverted.headers(&[From]).others, [("Diversion", expected)]);
    }
}
