//! The loop of one media thread.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, TryRecvError},
    },
    time::Duration,
};

use milliwatt_media::session::{Channel, Control, MediaEvent, Quality};
use mio::{Events, Poll, Token, Waker};

use super::{MediaNews, Reporter, Start, leg::Leg};
use crate::{api::CallId, clock::Clock};

/// What a thread is told to do.
pub(super) enum Order {
    /// Something to a session, if it is one of this thread's.
    Control(CallId, Control),
    /// A new session.
    Start(Box<Start>),
}

pub(super) struct Worker {
    poll: Poll,
    clock: Arc<dyn Clock>,
    orders: Receiver<Order>,
    reporter: Reporter,
    sessions: Arc<AtomicUsize>,
    legs: Vec<Option<Leg>>,
    /// When each leg is to be run, by the same index; kept apart to be looked through quickly.
    due: Vec<Duration>,
    by_call: HashMap<CallId, usize>,
    /// Sockets that were not read to their end.
    unread: Vec<Token>,
    /// News that found no room and must not be lost.
    kept: VecDeque<MediaNews>,
    buffer: Box<[u8]>,
}

/// The token of the waker.
const WAKE: Token = Token(usize::MAX);

/// Due times fall on multiples of this, so that the frames of many calls are moved in one go.
const GRID: Duration = Duration::from_millis(5);

/// A leg that is never due.
const NEVER: Duration = Duration::MAX;

/// News kept for a reader that is behind.
const KEPT: usize = 4096;

impl Worker {
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        orders: Receiver<Order>,
        reporter: Reporter,
        sessions: Arc<AtomicUsize>,
    ) -> io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let worker = Self {
            poll,
            clock,
            orders,
            reporter,
            sessions,
            legs: Vec::new(),
            due: Vec::new(),
            by_call: HashMap::new(),
            unread: Vec::with_capacity(64),
            kept: VecDeque::new(),
            buffer: vec![0; 65_535].into(),
        };
        Ok((worker, waker))
    }

    /// Runs until the other end of `orders` is dropped.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(256);
        loop {
            let timeout = self.timeout();
            if !self.turn(&mut events, timeout) {
                return;
            }
        }
    }

    /// Waits for `timeout` at most and does what there is to do. False when the loop is to end.
    fn turn(&mut self, events: &mut Events, timeout: Option<Duration>) -> bool {
        if let Err(e) = self.poll.poll(events, timeout)
            && e.kind() != io::ErrorKind::Interrupted
        {
            tracing::error!(%e, "the media loop cannot wait for packets and ends");
            return false;
        }
        if !self.obey() {
            return false;
        }
        let mut unread = std::mem::take(&mut self.unread);
        for token in unread.drain(..) {
            self.read(token);
        }
        // What was left over in this turn is put into the other list: give back the room.
        unread.append(&mut self.unread);
        self.unread = unread;
        for event in &*events {
            if event.token() != WAKE {
                self.read(event.token());
            }
        }
        self.run_due();
        self.tell_kept();
        true
    }

    fn timeout(&self) -> Option<Duration> {
        if !self.unread.is_empty() {
            return Some(Duration::ZERO);
        }
        let next = self.due.iter().min().copied().filter(|due| *due != NEVER);
        let next = next.map(|due| due.saturating_sub(self.clock.now()));
        if self.kept.is_empty() { next } else { Some(next.unwrap_or(GRID).min(GRID)) }
    }

    /// Does what was ordered; local orders come before anything from the network. False when no
    /// more orders can come.
    fn obey(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Control(call, control)) => self.control(call, control),
                Ok(Order::Start(start)) => self.start(*start),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn start(&mut self, start: Start) {
        let call = start.call;
        let n = self.legs.iter().position(Option::is_none).unwrap_or(self.legs.len());
        let now = self.clock.now();
        // Begun a little in the past: its first frame is due at once, all others on the grid.
        let on_grid = GRID * u32::try_from(now.as_millis() / GRID.as_millis()).unwrap_or(u32::MAX);
        let tokens = (Token(2 * n), Token(2 * n + 1));
        match Leg::new(on_grid.min(now), start, self.poll.registry(), tokens) {
            Ok(leg) => {
                let due = leg.wake_at().unwrap_or(NEVER);
                if n == self.legs.len() {
                    self.legs.push(Some(leg));
                    self.due.push(due);
                } else {
                    self.legs[n] = Some(leg);
                    self.due[n] = due;
                }
                self.by_call.insert(call, n);
                // Early packets came before the sockets were watched.
                self.read(tokens.0);
                self.read(tokens.1);
            }
            Err(e) => {
                tracing::error!(%e, "a media session cannot be started");
                self.sessions.fetch_sub(1, Ordering::Relaxed);
                self.keep(MediaNews::Stopped(call, Box::<Quality>::default()));
            }
        }
    }

    fn control(&mut self, call: CallId, control: Control) {
        let Some(n) = self.by_call.get(&call).copied() else { return };
        let now = self.clock.now();
        if let Some(leg) = self.legs.get_mut(n).and_then(Option::as_mut) {
            leg.control(now, control);
        }
        self.drain(n);
    }

    fn read(&mut self, token: Token) {
        let n = token.0 / 2;
        let channel = if token.0.is_multiple_of(2) { Channel::Rtp } else { Channel::Rtcp };
        // Read anew for each socket: arrival times are what jitter is measured from.
        let now = self.clock.now();
        let Some(leg) = self.legs.get_mut(n).and_then(Option::as_mut) else { return };
        if leg.read(now, channel, &mut self.buffer) {
            self.unread.push(token);
        }
        self.drain(n);
    }

    fn run_due(&mut self) {
        let now = self.clock.now();
        for n in 0..self.due.len() {
            if self.due.get(n).is_none_or(|due| *due > now) {
                continue;
            }
            if let Some(leg) = self.legs.get_mut(n).and_then(Option::as_mut) {
                leg.run(now);
            }
            self.drain(n);
        }
    }

    /// Sends and tells what a leg has, and takes it away when its session is over.
    fn drain(&mut self, n: usize) {
        let Some(leg) = self.legs.get_mut(n).and_then(Option::as_mut) else { return };
        let (reporter, kept) = (&self.reporter, &mut self.kept);
        leg.drain(&mut self.buffer, |call, event| {
            let ticks = matches!(event, MediaEvent::Tick(_));
            let news = MediaNews::Event(call, event);
            if ticks {
                reporter.tell(news);
            } else {
                insist(reporter, kept, news);
            }
        });
        let due = leg.wake_at();
        if let Some(slot) = self.due.get_mut(n) {
            *slot = due.unwrap_or(NEVER);
        }
        if due.is_none()
            && let Some(leg) = self.legs.get_mut(n).and_then(Option::take)
        {
            let call = leg.call;
            let quality = leg.finish(self.poll.registry());
            self.by_call.remove(&call);
            self.sessions.fetch_sub(1, Ordering::Relaxed);
            self.keep(MediaNews::Stopped(call, Box::new(quality)));
        }
    }

    fn keep(&mut self, news: MediaNews) {
        insist(&self.reporter, &mut self.kept, news);
    }

    fn tell_kept(&mut self) {
        while let Some(news) = self.kept.pop_front() {
            if let Err(news) = self.reporter.insist(news) {
                self.kept.push_front(news);
                return;
            }
        }
    }
}

/// Tells news now or, behind others that wait, later.
fn insist(reporter: &Reporter, kept: &mut VecDeque<MediaNews>, news: MediaNews) {
    let waits = if kept.is_empty() { reporter.insist(news).err() } else { Some(news) };
    if let Some(news) = waits {
        if kept.len() >= KEPT {
            kept.pop_front();
            reporter.count_dropped();
        }
        kept.push_back(news);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
        sync::mpsc::{SyncSender, sync_channel},
    };

    use milliwatt_media::session::{AgreedCodec, Config, Direction, MediaPlan};

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

    fn plan(remote: SocketAddr) -> MediaPlan {
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
        for call in 0..3 {
            let pair = bench.sockets();
            let at = pair.address();
            bench.start(call, pair, at, &Sound::default());
            bench.turn();
            bench.clock.advance(Duration::from_micros(900));
        }
        bench.turn();
        let due = &bench.worker.due;
        assert!(due.iter().all(|due| due.as_nanos() % GRID.as_nanos() == 0), "{due:?}");
    }
}
