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
    message::{Framing, Message},
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
    pub(super) streams: BTreeMap<FlowId, (usize, Flow, FlowId)>,
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

    pub(super) fn name(&mut self) -> u64 {
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
    pub(super) fn step(&mut self, until: Duration) -> bool {
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
