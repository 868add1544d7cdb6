//! The open streams, and which of them a target may share (RFC 3261 §18.1.1, RFC 5922 §7.1).

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

use bytes::Bytes;
use milliwatt_sip::{
    agent::OpenId,
    transport::{AccountId, Flow, FlowId, Target, Transport, TransportError},
};
use tokio::{sync::mpsc, task::AbortHandle};

use crate::net::Roots;

/// What must be the same for a connection to be shared: two domains never share one, even at one
/// address, since each verified its own name; nor do two accounts of one domain, since each has its
/// own address, its own authorities, and a far end that tells users apart by their connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    account: AccountId,
    domain: String,
    local: Option<IpAddr>,
    remote: SocketAddr,
    transport: Transport,
    roots: Roots,
}

impl Key {
    pub(super) fn new(target: &Target, local: Option<IpAddr>, roots: &Roots) -> Self {
        Self {
            account: target.account,
            domain: target.domain.to_ascii_lowercase(),
            local,
            remote: target.remote,
            transport: target.transport,
            roots: roots.clone(),
        }
    }
}

/// A connection that is up.
#[derive(Debug)]
struct Stream {
    flow: Flow,
    outbox: mpsc::Sender<Bytes>,
    key: Option<Key>,
}

/// All connections, up or coming up.
#[derive(Debug, Default)]
pub(super) struct Pool {
    streams: HashMap<FlowId, Stream>,
    by_key: HashMap<Key, FlowId>,
    opening: HashMap<Key, Opening>,
}

#[derive(Debug)]
struct Opening {
    waiting: Vec<OpenId>,
    task: AbortHandle,
}

/// What `Pool::send` could not do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    /// No such connection.
    Gone,
    /// The far end does not take what waits for it.
    Full,
}

impl Pool {
    /// The open connection for `key`.
    pub(super) fn find(&self, key: &Key) -> Option<Flow> {
        let id = self.by_key.get(key)?;
        self.streams.get(id).map(|stream| stream.flow)
    }

    /// Joins those who wait for `key`; false when nobody opens it yet.
    pub(super) fn join(&mut self, key: &Key, id: OpenId) -> bool {
        let opening = self.opening.get_mut(key);
        opening.map(|opening| opening.waiting.push(id)).is_some()
    }

    /// Notes that `task` opens `key` for `id`.
    pub(super) fn opening(&mut self, key: Key, id: OpenId, task: AbortHandle) {
        self.opening.insert(key, Opening { waiting: vec![id], task });
    }

    /// Those who waited for `key`, which is open or failed.
    pub(super) fn opened(&mut self, key: &Key) -> Vec<OpenId> {
        self.opening.remove(key).map(|opening| opening.waiting).unwrap_or_default()
    }

    /// Adds a connection that is up; an inbound one has no key.
    pub(super) fn add(&mut self, flow: Flow, outbox: mpsc::Sender<Bytes>, key: Option<Key>) {
        if let Some(key) = &key {
            self.by_key.insert(key.clone(), flow.id);
        }
        self.streams.insert(flow.id, Stream { flow, outbox, key });
    }

    /// The connections that we opened from an address of the system's choice: name, that address, far
    /// end.
    pub(super) fn paths(&self) -> impl Iterator<Item = (FlowId, IpAddr, SocketAddr)> {
        let free = |stream: &&Stream| stream.key.as_ref().is_some_and(|key| key.local.is_none());
        let ours = self.streams.values().filter(free);
        ours.map(|stream| (stream.flow.id, stream.flow.local.ip(), stream.flow.remote))
    }

    /// Puts a message into a connection's queue.
    pub(super) fn send(&self, flow: FlowId, bytes: Bytes) -> Result<(), Unsent> {
        let stream = self.streams.get(&flow).ok_or(Unsent::Gone)?;
        stream.outbox.try_send(bytes).map_err(|e| match e {
            mpsc::error::TrySendError::Closed(_) => Unsent::Gone,
            mpsc::error::TrySendError::Full(_) => Unsent::Full,
        })
    }

    /// Takes a connection away; what is queued is sent before it closes. False when it was gone.
    pub(super) fn remove(&mut self, flow: FlowId) -> bool {
        let Some(stream) = self.streams.remove(&flow) else { return false };
        if let Some(key) = stream.key
            && self.by_key.get(&key) == Some(&flow)
        {
            self.by_key.remove(&key);
        }
        true
    }

    /// Closes what an account has, whoever opened it: the flows, and those who waited for one.
    pub(super) fn close(&mut self, account: AccountId) -> (Vec<FlowId>, Vec<OpenId>) {
        let open = self.streams.iter().filter(|(_, stream)| stream.flow.account == account);
        let flows: Vec<FlowId> = open.map(|(id, _)| *id).collect();
        for flow in &flows {
            self.remove(*flow);
        }
        let mut waiting = Vec::new();
        for (_, opening) in self.opening.extract_if(|key, _| key.account == account) {
            opening.task.abort();
            waiting.extend(opening.waiting);
        }
        (flows, waiting)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for opening in self.opening.values() {
            opening.task.abort();
        }
    }
}

/// How an attempt to open a connection ended.
pub(super) type Opened = Result<(Flow, mpsc::Sender<Bytes>), TransportError>;
