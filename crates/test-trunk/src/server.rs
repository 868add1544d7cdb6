//! The trunk with real sockets.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use milliwatt_engine::{
    clock::{Clock, SystemClock},
    media_io::News,
    net::{Limits, Listen, Net, NetConfig, NetEvent, NetRequest, ServerIdentity, Sockets},
};
use milliwatt_sip::transport::{Transport, TransportError};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};

use crate::{
    carrier::Carrier,
    certificates, dns,
    faults::{DnsFault, Faults},
    media::Relay,
    stun,
};

/// How the trunk is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// UDP and TCP; with port 0 the system chooses one for both.
    pub listen: SocketAddr,
    /// TLS; at the port after that of `listen` when `None`, or at one that the system chooses where
    /// that is 0.
    pub tls: Option<SocketAddr>,
    /// DNS over UDP and TCP; none is served when `None`.
    pub dns: Option<SocketAddr>,
    /// STUN, at this port and the next one, or at two that the system chooses where it is 0; none is
    /// served when `None`.
    pub stun: Option<SocketAddr>,
    /// The fault switches.
    pub faults: Faults,
    /// Users with their passwords, besides `alice` with `alice-secret` and `bob` with `bob-secret`;
    /// one of those names here changes its password.
    pub users: Vec<(String, String)>,
    /// Where nonces, tags and the like come from. The network's chance has its own seed, the fault
    /// `seed`.
    pub seed: [u8; 32],
}

impl Default for Config {
    /// 127.0.0.1 at port 5060, TLS at 5061, no DNS, no faults.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 5060)),
            tls: None,
            dns: None,
            stun: None,
            faults: Faults::default(),
            users: Vec::new(),
            seed: [0; 32],
        }
    }
}

/// Why the trunk could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system gave no keys.
    #[error("no certificate could be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The address for DNS cannot be had.
    #[error("DNS cannot be served at {0}: {1}")]
    Dns(SocketAddr, io::Error),
    /// The address for SIP cannot be had.
    #[error("{0}")]
    Network(#[from] TransportError),
    /// An address for STUN cannot be had.
    #[error("STUN cannot be served at {0} and the next port: {1}")]
    Stun(SocketAddr, io::Error),
    /// No threads for the sound of the answerers.
    #[error("the answerers have no sound: {0}")]
    Sound(io::Error),
}

/// A running trunk. It ends when this is dropped.
#[derive(Debug)]
pub struct TestTrunk {
    address: SocketAddr,
    tls: SocketAddr,
    dns: Option<SocketAddr>,
    stun: Option<[SocketAddr; 2]>,
    ca_pem: String,
    /// The loop ends when this is gone.
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl TestTrunk {
    /// Opens all sockets and starts. Must be called on a tokio runtime with its network and timers.
    ///
    /// # Errors
    /// As [`StartError`] tells; nothing is open then.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let issued = certificates::issue(config.faults.cert, clock.wall())?;
        let mut beside = JoinSet::new();
        let at = tls_at(&config);
        let (sockets, address, tls) = if config.faults.tls_closed {
            let closed = TcpListener::bind(at).await.map_err(|e| local(at, &e))?;
            let tls = closed.local_addr().map_err(|e| local(at, &e))?;
            beside.spawn(close_all(closed));
            let (sockets, address) = open(config.listen, None).await?;
            (sockets, address, tls)
        } else {
            let (sockets, address) = open(config.listen, Some((at, issued.identity))).await?;
            let tls = listening(&sockets, Transport::Tls).unwrap_or(at);
            (sockets, address, tls)
        };
        let dns = match config.dns {
            Some(at) => Some(serve_dns(&mut beside, at, &config.faults, address, tls).await?),
            None => None,
        };
        let stun = match config.stun {
            Some(at) => {
                let server = stun::Server::open(at).await.map_err(|e| StartError::Stun(at, e))?;
                let served = server.addresses();
                beside.spawn(server.run(config.faults.clone()));
                Some(served)
            }
            None => None,
        };
        let (reporter, news) = News::channel();
        let relay = Relay::start(Arc::clone(&clock), &reporter, &config.faults, config.seed)
            .map_err(StartError::Sound)?;
        let carrier = Carrier::new(users(config.users), config.faults, config.seed);
        let (stop, stopped) = oneshot::channel();
        let running = Running { clock, sockets, carrier, relay, news, _beside: beside };
        let running = tokio::spawn(running.run(stopped));
        Ok(Self { address, tls, dns, stun, ca_pem: issued.ca_pem, stop, running })
    }

    /// Where UDP and TCP listen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where TLS listens.
    pub fn tls_address(&self) -> SocketAddr {
        self.tls
    }

    /// Where DNS is served, over UDP and TCP.
    pub fn dns_address(&self) -> Option<SocketAddr> {
        self.dns
    }

    /// Where STUN is served, at two ports.
    pub fn stun_addresses(&self) -> Option<[SocketAddr; 2]> {
        self.stun
    }

    /// The certificate authorities to believe, PEM. With the fault `cert=unknown-ca` the certificate
    /// that is shown comes from none of them.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Ends the trunk; all its sockets are closed when this returns. Calls end without a BYE.
    pub async fn stop(self) {
        drop(self.stop);
        // Err says that the loop panicked, which the runtime has reported.
        drop(self.running.await);
    }
}

/// Everything that runs.
struct Running {
    clock: Arc<dyn Clock>,
    sockets: Sockets,
    carrier: Carrier,
    relay: Relay,
    news: News,
    /// DNS, STUN, and the TLS port that closes.
    _beside: JoinSet<()>,
}

impl Running {
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        loop {
            self.hear();
            let wait = self.carrier.wake_at().map(|at| at.saturating_sub(self.clock.now()));
            tokio::select! {
                _ = &mut stopped => return,
                () = self.sockets.ready() => {}
                news = self.news.next() => {
                    if let Some(news) = news {
                        self.relay.news(&news);
                    }
                }
                () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {
                    self.carrier.wake(self.clock.now(), &mut self.relay);
                    self.send();
                }
            }
        }
    }

    fn hear(&mut self) {
        while let Some(event) = self.sockets.poll(self.clock.now()) {
            let now = self.clock.now();
            match event {
                NetEvent::FlowLost(flow, error) => {
                    self.carrier.flow_lost(now, flow, &error, &mut self.relay);
                }
                NetEvent::Received { flow, bytes } => {
                    self.carrier.receive(now, flow, &bytes, &mut self.relay);
                }
                // The trunk opens no flow and asks no DNS, and its phones' pongs say nothing.
                NetEvent::Bound { .. }
                | NetEvent::KeepAlive(..)
                | NetEvent::Moved { .. }
                | NetEvent::OpenFailed(..)
                | NetEvent::Opened(..)
                | NetEvent::Pong(_)
                | NetEvent::Resolved(..) => {}
            }
            self.send();
        }
    }

    fn send(&mut self) {
        while let Some(send) = self.carrier.poll() {
            let crate::carrier::Send { flow, remote, bytes } = send;
            let send = NetRequest::Send { account: None, flow, remote, bytes };
            self.sockets.perform(self.clock.now(), send);
        }
    }
}

/// How often UDP and TCP are tried at one port that the system chose for one of them.
const TRIES: usize = 32;
/// A carrier has no strangers, and many phones.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(4),
    header: Duration::from_secs(10),
    message: Duration::from_secs(30),
    inbound: 4096,
    connections_per_second: u32::MAX,
    strangers_per_second: u32::MAX,
    stranger_per_second: u32::MAX,
    queue: 4096,
    udp_flows: 65_536,
};

fn tls_at(config: &Config) -> SocketAddr {
    let listen = config.listen;
    let next = if listen.port() == 0 { 0 } else { listen.port().saturating_add(1) };
    config.tls.unwrap_or_else(|| SocketAddr::new(listen.ip(), next))
}

fn local(at: SocketAddr, error: &io::Error) -> TransportError {
    TransportError::Local(format!("{at}: {error}"))
}

/// UDP and TCP at one port, and TLS where wanted.
async fn open(
    at: SocketAddr,
    tls: Option<(SocketAddr, ServerIdentity)>,
) -> Result<(Sockets, SocketAddr), TransportError> {
    let mut tried = 0;
    loop {
        let here = if at.port() == 0 { free(at).map_err(|e| local(at, &e))? } else { at };
        let mut listen = vec![Listen::Udp(here), Listen::Tcp(here)];
        listen.extend(tls.clone().map(|(at, identity)| Listen::Tls(at, identity)));
        let config = NetConfig { listen, limits: LIMITS, ..NetConfig::default() };
        match Sockets::new(config).await {
            Ok(sockets) => return Ok((sockets, here)),
            Err(e) if at.port() != 0 || tried == TRIES => return Err(e),
            // Another program has taken one of the two in the meantime.
            Err(_) => tried += 1,
        }
    }
}

/// An address whose port is free for UDP.
fn free(at: SocketAddr) -> io::Result<SocketAddr> {
    std::net::UdpSocket::bind(at)?.local_addr()
}

fn listening(sockets: &Sockets, transport: Transport) -> Option<SocketAddr> {
    let found = sockets.listening().into_iter().find(|(found, _)| *found == transport);
    found.map(|(_, address)| address)
}

async fn serve_dns(
    beside: &mut JoinSet<()>,
    at: SocketAddr,
    faults: &Faults,
    address: SocketAddr,
    tls: SocketAddr,
) -> Result<SocketAddr, StartError> {
    let server = dns::Server::open(at).await.map_err(|e| StartError::Dns(at, e))?;
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        ip if ip.is_ipv6() => std::net::Ipv6Addr::LOCALHOST.into(),
        _ => Ipv4Addr::LOCALHOST.into(),
    };
    let down = match faults.dns {
        DnsFault::SecondSilent => serve_silence(beside, SocketAddr::new(ip, 0)).await?,
        DnsFault::FirstDead
        | DnsFault::NaptrUdpOnly
        | DnsFault::NoAddress
        | DnsFault::None
        | DnsFault::NxDomain
        | DnsFault::SecondDead
        | DnsFault::Single
        | DnsFault::Slow => dns::DEAD,
    };
    let (plain, tls) = (address.port(), tls.port());
    let zone = dns::Zone { address: ip, plain, tls, down, fault: faults.dns };
    let served = server.address();
    beside.spawn(server.run(zone));
    Ok(served)
}

/// The server of the fault `dns=second-silent`: it takes everything and says nothing. Its port.
async fn serve_silence(beside: &mut JoinSet<()>, at: SocketAddr) -> Result<u16, StartError> {
    let (sockets, at) = open(at, None).await?;
    beside.spawn(async move {
        std::future::pending::<()>().await;
        drop(sockets);
    });
    Ok(at.port())
}

/// The fault `tls-closed`.
async fn close_all(listener: TcpListener) {
    loop {
        if listener.accept().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn users(more: Vec<(String, String)>) -> Vec<(String, String)> {
    let known = [("alice", "alice-secret"), ("bob", "bob-secret")];
    let known = known.map(|(name, password)| (name.to_owned(), password.to_owned()));
    let kept = known.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    kept.chain(more.iter().cloned()).collect()
}
