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
use milliwatt_sip::transport::{AccountId, Flow};

use crate::net::{
    Dropped, Limits, NetEvent,
    bucket::{Bucket, Trusted},
    udp::UdpPort,
};

/// A socket's place.
pub(super) type Place = u16;

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
    places: Vec<Option<UdpPort>>,
}

impl Ports {
    /// None yet; each will have `limits`.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, places: Vec::new() }
    }

    /// Binds a socket, or finds the one that is bound to just this address.
    pub(super) fn bind(&mut self, address: SocketAddr) -> io::Result<Place> {
        let same =
            |port: &Option<UdpPort>| port.as_ref().is_some_and(|port| port.bound() == address);
        let known = self.places.iter().position(same);
        let at = known.or_else(|| self.places.iter().position(Option::is_none));
        let at = at.unwrap_or(self.places.len());
        let place = Place::try_from(at).map_err(|_| io::Error::other("too many sockets"))?;
        if known.is_some() {
            return Ok(place);
        }
        let port = UdpPort::bind(place, address, self.limits)?;
        match self.places.get_mut(at) {
            Some(free) => *free = Some(port),
            None => self.places.push(Some(port)),
        }
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

    /// Closes a socket; the address that it was bound to.
    pub(super) fn close(&mut self, place: Place) -> Option<SocketAddr> {
        let port = self.places.get_mut(usize::from(place)).and_then(Option::take)?;
        Some(port.bound())
    }

    pub(super) fn get(&mut self, place: Place) -> Option<&mut UdpPort> {
        self.places.get_mut(usize::from(place))?.as_mut()
    }

    /// The address that a socket is bound to; may be an unspecified one.
    pub(super) fn bound(&self, place: Place) -> Option<SocketAddr> {
        self.places.get(usize::from(place))?.as_ref().map(UdpPort::bound)
    }

    /// The addresses of all.
    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.places.iter().flatten().map(UdpPort::bound)
    }

    /// Ready when one has something; what went to nobody is told to `queue`.
    pub(super) fn poll_ready(
        &mut self,
        cx: &mut Context<'_>,
        queue: &mut VecDeque<NetEvent>,
    ) -> Poll<()> {
        let mut waits = true;
        for port in self.places.iter_mut().flatten() {
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
        let sockets = self.places.len().max(1);
        (0..sockets).find_map(|n| {
            let port = self.places.get_mut((first + n) % sockets)?.as_mut()?;
            port.receive(now, |ip| trusted.contains(ip), strangers, dropped)
        })
    }
}

/// The place in a [`Pair`] of the sockets that reach `ip`.
pub(super) fn family(ip: IpAddr) -> usize {
    usize::from(ip.is_ipv6())
}
