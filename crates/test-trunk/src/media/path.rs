//! The way of the packets of one talk: in at one side, through a network, out at the other.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use milliwatt_engine::clock::Clock;
use milliwatt_media::rtp;
use tokio::{io::ReadBuf, net::UdpSocket, sync::mpsc};

use super::{
    bend::Bend,
    netem::{Link, Netem},
};

/// What the relay tells the way of a talk.
pub(super) enum Order {
    /// A side listens here.
    Aim(usize, SocketAddr),
    /// A side is open: RTP and RTCP.
    Open(usize, [UdpSocket; 2]),
}

/// What all ways are made of.
pub(super) struct Ground {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) bend: Bend,
    pub(super) link: Link,
    pub(super) seed: u64,
}

/// The way of one talk. Ends, and closes its sockets, when nobody can give it orders any more.
pub(super) struct Path {
    clock: Arc<dyn Clock>,
    bend: Bend,
    orders: mpsc::Receiver<Order>,
    sides: [Side; 2],
    /// By the side that packets come from, then by channel: reports must not change which of the
    /// sound packets is lost.
    networks: [[Netem; 2]; 2],
    waiting: BTreeMap<(Duration, u64), Parcel>,
    count: u64,
    /// When the last sound of side 0 came, ns.
    heard: Arc<AtomicU64>,
}

#[derive(Default)]
struct Side {
    ends: [Option<End>; 2],
}

/// One socket of a side, and whom it talks to.
struct End {
    socket: UdpSocket,
    /// Where SDP says that packets go.
    aimed: Option<SocketAddr>,
    /// Where they come from, which outranks what SDP says: a phone behind NAT knows its address
    /// only by hearsay. Followed once after each SDP.
    latched: Option<SocketAddr>,
}

/// A packet under way.
struct Parcel {
    to: usize,
    channel: usize,
    bytes: Vec<u8>,
}

const RTP: usize = 0;
const RTCP: usize = 1;
/// The largest packet that is passed on.
const LARGEST: usize = 2048;
/// Packets under way at one time: ten seconds of a call.
const WAITING: usize = 1024;

impl Path {
    pub(super) fn new(
        ground: Ground,
        orders: mpsc::Receiver<Order>,
        heard: Arc<AtomicU64>,
    ) -> Self {
        let Ground { clock, bend, link, seed } = ground;
        let network = |n| Netem::new(link, seed.wrapping_mul(4).wrapping_add(n));
        Self {
            clock,
            bend,
            orders,
            sides: Default::default(),
            networks: [[network(0), network(2)], [network(1), network(3)]],
            waiting: BTreeMap::new(),
            count: 0,
            heard,
        }
    }

    pub(super) async fn run(mut self) {
        let mut buffer = [0; LARGEST];
        loop {
            let due = self.waiting.keys().next().map(|(at, _)| *at);
            let wait = due.map(|at| at.saturating_sub(self.clock.now()));
            tokio::select! {
                // Orders first: a packet may come on the heels of the SDP that tells of it.
                biased;
                order = self.orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {
                    self.deliver();
                }
                (side, channel, from, len) = receive(&self.sides, &mut buffer) => {
                    let packet = buffer.get_mut(..len).unwrap_or_default();
                    self.take(side, channel, from, packet);
                }
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Aim(side, at) => {
                let ends = self.sides.get_mut(side).into_iter().flat_map(|side| &mut side.ends);
                for (end, channel) in ends.zip(0..) {
                    if let Some(end) = end {
                        let aimed = SocketAddr::new(at.ip(), at.port().saturating_add(channel));
                        end.aimed = Some(aimed);
                        end.latched = None;
                    }
                }
            }
            Order::Open(side, sockets) => {
                if let Some(side) = self.sides.get_mut(side) {
                    side.ends =
                        sockets.map(|socket| Some(End { socket, aimed: None, latched: None }));
                }
            }
        }
    }

    fn take(&mut self, from: usize, channel: usize, source: SocketAddr, packet: &mut [u8]) {
        let end = self.sides.get_mut(from).and_then(|side| side.ends.get_mut(channel)?.as_mut());
        if !end.is_some_and(|end| end.knows(source)) {
            return;
        }
        let sound = channel == RTP && !rtp::is_rtcp(packet);
        let now = self.clock.now();
        if sound && from == 0 {
            let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
            self.heard.store(nanos, Ordering::Relaxed);
        }
        if sound && !self.bend.bend(from, packet) {
            return;
        }
        let network = self.networks.get_mut(from);
        let network = network.and_then(|ways| ways.get_mut(if sound { RTP } else { RTCP }));
        let arrivals = network.map(|network| network.pass(now)).unwrap_or_default();
        let to = 1 - from.min(1);
        for at in arrivals.into_iter().flatten() {
            if at <= now && self.waiting.is_empty() {
                self.send(to, channel, packet);
            } else if self.waiting.len() < WAITING {
                self.count += 1;
                let parcel = Parcel { to, channel, bytes: packet.to_vec() };
                self.waiting.insert((at, self.count), parcel);
            }
        }
    }

    fn deliver(&mut self) {
        let now = self.clock.now();
        while let Some(entry) = self.waiting.first_entry().filter(|entry| entry.key().0 <= now) {
            let Parcel { to, channel, bytes } = entry.remove();
            self.send(to, channel, &bytes);
        }
    }

    fn send(&self, to: usize, channel: usize, packet: &[u8]) {
        let end = self.sides.get(to).and_then(|side| side.ends.get(channel)?.as_ref());
        let Some((end, at)) = end.and_then(|end| Some((end, end.reached_at()?))) else { return };
        // A packet that cannot leave is lost, as any may be on its way.
        if let Err(e) = end.socket.try_send_to(packet, at) {
            tracing::trace!(%e, "relay");
        }
    }
}

impl End {
    /// True for a packet of the phone that this socket is for. One from where SDP says is always: a
    /// phone of an earlier call that goes on sending to this port must not keep it out.
    fn knows(&mut self, source: SocketAddr) -> bool {
        let Some(aimed) = self.aimed else { return false };
        if source == aimed {
            self.latched = Some(source);
        }
        *self.latched.get_or_insert(source) == source
    }

    /// Where packets to it go; nowhere before its SDP, and nowhere on hold in the old manner.
    fn reached_at(&self) -> Option<SocketAddr> {
        self.latched.or(self.aimed).filter(|at| !at.ip().is_unspecified() && at.port() != 0)
    }
}

/// The next packet at any of the sockets: side, channel, source, length.
async fn receive(sides: &[Side; 2], buffer: &mut [u8]) -> (usize, usize, SocketAddr, usize) {
    poll_fn(|cx| {
        for (side, n) in sides.iter().zip(0..) {
            for (end, channel) in side.ends.iter().zip(0..) {
                if let Some(end) = end
                    && let Poll::Ready((from, len)) = read(&end.socket, cx, buffer)
                {
                    return Poll::Ready((n, channel, from, len));
                }
            }
        }
        Poll::Pending
    })
    .await
}

/// Passes over errors, which tell of earlier packets that found nobody.
fn read(socket: &UdpSocket, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<(SocketAddr, usize)> {
    loop {
        let mut room = ReadBuf::new(buffer);
        match socket.poll_recv_from(cx, &mut room) {
            Poll::Ready(Ok(from)) => return Poll::Ready((from, room.filled().len())),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => return Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_still_sends_to_the_port_of_an_earlier_call_keeps_nobody_out() {
        let [phone, stray] = [5000, 5002].map(|port| SocketAddr::from(([192, 0, 2, 1], port)));
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut end = End { socket, aimed: Some(phone), latched: None };
        assert!(end.knows(stray), "it may be the phone behind a NAT");
        assert_eq!(end.reached_at(), Some(stray));
        assert!(end.knows(phone));
        assert!(!end.knows(stray));
        assert_eq!(end.reached_at(), Some(phone));
    }
}
