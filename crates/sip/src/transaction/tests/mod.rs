//! The transactions on virtual time: one layer under a clock, and two with a wire between them.

mod faults;
mod instants;
mod limits;
mod loss;
mod matching;
mod oracle;
mod pair;
mod transport;

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;

use super::*;
use crate::{
    message::{Framing, Message, Name},
    transport::{Flow, FlowId, Transport},
};

const HERE: &str = "192.0.2.1:5060";
const THERE: &str = "192.0.2.9:5060";

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn flow(transport: Transport) -> Flow {
    let (local, remote) = (HERE.parse().unwrap(), THERE.parse().unwrap());
    Flow::new(FlowId(1), transport, local, remote)
}

fn message(raw: &[u8]) -> Message {
    Message::parse(Bytes::copy_from_slice(raw), Framing::Datagram).unwrap()
}

/// A request with that method and branch, as either side would write it.
fn request(method: &str, branch: &str) -> Bytes {
    let text = format!(
        "{method} sip:bob@example.net SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.9;branch={branch}\r\n\
         Max-Forwards: 70\r\n\
         Route: <sip:p1.example.net;lr>\r\n\
         Route: <sip:p2.example.net;lr>\r\n\
         From: <sip:alice@example.net>;tag=a\r\n\
         To: <sip:bob@example.net>\r\n\
         Call-ID: {branch}@192.0.2.9\r\n\
         CSeq: 7 {method}\r\n\
         Content-Length: 0\r\n\r\n"
    );
    Bytes::from(text)
}

/// The answer to a request, with the To-tag `tag`.
fn response(request: &[u8], code: u16, tag: &str) -> Bytes {
    let request = message(request);
    reply(&request, THERE.parse().unwrap(), code, "", Some(tag)).build()
}

/// The bytes with `from` replaced by `to`, which must be there.
fn change(bytes: &[u8], from: &str, to: &str) -> Bytes {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    Bytes::from(text.replace(from, to))
}

/// `INVITE` or `486`: what a message is in one word.
fn word(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut words = text.split(' ');
    match words.next() {
        Some("SIP/2.0") => words.next().unwrap_or_default().to_owned(),
        word => word.unwrap_or_default().to_owned(),
    }
}

/// One layer and the time.
struct Clock {
    layer: Layer,
    flow: Flow,
    now: Duration,
    log: Vec<(u64, String)>,
    sent: Vec<Bytes>,
}

impl Clock {
    fn new(transport: Transport) -> Self {
        Self::with(transport, Timers::default(), Limits::default())
    }

    fn with(transport: Transport, timers: Timers, limits: Limits) -> Self {
        let layer = Layer::new(timers, limits);
        Self { layer, flow: flow(transport), now: ms(0), log: Vec::new(), sent: Vec::new() }
    }

    fn request(&mut self, bytes: &Bytes) -> ClientId {
        let id = self.layer.request(self.now, &self.flow, self.flow.remote, bytes.clone());
        self.drain();
        id
    }

    fn receive(&mut self, bytes: &[u8]) -> Incoming {
        let incoming = self.layer.receive(self.now, &self.flow, &message(bytes), Origin::Trusted);
        self.drain();
        incoming
    }

    /// Takes a request that must be new.
    fn accept(&mut self, bytes: &[u8]) -> ServerId {
        let incoming = self.receive(bytes);
        let (Incoming::Request(id) | Incoming::Merged(id) | Incoming::Cancel { server: id, .. }) =
            incoming
        else {
            panic!("{incoming:?}")
        };
        id
    }

    fn respond(&mut self, id: ServerId, bytes: &Bytes) {
        self.layer.respond(self.now, id, bytes.clone());
        self.drain();
    }

    /// Lets time pass up to `until` milliseconds, waking the layer when it wants to be.
    fn run(&mut self, until: u64) {
        while let Some(at) = self.layer.wake_at().filter(|at| *at <= ms(until)) {
            assert!(at >= self.now);
            self.now = at;
            self.layer.wake(at);
            self.drain();
        }
        self.now = ms(until);
    }

    fn drain(&mut self) {
        while let Some(action) = self.layer.poll() {
            let what = match action {
                Action::ClientEnded(_) | Action::ServerEnded(_) => "ended".to_owned(),
                Action::Failed(_, error) => format!("failed: {error}"),
                Action::NoAck(_) => "no ack".to_owned(),
                Action::Orphaned(_) => "orphaned".to_owned(),
                Action::Send { flow, remote, bytes, .. } => {
                    assert_eq!((flow, remote), (self.flow.id, self.flow.remote));
                    let word = word(&bytes);
                    self.sent.push(bytes);
                    word
                }
                Action::TimedOut(_) => "timed out".to_owned(),
            };
            self.log.push((u64::try_from(self.now.as_millis()).unwrap(), what));
        }
    }

    /// What happened since the last call, `(ms, what)`.
    fn told(&mut self) -> Vec<(u64, String)> {
        std::mem::take(&mut self.log)
    }
}

/// The same thing at each of these instants.
fn each(what: &str, at: &[u64]) -> Vec<(u64, String)> {
    at.iter().map(|at| (*at, what.to_owned())).collect()
}

fn then(mut list: Vec<(u64, String)>, at: u64, what: &str) -> Vec<(u64, String)> {
    list.push((at, what.to_owned()));
    list
}
