//! A network of agents and scripted peers on one clock. Tests read like call flows.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;

use super::super::*;
use crate::{
    locate::{DnsError, Kind, Question, Record, RecordData},
    message::{Builder, Framing, Message, Method, Name},
    transport::{Flow, FlowId, Target, Transport, TransportError},
};

/// Names a node of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At(pub(super) usize);

/// What stands at an address.
pub(super) enum Node {
    /// A whole agent.
    Phone { agent: Box<Agent>, events: Vec<Event> },
    /// A peer whose every message the test writes.
    Script { inbox: VecDeque<(Flow, Message)> },
    /// Nothing listens: datagrams come back as unreachable, streams are refused.
    Nobody,
    /// Datagrams and streams vanish.
    Hole,
}

struct Packet {
    to: usize,
    flow: Flow,
    bytes: Bytes,
}

type Filter = Box<dyn FnMut(&[u8]) -> bool>;

/// The network.
pub(super) struct Net {
    pub(super) now: Duration,
    pub(super) latency: Duration,
    pub(super) nodes: Vec<(SocketAddr, Node)>,
    /// Packets for which this says true are lost.
    pub(super) lose: Option<Filter>,
    /// The first line of each message that was sent, with its sender.
    pub(super) log: Vec<(Duration, usize, String)>,
    /// Names of the zone and their addresses.
    pub(super) zone: Vec<(Question, Vec<Record>)>,
    queue: BTreeMap<(Duration, u64), Packet>,
    streams: BTreeMap<FlowId, (usize, Flow, FlowId)>,
    /// No DNS server answers.
    pub(super) broken_dns: bool,
    /// Nodes that take no TCP.
    pub(super) no_tcp: bool,
    /// Where phones listen for streams, besides the port that a stream leaves from.
    pub(super) listens: Option<u16>,
    /// Whose the UDP socket of node 0 is.
    pub(super) owner: AccountId,
    /// Accounts of which nothing more comes.
    pub(super) gone: Vec<AccountId>,
    /// Of each message that came in at node 0: whose it is, and its fault.
    pub(super) heard: Vec<(Option<AccountId>, Option<String>)>,
    /// Whom node 0 trusts.
    pub(super) trusted: Vec<(AccountId, Vec<IpAddr>)>,
    next: u64,
}

pub(super) const SDP_A: &[u8] = b"v=0\r\no=a 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
pub(super) const SDP_B: &[u8] = b"v=0\r\no=b 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4002 RTP/AVP 0\r\n";

pub(super) const ACCOUNT: AccountId = AccountId(1);

/// The address of node `n`, counted from 0.
pub(super) fn address(n: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, u8::try_from(n + 1).unwrap()], 5060))
}

/// An account at node `n` without registration.
pub(in super::super) fn account(user: &str, n: usize) -> Account {
    Account {
        domain: address(n).ip().to_string(),
        user: user.into(),
        password: Some(Password::new("secret".into())),
        user_agent: "test".into(),
        ..Account::default()
    }
}

impl Net {
    pub(super) fn new() -> Self {
        Self {
            now: Duration::from_secs(1000),
            latency: Duration::from_millis(10),
            nodes: Vec::new(),
            lose: None,
            log: Vec::new(),
            zone: Vec::new(),
            queue: BTreeMap::new(),
            streams: BTreeMap::new(),
            broken_dns: false,
            no_tcp: false,
            listens: None,
            owner: AccountId::default(),
            gone: Vec::new(),
            heard: Vec::new(),
            trusted: Vec::new(),
            next: 100,
        }
    }

    /// Two agents that know each other as trunks: `a` at 10.0.0.1, `b` at 10.0.0.2.
    pub(super) fn pair() -> (Self, At, At) {
        Self::pair_with(|_| {}, |_| {})
    }

    pub(super) fn pair_with(
        a: impl FnOnce(&mut Account),
        b: impl FnOnce(&mut Account),
    ) -> (Self, At, At) {
        let mut net = Self::new();
        let (mut alice, mut bob) = (account("alice", 1), account("bob", 0));
        a(&mut alice);
        b(&mut bob);
        let a = net.phone(alice);
        let b = net.phone(bob);
        (net, a, b)
    }

    /// An agent at 10.0.0.1 whose trunk is a script at 10.0.0.2.
    pub(super) fn scripted(change: impl FnOnce(&mut Account)) -> (Self, At, At) {
        let mut net = Self::new();
        let mut alice = account("alice", 1);
        change(&mut alice);
        let a = net.phone(alice);
        let peer = net.node(Node::Script { inbox: VecDeque::new() });
        (net, a, peer)
    }

    pub(super) fn node(&mut self, node: Node) -> At {
        self.nodes.push((address(self.nodes.len()), node));
        At(self.nodes.len() - 1)
    }

    pub(super) fn phone(&mut self, account: Account) -> At {
        let seed = [u8::try_from(self.nodes.len() + 1).unwrap(); 32];
        let agent = Box::new(Agent::new(seed, Limits::default()));
        let at = self.node(Node::Phone { agent, events: Vec::new() });
        self.command(at, Command::AddAccount(ACCOUNT, Box::new(account)));
        at
    }

    /// Gives a command and lets the agent act on it.
    pub(super) fn command(&mut self, at: At, command: Command) {
        self.input(at, Input::Command(command));
    }

    pub(super) fn input(&mut self, at: At, input: Input<'_>) {
        let now = self.now;
        if let (_, Node::Phone { agent, .. }) = &mut self.nodes[at.0] {
            agent.handle(now, input);
        }
        self.drain(at);
    }

    fn drain(&mut self, at: At) {
        loop {
            let (_, Node::Phone { agent, events }) = &mut self.nodes[at.0] else { return };
            let Some(output) = agent.poll() else { return };
            match output {
                Output::Event(event) => events.push(*event),
                Output::Send { flow, remote, bytes, .. } => self.send(at, flow, remote, bytes),
                Output::Gone(account) => self.gone.push(account),
                Output::Heard { account, fault } if at.0 == 0 => self.heard.push((account, fault)),
                Output::Trust(account, addresses) if at.0 == 0 => {
                    self.trusted.push((account, addresses));
                }
                Output::Heard { .. } | Output::Trust(..) => {}
                Output::Resolve(query, question) => {
                    let found = self.zone.iter().find(|(q, _)| *q == question);
                    let result = match found.filter(|_| !self.broken_dns) {
                        Some((_, records)) => Ok(records.clone()),
                        None if self.broken_dns => Err(DnsError::TimedOut(question.name.clone())),
                        None => Err(DnsError::NameNotFound(question.name.clone())),
                    };
                    self.input(at, Input::Resolved(query, result));
                }
                Output::Open(open, target) => self.open(at, open, &target),
                Output::Close(flow) => {
                    self.cut(flow);
                }
            }
        }
    }

    fn open(&mut self, at: At, open: OpenId, target: &Target) {
        let local = self.nodes[at.0].0;
        if target.transport == Transport::Udp {
            let flow = Flow::new(FlowId(1), Transport::Udp, local, target.remote);
            return self.input(at, Input::Opened(open, flow));
        }
        let there = self.nodes.iter().position(|(address, _)| *address == target.remote);
        if there.is_some_and(|n| matches!(self.nodes[n].1, Node::Hole)) {
            return;
        }
        let listens = there.filter(|n| {
            !self.no_tcp && matches!(self.nodes[*n].1, Node::Phone { .. } | Node::Script { .. })
        });
        let Some(there) = listens else {
            return self.input(at, Input::OpenFailed(open, TransportError::Refused(target.remote)));
        };
        let near = FlowId(self.name());
        let far = FlowId(self.name());
        let local = SocketAddr::new(local.ip(), 40000 + u16::try_from(near.0).unwrap());
        let transport = target.transport;
        let listens = self.listens;
        let flow = Flow { listens, ..Flow::new(near, transport, local, target.remote) };
        let back = Flow::new(far, transport, target.remote, local);
        self.streams.insert(near, (there, back, far));
        self.streams.insert(far, (at.0, flow, near));
        self.input(at, Input::Opened(open, flow));
    }

    /// Cuts a stream at both ends.
    pub(super) fn cut(&mut self, flow: FlowId) {
        let Some((far_node, _, far)) = self.streams.remove(&flow) else { return };
        let Some((near_node, ..)) = self.streams.remove(&far) else { return };
        self.input(At(far_node), Input::FlowLost(far, TransportError::Closed));
        self.input(At(near_node), Input::FlowLost(flow, TransportError::Closed));
    }

    fn name(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Puts bytes of `from` on the wire.
    pub(super) fn send(&mut self, from: At, flow: FlowId, remote: SocketAddr, bytes: Bytes) {
        let line = String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned();
        self.log.push((self.now, from.0, line));
        if self.lose.as_mut().is_some_and(|lose| lose(&bytes)) {
            return;
        }
        let source = self.nodes[from.0].0;
        let (to, flow) = match self.streams.get(&flow) {
            Some((to, flow, _)) => (*to, *flow),
            None if flow != FlowId(1) => return,
            None => {
                let Some(to) = self.nodes.iter().position(|(a, _)| *a == remote) else { return };
                let account = self.owner;
                (to, Flow { account, ..Flow::new(FlowId(1), Transport::Udp, remote, source) })
            }
        };
        let key = (self.now + self.latency, self.name());
        self.queue.insert(key, Packet { to, flow, bytes });
    }

    /// Goes to the next packet or timer; false where there is none before `until`.
    fn step(&mut self, until: Duration) -> bool {
        let packet = self.queue.first_key_value().map(|((at, _), _)| *at);
        let timer = self.nodes.iter().filter_map(|(_, node)| match node {
            Node::Phone { agent, .. } => agent.wake_at(),
            Node::Script { .. } | Node::Nobody | Node::Hole => None,
        });
        let Some(at) = packet.into_iter().chain(timer).min().filter(|at| *at <= until) else {
            return false;
        };
        self.now = self.now.max(at);
        match self.queue.first_key_value().map(|(key, _)| *key).filter(|(at, _)| *at <= self.now) {
            Some(key) => {
                let packet = self.queue.remove(&key).unwrap();
                self.deliver(packet);
            }
            None => {
                for n in 0..self.nodes.len() {
                    let due = match &self.nodes[n].1 {
                        Node::Phone { agent, .. } => agent.wake_at().is_some_and(|w| w <= self.now),
                        Node::Script { .. } | Node::Nobody | Node::Hole => false,
                    };
                    if due {
                        self.input(At(n), Input::Wake);
                    }
                }
            }
        }
        true
    }

    fn deliver(&mut self, packet: Packet) {
        let Packet { to, flow, bytes } = packet;
        match &mut self.nodes[to].1 {
            Node::Phone { .. } => self.input(At(to), Input::Received { flow, bytes: &bytes }),
            Node::Script { inbox } => {
                let framing = match flow.transport.is_reliable() {
                    true => Framing::Stream,
                    false => Framing::Datagram,
                };
                if let Ok(message) = Message::parse(bytes, framing) {
                    inbox.push_back((flow, message));
                }
            }
            Node::Nobody => {
                let from = self.nodes.iter().position(|(a, _)| *a == flow.remote).unwrap();
                let error = TransportError::Refused(flow.local);
                self.input(At(from), Input::FlowLost(FlowId(1), error));
            }
            Node::Hole => {}
        }
    }

    /// Runs until nothing is in flight.
    pub(super) fn settle(&mut self) {
        while let Some(((at, _), _)) = self.queue.first_key_value() {
            let until = *at;
            self.step(until);
        }
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, time: Duration) {
        let until = self.now + time;
        while self.step(until) {}
        self.now = until;
    }

    pub(super) fn secs(&mut self, secs: u64) {
        self.run(Duration::from_secs(secs));
    }

    /// Takes the events of a phone.
    pub(super) fn events(&mut self, at: At) -> Vec<Event> {
        match &mut self.nodes[at.0].1 {
            Node::Phone { events, .. } => std::mem::take(events),
            Node::Script { .. } | Node::Nobody | Node::Hole => Vec::new(),
        }
    }

    pub(super) fn agent(&self, at: At) -> &Agent {
        match &self.nodes[at.0].1 {
            Node::Phone { agent, .. } => agent,
            Node::Script { .. } | Node::Nobody | Node::Hole => panic!("no phone at {at:?}"),
        }
    }

    /// Dials `to` with an offer.
    pub(super) fn dial(&mut self, at: At, to: &str) -> CallId {
        self.dial_with(
            at,
            Dial { to: to.into(), offer: Some(Bytes::from_static(SDP_A)), ..Dial::default() },
        )
    }

    pub(super) fn dial_with(&mut self, at: At, dial: Dial) -> CallId {
        let call = CallId(self.name());
        self.command(at, Command::Dial(call, ACCOUNT, Box::new(dial)));
        call
    }

    /// The call that comes in at a phone; other events are dropped.
    pub(super) fn incoming(&mut self, at: At) -> CallId {
        let events = self.events(at);
        let found = events.iter().find_map(|event| match event {
            Event::Incoming { call, .. } => Some(*call),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("no call came in: {events:?}"))
    }

    pub(super) fn answer(&mut self, at: At, call: CallId) {
        self.command(at, Command::Answer { call, body: Bytes::from_static(SDP_B) });
    }

    pub(super) fn hang_up(&mut self, at: At, call: CallId) {
        self.command(at, Command::Hangup { call, cause: None });
    }

    /// A call from `a` to `b` that is up on both sides, its events taken.
    pub(super) fn up(&mut self, a: At, b: At) -> (CallId, CallId) {
        let ours = self.dial(a, "bob");
        self.settle();
        let theirs = self.incoming(b);
        self.answer(b, theirs);
        self.settle();
        assert!(self.events(a).iter().any(|e| matches!(e, Event::Answered { .. })));
        assert!(self.events(b).iter().any(|e| matches!(e, Event::Answered { .. })));
        (ours, theirs)
    }

    /// Takes the next message that a script got.
    pub(super) fn got(&mut self, at: At) -> Message {
        self.got_on(at).1
    }

    pub(super) fn got_on(&mut self, at: At) -> (Flow, Message) {
        match &mut self.nodes[at.0].1 {
            Node::Script { inbox } => inbox.pop_front().expect("the script got nothing"),
            Node::Phone { .. } | Node::Nobody | Node::Hole => panic!("no script at {at:?}"),
        }
    }

    /// The next message that a script gets within `limit`.
    pub(super) fn awaited(&mut self, at: At, limit: Duration) -> Message {
        let until = self.now + limit;
        while matches!(&self.nodes[at.0].1, Node::Script { inbox } if inbox.is_empty())
            && self.step(until)
        {}
        self.got(at)
    }

    /// The next message that a script got, if there is one.
    pub(super) fn next(&mut self, at: At) -> Option<Message> {
        match &mut self.nodes[at.0].1 {
            Node::Script { inbox } => inbox.pop_front().map(|(_, message)| message),
            Node::Phone { .. } | Node::Nobody | Node::Hole => None,
        }
    }

    /// The same, and it must be this request.
    pub(super) fn got_request(&mut self, at: At, method: &Method) -> Message {
        let message = self.got(at);
        assert_eq!(message.method().as_ref(), Some(method), "{}", message.start_line());
        message
    }

    pub(super) fn got_nothing(&mut self, at: At) {
        if let Node::Script { inbox } = &mut self.nodes[at.0].1 {
            let lines: Vec<_> = inbox.drain(..).map(|(_, m)| m.start_line().into_owned()).collect();
            assert!(lines.is_empty(), "{lines:?}");
        }
    }

    /// A script answers a request.
    pub(super) fn reply(&mut self, at: At, request: &Message, code: u16, tag: &str) {
        self.reply_with(at, request, code, tag, |builder| builder);
    }

    pub(super) fn reply_with(
        &mut self,
        at: At,
        request: &Message,
        code: u16,
        tag: &str,
        more: impl FnOnce(Builder) -> Builder,
    ) {
        let tag = Some(tag).filter(|tag| !tag.is_empty());
        let contact = format!("<sip:{}>", self.nodes[at.0].0);
        let mut builder = Builder::response_to(request, code, "", tag);
        if code > 100 {
            builder = builder.header(Name::Contact, contact);
        }
        let bytes = more(builder).build();
        self.send(at, FlowId(1), address(0), bytes);
        self.settle();
    }

    /// The same on another flow than the UDP socket.
    pub(super) fn reply_on(
        &mut self,
        at: At,
        flow: FlowId,
        request: &Message,
        code: u16,
        tag: &str,
        more: impl FnOnce(Builder) -> Builder,
    ) {
        let tag = Some(tag).filter(|tag| !tag.is_empty());
        let contact = format!("<sip:{};transport=tcp>", self.nodes[at.0].0);
        let builder = Builder::response_to(request, code, "", tag).header(Name::Contact, contact);
        self.send(at, flow, address(0), more(builder).build());
        self.settle();
    }

    /// One end of each open stream.
    pub(super) fn streams(&self) -> Vec<FlowId> {
        self.streams.iter().filter(|(id, (.., far))| *id < far).map(|(id, _)| *id).collect()
    }

    /// The other end of a stream.
    pub(super) fn far_end(&self, flow: FlowId) -> FlowId {
        self.streams[&flow].2
    }

    /// What is sent on `flow` comes to `to`.
    pub(super) fn streams_to(&mut self, to: At, flow: FlowId) {
        let (local, remote) = (self.nodes[to.0].0, address(0));
        let there = Flow::new(flow, Transport::Tcp, local, remote);
        self.streams.insert(flow, (to.0, there, flow));
    }

    /// A script sends a request of its own to node 0.
    pub(super) fn request(&mut self, at: At, text: &str) {
        let text = text.replace('\n', "\r\n");
        self.send(at, FlowId(1), address(0), Bytes::from(text));
        self.settle();
    }

    /// Lines that `at` has sent since the last look, by their start.
    pub(super) fn sent(&mut self, at: At) -> Vec<String> {
        let lines = self.log.iter().filter(|(_, from, _)| *from == at.0);
        let lines = lines.map(|(.., line)| line.split(" SIP/2.0").next().unwrap().to_owned());
        let lines = lines.map(|line| line.replace("SIP/2.0 ", "")).collect();
        self.log.retain(|(_, from, _)| *from != at.0);
        lines
    }
}

/// A name with one IPv4 address each, for hosts that need no SRV.
pub(super) fn a_record(name: &str, nodes: &[usize]) -> (Question, Vec<Record>) {
    let records = nodes.iter().map(|n| match address(*n).ip() {
        IpAddr::V4(ip) => Record { ttl: 60, data: RecordData::A(ip) },
        IpAddr::V6(_) => unreachable!(),
    });
    (Question { name: name.into(), kind: Kind::A }, records.collect())
}

/// How a call ended, from the events of a phone.
pub(super) fn ended(events: &[Event]) -> Option<(Ending, EndedBy, u16)> {
    let mut ends = events.iter().filter_map(|event| match event {
        Event::Ended { ending, by, code, .. } => Some((ending.clone(), *by, *code)),
        _ => None,
    });
    let end = ends.next();
    assert!(ends.next().is_none(), "ended twice");
    end
}

/// Codes of the provisional responses told.
pub(super) fn progress(events: &[Event]) -> Vec<u16> {
    let code = |event: &Event| match event {
        Event::Provisional { code, .. } => Some(*code),
        _ => None,
    };
    events.iter().filter_map(code).collect()
}

pub(super) fn is_answered(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event, Event::Answered { .. }))
}
