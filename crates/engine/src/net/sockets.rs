//! The real network: UDP, TCP and TLS sockets of tokio, and DNS.

use std::{
    collections::{HashMap, VecDeque},
    future::poll_fn,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::{
    agent::OpenId,
    transport::{Flow, FlowId, Target, Transport, TransportError},
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc},
    task::AbortHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::net::{
    Dns, Dropped, Limits, Listen, Net, NetConfig, NetEvent, NetRequest, Roots,
    bucket::{Bucket, Trusted},
    dial::Dialling,
    listen::{Inbound, accept},
    local_error,
    pool::{Key, Pool, Unsent},
    stream::Told,
    tls::{self, ClientConfigs},
    udp::{self, UdpPort},
};

/// The network of this computer. Lives on a tokio runtime; everything it opened is closed when it
/// is dropped.
pub struct Sockets {
    limits: Limits,
    udp: Vec<Option<UdpPort>>,
    /// Sockets for domains without one of their own: IPv4, IPv6.
    shared: [Option<u8>; 2],
    listeners: Vec<(Transport, SocketAddr, Task)>,
    domains: HashMap<String, Domain>,
    pool: Pool,
    configs: ClientConfigs,
    dns: Dns,
    inbound: Inbound,
    strangers: Bucket,
    blocked: Vec<SocketAddr>,
    queue: VecDeque<NetEvent>,
    told: mpsc::Receiver<Told>,
    dropped: Dropped,
    /// Which source of events is looked at first; moves on so that none can starve another.
    turn: usize,
}

/// A task that ends with its owner.
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What `NetRequest::Bind` asked for.
#[derive(Default)]
struct Domain {
    local: Option<SocketAddr>,
    udp: Option<u8>,
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
        };
        let rate = limits.strangers_per_second;
        let mut sockets = Self {
            limits,
            udp: Vec::new(),
            shared: [None; 2],
            listeners: Vec::new(),
            domains: HashMap::new(),
            pool: Pool::default(),
            configs: ClientConfigs::default(),
            dns: Dns::new(&config.nameservers),
            inbound,
            strangers: Bucket::new(rate, rate.saturating_mul(2)),
            blocked: Vec::new(),
            queue: VecDeque::new(),
            told,
            dropped: Dropped::default(),
            turn: 0,
        };
        for listen in config.listen {
            sockets.listen(listen).await?;
        }
        for any in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
            let slot = usize::from(any.is_ipv6());
            if sockets.shared.get(slot).is_some_and(Option::is_none) {
                match sockets.bind_udp(SocketAddr::new(any, 0)) {
                    Ok(index) => sockets.share(index, any),
                    Err(e) => tracing::debug!(%e, %any, "this family cannot be used"),
                }
            }
        }
        Ok(sockets)
    }

    /// All local addresses that are listened on.
    pub fn listening(&self) -> Vec<(Transport, SocketAddr)> {
        let udp = self.udp.iter().flatten().map(|port| (Transport::Udp, port.bound()));
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
            let mut waits = true;
            for port in self.udp.iter_mut().flatten() {
                // Each is asked, so that each wakes us.
                waits &= port.poll_ready(cx).is_pending();
                #[cfg(target_os = "linux")]
                while let Poll::Ready((flow, error)) = port.poll_unreachable(cx) {
                    self.queue.push_back(NetEvent::FlowLost(flow, error));
                    waits = false;
                }
            }
            if waits { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    async fn listen(&mut self, listen: Listen) -> Result<(), TransportError> {
        match listen {
            Listen::Tcp(address) => self.listen_stream(address, None).await,
            Listen::Tls(address, identity) => {
                let config = Arc::new(tls::server_config(&identity)?);
                self.listen_stream(address, Some(TlsAcceptor::from(config))).await
            }
            Listen::Udp(address) => {
                let index = self.bind_udp(address).map_err(|e| local_error(address, &e))?;
                self.share(index, address.ip());
                Ok(())
            }
        }
    }

    async fn listen_stream(
        &mut self,
        address: SocketAddr,
        acceptor: Option<TlsAcceptor>,
    ) -> Result<(), TransportError> {
        let listener = TcpListener::bind(address).await.map_err(|e| local_error(address, &e))?;
        self.accept(listener, acceptor).map_err(|e| local_error(address, &e))
    }

    fn accept(&mut self, listener: TcpListener, tls: Option<TlsAcceptor>) -> io::Result<()> {
        let transport = if tls.is_some() { Transport::Tls } else { Transport::Tcp };
        let address = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, tls, self.inbound.clone()));
        self.listeners.push((transport, address, Task(task.abort_handle())));
        Ok(())
    }

    /// Binds a UDP socket, or finds the one that is bound to just this address.
    fn bind_udp(&mut self, address: SocketAddr) -> io::Result<u8> {
        let same =
            |port: &Option<UdpPort>| port.as_ref().is_some_and(|port| port.bound() == address);
        if let Some(index) = self.udp.iter().position(same) {
            return Ok(index as u8);
        }
        let free = self.udp.iter().position(Option::is_none).unwrap_or(self.udp.len());
        let index = u8::try_from(free).map_err(|_| io::Error::other("too many sockets"))?;
        let port = UdpPort::bind(index, address, self.limits)?;
        match self.udp.get_mut(free) {
            Some(place) => *place = Some(port),
            None => self.udp.push(Some(port)),
        }
        Ok(index)
    }

    /// Makes a socket the one of its family for domains without their own, if there is none yet.
    fn share(&mut self, index: u8, ip: IpAddr) {
        if let Some(shared) = self.shared.get_mut(usize::from(ip.is_ipv6())) {
            shared.get_or_insert(index);
        }
    }

    fn bind(&mut self, name: String, local: Option<SocketAddr>, roots: Roots) {
        let key = name.to_ascii_lowercase();
        let old = self.domains.remove(&key).unwrap_or_default();
        let kept = local.is_some() && old.local == local;
        let mut domain = Domain { local, udp: None, roots };
        let bound = match local {
            None => Ok(None),
            Some(_) if kept => Ok(old.udp),
            Some(address) => self.bind_udp(address).map(Some),
        };
        if let Ok(Some(index)) = bound {
            domain.udp = Some(index);
        }
        self.domains.insert(key, domain);
        if let (false, Some(index)) = (kept, old.udp) {
            self.release(index);
        }
        let listen = match (bound, local) {
            (Err(e), Some(address)) => Err(local_error(address, &e)),
            (Ok(Some(index)), _) => Ok(self.listen_beside(index)),
            (Err(_) | Ok(None), _) => Ok(self.listening()),
        };
        self.queue.push_back(NetEvent::Bound { domain: name, listen });
    }

    /// Listens for TCP at the port of a UDP socket (RFC 3261 §18.2.1). Without it, UDP still works.
    fn listen_beside(&mut self, index: u8) -> Vec<(Transport, SocketAddr)> {
        let Some(address) = self.port(index).map(|port| port.bound()) else { return Vec::new() };
        let mut listen = vec![(Transport::Udp, address)];
        if self.listeners.iter().any(|(t, a, _)| (*t, *a) == (Transport::Tcp, address)) {
            listen.push((Transport::Tcp, address));
            return listen;
        }
        let listener = listen_now(address).and_then(|listener| self.accept(listener, None));
        match listener {
            Ok(()) => listen.push((Transport::Tcp, address)),
            Err(e) => tracing::info!(%e, %address, "no TCP beside UDP"),
        }
        listen
    }

    /// Closes a socket that no domain uses.
    fn release(&mut self, index: u8) {
        let used = self.domains.values().any(|d| d.udp == Some(index))
            || self.shared.contains(&Some(index));
        if used {
            return;
        }
        if let Some(port) = self.udp.get_mut(usize::from(index)).and_then(Option::take) {
            let address = port.bound();
            self.listeners.retain(|(t, a, _)| (*t, *a) != (Transport::Tcp, address));
        }
    }

    fn open(&mut self, now: Duration, id: OpenId, target: Target) {
        let remote = target.remote;
        if self.blocked.contains(&remote) {
            return self.failed(id, TransportError::Refused(remote));
        }
        match target.transport {
            Transport::Tcp | Transport::Tls => self.open_stream(id, target),
            Transport::Udp => {
                let opened = match self.port_for(&target) {
                    Some(port) => port.open(now, remote),
                    None => Err(TransportError::Unreachable(remote)),
                };
                self.queue.push_back(match opened {
                    Err(e) => NetEvent::OpenFailed(id, e),
                    Ok(flow) => NetEvent::Opened(id, flow),
                });
            }
            Transport::Ws | Transport::Wss => {
                let why = format!("{} is not spoken here", target.transport);
                self.failed(id, TransportError::Local(why));
            }
        }
    }

    fn failed(&mut self, id: OpenId, error: TransportError) {
        self.queue.push_back(NetEvent::OpenFailed(id, error));
    }

    fn open_stream(&mut self, id: OpenId, target: Target) {
        let domain = self.domains.get(&target.domain.to_ascii_lowercase());
        let roots = domain.map(|d| d.roots.clone()).unwrap_or_default();
        let local = domain.and_then(|d| d.local).map(|local| local.ip());
        let same_family = |ip: &IpAddr| ip.is_ipv4() == target.remote.is_ipv4();
        let local = local.filter(|ip| !ip.is_unspecified()).filter(same_family);
        let key = Key::new(&target, &roots);
        if let Some(flow) = self.pool.find(&key) {
            self.queue.push_back(NetEvent::Opened(id, flow));
            return;
        }
        if self.pool.join(&key, id) {
            return;
        }
        let config = match target.transport {
            Transport::Tls => match self.configs.of(&roots) {
                Ok(config) => Some(config),
                Err(e) => return self.failed(id, e),
            },
            Transport::Tcp | Transport::Udp | Transport::Ws | Transport::Wss => None,
        };
        let dialling = Dialling {
            key: key.clone(),
            target,
            local,
            config,
            limits: self.limits,
            flow: FlowId(self.inbound.next_flow.fetch_add(1, Ordering::Relaxed)),
            told: self.inbound.told.clone(),
        };
        let task = tokio::spawn(dialling.run());
        self.pool.opening(key, id, task.abort_handle());
    }

    fn send(&mut self, flow: FlowId, remote: SocketAddr, bytes: Bytes) {
        if self.blocked.contains(&remote) {
            return;
        }
        let sent = match udp::socket_of(flow) {
            None => match self.pool.send(flow, bytes) {
                Err(Unsent::Full) => {
                    self.dropped.sends += 1;
                    self.pool.remove(flow);
                    let why = format!("{remote} does not take what is sent to it");
                    Err(TransportError::Local(why))
                }
                Err(Unsent::Gone) => {
                    self.dropped.gone += 1;
                    Err(TransportError::Closed)
                }
                Ok(()) => Ok(()),
            },
            Some(index) => match self.udp.get_mut(usize::from(index)) {
                Some(Some(port)) => port.send(remote, bytes, &mut self.dropped),
                Some(None) | None => {
                    self.dropped.gone += 1;
                    Err(TransportError::Closed)
                }
            },
        };
        if let Err(error) = sent {
            self.queue.push_back(NetEvent::FlowLost(flow, error));
        }
    }

    fn close(&mut self, flow: FlowId) {
        match udp::socket_of(flow) {
            None => drop(self.pool.remove(flow)),
            Some(index) => {
                if let Some(port) = self.port(index) {
                    port.close(flow);
                }
            }
        }
    }

    fn port(&mut self, index: u8) -> Option<&mut UdpPort> {
        self.udp.get_mut(usize::from(index))?.as_mut()
    }

    /// The UDP socket for a target: its domain's own, or the shared one of its family.
    fn port_for(&mut self, target: &Target) -> Option<&mut UdpPort> {
        let v6 = target.remote.is_ipv6();
        let domain = self.domains.get(&target.domain.to_ascii_lowercase());
        let own = domain.and_then(|d| d.udp.filter(|_| d.local.is_some_and(|l| l.is_ipv6() == v6)));
        let index = own.or(*self.shared.get(usize::from(v6))?)?;
        self.port(index)
    }

    /// Turns what a task tells into events.
    fn note(&mut self, told: Told) {
        match told {
            Told::Accepted(flow, outbox) => self.pool.add(flow, outbox, None),
            Told::Ended(flow, why) => {
                if self.pool.remove(flow) {
                    self.queue.push_back(NetEvent::FlowLost(flow, why));
                }
            }
            Told::Event(event) => self.queue.push_back(event),
            Told::Opened(key, opened) => {
                let waiting = self.pool.opened(&key);
                if let Ok((flow, outbox)) = &opened {
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

    fn receive(&mut self, now: Duration) -> Option<(Flow, Bytes)> {
        let trusted = Arc::clone(&self.inbound.trusted);
        let trusted = trusted.lock().unwrap_or_else(PoisonError::into_inner);
        let sockets = self.udp.len().max(1);
        for n in 0..sockets {
            let at = (self.turn / 2 + n) % sockets;
            let Some(Some(port)) = self.udp.get_mut(at) else { continue };
            let heard = |ip| trusted.contains(ip);
            let (strangers, dropped) = (&mut self.strangers, &mut self.dropped);
            if let Some(received) = port.receive(now, heard, strangers, dropped) {
                return Some(received);
            }
        }
        None
    }
}

impl Net for Sockets {
    fn perform(&mut self, now: Duration, request: NetRequest) {
        match request {
            NetRequest::Bind { domain, local, roots } => self.bind(domain, local, roots),
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
            NetRequest::Send { flow, remote, bytes } => self.send(flow, remote, bytes),
            NetRequest::Trust(list) => {
                let trusted: &Mutex<Trusted> = &self.inbound.trusted;
                trusted.lock().unwrap_or_else(PoisonError::into_inner).replace(list);
            }
        }
    }

    fn poll(&mut self, now: Duration) -> Option<NetEvent> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some(event);
            }
            self.turn = self.turn.wrapping_add(1);
            let udp_first = self.turn.is_multiple_of(2);
            if udp_first && let Some((flow, bytes)) = self.receive(now) {
                return Some(NetEvent::Received { flow, bytes });
            }
            if let Ok(told) = self.told.try_recv() {
                self.note(told);
                continue;
            }
            if udp_first {
                return None;
            }
            let (flow, bytes) = self.receive(now)?;
            return Some(NetEvent::Received { flow, bytes });
        }
    }

    fn dropped(&self) -> Dropped {
        Dropped { connections: self.inbound.refused.load(Ordering::Relaxed), ..self.dropped }
    }
}

/// Binds and listens at once, as `perform` does not wait.
fn listen_now(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
