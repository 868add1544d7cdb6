//! The desk with real sockets: a pair of ports for each side of each talk, and the way between.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use milliwatt_engine::{
    clock::Clock,
    media_io::{MediaNews, PortRange, Reporter, SocketPair},
};
use milliwatt_media::session::MediaPlan;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tokio::{net::UdpSocket, sync::mpsc};

use super::{
    answerers::Answerers,
    bend::Bend,
    desk::{Desk, Talk},
    netem::Link,
    path::{Ground, Order, Path},
};
use crate::{faults::Faults, numbers::Answerer};

/// All talks.
pub(crate) struct Relay {
    clock: Arc<dyn Clock>,
    ports: PortRange,
    bend: Bend,
    link: Link,
    seed: u64,
    /// Talks so far: the seed of each is counted, so that the n-th call meets the same network
    /// in each run.
    count: u64,
    talks: BTreeMap<Talk, Open>,
    answerers: Answerers,
}

/// A talk that is open. Its way ends when this is dropped.
struct Open {
    orders: mpsc::Sender<Order>,
    heard: Arc<AtomicU64>,
    shown: [Option<SocketAddr>; 2],
}

/// Ports of the trunk, below those of phones on the same computer.
const PORTS: (u16, u16) = (10_000, 16_383);
/// Orders that wait for a way; a call gives a handful.
const ORDERS: usize = 64;

impl Relay {
    /// A desk without a talk, which tells news of the answerers to `reporter`. Lives on a tokio
    /// runtime.
    ///
    /// # Errors
    /// When the system gives no thread for the answerers.
    pub(crate) fn start(
        clock: Arc<dyn Clock>,
        reporter: &Reporter,
        faults: &Faults,
        seed: [u8; 32],
    ) -> io::Result<Self> {
        let mut chance = ChaCha8Rng::from_seed(seed);
        let mut port_seed = [0; 32];
        chance.fill_bytes(&mut port_seed);
        let ports = PortRange::new(PORTS.0, PORTS.1, port_seed).map_err(io::Error::other)?;
        Ok(Self {
            answerers: Answerers::start(&clock, reporter, chance)?,
            clock,
            ports,
            bend: Bend::new(faults),
            link: Link {
                loss: faults.loss,
                burst: faults.burst,
                delay: faults.delay,
                jitter: faults.jitter,
                reorder: faults.reorder,
                duplicate: faults.duplicate,
            },
            seed: faults.seed,
            count: 0,
            talks: BTreeMap::new(),
        })
    }

    /// Something came of the trunk's own sound.
    pub(crate) fn news(&mut self, news: &MediaNews) {
        self.answerers.news(news);
    }

    /// The way of a talk, new or under way.
    fn begin(&mut self, talk: Talk) -> &mut Open {
        let (clock, bend, link) = (&self.clock, self.bend, self.link);
        let (seed, count) = (self.seed, &mut self.count);
        self.talks.entry(talk).or_insert_with(|| {
            *count += 1;
            let (orders, receiver) = mpsc::channel(ORDERS);
            let heard = Arc::new(AtomicU64::new(0));
            let seed = seed.wrapping_mul(1_000_003).wrapping_add(*count);
            let ground = Ground { clock: Arc::clone(clock), bend, link, seed };
            tokio::spawn(Path::new(ground, receiver, Arc::clone(&heard)).run());
            Open { orders, heard, shown: [None; 2] }
        })
    }

    fn pair(&mut self, local: IpAddr) -> Option<SocketPair> {
        match self.ports.open(local) {
            Ok(pair) => Some(pair),
            Err(e) => {
                tracing::warn!(%e, "no sound for a call");
                None
            }
        }
    }

    fn order(&self, talk: Talk, order: Order) {
        if let Some(open) = self.talks.get(&talk)
            && open.orders.try_send(order).is_err()
        {
            tracing::warn!("the way of a call is stuck");
        }
    }
}

impl Desk for Relay {
    fn open(&mut self, talk: Talk, side: usize, local: IpAddr) -> Option<SocketAddr> {
        if let Some(shown) = self.talks.get(&talk).and_then(|open| *open.shown.get(side)?) {
            return Some(shown);
        }
        let pair = self.pair(local)?;
        let shown = pair.address();
        let [rtp, rtcp] = pair.into_sockets().map(UdpSocket::from_std);
        let sockets = [rtp.ok()?, rtcp.ok()?];
        let open = self.begin(talk);
        *open.shown.get_mut(side)? = Some(shown);
        self.order(talk, Order::Open(side, sockets));
        Some(shown)
    }

    fn aim(&mut self, talk: Talk, side: usize, rtp: SocketAddr) {
        self.order(talk, Order::Aim(side, rtp));
    }

    fn play(&mut self, talk: Talk, mut plan: MediaPlan, answerer: Answerer) {
        self.aim(talk, 0, plan.remote_rtp);
        let local = self.talks.get(&talk).and_then(|open| open.shown.first().copied().flatten());
        let Some(local) = local.map(|shown| shown.ip()) else { return };
        // Between the answerer and the phone lies the same network as between two phones.
        let Some(relay) = self.open(talk, 1, local) else { return };
        plan.remote_rtp = relay;
        plan.remote_rtcp = SocketAddr::new(relay.ip(), relay.port().saturating_add(1));
        if self.answerers.plays(talk) {
            return self.answerers.change(talk, plan);
        }
        let Some(sockets) = self.pair(local) else { return };
        self.aim(talk, 1, sockets.address());
        self.answerers.begin(talk, sockets, plan, answerer);
    }

    fn press(&mut self, talk: Talk, digit: char) {
        self.answerers.press(talk, digit);
    }

    fn heard(&self, talk: Talk) -> Option<Duration> {
        let nanos = self.talks.get(&talk)?.heard.load(Ordering::Relaxed);
        (nanos != 0).then(|| Duration::from_nanos(nanos))
    }

    fn close(&mut self, talk: Talk) {
        self.talks.remove(&talk);
        self.answerers.stop(talk);
    }
}
