//! The signalling of the carrier: a registrar and a back-to-back user agent, told bytes and time.

mod auth;
mod dialog;
mod end;
mod forward;
mod invite;
mod leg;
mod local;
mod outgoing;
mod register;
mod sdp;
mod timer;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::{
    chance::Chance,
    header::Via,
    message::{Builder, Framing, Message, Method, Name, reason_phrase},
    transaction::{Action, ClientId, Incoming, Layer, Limits, Origin, ServerId, Timers, reply},
    transport::{Flow, FlowId, TransportError},
};

use self::{
    auth::Nonces,
    leg::{Leg, LegId},
    register::Binding,
    timer::Due,
};
use crate::{faults::Faults, media::desk::Desk};

/// What every phone may send.
const ALLOW: &str =
    "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, UPDATE, PRACK, INFO, REFER, MESSAGE";
/// The same with the fault `few-methods`.
const FEW: &str = "INVITE, ACK, OPTIONS";
/// Where the router of the fault `alg` seems to be (an address for documentation, RFC 5737).
const OUTSIDE_IP: &str = "198.51.100.7";
const OUTSIDE: &str = "198.51.100.7:61234";

/// Send these bytes.
#[derive(Debug)]
pub(crate) struct Send {
    pub(crate) flow: FlowId,
    pub(crate) remote: SocketAddr,
    pub(crate) bytes: Bytes,
}

/// A request of ours that is under way.
#[derive(Clone, Debug)]
enum Waiting {
    /// An INVITE that was answered by 2xx: if that comes again, so does our ACK.
    Acknowledged(LegId),
    /// BYE, CANCEL: whatever comes is fine.
    Nothing,
    /// A request inside a call, passed on from the other side.
    Passed {
        /// The leg that it was passed to.
        to: LegId,
        /// The transaction to answer.
        server: ServerId,
        /// The request as it came.
        request: Box<Message>,
        /// Where it came from.
        from: LegId,
    },
    /// The INVITE of an outgoing leg.
    Placed(LegId),
    /// A re-INVITE of an answerer.
    Renegotiates(LegId),
}

/// The carrier.
pub(crate) struct Carrier {
    layer: Layer,
    chance: Chance,
    faults: Faults,
    users: Vec<(String, String)>,
    nonces: Nonces,
    bindings: BTreeMap<String, Binding>,
    legs: BTreeMap<LegId, Leg>,
    waiting: HashMap<ClientId, Waiting>,
    /// When each session was refreshed last, where it has a timer.
    refreshed: BTreeMap<LegId, Duration>,
    due: BTreeMap<(Duration, u64), Due>,
    count: u64,
    out: VecDeque<Send>,
}

impl Carrier {
    pub(crate) fn new(users: Vec<(String, String)>, faults: Faults, seed: [u8; 32]) -> Self {
        Self {
            layer: Layer::new(Timers::default(), Limits::default()),
            chance: Chance::new(seed),
            faults,
            users,
            nonces: Nonces::default(),
            bindings: BTreeMap::new(),
            legs: BTreeMap::new(),
            waiting: HashMap::new(),
            refreshed: BTreeMap::new(),
            due: BTreeMap::new(),
            count: 0,
            out: VecDeque::new(),
        }
    }

    /// Takes one message in.
    pub(crate) fn receive(
        &mut self,
        now: Duration,
        flow: Flow,
        bytes: &Bytes,
        desk: &mut dyn Desk,
    ) {
        let framing =
            if flow.transport.is_reliable() { Framing::Stream } else { Framing::Datagram };
        let message = match Message::parse(bytes.clone(), framing) {
            Ok(message) => message,
            Err(error) => {
                if let Some(request) = error.answerable() {
                    self.refuse_stateless(flow, request, error.code());
                }
                return self.drain(now, desk);
            }
        };
        if let Some(fault) = message.fault() {
            if message.is_request() && message.method() != Some(Method::Ack) {
                self.refuse_stateless(flow, &message, fault.code);
            }
            return self.drain(now, desk);
        }
        match self.layer.receive(now, &flow, &message, Origin::Trusted) {
            Incoming::Request(id) => self.request(now, id, flow, message, desk),
            Incoming::Cancel { server, invite } => {
                self.cancel(now, server, invite, flow, &message, desk)
            }
            Incoming::Ack2xx(_) => self.acknowledged(now, &message, desk),
            Incoming::Merged(id) => self.refuse(now, id, flow, &message, 482),
            Incoming::Overloaded => self.refuse_stateless(flow, &message, 503),
            Incoming::Response(id) => self.response(now, id, &message, desk),
            Incoming::Ack(_)
            | Incoming::Retransmission
            | Incoming::StrayResponse(_)
            | Incoming::Unanswerable => {}
        }
        self.drain(now, desk);
    }

    /// A flow is gone; what was under way on it fails by its own timers.
    pub(crate) fn flow_lost(
        &mut self,
        now: Duration,
        flow: FlowId,
        error: &TransportError,
        desk: &mut dyn Desk,
    ) {
        self.layer.flow_lost(now, flow, error);
        self.bindings
            .retain(|_, binding| binding.flow.id != flow || !binding.flow.transport.is_reliable());
        self.drain(now, desk);
    }

    /// Time has passed.
    pub(crate) fn wake(&mut self, now: Duration, desk: &mut dyn Desk) {
        self.layer.wake(now);
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let due = entry.remove();
            self.act(now, due, desk);
        }
        self.drain(now, desk);
    }

    /// When `wake` is due.
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        let due = self.due.keys().next().map(|(at, _)| *at);
        [due, self.layer.wake_at()].into_iter().flatten().min()
    }

    /// True where no call and no transaction is under way.
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.legs.is_empty() && self.layer.is_empty() && self.waiting.is_empty()
    }

    /// The next thing to send.
    pub(crate) fn poll(&mut self) -> Option<Send> {
        self.out.pop_front()
    }

    fn drain(&mut self, now: Duration, desk: &mut dyn Desk) {
        while let Some(action) = self.layer.poll() {
            match action {
                Action::Send { flow, remote, bytes, .. } => {
                    self.out.push_back(Send { flow, remote, bytes })
                }
                Action::Failed(id, _) | Action::TimedOut(id) => self.unanswered(now, id, desk),
                Action::ClientEnded(id) => drop(self.waiting.remove(&id)),
                Action::NoAck(_) | Action::Orphaned(_) | Action::ServerEnded(_) => {}
            }
        }
    }

    fn request(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        message: Message,
        desk: &mut dyn Desk,
    ) {
        if let Some(seconds) = self.faults.service_unavailable
            && message.method() != Some(Method::Options)
        {
            let answer =
                self.answer(&message, flow, 503).header(Name::RetryAfter, seconds.to_string());
            return self.layer.respond(now, id, answer.build());
        }
        let inside = message.to().is_some_and(|to| to.tag().is_some());
        match message.method() {
            Some(Method::Register) => self.register(now, id, flow, &message),
            Some(Method::Options) => self.options(now, id, flow, &message),
            Some(_) if inside => self.inside(now, id, flow, message, desk),
            Some(Method::Invite) => self.invite(now, id, flow, message, desk),
            Some(Method::Message) => self.authenticated(now, id, flow, &message, 202),
            _ => self.refuse(now, id, flow, &message, 405),
        }
    }

    fn options(&mut self, now: Duration, id: ServerId, flow: Flow, message: &Message) {
        if self.faults.options_silent {
            return;
        }
        let answer = self
            .answer(message, flow, 200)
            .header(Name::Allow, self.allow())
            .header(Name::Accept, "application/sdp")
            .header(Name::Supported, "100rel, timer, replaces");
        let bytes = answer.build();
        self.respond_after(now, self.faults.options_delay, id, bytes);
    }

    /// Answers a request as late as a fault wants it.
    fn respond_after(&mut self, now: Duration, delay: Duration, id: ServerId, bytes: Bytes) {
        if delay.is_zero() {
            self.layer.respond(now, id, bytes);
        } else {
            self.later(now + delay, Due::Answer(id, bytes));
        }
    }

    /// The start of an answer, with the address at which the fault says the phone is seen.
    fn answer(&mut self, request: &Message, flow: Flow, code: u16) -> Builder {
        let seen = self.faults.nat.unwrap_or(flow.remote);
        let tag = (code > 100).then(|| self.chance.tag());
        let answer = reply(request, seen, code, reason_phrase(code), tag.as_deref())
            .header(Name::Server, SERVER);
        match request.top_via().filter(|_| self.faults.alg_via) {
            Some(via) => answer.set(Name::Via, through_router(&via, seen)),
            None => answer,
        }
    }

    /// What phones may send, as they are told.
    fn allow(&self) -> &'static str {
        if self.faults.few_methods { FEW } else { ALLOW }
    }

    /// Refuses what no transaction was made for.
    fn refuse_stateless(&mut self, flow: Flow, request: &Message, code: u16) {
        let bytes = self.answer(request, flow, code).build();
        self.layer.send_stateless(flow.id, flow.remote, bytes);
    }

    fn refuse(&mut self, now: Duration, id: ServerId, flow: Flow, request: &Message, code: u16) {
        let answer = self.answer(request, flow, code).header(Name::Allow, self.allow()).build();
        self.layer.respond(now, id, answer);
    }
}

/// A Via whose sent-by a router's SIP helper has replaced by its own outside address.
fn through_router(via: &Via, seen: SocketAddr) -> String {
    let text = via.stamped(seen);
    let params = text.split_once(';').map(|(_, params)| params).unwrap_or_default();
    format!("SIP/2.0/{} {OUTSIDE};{params}", via.transport_token())
}

/// What the trunk calls itself.
const SERVER: &str = concat!("Milliwatt-test-trunk/", env!("CARGO_PKG_VERSION"));
