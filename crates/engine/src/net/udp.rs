//! One UDP socket and the far ends that are known on it, each a flow of its own.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::transport::{AccountId, Flow, FlowId, Transport, TransportError};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;

#[cfg(target_os = "linux")]
use crate::net::icmp::Errors;
use crate::net::{
    Dropped, Limits,
    bucket::Bucket,
    connect::remote_error,
    ports::{Owner, Place},
};

/// A bound socket.
pub(super) struct UdpPort {
    place: Place,
    socket: Arc<UdpSocket>,
    #[cfg(target_os = "linux")]
    errors: Errors,
    bound: SocketAddr,
    owner: Owner,
    flows: HashMap<SocketAddr, Entry>,
    by_id: HashMap<FlowId, SocketAddr>,
    next: u64,
    outbox: VecDeque<(SocketAddr, Bytes)>,
    buffer: Box<[u8]>,
    limits: Limits,
}

#[derive(Debug)]
struct Entry {
    id: FlowId,
    local: SocketAddr,
    opened: bool,
    used: Duration,
    bucket: Bucket,
}

/// Room for the largest datagram.
const DATAGRAM: usize = 65_535;

/// Flow names of UDP have the top bit set, and the socket's place below it: a flow that was
/// forgotten can still be answered.
const UDP_BIT: u64 = 1 << 63;
const PLACE_SHIFT: u32 = 63 - PLACE_BITS;

/// Bits of a socket's place. The rest are enough for 17 years of a thousand new far ends a second.
pub(super) const PLACE_BITS: u32 = 24;

/// The socket that a flow belongs to; `None` for a stream.
pub(super) fn socket_of(flow: FlowId) -> Option<Place> {
    let place = (flow.0 & !UDP_BIT) >> PLACE_SHIFT;
    Place::try_from(place).ok().filter(|_| flow.0 & UDP_BIT != 0)
}

impl UdpPort {
    /// Binds `address`. IPv6 sockets take IPv6 alone.
    pub(super) fn bind(place: Place, address: SocketAddr, limits: Limits) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_nonblocking(true)?;
        // A burst of a busy second fits; where the system allows less it takes less.
        drop(socket.set_recv_buffer_size(2 << 20));
        socket.bind(&address.into())?;
        #[cfg(target_os = "linux")]
        super::icmp::enable(&socket, address.is_ipv6());
        let socket = Arc::new(UdpSocket::from_std(socket.into())?);
        Ok(Self {
            place,
            bound: socket.local_addr()?,
            owner: Owner::default(),
            #[cfg(target_os = "linux")]
            errors: Errors::of(Arc::clone(&socket)),
            socket,
            flows: HashMap::new(),
            by_id: HashMap::new(),
            next: 0,
            outbox: VecDeque::new(),
            buffer: vec![0; DATAGRAM].into(),
            limits,
        })
    }

    /// The address that it is bound to; may be an unspecified one.
    pub(super) fn bound(&self) -> SocketAddr {
        self.bound
    }

    /// Its place.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// The flows that are known on it.
    pub(super) fn flows(&self) -> impl Iterator<Item = FlowId> {
        self.by_id.keys().copied()
    }

    /// The same, each with our address on it and its far end; what strangers sent to us tells nothing
    /// of our ways.
    pub(super) fn paths(&self) -> impl Iterator<Item = (FlowId, IpAddr, SocketAddr)> {
        self.flows
            .iter()
            .filter(|(_, entry)| entry.opened)
            .map(|(remote, entry)| (entry.id, entry.local.ip(), *remote))
    }

    /// Whose it is.
    pub(super) fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Names the flow to `remote`, asking the system anew which local address leads there.
    pub(super) fn open(
        &mut self,
        now: Duration,
        remote: SocketAddr,
    ) -> Result<Flow, TransportError> {
        let local = self.local_towards(remote).map_err(|e| remote_error(remote, &e))?;
        let account = self.owner.of();
        let entry = self.entry(now, remote, local);
        entry.opened = true;
        entry.local = local;
        Ok(entry.flow(remote, account))
    }

    /// Forgets a flow.
    pub(super) fn close(&mut self, id: FlowId) {
        if let Some(remote) = self.by_id.remove(&id) {
            self.flows.remove(&remote);
        }
    }

    /// The next known flow whose far end was told to be unreachable.
    #[cfg(target_os = "linux")]
    pub(super) fn poll_unreachable(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<(FlowId, TransportError)> {
        loop {
            let (remote, error) = ready!(self.errors.poll(cx));
            if let Some(entry) = self.flows.get(&remote) {
                return Poll::Ready((entry.id, error));
            }
        }
    }

    /// Sends a datagram, or keeps it until the socket has room.
    pub(super) fn send(
        &mut self,
        remote: SocketAddr,
        bytes: Bytes,
        dropped: &mut Dropped,
    ) -> Result<(), TransportError> {
        if self.outbox.is_empty() {
            match send_now(&self.socket, remote, &bytes) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(e) => return Err(remote_error(remote, &e)),
                Ok(()) => return Ok(()),
            }
        }
        if self.outbox.len() >= self.limits.queue {
            dropped.sends += 1;
        } else {
            self.outbox.push_back((remote, bytes));
        }
        Ok(())
    }

    /// Sends what waits, as far as the socket has room.
    fn flush(&mut self) {
        while let Some((remote, bytes)) = self.outbox.front() {
            match try_send(&self.socket, *remote, bytes) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                // The error queue, or silence, tells of a far end that is gone.
                Err(_) | Ok(()) => drop(self.outbox.pop_front()),
            }
        }
    }

    /// The next datagram that is not beyond a limit; `heard` says whether its source is trusted,
    /// and `strangers` is the bucket of all who are not.
    pub(super) fn receive(
        &mut self,
        now: Duration,
        heard: impl Fn(IpAddr) -> bool,
        strangers: &mut Bucket,
        dropped: &mut Dropped,
    ) -> Option<(Flow, Bytes)> {
        self.flush();
        for _ in 0..TURN {
            let (remote, bytes) = self.take()?;
            let trusted = heard(remote.ip()) || self.flows.get(&remote).is_some_and(|e| e.opened);
            if !trusted && !strangers.take(now) {
                dropped.strangers += 1;
                continue;
            }
            let account = self.owner.of();
            let flow = match self.flows.get(&remote) {
                Some(entry) => entry.flow(remote, account),
                None => match self.local_towards(remote) {
                    Ok(local) => self.entry(now, remote, local).flow(remote, account),
                    Err(_) => continue,
                },
            };
            let Some(entry) = self.flows.get_mut(&remote) else { continue };
            entry.used = now;
            if !trusted && !entry.bucket.take(now) {
                dropped.strangers += 1;
                continue;
            }
            return Some((flow, bytes));
        }
        None
    }

    /// Ready when a datagram waits, or when what waits to be sent can be.
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.outbox.is_empty() && self.socket.poll_send_ready(cx).is_ready() {
            self.flush();
        }
        ready!(self.socket.poll_recv_ready(cx)).ok();
        Poll::Ready(())
    }

    fn take(&mut self) -> Option<(SocketAddr, Bytes)> {
        for _ in 0..TURN {
            match self.socket.try_recv_from(&mut self.buffer) {
                Ok((len, remote)) => {
                    // A copy of its own: a message that is kept does not keep others with it.
                    let bytes = self.buffer.get(..len).unwrap_or_default();
                    return Some((remote, Bytes::copy_from_slice(bytes)));
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return None,
                // An error of an earlier send, told at this call; the error queue says whose.
                Err(e) => tracing::trace!(%e, "UDP receive"),
            }
        }
        None
    }

    fn entry(&mut self, now: Duration, remote: SocketAddr, local: SocketAddr) -> &mut Entry {
        if !self.flows.contains_key(&remote) && self.flows.len() >= self.limits.udp_flows {
            self.forget_one();
        }
        let (place, limits) = (self.place, self.limits);
        let (next, by_id) = (&mut self.next, &mut self.by_id);
        self.flows.entry(remote).or_insert_with(|| {
            *next += 1;
            let id = FlowId(UDP_BIT | u64::from(place) << PLACE_SHIFT | *next);
            by_id.insert(id, remote);
            let rate = limits.stranger_per_second;
            let bucket = Bucket::new(rate, rate.saturating_mul(2));
            Entry { id, local, opened: false, used: now, bucket }
        })
    }

    /// Makes room: a stranger goes before one that we opened, the longest unused first.
    fn forget_one(&mut self) {
        let oldest = self.flows.iter().min_by_key(|(_, e)| (e.opened, e.used));
        if let Some((remote, id)) = oldest.map(|(remote, e)| (*remote, e.id)) {
            self.flows.remove(&remote);
            self.by_id.remove(&id);
        }
    }

    /// The local address that datagrams to `remote` leave from.
    fn local_towards(&self, remote: SocketAddr) -> io::Result<SocketAddr> {
        if !self.bound.ip().is_unspecified() {
            return Ok(self.bound);
        }
        Ok(SocketAddr::new(towards(remote)?, self.bound.port()))
    }
}

/// The address of ours that leads to `remote`: a connected socket knows, and sends nothing.
pub(super) fn towards(remote: SocketAddr) -> io::Result<IpAddr> {
    let any: IpAddr = match remote {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let probe = std::net::UdpSocket::bind((any, 0))?;
    probe.connect(remote)?;
    Ok(probe.local_addr()?.ip())
}

/// Datagrams looked at in one call, so that a flood cannot keep the loop.
const TURN: usize = 64;

impl Entry {
    fn flow(&self, remote: SocketAddr, account: AccountId) -> Flow {
        Flow { account, ..Flow::new(self.id, Transport::Udp, self.local, remote) }
    }
}

/// Sends without asking tokio, which does not know a socket's readiness before its first turn.
fn send_now(socket: &UdpSocket, remote: SocketAddr, bytes: &[u8]) -> io::Result<()> {
    let socket = SockRef::from(socket);
    again(|| socket.send_to(bytes, &remote.into()))
}

fn try_send(socket: &UdpSocket, remote: SocketAddr, bytes: &[u8]) -> io::Result<()> {
    again(|| socket.try_send_to(bytes, remote))
}

/// Sends once more when the first call only told of an error that an earlier datagram caused.
fn again(send: impl Fn() -> io::Result<usize>) -> io::Result<()> {
    match send() {
        Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => send().map(drop),
        first => first.map(drop),
    }
}
