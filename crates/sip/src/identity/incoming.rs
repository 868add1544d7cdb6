//! Reading who was called, and by whom.

use super::{DidField, IdentityHeader, number_of};
use crate::{
    header::Address,
    message::{Message, Name},
};

/// The number that an incoming request dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialled {
    /// The number, or the user where it is none; without separators and parameters.
    pub number: String,
    /// The field that held it: not the one asked for where that is missing or names nobody.
    pub field: DidField,
}

/// The dialled number out of the field in which the trunk puts it, else out of the Request-URI, else
/// out of To. Of several Diversion values the topmost counts, which is the last diversion (RFC 5806). `None` where no field names anybody.
pub fn dialled(request: &Message, field: DidField) -> Option<Dialled> {
    [field, DidField::RequestUri, DidField::To].into_iter().find_map(|field| {
        let number = match field {
            DidField::Diversion => number_of(request.address(Name::Diversion)?.uri()),
            DidField::PCalledPartyId => number_of(request.address(Name::PCalledPartyId)?.uri()),
            DidField::RequestUri => number_of(&request.uri()?.ok()?),
            DidField::To => number_of(request.to()?.uri()),
        }?;
        Some(Dialled { number, field })
    })
}

/// Who calls: the first header there is in the trunk's order, else From. P-Asserted-Identity and
/// Remote-Party-ID are worth what their sender is worth: ask for them from a trusted source only.
pub fn caller(request: &Message, order: &[IdentityHeader]) -> Option<Address> {
    let listed = order.iter().find_map(|header| match header {
        IdentityHeader::From => request.from(),
        IdentityHeader::Pai => request.address(Name::PAssertedIdentity),
        IdentityHeader::Ppi => request.address(Name::PPreferredIdentity),
        IdentityHeader::Rpid => request.address(Name::RemotePartyId),
    });
    listed.or_else(|| request.from())
}

/// True where the caller asks not to be shown (RFC 3323 §4.2, RFC 3325 §9.3): a number learnt from
/// P-Asserted-Identity is then for the records, not for the screen.
pub fn is_private(request: &Message) -> bool {
    let hides =
        |token: &str| ["id", "user", "header"].iter().any(|t| t.eq_ignore_ascii_case(token));
    let by_privacy = request
        .header(Name::Privacy)
        .is_some_and(|value| value.text().split(';').any(|token| hides(token.trim())));
    let by_party = || {
        let party = request.address(Name::RemotePartyId);
        let asked = party.as_ref().and_then(|party| party.params().value("privacy"));
        asked.is_some_and(|asked| !asked.eq_ignore_ascii_case("off"))
    };
    by_privacy || by_party()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Framing;

    fn invite(uri: &str, headers: &str) -> Message {
        let text = format!(
            "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
             From: <sip:+15550111@example.net>;tag=1\r\nTo: <sip:+15550122@example.net>\r\n\
             Call-ID: 1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n{headers}Content-Length: 0\r\n\r\n"
        );
        Message::parse(text, Framing::Datagram).unwrap()
    }

    #[test]
    fn the_did_comes_out_of_the_field_of_the_trunk() {
        let request = invite(
            "sip:alice@192.0.2.5",
            "P-Called-Party-ID: <tel:+1-555-0133>\r\n\
             Diversion: <sip:+15550144@x>;reason=unconditional, <sip:+15550155@x>\r\n",
        );
        for (field, number) in [
            (DidField::RequestUri, "alice"),
            (DidField::To, "+15550122"),
            (DidField::PCalledPartyId, "+15550133"),
            (DidField::Diversion, "+15550144"),
        ] {
            let expected = Dialled { number: number.into(), field };
            assert_eq!(dialled(&request, field), Some(expected));
        }
    }

    #[test]
    fn a_missing_field_falls_back_and_says_so() {
        let request = invite("sip:+15550166@192.0.2.5", "");
        let found = dialled(&request, DidField::PCalledPartyId).unwrap();
        assert_eq!((found.number.as_str(), found.field), ("+15550166", DidField::RequestUri));

        let request = invite("sip:192.0.2.5", "Diversion: nonsense\r\n");
        let found = dialled(&request, DidField::Diversion).unwrap();
        assert_eq!((found.number.as_str(), found.field), ("+15550122", DidField::To));
    }

    #[test]
    fn the_caller_is_in_the_first_header_there_is() {
        let request = invite(
            "sip:a@b",
            "Remote-Party-ID: <sip:2@x>;party=calling\r\nP-Asserted-Identity: <sip:3@x>, <tel:3>\r\n",
        );
        let user = |order: &[IdentityHeader]| {
            caller(&request, order).unwrap().uri().user().unwrap_or_default().to_owned()
        };
        assert_eq!(user(&[IdentityHeader::Pai, IdentityHeader::Rpid]), "3");
        assert_eq!(user(&[IdentityHeader::Ppi, IdentityHeader::Rpid]), "2");
        assert_eq!(user(&[IdentityHeader::From, IdentityHeader::Pai]), "+15550111");
        assert_eq!(user(&[IdentityHeader::Ppi]), "+15550111");
    }

    #[test]
    fn privacy_by_either_header() {
        for (headers, private) in [
            ("", false),
            ("Privacy: none\r\n", false),
            ("Privacy: id\r\n", true),
            ("Privacy: session; ID ;critical\r\n", true),
            ("Remote-Party-ID: <sip:2@x>;privacy=full\r\n", true),
            ("Remote-Party-ID: <sip:2@x>;privacy=off\r\n", false),
        ] {
            assert_eq!(is_private(&invite("sip:a@b", headers)), private, "{headers}");
        }
    }
}
