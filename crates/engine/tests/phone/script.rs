//! A far end whose every answer a test writes: forks, redirects, refreshes.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use bytes::Bytes;
use milliwatt_engine::drive::Peer;

/// What it was sent.
#[derive(Debug, Default)]
pub(crate) struct Got {
    /// Requests and responses, as they came.
    pub(crate) messages: Vec<String>,
    /// Datagrams of RTP, by the port that they came to.
    pub(crate) rtp: BTreeMap<u16, u64>,
}

impl Got {
    /// The requests of one method.
    pub(crate) fn requests(&self, method: &str) -> Vec<&String> {
        let start = format!("{method} ");
        self.messages.iter().filter(|text| text.starts_with(&start)).collect()
    }
}

/// One answer to the first INVITE, or to a later request of that method.
pub(crate) struct Answer {
    /// The method of the request that sets it off, which is the one answered; or, to answer the first
    /// INVITE, `PRACK`, which is answered 200, or `SOUND`, a second of RTP.
    pub(crate) after: &'static str,
    pub(crate) status: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) headers: &'static str,
    /// RTP port in its SDP.
    pub(crate) sdp: Option<u16>,
}

/// The far end. Its answers go out in order, each when the request comes that sets it off; those that
/// follow for the same request go out with it where they name `+`.
pub(crate) struct Script {
    got: Rc<RefCell<Got>>,
    answers: VecDeque<Answer>,
    /// The first one, where it came from and what to.
    invite: Option<(SocketAddr, SocketAddr, String)>,
    out: VecDeque<(SocketAddr, SocketAddr, Bytes)>,
}

impl Script {
    pub(crate) fn new(answers: Vec<Answer>) -> (Self, Rc<RefCell<Got>>) {
        let got = Rc::new(RefCell::new(Got::default()));
        let script = Self {
            got: Rc::clone(&got),
            answers: answers.into(),
            invite: None,
            out: VecDeque::new(),
        };
        (script, got)
    }

    fn request(&mut self, from: SocketAddr, to: SocketAddr, text: &str) {
        let method = text.split(' ').next().unwrap_or("").to_owned();
        if method == "INVITE" {
            self.invite.get_or_insert_with(|| (from, to, text.to_owned()));
        }
        if matches!(method.as_str(), "PRACK" | "BYE" | "CANCEL") {
            let ok = Answer { after: "", status: "200 OK", tag: "", headers: "", sdp: None };
            self.answer(from, to, text, &ok);
        }
        let invite = self.invite.clone().filter(|_| method == "PRACK");
        self.go_on(&method, invite.unwrap_or_else(|| (from, to, text.to_owned())));
    }

    /// Gives the answers that `set_off` sets off.
    fn go_on(&mut self, set_off: &str, (from, to, request): (SocketAddr, SocketAddr, String)) {
        let mut wanted = set_off;
        while self.answers.front().is_some_and(|answer| answer.after == wanted) {
            let Some(answer) = self.answers.pop_front() else { return };
            self.answer(from, to, &request, &answer);
            wanted = "+";
        }
    }

    fn answer(&mut self, from: SocketAddr, to: SocketAddr, request: &str, answer: &Answer) {
        let value = |name: &str| {
            let value =
                request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            value.unwrap_or_default().to_owned()
        };
        let tag = if answer.tag.is_empty() || value("To").contains("tag=") {
            String::new()
        } else {
            format!(";tag={}", answer.tag)
        };
        let host = to.ip();
        let family = if host.is_ipv4() { "IP4" } else { "IP6" };
        let body = answer.sdp.map_or_else(String::new, |port| {
            format!(
                "v=0\r\no=- {port} 1 IN {family} {host}\r\ns=-\r\nc=IN {family} {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
            )
        });
        let text = format!(
            "SIP/2.0 {}\r\nVia: {}\r\nFrom: {}\r\nTo: {}{tag}\r\nCall-ID: {}\r\nCSeq: {}\r\n{}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            answer.status,
            value("Via"),
            value("From"),
            value("To"),
            value("Call-ID"),
            value("CSeq"),
            answer.headers,
            body.len(),
        );
        self.out.push_back((to, from, Bytes::from(text)));
    }
}

impl Peer for Script {
    fn receive(&mut self, _: Duration, from: SocketAddr, to: SocketAddr, bytes: &Bytes) {
        if to.port() != 5060 {
            *self.got.borrow_mut().rtp.entry(to.port()).or_default() += 1;
            let packets: u64 = self.got.borrow().rtp.values().sum();
            if let Some(invite) = self.invite.clone().filter(|_| packets == 50) {
                self.go_on("SOUND", invite);
            }
            return;
        }
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.got.borrow_mut().messages.push(text.clone());
        if !text.starts_with("SIP/2.0") {
            self.request(from, to, &text);
        }
    }

    fn poll(&mut self, _: Duration) -> Option<(SocketAddr, SocketAddr, Bytes)> {
        self.out.pop_front()
    }
}
