//! The front: messages and time in, messages and news out.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::SocketAddr,
    time::Duration,
};

use bytes::Bytes;

use super::{
    Action, By, ClientId, Counters, Incoming, Limits, Origin, ServerId, Stray, Timers, ack,
    client::Client,
    client_invite::{self, Verdict},
    key::{self, ClientKey, MergeKey, ServerKey},
    reply,
    room::Room,
    server::Server,
    server_invite::{self, AckFor},
};
use crate::{
    message::{Message, Method},
    transport::{Flow, FlowId, TransportError},
};

/// All transactions of an agent.
///
/// After every call, take what `poll` gives until it gives nothing; call `wake` when `wake_at` has
/// come.
#[derive(Debug)]
pub struct Layer {
    times: Timers,
    room: Room,
    clients: BTreeMap<ClientId, Client>,
    servers: BTreeMap<ServerId, Server>,
    client_keys: BTreeMap<ClientKey, ClientId>,
    server_keys: BTreeMap<ServerKey, ServerId>,
    merge_keys: BTreeSet<MergeKey>,
    queue: BTreeSet<(Duration, By)>,
    actions: VecDeque<Action>,
    counters: Counters,
    next: u64,
}

impl Layer {
    /// A layer without transactions. A T1 below 1 ms counts as 1 ms.
    pub fn new(timers: Timers, limits: Limits) -> Self {
        Self {
            times: Timers { t1: timers.t1.max(Duration::from_millis(1)), ..timers },
            room: Room::new(limits),
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            client_keys: BTreeMap::new(),
            server_keys: BTreeMap::new(),
            merge_keys: BTreeSet::new(),
            queue: BTreeSet::new(),
            actions: VecDeque::new(),
            counters: Counters::default(),
            next: 0,
        }
    }

    /// Sends a request and sees to its repetition. Its top Via holds our branch. ACK to a 2xx is
    /// no transaction: it goes by `send_stateless`.
    ///
    /// A message that cannot be read back, or one whose branch and method are in use, ends at once
    /// with `Action::Failed`.
    pub fn request(
        &mut self,
        now: Duration,
        flow: &Flow,
        remote: SocketAddr,
        message: Bytes,
    ) -> ClientId {
        let id = ClientId(self.draw());
        let sent = key::sent_request(&message).filter(|s| !self.client_keys.contains_key(&s.key));
        let Some(sent) = sent else {
            let why = TransportError::Local("the request has no branch of its own".into());
            self.actions.extend([Action::Failed(id, why), Action::ClientEnded(id)]);
            return id;
        };
        self.client_keys.insert(sent.key.clone(), id);
        let client = Client::start(now, &self.times, flow, remote, sent, message.clone());
        self.clients.insert(id, client);
        self.send(By::Client(id), flow.id, remote, message);
        self.settle(now, By::Client(id));
        id
    }

    /// Sends a request no more and waits 64·T1 for a final response, also where it rings: for a
    /// target that is given up for another one, and for an INVITE after its CANCEL (RFC 3261
    /// §9.1). Late responses still come up, and a late refusal is still acknowledged.
    pub fn give_up(&mut self, now: Duration, id: ClientId) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.give_up(now, &self.times);
            self.settle(now, By::Client(id));
        }
    }

    /// Answers a request; the response is complete, with the Vias that `reply` writes. A response
    /// that the state of the transaction does not allow (a second final one) is not sent.
    pub fn respond(&mut self, now: Duration, id: ServerId, response: Bytes) {
        let Some(server) = self.servers.get_mut(&id) else { return };
        let Some(status) = key::status(&response) else { return };
        if !server.respond(now, &self.times, status) {
            return;
        }
        server.last = Some(response.clone());
        server.trying = None;
        if status >= 300
            && let Some(alias) = server.key.older_ack(&response)
            && !self.server_keys.contains_key(&alias)
        {
            server.ack_key = Some(alias.clone());
            self.server_keys.insert(alias, id);
        }
        let (flow, remote) = (server.flow, server.remote);
        self.send(By::Server(id), flow, remote, response);
        self.settle(now, By::Server(id));
    }

    /// Drops a request without an answer: silence towards a stranger.
    pub fn forget(&mut self, id: ServerId) {
        self.end_server(id);
    }

    /// Sends a message that no transaction keeps: ACK to a 2xx, or an answer made without state.
    pub fn send_stateless(&mut self, flow: FlowId, remote: SocketAddr, bytes: Bytes) {
        self.send(By::Stateless, flow, remote, bytes);
    }

    fn send(&mut self, by: By, flow: FlowId, remote: SocketAddr, bytes: Bytes) {
        self.actions.push_back(Action::Send { by, flow, remote, bytes });
    }

    /// Takes a message from the wire. `flow.remote` is where it came from; answers go back there.
    pub fn receive(
        &mut self,
        now: Duration,
        flow: &Flow,
        message: &Message,
        origin: Origin,
    ) -> Incoming {
        if message.is_request() {
            return self.receive_request(now, flow, message, origin);
        }
        let incoming = self.receive_response(now, message);
        self.counters.strays += u64::from(matches!(incoming, Incoming::StrayResponse(_)));
        incoming
    }

    /// A flow is gone, or a datagram to the address in `error` came back. Requests without a
    /// response fail; server transactions without a final one are told as orphaned.
    pub fn flow_lost(&mut self, now: Duration, flow: FlowId, error: &TransportError) {
        let at = match error {
            TransportError::Refused(at)
            | TransportError::Unreachable(at)
            | TransportError::TimedOut(at) => Some(*at),
            TransportError::Tls(_) | TransportError::Closed | TransportError::Local(_) => None,
        };
        let mut failed = Vec::new();
        for (id, client) in &mut self.clients {
            let hit = client.reliable || at.is_none_or(|at| at == client.remote);
            if client.flow == flow && hit && client.fails_with_transport() {
                client.terminate();
                failed.push(*id);
            }
        }
        for id in failed {
            self.actions.push_back(Action::Failed(id, error.clone()));
            self.settle(now, By::Client(id));
        }
        for (id, server) in &mut self.servers {
            if server.flow == flow && server.reliable && !server.orphaned {
                server.orphaned = true;
                if server.is_open() {
                    self.actions.push_back(Action::Orphaned(*id));
                }
            }
        }
    }

    /// Answers on another flow from here on.
    pub fn rehome(&mut self, id: ServerId, flow: &Flow) {
        if let Some(server) = self.servers.get_mut(&id) {
            server.move_to(flow);
        }
    }

    /// The next thing to do or to know.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Lets all timers go off that are due.
    pub fn wake(&mut self, now: Duration) {
        while let Some(&(_, name)) = self.queue.first().filter(|(at, _)| *at <= now) {
            self.settle(now, name);
        }
    }

    /// When `wake` is due.
    pub fn wake_at(&self) -> Option<Duration> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// What was repeated so far, over all transactions.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// How often a request was sent again; 0 once its transaction is over.
    pub fn sent_again(&self, id: ClientId) -> u32 {
        self.clients.get(&id).map_or(0, |client| client.sent_again)
    }

    /// Client and server transactions under way.
    pub fn len(&self) -> (usize, usize) {
        (self.clients.len(), self.servers.len())
    }

    /// True where no transaction is under way.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty() && self.servers.is_empty()
    }

    fn receive_response(&mut self, now: Duration, message: &Message) -> Incoming {
        let received = match key::received_response(message) {
            Ok(received) => received,
            Err(stray) => return Incoming::StrayResponse(stray),
        };
        let found = self.client_keys.get(&received.key).copied();
        let Some((id, client)) = found.and_then(|id| Some((id, self.clients.get_mut(&id)?))) else {
            return Incoming::StrayResponse(Stray::NoTransaction);
        };
        if let Err(stray) = received.check(client.from_tag.as_deref(), client.to_tag.as_deref()) {
            return Incoming::StrayResponse(stray);
        }
        let verdict = client.response(now, &self.times, received.status);
        if verdict == Verdict::PassAndAck {
            client.ack = ack::to_refusal(&client.request, message);
        }
        let acks = matches!(verdict, Verdict::AckAgain | Verdict::PassAndAck);
        let ack = client.ack.clone().filter(|_| acks);
        let (flow, remote) = (client.flow, client.remote);
        if let Some(ack) = ack {
            self.send(By::Client(id), flow, remote, ack);
        }
        self.settle(now, By::Client(id));
        if matches!(verdict, Verdict::Absorb | Verdict::AckAgain) {
            self.counters.responses_repeated += 1;
            return Incoming::Retransmission;
        }
        Incoming::Response(id)
    }

    fn receive_request(
        &mut self,
        now: Duration,
        flow: &Flow,
        message: &Message,
        origin: Origin,
    ) -> Incoming {
        let Some(key) = key::received_request(message) else {
            return Incoming::Unanswerable;
        };
        let method = message.method();
        if method == Some(Method::Ack) {
            return self.receive_ack(now, &key);
        }
        if let Some(id) = self.server_keys.get(&key).copied() {
            self.repeat(flow, id);
            return Incoming::Retransmission;
        }
        let Some(seat) = self.room.take(origin, flow.remote.ip(), message.raw().len()) else {
            self.counters.overloaded += 1;
            return Incoming::Overloaded;
        };
        let invite = self.server_keys.get(&key.cancelled()).copied();
        let trying = key.is_invite().then(|| reply::trying(message, flow.remote));
        let id = ServerId(self.draw());
        self.server_keys.insert(key.clone(), id);
        self.servers.insert(id, Server::start(now, &self.times, flow, key, trying, seat));
        let merged = self.is_merged(id, message);
        self.settle(now, By::Server(id));
        match method {
            Some(Method::Cancel) => Incoming::Cancel { server: id, invite },
            _ if merged => Incoming::Merged(id),
            _ => Incoming::Request(id),
        }
    }

    /// True where the request is one under way that came by another way; else it is remembered.
    fn is_merged(&mut self, id: ServerId, request: &Message) -> bool {
        let Some(key) = key::merge_key(request) else { return false };
        if self.merge_keys.contains(&key) {
            return true;
        }
        if let Some(server) = self.servers.get_mut(&id) {
            server.merge_key = Some(key.clone());
            self.merge_keys.insert(key);
        }
        false
    }

    fn receive_ack(&mut self, now: Duration, key: &ServerKey) -> Incoming {
        let Some(id) = self.server_keys.get(&key.acknowledged()).copied() else {
            return Incoming::Ack2xx(None);
        };
        let Some(server) = self.servers.get_mut(&id) else { return Incoming::Ack2xx(None) };
        let outcome = match server.ack(now, &self.times) {
            AckFor::Dialog => Incoming::Ack2xx(Some(id)),
            AckFor::Nothing => Incoming::Retransmission,
            AckFor::Transaction => Incoming::Ack(id),
        };
        self.settle(now, By::Server(id));
        outcome
    }

    fn repeat(&mut self, flow: &Flow, id: ServerId) {
        self.counters.requests_repeated += 1;
        let Some(server) = self.servers.get_mut(&id) else { return };
        if server.orphaned {
            server.move_to(flow);
        }
        let last = server.last.clone().filter(|_| server.repeats());
        let (flow, remote) = (server.flow, server.remote);
        if let Some(last) = last {
            self.counters.responses_sent_again += 1;
            self.send(By::Server(id), flow, remote, last);
        }
    }

    /// Lets the timers of one transaction go off, and puts it back into the queue or ends it.
    fn settle(&mut self, now: Duration, name: By) {
        match name {
            By::Client(id) => self.settle_client(now, id),
            By::Server(id) => self.settle_server(now, id),
            By::Stateless => {}
        }
    }

    fn settle_client(&mut self, now: Duration, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        while let Some(fired) = client.expire(now, &self.times) {
            match fired {
                client_invite::Fired::Ended => {}
                client_invite::Fired::SendAgain => {
                    client.sent_again = client.sent_again.saturating_add(1);
                    self.counters.requests_sent_again += 1;
                    let (flow, remote, bytes) =
                        (client.flow, client.remote, client.request.clone());
                    let by = By::Client(id);
                    self.actions.push_back(Action::Send { by, flow, remote, bytes });
                }
                client_invite::Fired::TimedOut => self.actions.push_back(Action::TimedOut(id)),
            }
        }
        let wake = client.wake_at();
        requeue(&mut self.queue, By::Client(id), &mut client.queued, wake);
        if client.is_terminated() {
            if let Some(client) = self.clients.remove(&id) {
                self.client_keys.remove(&client.key);
            }
            self.actions.push_back(Action::ClientEnded(id));
        }
    }

    fn settle_server(&mut self, now: Duration, id: ServerId) {
        let Some(server) = self.servers.get_mut(&id) else { return };
        while let Some(fired) = server.expire(now, &self.times) {
            let bytes = match fired {
                server_invite::Fired::Ended => None,
                server_invite::Fired::NoAck => {
                    self.actions.push_back(Action::NoAck(id));
                    None
                }
                server_invite::Fired::SendAgain => {
                    self.counters.responses_sent_again += 1;
                    server.last.clone()
                }
                server_invite::Fired::Trying => {
                    server.last = server.trying.take();
                    server.last.clone()
                }
            };
            let (by, flow, remote) = (By::Server(id), server.flow, server.remote);
            self.actions.extend(bytes.map(|bytes| Action::Send { by, flow, remote, bytes }));
        }
        let wake = server.wake_at();
        requeue(&mut self.queue, By::Server(id), &mut server.queued, wake);
        if server.is_terminated() {
            self.end_server(id);
        }
    }

    fn end_server(&mut self, id: ServerId) {
        let Some(server) = self.servers.remove(&id) else { return };
        if let Some(at) = server.queued {
            self.queue.remove(&(at, By::Server(id)));
        }
        self.server_keys.remove(&server.key);
        if let Some(alias) = &server.ack_key {
            self.server_keys.remove(alias);
        }
        if let Some(key) = &server.merge_key {
            self.merge_keys.remove(key);
        }
        self.room.give_back(server.seat);
        self.actions.push_back(Action::ServerEnded(id));
    }

    fn draw(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// Moves a transaction to its new place in the queue.
fn requeue(
    queue: &mut BTreeSet<(Duration, By)>,
    name: By,
    queued: &mut Option<Duration>,
    wake: Option<Duration>,
) {
    if *queued == wake {
        return;
    }
    if let Some(at) = *queued {
        queue.remove(&(at, name));
    }
    if let Some(at) = wake {
        queue.insert((at, name));
    }
    *queued = wake;
}
