//! The 61 messages of RFC 4475 and RFC 5118, sent by the trunk, each followed by an OPTIONS from the
//! same port. What each must bring is in `index.tsv`.

#![allow(clippy::disallowed_methods, reason = "the messages are files of the repository")]

use bytes::Bytes;

use self::reader::{Row, rows};
use super::{
    super::*,
    net::{At, Net, Node, address},
};
use crate::{
    message::{Message, Name},
    stream::{Framed, Framer},
    transport::{Flow, FlowId, Transport},
};

#[path = "../../../../../tests/data/sip-torture/reader.rs"]
mod reader;

/// Sends one message by its transport, and an OPTIONS after it, which must be answered in the instant in
/// which it comes; all answers are returned.
fn send(net: &mut Net, a: At, peer: At, row: &Row, bytes: &[u8]) -> Vec<Message> {
    let (local, remote) = (address(a.0), address(peer.0));
    let transport = Transport::from_token(&row.transport).unwrap();
    let id = if transport == Transport::Udp { FlowId(1) } else { FlowId(77) };
    let flow = Flow::new(id, transport, local, remote);
    let options = format!(
        "OPTIONS sip:alice@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{} {remote};branch=z9hG4bKgood\r\n\
         From: <sip:b@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: good\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        row.transport
    );
    let mut whole = Vec::new();
    if transport.is_reliable() {
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
    for bytes in &whole {
        net.input(a, Input::Received { flow, bytes });
        net.settle();
    }
    let (came, before, options) = (net.now, net.log.len(), Bytes::from(options));
    net.input(a, Input::Received { flow, bytes: &options });
    let at_once = net.log[before..]
        .iter()
        .any(|(at, from, line)| (*at, *from, line.as_str()) == (came, a.0, "SIP/2.0 200 OK"));
    assert!(at_once, "{}: {:?}", row.file, &net.log[before..]);
    net.settle();
    net.secs(1);
    std::iter::from_fn(|| net.next(peer)).collect()
}

#[test]
fn each_message_brings_what_its_rfc_asks_for() {
    let rows: Vec<Row> = rows().into_iter().filter(Row::is_on_the_wire).collect();
    assert_eq!(rows.len(), 61);
    for row in rows {
        let bytes = row.octets();
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
        row.assert_allows(code);
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
