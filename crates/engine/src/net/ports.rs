//! The UDP sockets of a network, each known by its place.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::transport::{AccountId, Flow, FlowId};

use crate::net::{
    Dropped, Limits, NetEvent,
    bucket::{Bucket, Trusted},
    udp::{PLACE_BITS, UdpPort},
};

/// A socket's place. None is given twice: the name of a flow must not lead to a socket that another
/// account was given since.
pub(super) type Place = u32;

/// The name of a flow has room for so many places.
const PLACES: Place = 1 << PLACE_BITS;

/// One socket a family: IPv4, IPv6.
pub(super) type Pair = [Option<Place>; 2];

/// Any address of either family, in the order of [`Pair`].
pub(super) const ANY: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];

/// Whose a socket is, told to what came in on it. Clones tell the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Owner(Arc<AtomicU32>);

impl Owner {
    pub(super) fn set(&self, account: AccountId) {
        self.0.store(account.0, Ordering::Relaxed);
    }

    pub(super) fn of(&self) -> AccountId {
        AccountId(self.0.load(Ordering::Relaxed))
    }
}

/// All UDP sockets.
pub(super) struct Ports {
    limits: Limits,
    /// In the order of their places.
    open: Vec<UdpPort>,
    /// The place of the next.
    next: Place,
}

impl Ports {
    /// None yet; each will have `limits`.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, open: Vec::new(), next: 0 }
    }

    /// Binds a socket, or finds the one that is bound to just this address.
    pub(super) fn bind(&mut self, address: SocketAddr) -> io::Result<Place> {
        if let Some(known) = self.open.iter().find(|port| port.bound() == address) {
            return Ok(known.place());
        }
        let place = self.next;
        if place >= PLACES {
            return Err(io::Error::other("too many sockets were opened; start anew"));
        }
        self.open.push(UdpPort::bind(place, address, self.limits)?);
        self.next += 1;
        Ok(place)
    }

    /// A socket for each family that has none in `pair`, at a port that the system chooses.
    pub(super) fn complete(&mut self, mut pair: Pair) -> Pair {
        for (place, any) in pair.iter_mut().zip(ANY).filter(|(place, _)| place.is_none()) {
            match self.bind(SocketAddr::new(any, 0)) {
                Ok(bound) => *place = Some(bound),
                Err(e) => tracing::debug!(%e, %any, "this family cannot be used"),
            }
        }
        pair
    }

    /// Takes a socket out; it is closed when it is dropped.
    pub(super) fn close(&mut self, place: Place) -> Option<UdpPort> {
        Some(self.open.remove(self.at(place)?))
    }

    pub(super) fn get(&mut self, place: Place) -> Option<&mut UdpPort> {
        let at = self.at(place)?;
        self.open.get_mut(at)
    }

    /// The address that a socket is bound to; may be an unspecified one.
    pub(super) fn bound(&self, place: Place) -> Option<SocketAddr> {
        self.open.get(self.at(place)?).map(UdpPort::bound)
    }

    fn at(&self, place: Place) -> Option<usize> {
        self.open.binary_search_by_key(&place, UdpPort::place).ok()
    }

    /// The flows that leave from an address of the system's choice: name, that address, far end.
    pub(super) fn paths(&self) -> impl Iterator<Item = (FlowId, IpAddr, SocketAddr)> {
        self.open.iter().filter(|port| port.bound().ip().is_unspecified()).flat_map(UdpPort::paths)
    }

    /// The addresses of all.
    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.open.iter().map(UdpPort::bound)
    }

    /// Ready when one has something; what went to nobody is told to `queue`.
    pub(super) fn poll_ready(
        &mut self,
        cx: &mut Context<'_>,
        queue: &mut VecDeque<NetEvent>,
    ) -> Poll<()> {
        let mut waits = true;
        for port in &mut self.open {
            // Each is asked, so that each wakes us.
            waits &= port.poll_ready(cx).is_pending();
            #[cfg(target_os = "linux")]
            while let Poll::Ready((flow, error)) = port.poll_unreachable(cx) {
                queue.push_back(NetEvent::FlowLost(flow, error));
                waits = false;
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = queue;
        if waits { Poll::Pending } else { Poll::Ready(()) }
    }

    /// The next datagram, looked for from the socket at `first` on, so that none starves another.
    pub(super) fn receive(
        &mut self,
        now: Duration,
        first: usize,
        trusted: &Trusted,
        strangers: &mut Bucket,
        dropped: &mut Dropped,
    ) -> Option<(Flow, Bytes)> {
        let sockets = self.open.len().max(1);
        (0..sockets).find_map(|n| {
            let port = self.open.get_mut((first + n) % sockets)?;
            port.receive(now, |ip| trusted.contains(ip), strangers, dropped)
        })
    }
}

/// The place in a [`Pair`] of the sockets that reach `ip`.
pub(super) fn family(ip: IpAddr) -> usize {
    usize::from(ip.is_ipv6())
}
