//! The real network: UDP, TCP and TLS sockets of tokio, and DNS.

mod bind;
mod look;
mod open;

use std::{
    collections::{HashMap, VecDeque},
    future::poll_fn,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use milliwatt_sip::transport::{AccountId, Transport, TransportError};
use tokio::sync::{Semaphore, mpsc};

use crate::net::{
    Dns, Dropped, Limits, Net, NetConfig, NetEvent, NetRequest, Roots,
    bucket::{Bucket, Rate, Trusted},
    listen::{Door, Inbound},
    pool::Pool,
    ports::{Pair, Ports},
    stream::Told,
    tls::ClientConfigs,
};

/// The network of this computer. Lives on a tokio runtime; everything it opened is closed when it
/// is dropped.
pub struct Sockets {
    limits: Limits,
    ports: Ports,
    /// Sockets for those who have none of their own.
    shared: Pair,
    listeners: Vec<(Transport, SocketAddr, Open)>,
    lines: HashMap<AccountId, Line>,
    pool: Pool,
    configs: ClientConfigs,
    dns: Dns,
    inbound: Inbound,
    strangers: Bucket,
    blocked: Vec<SocketAddr>,
    queue: VecDeque<NetEvent>,
    pub(super) told: mpsc::Receiver<Told>,
    dropped: Dropped,
    /// When our addresses are looked at next.
    look_at: Option<Duration>,
    /// Which source of events is looked at first; moves on so that none can starve another.
    turn: usize,
}

/// A listener that is shut with its owner.
struct Open(Arc<Door>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.shut();
    }
}

/// What an account has asked for with `NetRequest::Bind`.
#[derive(Default)]
struct Line {
    local: Option<SocketAddr>,
    /// Its own sockets: what comes in there is for it and nobody else.
    udp: Pair,
    roots: Roots,
}

/// News of tasks that wait to be polled; beyond them the tasks wait.
const TOLD: usize = 1024;

impl std::fmt::Debug for Sockets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sockets").field("listening", &self.listening()).finish_non_exhaustive()
    }
}

impl Sockets {
    /// Opens what `config` names, and a UDP socket of each family at a port that the system
    /// chooses where none is named. Must be called on a tokio runtime.
    ///
    /// # Errors
    /// `TransportError::Local` when an address cannot be had or a certificate not used.
    pub async fn new(config: NetConfig) -> Result<Self, TransportError> {
        let limits = config.limits;
        let (sender, told) = mpsc::channel(TOLD);
        let inbound = Inbound {
            limits,
            next_flow: Arc::new(AtomicU64::new(1)),
            told: sender,
            trusted: Arc::default(),
            refused: Arc::default(),
            strangers: Arc::new(Semaphore::new(limits.inbound)),
            friends: Arc::new(Semaphore::new(limits.inbound)),
            connections: Rate::new(limits.connections_per_second),
            messages: Rate::new(limits.strangers_per_second),
        };
        let rate = limits.strangers_per_second;
        let mut sockets = Self {
            limits,
            ports: Ports::new(limits),
            shared: [None; 2],
            listeners: Vec::new(),
            lines: HashMap::new(),
            pool: Pool::default(),
            configs: ClientConfigs::default(),
            dns: Dns::new(&config.nameservers),
            inbound,
            strangers: Bucket::new(rate, rate.saturating_mul(2)),
            blocked: Vec::new(),
            queue: VecDeque::new(),
            told,
            dropped: Dropped::default(),
            look_at: None,
            turn: 0,
        };
        for listen in config.listen {
            sockets.listen(listen).await?;
        }
        sockets.shared = sockets.ports.complete(sockets.shared);
        Ok(sockets)
    }

    /// All local addresses that are listened on.
    pub fn listening(&self) -> Vec<(Transport, SocketAddr)> {
        let udp = self.ports.addresses().map(|address| (Transport::Udp, address));
        udp.chain(self.listeners.iter().map(|(t, address, _)| (*t, *address))).collect()
    }

    /// Waits until `poll` may have something.
    pub async fn ready(&mut self) {
        poll_fn(|cx| {
            if !self.queue.is_empty() {
                return Poll::Ready(());
            }
            if let Poll::Ready(Some(told)) = self.told.poll_recv(cx) {
                self.note(told);
                return Poll::Ready(());
            }
            self.ports.poll_ready(cx, &mut self.queue)
        })
        .await;
    }

    /// Turns what a task tells into events.
    fn note(&mut self, told: Told) {
        match told {
            Told::Accepted(flow, outbox) => {
                // It may have come while its account was told to go: without its outbox it closes.
                if flow.account == AccountId::default() || self.lines.contains_key(&flow.account) {
                    self.pool.add(flow, outbox, None);
                }
            }
            Told::Ended(flow, why) => {
                if self.pool.remove(flow) {
                    self.queue.push_back(NetEvent::FlowLost(flow, why));
                }
            }
            Told::Event(event) => self.queue.push_back(event),
            Told::Opened(key, opened) => {
                let waiting = self.pool.opened(&key);
                // Nobody waits for one whose account went as it came up: it closes likewise.
                if let Ok((flow, outbox)) = &opened
                    && !waiting.is_empty()
                {
                    self.pool.add(*flow, outbox.clone(), Some(key));
                }
                for id in waiting {
                    self.queue.push_back(match &opened {
                        Err(e) => NetEvent::OpenFailed(id, e.clone()),
                        Ok((flow, _)) => NetEvent::Opened(id, *flow),
                    });
                }
            }
        }
    }

    fn receive(&mut self, now: Duration) -> Option<NetEvent> {
        let trusted = self.inbound.trusted.lock().unwrap_or_else(PoisonError::into_inner);
        let (strangers, dropped) = (&mut self.strangers, &mut self.dropped);
        let (flow, bytes) = self.ports.receive(now, self.turn / 2, &trusted, strangers, dropped)?;
        // RFC 5626 §3.5.1 keeps a UDP path open with any small datagram.
        let silent = bytes.iter().all(|b| b.is_ascii_whitespace() || *b == 0);
        Some(match silent {
            true => NetEvent::KeepAlive(flow, bytes),
            false => NetEvent::Received { flow, bytes },
        })
    }
}

impl Net for Sockets {
    fn perform(&mut self, now: Duration, request: NetRequest) {
        match request {
            NetRequest::Bind { account, local, roots } => {
                self.look_soon(now);
                self.bind(account, local, roots);
            }
            NetRequest::Block(targets) => self.blocked = targets,
            NetRequest::Close(flow) => self.close(flow),
            NetRequest::Open(id, target) => self.open(now, id, target),
            NetRequest::Resolve(id, question) => {
                let (dns, told) = (self.dns.clone(), self.inbound.told.clone());
                tokio::spawn(async move {
                    let answer = dns.ask(&question).await;
                    drop(told.send(Told::Event(NetEvent::Resolved(id, answer))).await);
                });
            }
            NetRequest::Send { flow, remote, bytes, .. } => self.send(flow, remote, bytes),
            NetRequest::Trust(list) => {
                let trusted: &Mutex<Trusted> = &self.inbound.trusted;
                trusted.lock().unwrap_or_else(PoisonError::into_inner).replace(list);
            }
            NetRequest::Unbind(account) => self.unbind(account),
        }
    }

    fn poll(&mut self, now: Duration) -> Option<NetEvent> {
        self.look(now);
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some(event);
            }
            self.turn = self.turn.wrapping_add(1);
            let udp_first = self.turn.is_multiple_of(2);
            if udp_first && let Some(event) = self.receive(now) {
                return Some(event);
            }
            if let Ok(told) = self.told.try_recv() {
                self.note(told);
                continue;
            }
            if udp_first {
                return None;
            }
            return self.receive(now);
        }
    }

    fn wake_at(&self) -> Option<Duration> {
        self.look_due()
    }

    fn dropped(&self) -> Dropped {
        Dropped { connections: self.inbound.refused.load(Ordering::Relaxed), ..self.dropped }
    }
}
