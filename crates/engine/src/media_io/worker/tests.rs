//! One thread's loop, turned by hand.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::mpsc::{SyncSender, sync_channel},
};

use milliwatt_media::session::{AgreedCodec, Config, Direction, MediaPlan, Quality};

use super::*;
use crate::{
    api::{Sound, Source},
    clock::VirtualClock,
    media_io::{News, PortRange, SocketPair},
    ports::{Files, Recorders, Wanted, build},
};

/// One thread's loop, turned by hand on a clock that is moved by hand.
struct Bench {
    worker: Worker,
    orders: SyncSender<Order>,
    clock: VirtualClock,
    news: News,
    reporter: Reporter,
    recorders: Recorders,
    events: Events,
    range: PortRange,
}

impl Bench {
    fn new() -> Self {
        let clock = VirtualClock::default();
        let (reporter, news) = News::channel();
        let (orders, receiver) = sync_channel(64);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let sessions = Arc::new(AtomicUsize::new(0));
        let (worker, _) = Worker::new(shared, receiver, reporter.clone(), sessions).unwrap();
        Self {
            worker,
            orders,
            clock,
            news,
            recorders: Recorders::start(&reporter).unwrap(),
            reporter,
            events: Events::with_capacity(64),
            range: PortRange::new(41_000, 46_999, [9; 32]).unwrap(),
        }
    }

    fn sockets(&mut self) -> SocketPair {
        self.range.open(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap()
    }

    fn start(&mut self, call: u64, sockets: SocketPair, remote: SocketAddr, sound: &Sound) {
        let wanted = Wanted { call: CallId(call), rate: 8000, sound, attached: None };
        let own = (&Files::Here, &self.recorders);
        let port = build(wanted, own, &self.reporter).unwrap();
        self.worker.sessions.fetch_add(1, Ordering::Relaxed);
        let seed = [call as u8; 32];
        let (call, config, plan) = (CallId(call), Config::default(), plan(remote));
        let start = Start { call, sockets, port, plan, config, seed };
        self.orders.send(Order::Start(Box::new(start))).unwrap();
    }

    fn turn(&mut self) {
        assert!(self.worker.turn(&mut self.events, Some(Duration::ZERO)));
    }

    /// Lets `time` pass in steps of a millisecond.
    fn pass(&mut self, time: Duration) {
        for _ in 0..time.as_millis() {
            self.turn();
            self.clock.advance(Duration::from_millis(1));
        }
    }

    fn stop(&mut self, call: u64) -> Quality {
        self.orders.send(Order::Control(CallId(call), Control::Stop)).unwrap();
        self.turn();
        while let Some(news) = self.news.poll() {
            if let MediaNews::Stopped(of, quality) = news {
                assert_eq!(of, CallId(call));
                return *quality;
            }
        }
        panic!("not stopped")
    }
}

/// What two ends of PCMU have agreed on.
pub(in crate::media_io) fn plan(remote: SocketAddr) -> MediaPlan {
    let codec = AgreedCodec {
        name: "PCMU".into(),
        clock_rate: 8000,
        channels: 1,
        send_pt: 0,
        recv_pt: 0,
        fmtp: None,
    };
    MediaPlan {
        remote_rtp: remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
        rtcp_mux: false,
        direction: Direction::SendRecv,
        codecs: vec![codec],
        dtmf: Vec::new(),
        comfort_noise: None,
        ptime: Duration::from_millis(20),
    }
}

#[test]
fn two_sessions_hear_each_other_without_a_lost_packet() {
    let mut bench = Bench::new();
    let (a, b) = (bench.sockets(), bench.sockets());
    let (at_a, at_b) = (a.address(), b.address());
    let tone = Sound { source: Source::Tone(1400.0), ..Sound::default() };
    let ear = Sound { listen: vec![1400.0], ..Sound::default() };
    bench.start(1, a, at_b, &tone);
    bench.start(2, b, at_a, &ear);
    bench.pass(Duration::from_secs(10));
    for call in [1, 2] {
        bench.orders.send(Order::Control(CallId(call), Control::Stop)).unwrap();
    }
    bench.turn();
    let (mut tone, mut first, mut stopped) = (None, false, Vec::new());
    while let Some(news) = bench.news.poll() {
        match news {
            MediaNews::Event(call, event) => {
                first |= (call, event) == (CallId(2), MediaEvent::FirstPacket);
            }
            MediaNews::RecordingFailed { text, .. } => panic!("{text}"),
            MediaNews::Failed(call) => panic!("{call:?}"),
            MediaNews::Stopped(call, quality) => stopped.push((call, quality)),
            MediaNews::Tone { heard, .. } => tone = Some(heard),
        }
    }
    let [(CallId(1), sent), (CallId(2), quality)] = &stopped[..] else { panic!("{stopped:?}") };
    assert_eq!(sent.sent, 500);
    assert!(first);
    assert!((499..=500).contains(&quality.received), "{quality:?}");
    assert_eq!((quality.lost, quality.late, quality.reordered), (0, 0, 0));
    assert!(quality.jitter_ms < 1.0 && quality.rtt_ms.is_some(), "{quality:?}");
    assert!((10.0..11.5).contains(&quality.buffer_ms), "{quality:?}");
    let tone = tone.unwrap();
    assert!(tone.duration > Duration::from_millis(9800), "{tone:?}");
    assert_eq!(bench.worker.sessions.load(Ordering::Relaxed), 0);
}

#[test]
fn a_stopped_call_gives_its_ports_back_at_once() {
    let mut bench = Bench::new();
    let pair = bench.sockets();
    let at = pair.address();
    bench.start(1, pair, at, &Sound::default());
    bench.turn();
    assert!(UdpSocket::bind(at).is_err());
    bench.stop(1);
    UdpSocket::bind(at).unwrap();
    // Orders for a call that is gone do nothing.
    bench.orders.send(Order::Control(CallId(1), Control::Mute(true))).unwrap();
    bench.turn();
}

#[test]
fn packets_that_came_before_the_session_are_played() {
    let mut bench = Bench::new();
    let pair = bench.sockets();
    let at = pair.address();
    let early = UdpSocket::bind("127.0.0.1:0").unwrap();
    let packet = |n: u8| {
        let mut packet = vec![0x80, 0, 0, n, 0, 0, n, 0xa0, 1, 2, 3, 4];
        packet.extend([0x7f; 160]);
        packet
    };
    early.send_to(&packet(1), at).unwrap();
    bench.start(1, pair, early.local_addr().unwrap(), &Sound::default());
    bench.turn();
    assert_eq!(bench.news.poll(), Some(MediaNews::Event(CallId(1), MediaEvent::FirstPacket)));
}

#[test]
fn a_flood_of_one_call_does_not_delay_an_order() {
    let mut bench = Bench::new();
    let pair = bench.sockets();
    let at = pair.address();
    bench.start(1, pair, at, &Sound::default());
    bench.turn();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..300 {
        stranger.send_to(&[0x80; 172], at).unwrap();
    }
    bench.turn();
    assert_eq!(bench.worker.unread.len(), 1, "a socket is left for the next turn");
    assert_eq!(bench.worker.timeout(), Some(Duration::ZERO));
    bench.stop(1);
}

#[test]
fn frames_of_all_calls_are_due_on_one_grid() {
    let mut bench = Bench::new();
    bench.clock.advance(Duration::from_micros(1_003_700));
    for (call, first) in [(0, 1005), (1, 1005), (2, 1010)] {
        let pair = bench.sockets();
        let at = pair.address();
        bench.start(call, pair, at, &Sound::default());
        bench.turn();
        assert_eq!(bench.worker.due.last(), Some(&Duration::from_millis(first)));
        bench.clock.advance(Duration::from_micros(900));
    }
    bench.clock.advance(GRID);
    bench.turn();
    // Each hears itself by now, on a grid of its own that is shared in whole milliseconds.
    let due = &bench.worker.due;
    assert!(due.iter().all(|due| due.subsec_nanos() % 1_000_000 == 0), "{due:?}");
}
