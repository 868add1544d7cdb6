//! Messages in which one element is as large as it can be made.

use bytes::Bytes;
use milliwatt_sip::{
    digest,
    message::{Framing, Message, Name},
    stream::Framer,
};

/// Makes a message of about that many octets.
pub(crate) type Grow = fn(usize) -> Vec<u8>;

/// Each element that can grow.
pub(crate) const ELEMENTS: &[(&str, Grow)] = &[
    ("body", |size| message("", &"x".repeat(size))),
    ("multipart", |size| {
        message("Content-Type: multipart/mixed;boundary=b\r\n", &"--b\r\n\r\n".repeat(size / 7))
    }),
    ("dashes", |size| message("Content-Type: multipart/mixed;boundary=-\r\n", &"-".repeat(size))),
    ("rows", |size| message(&"X: y\r\n".repeat(size / 6), "")),
    ("long-rows", |size| message(&format!("X: {}\r\n", "y".repeat(4000)).repeat(size / 4005), "")),
    ("folded", |size| message(&format!("Subject: a{}\r\n", "\r\n b".repeat(size / 4)), "")),
    ("folded-via", |size| {
        message(&format!("Via: SIP/2.0/UDP h{}\r\n", "\r\n ".repeat(size / 3)), "")
    }),
    ("no-colon", |size| message(&"nonsense\r\n".repeat(size / 10), "")),
    ("line-feeds", |size| [vec![b'\n'; size], message("", "")].concat()),
    ("header-name", |size| message(&format!("{}: x\r\n", "N".repeat(size)), "")),
    ("bad-name", |size| message(&format!("{}: x\r\n", "N\x01".repeat(size / 2)), "")),
    ("vias", |size| message(&format!("Via: {}\r\n", "SIP/2.0/UDP h,".repeat(size / 14)), "")),
    ("commas", |size| message(&format!("Contact: {}\r\n", ",".repeat(size)), "")),
    ("contacts", |size| {
        message(&format!("Contact: <sip:a@b>{}\r\n", ",<sip:a@b>".repeat(size / 10)), "")
    }),
    ("quotes", |size| message(&format!("Contact: {}\r\n", "\"".repeat(size)), "")),
    ("open-quote", |size| message(&format!("From: \"{}\r\n", "\\\"".repeat(size / 2)), "")),
    ("brackets", |size| message(&format!("Contact: {}\r\n", "<".repeat(size)), "")),
    ("parameters", |size| message(&format!("From: <sip:a@b>{}\r\n", ";p=v".repeat(size / 4)), "")),
    ("semicolons", |size| message(&format!("To: <sip:a@b>{}\r\n", ";".repeat(size)), "")),
    ("blanks", |size| message(&format!("CSeq: 1{}INVITE\r\n", " ".repeat(size)), "")),
    ("slashes", |size| message(&format!("Via: {}\r\n", "/".repeat(size)), "")),
    ("user", |size| message(&format!("To: <sip:{}@b>\r\n", "%41".repeat(size / 3)), "")),
    ("host", |size| message(&format!("To: <sip:{}>\r\n", "a.".repeat(size / 2)), "")),
    ("address", |size| message(&format!("To: <sip:[{}]>\r\n", ":".repeat(size)), "")),
    ("uri-headers", |size| {
        message(&format!("Contact: <sip:a?{}>\r\n", "a=b&".repeat(size / 4)), "")
    }),
    ("digits", |size| message(&format!("Expires: {}\r\n", "9".repeat(size)), "")),
    ("call-id", |size| message(&format!("Call-ID: {}\r\n", "@".repeat(size)), "")),
    ("challenges", |size| {
        message(&format!("WWW-Authenticate: {}\r\n", "Digest a=b,".repeat(size / 11)), "")
    }),
    ("comment", |size| message(&format!("Retry-After: 1 {}\r\n", "(".repeat(size)), "")),
    ("request-uri", |size| format!("INVITE sip:{} SIP/2.0\r\n\r\n", "a".repeat(size)).into()),
    ("start-line", |size| vec![b' '; size]),
    ("controls", |size| message(&format!("Subject: {}\r\n", "\r".repeat(size)), "")),
    ("not-utf-8", |size| {
        let mut raw = message("", "");
        raw.splice(0..0, b"A b SIP/2.0\r\nFrom: ".iter().copied().chain(vec![0xff; size]));
        raw
    }),
];

fn message(rows: &str, body: &str) -> Vec<u8> {
    format!(
        "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n{rows}\
        From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
        Max-Forwards: 70\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Reads all that there is to read: as a datagram, through the framer, and every typed header.
pub(crate) fn read_all(raw: Bytes) -> usize {
    let mut framer = Framer::new();
    framer.push(&raw);
    let mut found = std::iter::from_fn(|| framer.next()).count();
    let parsed = Message::parse(raw, Framing::Datagram);
    let message = match &parsed {
        Ok(message) => message,
        Err(error) => match error.answerable() {
            Some(message) => message,
            None => return found,
        },
    };
    found += message.vias().map(|via| via.params().count()).sum::<usize>();
    found += message.contacts().count() + message.routes().count();
    let addresses = [message.from(), message.to(), message.contact()];
    for address in addresses.into_iter().flatten() {
        found += address.params().count() + address.uri().headers().count();
        found += usize::from(address.uri().equivalent(address.uri()));
    }
    found += message.cseq().is_some() as usize + message.call_id().is_some() as usize;
    found += message.rows().count() + message.values(Name::Subject).count();
    found += digest::challenges(message, digest::Realm::Server).len();
    found + message.content("application/sdp").map_or(0, |body| body.len())
}
