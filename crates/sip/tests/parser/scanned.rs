//! What is kept of the one scan at the start says the same as a scan of the header as it stands.

use std::borrow::Cow;

use bytes::Bytes;
use milliwatt_sip::{
    header::{Address, CSeq, Via},
    message::{Framing, Message, Name},
};

use crate::corpus::Corpus;

/// Holds the quick readers to the slow ones.
fn agree(raw: &[u8]) {
    let raw = Bytes::copy_from_slice(raw);
    let parsed = Message::parse(raw.clone(), Framing::Datagram);
    let message = match &parsed {
        Ok(message) => message,
        Err(error) => match error.answerable() {
            Some(message) => message,
            None => return,
        },
    };
    let told = |found: Option<Address>| {
        found.map(|it| {
            let (name, tag) = (it.display_name().map(String::from), it.tag().map(String::from));
            (
                it.to_string(),
                name,
                it.uri().to_string(),
                it.uri().host().map(|h| h.to_string()),
                tag,
            )
        })
    };
    let context = String::from_utf8_lossy(&raw);
    assert_eq!(told(message.from()), told(message.address(Name::From)), "{context}");
    assert_eq!(told(message.to()), told(message.address(Name::To)), "{context}");
    let contact = message.contacts().find_map(|contact| contact.address().cloned());
    assert_eq!(told(message.contact()), told(contact), "{context}");
    let told = |found: Option<Via>| {
        found.map(|it| {
            let (branch, sent_by) = (it.branch().map(String::from), it.host().to_string());
            (it.to_string(), it.transport_token().to_owned(), sent_by, it.port(), branch)
        })
    };
    let slow = message.typed::<Via>().and_then(Result::ok);
    assert_eq!(told(message.top_via()), told(slow), "{context}");
    let slow = message.typed::<CSeq>().and_then(Result::ok);
    assert_eq!(message.cseq(), slow, "{context}");
    let slow = message.header(Name::CallId).map(|value| value.text().into_owned());
    assert_eq!(message.call_id().map(Cow::into_owned), slow, "{context}");
    assert_eq!(message.content_length(), message.number(Name::ContentLength), "{context}");
}

#[test]
fn sound_and_damaged_messages_are_read_alike_by_both_ways() {
    let mut corpus = Corpus::new(20);
    for _ in 0..5000 {
        agree(&corpus.message());
        agree(&corpus.damaged());
    }
}

#[test]
fn rows_that_are_empty_folded_or_doubled() {
    for rows in [
        "Via:\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n",
        "Via: ,SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/UDP g;branch=z9hG4bK2\r\n",
        "Via: nonsense\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n",
        "Via: SIP/2.0/UDP\r\n\th\r\n ;branch=z9hG4bK1\r\n",
        "From:\r\nFrom: <sip:a@b>;tag=1\r\n",
        "From: <sip:a@b>;tag=1\r\nFrom: <sip:c@d>;tag=2\r\n",
        "From: <sip:\r\nFrom: <sip:c@d>;tag=2\r\n",
        "f: \"A\r\n B\" <sip:a@b>\r\n ;tag=1\r\n",
        "To: \u{fc} <sip:a@b>\r\n",
        "Contact: *\r\n",
        "Contact:\r\nm: <sip:a@b>\r\n",
        "Contact: *, <sip:a@b>\r\n",
        "Contact: <sip:a, <sip:a@b>\r\n",
        "CSeq:\r\n 7\r\n\tINVITE \r\n ",
        "CSeq: x\r\nCSeq: 4294967295 BYE\r\n",
        "i:\r\n a@b\r\nCall-ID: c@d\r\n",
        "Call-ID: \u{fc}\r\n",
        "l:\r\n 4 \r\nContent-Length: 5\r\n",
        "Content-Length: 4\r\n 5\r\n",
        "Content-Length: 99999999999\r\n",
    ] {
        agree(format!("INVITE sip:a@b SIP/2.0\r\n{rows}CSeq: 1 INVITE\r\n\r\n").as_bytes());
        let mut octets = format!("SIP/2.0 200 OK\r\n{rows}X: ").into_bytes();
        octets.extend(b"\xff\r\n\r\n");
        agree(&octets);
        let long = format!("INVITE sip:a@b SIP/2.0\r\nX: {}\r\n{rows}\r\n", "\u{fc}".repeat(2100));
        agree(long.as_bytes());
    }
}
