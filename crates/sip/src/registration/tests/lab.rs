//! A registration, its registrar's answers, and the time.

use bytes::Bytes;

use super::super::*;
use crate::{
    message::Framing,
    transport::{Transport, TransportError},
};

const CONTACT: &str = "<sip:alice@192.0.2.1:5060>";

pub(super) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(super) fn flow(id: u64, transport: Transport) -> Flow {
    let local = "192.0.2.1:5060".parse().unwrap();
    Flow::new(FlowId(id), transport, local, "192.0.2.9:5060".parse().unwrap())
}

fn response(code: u16, headers: &str) -> Message {
    let text = format!(
        "SIP/2.0 {code} Because\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:alice@example.net>;tag=1\r\nTo: <sip:alice@example.net>;tag=2\r\n\
         Call-ID: 1\r\nCSeq: 1 REGISTER\r\n{headers}Content-Length: 0\r\n\r\n"
    );
    Message::parse(Bytes::from(text), Framing::Datagram).unwrap()
}

pub(super) fn settings() -> Settings {
    Settings { expires: 3600, gin: false, keep_alive: KeepAlive::Crlf, keep_alive_every: None }
}

/// A registration, its registrar's answers, and the time.
pub(super) struct Lab {
    pub(super) it: Registration,
    pub(super) chance: Chance,
    pub(super) flow: Flow,
    pub(super) now: Duration,
    /// When REGISTER was sent, and with which Expires.
    pub(super) sent: Vec<(Duration, u32)>,
    pub(super) told: Vec<Status>,
    pub(super) other: Vec<(Duration, Task)>,
}

impl Lab {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            it: Registration::new(settings),
            chance: Chance::new([1; 32]),
            flow: flow(1, Transport::Udp),
            now: Duration::ZERO,
            sent: Vec::new(),
            told: Vec::new(),
            other: Vec::new(),
        }
    }

    pub(super) fn started() -> Self {
        let mut lab = Self::new(settings());
        lab.it.start(lab.now);
        lab.drain();
        lab
    }

    pub(super) fn registered(headers: &str) -> Self {
        let mut lab = Self::started();
        lab.answer(200, headers);
        lab
    }

    /// Registered, with a keep-alive that asks for the bindings.
    pub(super) fn asking(headers: &str) -> Self {
        let mut lab = Self::new(Settings { keep_alive: KeepAlive::Register, ..settings() });
        lab.it.start(lab.now);
        lab.drain();
        lab.answer(200, headers);
        lab
    }

    /// Goes on until the bindings are asked for.
    pub(super) fn asked_again(&mut self) {
        let before = self.questions();
        let until = self.now.as_secs() + 60;
        while self.questions() == before && self.now < secs(until) {
            self.run(self.now.as_secs() + 1, |_| ());
        }
        assert_eq!(self.other.last().map(|(_, task)| task), Some(&Task::Bindings(self.flow)));
    }

    /// The answer to that.
    pub(super) fn list(&mut self, code: u16, headers: &str) {
        let response = response(code, headers);
        self.it.kept_alive(self.now, Some((&self.flow, &response)));
        self.drain();
    }

    /// How often the bindings were asked for.
    pub(super) fn questions(&self) -> usize {
        self.other.iter().filter(|(_, task)| matches!(task, Task::Bindings(_))).count()
    }

    pub(super) fn answer(&mut self, code: u16, headers: &str) {
        let response = response(code, headers);
        let left = self.sent.last().map_or(self.now, |(at, _)| *at);
        self.it.answered(self.now, left, &self.flow, CONTACT, &response, &mut self.chance);
        self.drain();
    }

    pub(super) fn fail(&mut self) {
        let why = TransportError::Refused(self.flow.remote).to_string();
        self.it.failed(self.now, why, &mut self.chance);
        self.drain();
    }

    /// Lets time pass until `until`, and has `registrar` answer each REGISTER.
    pub(super) fn run(&mut self, until: u64, mut registrar: impl FnMut(&mut Self)) {
        let mut answered = self.sent.len();
        loop {
            while answered < self.sent.len() {
                answered += 1;
                registrar(self);
            }
            let Some(at) = self.it.wake_at().filter(|at| *at <= secs(until)) else { break };
            assert!(at >= self.now);
            self.now = at;
            self.it.wake(at, &mut self.chance);
            self.drain();
        }
        self.now = secs(until);
    }

    pub(super) fn drain(&mut self) {
        while let Some(task) = self.it.poll() {
            match task {
                Task::Register { expires } => self.sent.push((self.now, expires)),
                Task::Tell(status) => self.told.push(status),
                other @ (Task::Bindings(_) | Task::Close(_) | Task::Options(_) | Task::Ping(_)) => {
                    self.other.push((self.now, other));
                }
            }
        }
    }

    pub(super) fn last(&self) -> &Status {
        self.told.last().unwrap()
    }

    pub(super) fn granted(&self) -> u32 {
        let Status::Registered { expires, .. } = self.last() else { panic!("{:?}", self.last()) };
        *expires
    }

    pub(super) fn retry_in(&self) -> Duration {
        let Status::Failed { retry_in, .. } = self.last() else { panic!("{:?}", self.last()) };
        *retry_in
    }
}
