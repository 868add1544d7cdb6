//! Malformed input: bounds, tricks that hit other parsers, and damage at every octet.

use bytes::Bytes;
use milliwatt_sip::{
    message::{
        Fault, Framing, MAX_HEADERS, MAX_MESSAGE, MAX_VALUE, MAX_VIAS, Message, Name,
        ParseErrorKind, Rule,
    },
    stream::{Framed, Framer},
};

use crate::{corpus::Corpus, grown::read_all, invite::INVITE};

fn request(rows: &str) -> Vec<u8> {
    format!(
        "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
        To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n{rows}\r\n"
    )
    .into_bytes()
}

fn fault(rows: &str) -> Option<(u16, Rule)> {
    let message = Message::parse(request(rows), Framing::Datagram).unwrap();
    message.fault().map(|Fault { code, deviation }| (code, deviation.rule))
}

fn over(raw: Vec<u8>) -> (ParseErrorKind, u16, bool) {
    let error = Message::parse(raw, Framing::Datagram).unwrap_err();
    (error.kind(), error.code(), error.answerable().is_some())
}

#[test]
fn only_blanks_may_stand_before_the_colon() {
    for name in ["Contact\x01", "Contact\x0b", "Contact\0", "Con tact", "\u{a0}Contact", "(x)", ""]
    {
        let row = format!("{name}: <sip:evil@example.com>\r\n");
        assert_eq!(fault(&row), Some((400, Rule::HeaderName)), "{name:?}");
        let message = Message::parse(request(&row), Framing::Datagram).unwrap();
        assert!(message.contact().is_none(), "{name:?}");
    }
    assert_eq!(fault("Contact \t: <sip:a@b>\r\n"), None);
}

#[test]
fn every_bound_is_answered_with_513() {
    let rows = |count: usize| request(&"X: y\r\n".repeat(count - 6));
    assert!(Message::parse(rows(MAX_HEADERS), Framing::Datagram).is_ok());
    assert_eq!(over(rows(MAX_HEADERS + 1)), (ParseErrorKind::TooManyHeaders, 513, true));

    let vias = |count: usize| {
        request(&format!("v: {}SIP/2.0/UDP h\r\n", "SIP/2.0/UDP h,".repeat(count - 2)))
    };
    assert!(Message::parse(vias(MAX_VIAS), Framing::Datagram).is_ok());
    assert_eq!(over(vias(MAX_VIAS + 1)), (ParseErrorKind::TooManyVias, 513, true));

    let value = |size: usize| request(&format!("Subject:{}\r\n", "x".repeat(size)));
    assert!(Message::parse(value(MAX_VALUE), Framing::Datagram).is_ok());
    assert_eq!(over(value(MAX_VALUE + 1)), (ParseErrorKind::ValueTooLong, 513, true));

    let size = |size: usize| {
        let mut raw = request("");
        raw.resize(size, b'x');
        raw
    };
    assert!(Message::parse(size(MAX_MESSAGE), Framing::Datagram).is_ok());
    assert_eq!(over(size(MAX_MESSAGE + 1)), (ParseErrorKind::TooLarge, 513, true));
}

#[test]
fn what_is_no_sip_cannot_be_answered() {
    for raw in ["GET / HTTP/1.1\r\n\r\n", "hello\r\n\r\n", "\0\x01\0\x50\x21\x12B", " \r\n"] {
        assert_eq!(over(raw.into()), (ParseErrorKind::NotSip, 400, false), "{raw:?}");
    }
    for raw in ["", "\r\n", "\r\n\r\n"] {
        assert_eq!(over(raw.into()).0, ParseErrorKind::Empty, "{raw:?}");
    }
}

#[test]
fn what_is_malformed_and_not_needed_is_ignored() {
    for row in [
        "Warning: 99999 x\r\n",
        "Retry-After: -1\r\n",
        "Date: yesterday\r\n",
        "Session-Expires: soon\r\n",
        "P-Asserted-Identity: \"open <sip:a@b>\r\n",
        "Refer-To: <\r\n",
        "Content-Type: ;;;\r\n",
        "a line without a colon\r\n",
        "Accept: ,,,,\r\n",
        "Authorization: Digest =\"\r\n",
        "Replaces: x\r\n",
        "Subject: \x7f\0\r\n",
        "X: \u{fffd}\r\n",
    ] {
        assert_eq!(fault(row), None, "{row:?}");
    }
}

#[test]
fn what_is_malformed_and_needed_is_refused() {
    for (row, rule) in [
        ("Contact: \"open <sip:a@b>\r\n", Rule::UnterminatedQuote),
        ("Contact: <sip:a@b\r\n", Rule::MissingBracket),
        ("Contact: <sip:a@b> garbage\r\n", Rule::TextAfterValue),
        ("Contact: no uri\r\n", Rule::UriSyntax),
        ("Route: <sip:a@b>,,<sip:c@d>\r\n", Rule::EmptyElement),
        ("Via: SIP/2.0/UDP\r\n", Rule::ViaSyntax),
        ("Via: SIP/2.0/UDP [::1;branch=x\r\n", Rule::ViaSyntax),
        ("CSeq: 1 OPTIONS\r\n", Rule::DuplicateHeader),
        ("i: 2\r\n", Rule::DuplicateHeader),
        ("Content-Length: 1e3\r\n", Rule::ContentLengthSyntax),
        ("Content-Length: 1\r\n", Rule::ContentLengthTooLarge),
        ("Content-Length: 18446744073709551616\r\n", Rule::ContentLengthTooLarge),
        ("l: 0\r\nContent-Length: 00\r\n", Rule::DuplicateHeader),
        ("l: 0\r\nContent-Length: 1\r\n", Rule::ContentLengthTwice),
    ] {
        assert_eq!(fault(row), Some((400, rule)), "{row:?}");
    }
}

/// The deviations kept are bounded, and the one that decides is among them.
#[test]
fn a_flood_of_deviations_does_not_hide_the_fault() {
    let rows = "Date: x\r\n".repeat(200) + "Contact: <sip:a@b\r\n";
    let message = Message::parse(request(&rows), Framing::Datagram).unwrap();
    assert!(message.deviations().len() <= 64);
    assert_eq!(message.fault().unwrap().deviation.header, Some(Name::Contact));
}

#[test]
fn damage_at_every_octet_is_survived() {
    let whole = INVITE.as_bytes();
    for at in 0..whole.len() {
        read_all(Bytes::copy_from_slice(&whole[..at]));
        for octet in [None, Some(0), Some(b'"'), Some(b'\n'), Some(b','), Some(0xff)] {
            let mut raw = whole.to_vec();
            match octet {
                None => drop(raw.remove(at)),
                Some(octet) => raw[at] = octet,
            }
            read_all(Bytes::from(raw));
        }
    }
}

#[test]
fn random_octets_are_survived() {
    let mut chance = Corpus::new(26);
    for _ in 0..4000 {
        let length = chance.below(300);
        let mut raw: Vec<u8> = (0..length).map(|_| chance.below(256) as u8).collect();
        read_all(Bytes::from(raw.clone()));
        raw.splice(0..0, *b"A b SIP/2.0\r\nVia:");
        read_all(Bytes::from(raw));
    }
}

/// However a stream is cut into pieces, the same messages come out.
#[test]
fn pieces_of_a_stream_do_not_matter() {
    let mut corpus = Corpus::new(7);
    for _ in 0..200 {
        let messages: Vec<_> = (0..4).map(|_| corpus.message()).collect();
        let stream = messages.concat();
        let mut whole = Framer::new();
        whole.push(&stream);
        let expected: Vec<Framed> = std::iter::from_fn(|| whole.next()).collect();
        let mut framer = Framer::new();
        let mut found = Vec::new();
        let mut rest = &stream[..];
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(1 + corpus.below(rest.len()));
            framer.push(piece);
            found.extend(std::iter::from_fn(|| framer.next()));
            rest = after;
        }
        assert_eq!(found, expected);
    }
}
