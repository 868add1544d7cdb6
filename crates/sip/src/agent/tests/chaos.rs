//! Anything in any order (bug classes 11 and 24): a session opens only by the owner's act, an ended
//! call stays ended, each call ends once, and nothing is left behind.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;

use super::{
    super::*,
    net::{ACCOUNT, SDP_A, SDP_B, account, address},
};
use crate::{
    chance::Chance,
    message::{Builder, Framing, Message, Method, Name},
    transport::{Flow, FlowId, Transport, TransportError},
};

const METHODS: [&str; 9] =
    ["ACK", "BYE", "CANCEL", "INFO", "INVITE", "OPTIONS", "PRACK", "UPDATE", "MESSAGE"];
const CODES: [u16; 18] =
    [100, 180, 183, 199, 200, 200, 202, 302, 401, 407, 404, 422, 481, 486, 487, 491, 500, 503];

/// An agent that is told anything.
struct World {
    agent: Agent,
    chance: Chance,
    now: Duration,
    /// Requests and responses that the agent has sent.
    requests: Vec<Message>,
    responses: Vec<Message>,
    /// Everything that it was sent, to be sent again.
    received: Vec<Bytes>,
    known: Vec<CallId>,
    /// Calls whose session the owner asked for.
    wanted: BTreeSet<CallId>,
    answered: BTreeSet<CallId>,
    ended: BTreeSet<CallId>,
    next: u64,
    /// The one flow that is open.
    flow: Flow,
    /// What happened, where it is asked for.
    story: Option<Vec<String>>,
}

impl World {
    fn new(seed: u64, told: bool) -> Self {
        let mut octets = [0; 32];
        octets[..8].copy_from_slice(&seed.to_le_bytes());
        let mut world = Self {
            agent: Agent::new(octets, Limits { calls: 4, ..Limits::default() }),
            chance: Chance::new(octets),
            now: Duration::from_secs(10),
            requests: Vec::new(),
            responses: Vec::new(),
            received: Vec::new(),
            known: Vec::new(),
            wanted: BTreeSet::new(),
            answered: BTreeSet::new(),
            ended: BTreeSet::new(),
            next: 0,
            flow: Flow::new(FlowId(1), Transport::Udp, address(0), address(1)),
            story: told.then(Vec::new),
        };
        let mut trunk = account("alice", 1);
        trunk.session_expires = world.pick(&[None, Some(90)]);
        trunk.reliable = world.pick(&[Extension::Off, Extension::Supported, Extension::Required]);
        world.input(Input::Command(Command::AddAccount(ACCOUNT, Box::new(trunk))));
        world
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            story.push(line().chars().take(100).collect());
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.chance.below(bound as u64) as usize
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let at = self.below(from.len());
        from[at].clone()
    }

    fn input(&mut self, input: Input<'_>) {
        self.agent.handle(self.now, input);
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Open(open, target) => {
                    let flow = Flow { remote: target.remote, ..self.flow };
                    self.agent.handle(self.now, Input::Opened(open, flow));
                }
                Output::Send { bytes, .. } => {
                    if let Ok(message) = Message::parse(bytes, Framing::Datagram) {
                        assert!(message.fault().is_none(), "{:?}", message.fault());
                        let store = match message.is_request() {
                            true => &mut self.requests,
                            false => &mut self.responses,
                        };
                        store.push(message);
                    }
                }
                Output::Event(event) => self.hear(&event),
                Output::Close(_)
                | Output::Gone(_)
                | Output::Heard { .. }
                | Output::Resolve(..)
                | Output::Trust(..) => {}
            }
        }
    }

    fn hear(&mut self, event: &Event) {
        self.note(|| format!("  {event:.0?}"));
        let of = match event {
            Event::Incoming { call, .. } => {
                self.known.push(*call);
                Some(*call)
            }
            Event::Answered { call, .. } => {
                assert!(self.wanted.contains(call), "answered by nobody");
                assert!(self.answered.insert(*call), "answered twice");
                Some(*call)
            }
            Event::Ended { call, .. } => {
                assert!(self.ended.insert(*call), "ended twice");
                None
            }
            Event::Provisional { call, .. }
            | Event::InviteSent { call, .. }
            | Event::OfferNeeded { call }
            | Event::OfferReceived { call, .. }
            | Event::Redirected { call, .. }
            | Event::Refreshed { call, .. }
            | Event::Modified { call, .. }
            | Event::Info { call, .. } => Some(*call),
            _ => None,
        };
        assert!(of.is_none_or(|call| !self.ended.contains(&call)), "alive after its end");
    }

    fn receive(&mut self, bytes: Bytes) {
        let line = String::from_utf8_lossy(&bytes);
        self.note(|| format!("> {}", line.lines().next().unwrap_or_default()));
        self.input(Input::Received { flow: self.flow, bytes: &bytes });
        self.received.push(bytes);
    }

    fn step(&mut self) {
        match self.below(21) {
            0 | 1 => self.their_invite(),
            2..=6 => self.their_request(),
            7..=11 => self.their_response(),
            12..=16 => self.our_command(),
            17 => self.again(),
            18 => {
                let error = TransportError::Refused(address(1));
                self.note(|| "> unreachable".to_owned());
                self.input(Input::FlowLost(self.flow.id, error));
            }
            19 => self.lose_address(),
            _ => {
                let time = Duration::from_millis(1 << self.below(16));
                self.pass(time);
            }
        }
    }

    /// Our address is gone, or we slept; another flow leads to the far end.
    fn lose_address(&mut self) {
        self.note(|| "> gone".to_owned());
        let lost = self.flow.id;
        self.flow.id = FlowId(lost.0 + 1);
        self.flow.local.set_port(self.flow.local.port() + 1);
        match self.below(2) {
            0 => self.input(Input::Moved(self.flow.local.ip())),
            _ => self.input(Input::Slept),
        }
        self.input(Input::FlowLost(lost, TransportError::Closed));
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.agent.wake_at().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.input(Input::Wake);
        }
        self.now = until;
    }

    fn again(&mut self) {
        if !self.received.is_empty() {
            let bytes = self.pick(&self.received.clone());
            self.receive(bytes);
        }
    }

    fn name(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn their_invite(&mut self) {
        let n = self.name();
        let builder = self.request(&Method::Invite, n, &format!("c{n}"), "<sip:alice@10.0.0.1>", 1);
        self.receive(builder.build());
    }

    fn request(&mut self, method: &Method, n: u64, call_id: &str, to: &str, cseq: u32) -> Builder {
        let mut builder = Builder::request(method, "sip:alice@10.0.0.1")
            .header(Name::Via, format!("SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKx{n}"))
            .header(Name::From, "<sip:bob@10.0.0.2>;tag=far")
            .header(Name::To, to)
            .header(Name::CallId, call_id)
            .header(Name::CSeq, format!("{cseq} {method}"))
            .header(Name::MaxForwards, "70")
            .header(Name::Contact, "<sip:bob@10.0.0.2:5060>");
        builder = builder.header(Name::Supported, self.pick(&["timer, 100rel", "timer", "x"]));
        if self.below(3) == 0 {
            builder = builder
                .header(Name::SessionExpires, self.pick(&["90", "60", "1800;refresher=uac"]));
        }
        if *method == Method::Prack {
            let rseq = self.responses.iter().rev().find_map(|r| r.number(Name::RSeq));
            builder = builder.header(Name::RAck, format!("{} 1 INVITE", rseq.unwrap_or(1)));
        }
        if self.below(2) == 0 { builder.body("application/sdp", SDP_A) } else { builder }
    }

    /// A request in one of the dialogs that there are or were.
    fn their_request(&mut self) {
        let method = Method::from(self.pick(&METHODS));
        let answers: Vec<(String, String)> = self
            .responses
            .iter()
            .filter(|r| r.to().is_some_and(|to| to.tag().is_some()))
            .map(|r| {
                (r.call_id().unwrap().into_owned(), r.header(Name::To).unwrap().text().into_owned())
            })
            .collect();
        let ours: Vec<(String, String)> = self
            .requests
            .iter()
            .map(|r| {
                (
                    r.call_id().unwrap().into_owned(),
                    r.header(Name::From).unwrap().text().into_owned(),
                )
            })
            .collect();
        let all = [answers, ours].concat();
        if all.is_empty() {
            return;
        }
        let (call_id, to) = self.pick(&all);
        let cseq = u32::try_from(self.below(8) + 1).unwrap();
        let n = if matches!(method, Method::Ack | Method::Cancel) {
            self.below(4) as u64
        } else {
            self.name()
        };
        let builder = self.request(&method, n, &call_id, &to, cseq);
        self.receive(builder.build());
    }

    fn their_response(&mut self) {
        if self.requests.is_empty() {
            return;
        }
        let request = self.pick(&self.requests.clone());
        let code = self.pick(&CODES);
        let tag = self.pick(&["far", "fork", "third"]);
        let user = if code == 302 { "moved" } else { "bob" };
        let mut builder = Builder::response_to(&request, code, "", Some(tag))
            .header(Name::Contact, format!("<sip:{user}@10.0.0.2:5060>"));
        match code {
            401 => {
                builder = builder.header(Name::WwwAuthenticate, "Digest realm=\"r\", nonce=\"n\"")
            }
            407 => {
                builder = builder.header(Name::ProxyAuthenticate, "Digest realm=\"r\", nonce=\"n\"")
            }
            422 => builder = builder.header(Name::MinSe, "300"),
            180..200 if self.below(2) == 0 => {
                let rseq = (self.below(4) + 1).to_string();
                builder = builder.header(Name::Require, "100rel").header(Name::RSeq, rseq);
            }
            200 if self.below(2) == 0 => {
                builder = builder.header(Name::SessionExpires, "90").header(Name::Allow, "UPDATE");
            }
            500 | 503 => builder = builder.header(Name::RetryAfter, "1"),
            _ => {}
        }
        if self.below(2) == 0 {
            builder = builder.body("application/sdp", SDP_B);
        }
        self.receive(builder.build());
    }

    fn our_command(&mut self) {
        let body = || Bytes::from_static(SDP_B);
        if self.known.is_empty() || self.below(6) == 0 {
            let call = CallId(self.name());
            let offer = self.pick(&[None, Some(body())]);
            let ring_timeout = self.pick(&[None, Some(Duration::from_secs(5))]);
            let dial = Dial { to: "9000".into(), offer, ring_timeout, ..Dial::default() };
            self.known.push(call);
            self.wanted.insert(call);
            return self.command(Command::Dial(call, ACCOUNT, Box::new(dial)));
        }
        let call = self.pick(&self.known.clone());
        let offer = self.pick(&[None, Some(body())]);
        let tag = self.pick(&[None, Some("far".to_owned()), Some("fork".to_owned())]);
        let command = match self.below(11) {
            0 | 1 => {
                self.wanted.insert(call);
                Command::Answer { call, body: body() }
            }
            2 => Command::Ring { call, code: self.pick(&[180, 183]), body: offer },
            3 => Command::Hangup { call, cause: None },
            4 => Command::Reject { call, code: 486, reason: None, headers: Vec::new() },
            5 => Command::Modify { call, offer, update: self.pick(&[true, false]) },
            6 => Command::AnswerOffer { call, body: offer },
            7 => Command::AnswerLate { call, tag, body: body() },
            8 => Command::FreshOffer { call, offer },
            9 => Command::Follow { call, agreed: self.pick(&[true, false]) },
            _ => Command::Info { call, content_type: "text/plain".into(), body: body() },
        };
        self.command(command);
    }

    fn command(&mut self, command: Command) {
        self.note(|| format!("! {command:.0?}"));
        self.input(Input::Command(command));
    }

    /// All calls are hung up; after a while nothing is left.
    fn close(&mut self) {
        for call in self.known.clone() {
            self.command(Command::Hangup { call, cause: None });
        }
        self.pass(Duration::from_secs(300));
        for call in &self.known {
            assert!(self.ended.contains(call), "{call:?} never ended");
        }
        assert!(self.agent.calls.is_empty(), "{:?}", self.agent.calls);
        assert!(self.agent.dialogs.is_empty() && self.agent.invites.is_empty());
        let core = &self.agent.core;
        assert!(core.sendings.is_empty() && core.clients.is_empty() && core.opens.is_empty());
        assert!(core.layer.is_empty());
        self.no_session_is_left_open();
    }

    /// Each session that the far end believes in has seen a BYE from one side.
    fn no_session_is_left_open(&self) {
        let name = |message: &Message| message.call_id().unwrap().into_owned();
        let received = self.received.iter().filter(|bytes| bytes.starts_with(b"BYE"));
        let ended: BTreeSet<String> = received
            .filter_map(|bytes| Message::parse(bytes.clone(), Framing::Datagram).ok())
            .map(|bye| name(&bye))
            .collect();
        let of = |method: Method| {
            self.requests.iter().filter(move |request| request.method().as_ref() == Some(&method))
        };
        let tag = |message: &Message| message.to().unwrap().tag().map(str::to_owned);
        let byes: Vec<_> = of(Method::Bye).map(|bye| (name(bye), tag(bye))).collect();
        // The ACK to a 2xx goes to the far end's Contact.
        let acks = of(Method::Ack).filter(|ack| ack.request_uri().unwrap().contains("bob"));
        for ack in acks.filter(|ack| !ended.contains(&name(ack))) {
            assert!(byes.contains(&(name(ack), tag(ack))), "{} {:?} lives", name(ack), tag(ack));
        }
        let accepts = self.responses.iter().filter(|response| {
            let invite = response.cseq().is_some_and(|cseq| cseq.method == Method::Invite);
            invite && response.status() == Some(200)
        });
        for accept in accepts.map(name).filter(|name| !ended.contains(name)) {
            assert!(byes.iter().any(|(call, _)| *call == accept), "{accept} lives");
        }
    }
}

/// Prints which run failed, and its story where that was asked for.
struct Run(World, u64);

impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let story = self.0.story.take().unwrap_or_default().join("\n");
            let text = format!("seed {}\n{story}\n", self.1);
            let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
        }
    }
}

fn runs(seeds: std::ops::Range<u64>, steps: usize, told: bool) {
    for seed in seeds {
        let mut run = Run(World::new(seed, told), seed);
        for _ in 0..steps {
            run.0.step();
        }
        run.0.close();
    }
}

#[test]
fn no_order_of_events_opens_a_session_by_itself() {
    runs(0..5000, 30, false);
}

#[test]
#[ignore = "takes minutes: scripts/fuzz runs it, and the short form runs each time"]
fn none_of_a_million_orders_does() {
    let lanes = 4;
    std::thread::scope(|scope| {
        for lane in 0..lanes {
            let first = 10_000 + lane * 250_000;
            scope.spawn(move || runs(first..first + 250_000, 30, false));
        }
    });
}

#[test]
#[ignore = "prints what happens in one run"]
fn the_story_of_one_seed() {
    runs(0..1, 30, true);
}
