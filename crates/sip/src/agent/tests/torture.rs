//! The 61 messages of RFC 4475 and RFC 5118, sent by the trunk, each followed by an OPTIONS from the
//! same port. What each must bring is in `index.tsv`.

#![allow(clippy::disallowed_methods, reason = "the messages are files of the repository")]

use std::{fs, path::PathBuf};

use bytes::Bytes;

use super::{
    super::*,
    net::{At, Net, Node, address},
};
use crate::{
    message::{Message, Name},
    stream::{Framed, Framer},
    transport::{Flow, FlowId, Transport},
};

struct Row {
    file: String,
    request: bool,
    outcome: String,
    also: String,
    transport: Transport,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/sip-torture")
}

fn rows() -> Vec<Row> {
    let index = fs::read_to_string(folder().join("index.tsv")).unwrap();
    let mut lines = index.lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let at = |name: &str| columns.iter().position(|column| *column == name).unwrap();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            Row {
                file: cells[at("file")].to_owned(),
                request: cells[at("kind")] == "request",
                outcome: cells[at("rfc_outcome")].to_owned(),
                also: cells[at("also_allowed")].to_owned(),
                transport: Transport::from_token(cells[at("top_via_transport")]).unwrap(),
            }
        })
        // The archive's RFC 5118 files have no wire form; those beside them do.
        .filter(|row| !row.file.starts_with("rfc5118/"))
        .collect()
}

/// Sends one message by its transport, and an OPTIONS after it; all answers are returned.
fn send(net: &mut Net, a: At, peer: At, row: &Row, bytes: &[u8]) -> Vec<Message> {
    let (local, remote) = (address(a.0), address(peer.0));
    let id = if row.transport == Transport::Udp { FlowId(1) } else { FlowId(77) };
    let flow = Flow::new(id, row.transport, local, remote);
    let options = format!(
        "OPTIONS sip:alice@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{} {remote};branch=z9hG4bKgood\r\n\
         From: <sip:b@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: good\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        row.transport
    );
    let mut whole = Vec::new();
    if row.transport.is_reliable() {
        let mut framer = Framer::default();
        framer.push(bytes);
        while let Some(framed) = framer.next() {
            match framed {
                Framed::Message(message) => whole.push(message),
                Framed::Broken { .. } | Framed::Ping | Framed::Pong => {}
            }
        }
    } else {
        whole.push(Bytes::copy_from_slice(bytes));
    }
    whole.push(Bytes::from(options));
    for bytes in &whole {
        net.input(a, Input::Received { flow, bytes });
        net.settle();
    }
    net.secs(1);
    std::iter::from_fn(|| net.next(peer)).collect()
}

/// The status codes that an outcome names.
fn codes_in(text: &str) -> Vec<u16> {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 3);
    numbers.filter_map(|digits| digits.parse().ok()).filter(|code| *code >= 100).collect()
}

#[test]
fn each_message_brings_what_its_rfc_asks_for() {
    let rows = rows();
    assert_eq!(rows.len(), 61);
    for row in rows {
        let bytes = fs::read(folder().join(&row.file)).unwrap();
        let (mut net, a, peer) = Net::scripted(|a| a.allow = vec![("0.0.0.0".parse().unwrap(), 0)]);
        net.streams_to(peer, FlowId(77));
        let answers = send(&mut net, a, peer, &row, &bytes);
        let good = |m: &&Message| m.call_id().as_deref() == Some("good");
        let options = answers.iter().find(good).unwrap_or_else(|| panic!("{}: OPTIONS", row.file));
        assert_eq!(options.status(), Some(200), "{}", row.file);
        let mut codes: Vec<u16> =
            answers.iter().filter(|m| !good(m)).filter_map(Message::status).collect();
        // A refusal of an INVITE is repeated until its ACK comes.
        codes.dedup();
        let events = net.events(a);
        let rings = events.iter().any(|event| matches!(event, Event::Incoming { .. }));
        if !row.request {
            assert!(codes.is_empty() && !rings, "{}: {codes:?}", row.file);
            continue;
        }
        let [code] = codes[..] else { panic!("{}: {codes:?}, {events:?}", row.file) };
        let wanted = codes_in(&row.outcome);
        let understood = row.outcome.starts_with("parse-ok") && wanted.is_empty();
        let fits = understood && !matches!(code, 400 | 505 | 513)
            || wanted.contains(&code)
            || codes_in(&row.also).contains(&code);
        assert!(fits, "{}: {code}, not {} or {}", row.file, row.outcome, row.also);
        let refusal = answers.iter().find(|m| m.status() == Some(code)).unwrap();
        match code {
            405 | 501 => assert!(refusal.header(Name::Allow).is_some(), "{}", row.file),
            420 => assert!(refusal.header(Name::Unsupported).is_some(), "{}", row.file),
            415 => assert!(refusal.header(Name::Accept).is_some(), "{}", row.file),
            406 => assert!(refusal.header(Name::Warning).is_some(), "{}", row.file),
            _ => {}
        }
        assert_eq!(rings, code == 100, "{}: rings {rings}, {code}", row.file);
        assert!(matches!(net.nodes[a.0].1, Node::Phone { .. }));
    }
}
