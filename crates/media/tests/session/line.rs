//! Two sessions, a line between them, and a clock: a bad network as a value.

use std::{cmp::Reverse, collections::BinaryHeap, net::SocketAddr, time::Duration};

use milliwatt_media::{
    frame::AudioPort,
    session::{
        AgreedCodec, Channel, Config, Direction, MediaEvent, MediaPlan, Output, Packet, Quality,
        Session,
    },
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub fn address(last: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, last], port))
}

pub fn codec(name: &str, payload_type: u8) -> AgreedCodec {
    AgreedCodec {
        name: name.to_owned(),
        clock_rate: 8000,
        channels: 1,
        send_pt: payload_type,
        recv_pt: payload_type,
        fmtp: None,
    }
}

/// PCMU, then PCMA, with telephone-event 101, towards `remote`.
pub fn plan(remote: SocketAddr) -> MediaPlan {
    MediaPlan {
        remote_rtp: remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
        rtcp_mux: false,
        direction: Direction::SendRecv,
        codecs: vec![codec("PCMU", 0), codec("PCMA", 8)],
        dtmf: vec![codec("telephone-event", 101)],
        comfort_noise: None,
        ptime: ms(20),
    }
}

/// What a network does to packets. All zero is a wire.
#[derive(Clone, Copy, Debug, Default)]
pub struct Network {
    /// Share lost at random.
    pub loss: f64,
    /// Chance at each packet that an outage begins, and its length.
    pub outage: f64,
    pub outage_ms: u64,
    pub delay_ms: u64,
    /// Uniform on top of the delay, order kept as it falls.
    pub jitter_ms: u64,
    pub duplicate: f64,
    /// Share sent up to so many ms later than it should.
    pub reorder: f64,
    pub reorder_ms: u64,
}

pub struct Way {
    network: Network,
    chance: ChaCha8Rng,
    dark_until: Duration,
    pub lost: u64,
    pub carried: u64,
}

impl Way {
    fn new(network: Network, seed: u8) -> Self {
        Self {
            network,
            chance: ChaCha8Rng::from_seed([seed; 32]),
            dark_until: Duration::ZERO,
            lost: 0,
            carried: 0,
        }
    }

    /// A way that loses this share.
    pub fn lossy(loss: f64, seed: u8) -> Self {
        Self::new(Network { loss, ..Network::default() }, seed)
    }

    fn unit(&mut self) -> f64 {
        f64::from(self.chance.next_u32()) / f64::from(u32::MAX)
    }

    /// The instants at which copies of a packet arrive.
    fn carry(&mut self, now: Duration) -> Vec<Duration> {
        let network = self.network;
        self.carried += 1;
        if network.outage > 0.0 && self.unit() < network.outage {
            self.dark_until = now + ms(network.outage_ms);
        }
        if now < self.dark_until || (network.loss > 0.0 && self.unit() < network.loss) {
            self.lost += 1;
            return Vec::new();
        }
        let copies = if network.duplicate > 0.0 && self.unit() < network.duplicate { 2 } else { 1 };
        (0..copies)
            .map(|_| {
                let mut at = now + ms(network.delay_ms);
                if network.jitter_ms > 0 {
                    at += ms(network.jitter_ms).mul_f64(self.unit());
                }
                if network.reorder > 0.0 && self.unit() < network.reorder {
                    at += ms(network.reorder_ms).mul_f64(self.unit());
                }
                at
            })
            .collect()
    }
}

/// A port that speaks and remembers what it heard.
pub struct Port {
    pub rate: u32,
    pub spoken: Vec<i16>,
    pub heard: Vec<i16>,
    pub silent: bool,
    /// What it gives is sent.
    pub sends: bool,
    position: usize,
}

impl Port {
    pub fn new(rate: u32) -> Self {
        Self {
            rate,
            spoken: Vec::new(),
            heard: Vec::new(),
            silent: false,
            sends: false,
            position: 0,
        }
    }
}

/// A voice of 120 Hz with syllables.
pub fn voice(position: usize, rate: u32) -> i16 {
    let seconds = position as f32 / rate as f32;
    let phase = seconds * 120.0 * std::f32::consts::TAU;
    let sum: f32 = (1..=6).map(|k| (phase * k as f32).sin() / k as f32).sum();
    let syllable = (seconds * 3.0 * std::f32::consts::TAU).sin().abs();
    (sum * syllable * 5000.0) as i16
}

impl AudioPort for Port {
    fn sample_rate(&self) -> u32 {
        self.rate
    }

    fn capture(&mut self, _now: Duration, frame: &mut [i16]) -> bool {
        for sample in frame.iter_mut() {
            *sample = if self.silent { 0 } else { voice(self.position, self.rate) };
            self.position += 1;
        }
        self.spoken.extend_from_slice(frame);
        true
    }

    fn sends(&mut self, on: bool) {
        self.sends = on;
    }

    fn playout(&mut self, _now: Duration, frame: &[i16]) {
        self.heard.extend_from_slice(frame);
    }
}

/// One end.
pub struct End {
    pub session: Session,
    pub port: Port,
    pub address: SocketAddr,
    pub events: Vec<MediaEvent>,
    pub sent: Vec<(SocketAddr, Vec<u8>)>,
    pub keep_sent: bool,
}

impl End {
    pub fn new(now: Duration, address: SocketAddr, plan: MediaPlan, seed: u8) -> Self {
        Self {
            session: Session::new(now, &config(), plan, [seed; 32]),
            port: Port::new(8000),
            address,
            events: Vec::new(),
            sent: Vec::new(),
            keep_sent: false,
        }
    }

    pub fn ticks(&self) -> impl Iterator<Item = &Quality> {
        self.events.iter().filter_map(|event| match event {
            MediaEvent::Tick(quality) => Some(&**quality),
            _ => None,
        })
    }

    pub fn told(&self, wanted: &MediaEvent) -> usize {
        self.events.iter().filter(|event| *event == wanted).count()
    }

    /// Events that are no ticks.
    pub fn news(&self) -> Vec<MediaEvent> {
        let is_news = |event: &&MediaEvent| !matches!(event, MediaEvent::Tick(_));
        self.events.iter().filter(is_news).cloned().collect()
    }

    pub fn packet(&mut self, now: Duration, from: SocketAddr, bytes: &[u8]) {
        self.session.handle(now, Packet { from, channel: Channel::Rtp, bytes });
    }

    /// Packets and events out; packets as (destination, to the RTCP port, bytes).
    pub fn drain(&mut self) -> Vec<(SocketAddr, Channel, Vec<u8>)> {
        let mut packets = Vec::new();
        let mut buffer = [0; 1500];
        while let Some(output) = self.session.poll(&mut buffer) {
            match output {
                Output::Rtp { to, len } => packets.push((to, Channel::Rtp, buffer[..len].to_vec())),
                Output::Rtcp { to, len } => {
                    packets.push((to, Channel::Rtcp, buffer[..len].to_vec()))
                }
                Output::Event(event) => self.events.push(event),
            }
        }
        if self.keep_sent {
            self.sent.extend(packets.iter().map(|(to, _, bytes)| (*to, bytes.clone())));
        }
        packets
    }
}

pub fn config() -> Config {
    Config { wall_clock: secs(1_700_000_000), ..Config::default() }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Flying {
    at: Duration,
    order: u64,
    to_b: bool,
    rtcp: bool,
    bytes: Vec<u8>,
}

/// Two ends and the line.
pub struct Line {
    pub now: Duration,
    pub a: End,
    pub b: End,
    pub to_b: Way,
    pub to_a: Way,
    flying: BinaryHeap<Reverse<Flying>>,
    order: u64,
}

impl Line {
    /// Both directions alike; b begins a few milliseconds after a.
    pub fn new(network: Network) -> Self {
        Self::seeded(network, 1)
    }

    pub fn seeded(network: Network, seed: u8) -> Self {
        let (a, b) = (address(1, 4000), address(2, 5000));
        Self {
            now: Duration::ZERO,
            a: End::new(Duration::ZERO, a, plan(b), seed),
            b: End::new(ms(7), b, plan(a), seed + 1),
            to_b: Way::new(network, seed + 2),
            to_a: Way::new(network, seed + 3),
            flying: BinaryHeap::new(),
            order: 0,
        }
    }

    pub fn change(&mut self, network: Network) {
        self.to_a.network = network;
        self.to_b.network = network;
    }

    /// Runs both ends and the line until `until`.
    pub fn run(&mut self, until: Duration) {
        loop {
            self.exchange();
            let wakes = [self.a.session.wake_at(), self.b.session.wake_at()];
            let arrival = self.flying.peek().map(|flying| flying.0.at);
            let next = wakes.into_iter().flatten().chain(arrival).min();
            let Some(next) = next.filter(|next| *next < until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            while self.flying.peek().is_some_and(|flying| flying.0.at <= self.now) {
                let flying = self.flying.pop().unwrap().0;
                let channel = if flying.rtcp { Channel::Rtcp } else { Channel::Rtp };
                let (end, from) = if flying.to_b {
                    (&mut self.b, self.a.address)
                } else {
                    (&mut self.a, self.b.address)
                };
                let from = SocketAddr::new(from.ip(), from.port() + u16::from(flying.rtcp));
                end.session.handle(self.now, Packet { from, channel, bytes: &flying.bytes });
            }
            for end in [&mut self.a, &mut self.b] {
                if end.session.wake_at().is_some_and(|wake| wake <= self.now) {
                    end.session.run(self.now, &mut end.port);
                }
            }
        }
    }

    fn exchange(&mut self) {
        for to_b in [true, false] {
            let (end, way) =
                if to_b { (&mut self.a, &mut self.to_b) } else { (&mut self.b, &mut self.to_a) };
            for (_, channel, bytes) in end.drain() {
                for at in way.carry(self.now) {
                    self.order += 1;
                    let rtcp = channel == Channel::Rtcp;
                    let bytes = bytes.clone();
                    self.flying.push(Reverse(Flying { at, order: self.order, to_b, rtcp, bytes }));
                }
            }
        }
    }
}

/// The lag (samples) at which `heard` is most like `spoken`, and how alike they are then.
pub fn alignment(spoken: &[i16], heard: &[i16], longest: usize) -> (usize, f64) {
    let likeness = |lag: usize| {
        let pairs = spoken.iter().zip(heard.iter().skip(lag));
        let (mut product, mut a, mut b) = (0.0, 1e-9, 1e-9);
        for (x, y) in pairs {
            let (x, y) = (f64::from(*x), f64::from(*y));
            product += x * y;
            a += x * x;
            b += y * y;
        }
        product / (a * b).sqrt()
    };
    (0..longest).map(|lag| (lag, likeness(lag))).max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
}

/// An RTP packet of PCMU silence.
pub fn rtp(payload_type: u8, sequence: u16, timestamp: u32, ssrc: u32) -> Vec<u8> {
    rtp_with(payload_type, sequence, timestamp, ssrc, &[0xff; 160])
}

pub fn rtp_with(
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    payload: &[u8],
) -> Vec<u8> {
    let mut bytes = vec![0x80, payload_type];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(payload);
    bytes
}
