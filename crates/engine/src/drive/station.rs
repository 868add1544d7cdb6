//! One phone on the wire, with its sound polled inline.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    sync::{PoisonError, mpsc},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use milliwatt_media::{
    frame::AudioPort,
    session::{self, Channel, Control, Packet, Session},
};

use super::{
    net::WireNet,
    wire::{Datagram, Wire},
};
use crate::{
    api::{CallId, Event},
    gate::Gate,
    ledger::{Ledger, Moment},
    media_io::{MediaNews, News, Reporter},
    net::Net,
    phone::{HistoryWrite, Input, MediaCommand, MediaNotice, Output, Phone},
    ports::Files,
    sounds::{Attached, Sounds},
};

/// What becomes of history rows on the wire in memory.
#[derive(Default)]
pub(super) enum Rows {
    /// The disk is full.
    Fail,
    /// A real history.
    Kept(Box<Ledger>),
    /// The disk does not answer.
    Slow,
    /// They are taken and forgotten.
    #[default]
    Taken,
}

pub(super) struct Station {
    /// Its own addresses, the first one its home.
    ips: Vec<IpAddr>,
    pub(super) events: Vec<(Duration, Event)>,
    pub(super) rows: Rows,
    phone: Phone,
    net: WireNet,
    /// Since when and until when it sleeps.
    sleeps: Option<(Duration, Duration)>,
    wire: Rc<RefCell<Wire>>,
    legs: BTreeMap<CallId, Leg>,
    sounds: Sounds,
    attached: Attached,
    reporter: Reporter,
    news: News,
    next_port: u16,
    buffer: Vec<u8>,
}

/// The RTP of one call.
struct Leg {
    port: SocketAddr,
    session: Option<(Session, Gate)>,
}

const SIP_PORT: u16 = 5060;
const FIRST_RTP: u16 = 16_384;

impl Station {
    /// A phone at `ip`, with the time since 1970 at time zero.
    pub(super) fn new(
        wire: &Rc<RefCell<Wire>>,
        ip: IpAddr,
        seed: [u8; 32],
        wall: Duration,
    ) -> io::Result<Self> {
        let (reporter, news) = News::channel();
        let attached = Attached::default();
        Ok(Self {
            ips: vec![ip],
            events: Vec::new(),
            rows: Rows::default(),
            phone: Phone::new(seed, "Milliwatt/drive", wall),
            net: WireNet::new(Rc::clone(wire), SocketAddr::new(ip, SIP_PORT)),
            wire: Rc::clone(wire),
            sleeps: None,
            legs: BTreeMap::new(),
            sounds: Sounds::new(&reporter, Attached::clone(&attached), Files::Here)?,
            attached,
            reporter,
            news,
            next_port: FIRST_RTP,
            buffer: vec![0; 1500],
        })
    }

    /// Gives the phone an input and does all that follows from it.
    pub(super) fn handle(&mut self, now: Duration, wall: SystemTime, input: Input) {
        self.phone.handle(now, input);
        self.settle(now, wall);
    }

    /// Gives it a further address.
    pub(super) fn add_address(&mut self, ip: IpAddr) {
        self.ips.push(ip);
        self.net.add_address(ip);
    }

    /// Takes one of its addresses away and gives it another one.
    pub(super) fn moved(&mut self, now: Duration, wall: SystemTime, from: IpAddr, to: IpAddr) {
        self.ips.iter_mut().filter(|ip| **ip == from).for_each(|ip| *ip = to);
        self.net.moved(from, to);
        self.settle(now, wall);
    }

    /// It does nothing and hears nothing until then.
    pub(super) fn sleep(&mut self, now: Duration, time: Duration) {
        self.sleeps = Some((now, now + time));
    }

    /// Wakes up, and tells the phone how long it has slept.
    fn wake_up(&mut self, now: Duration) {
        if let Some((since, _)) = self.sleeps.take_if(|(_, until)| *until <= now) {
            self.phone.handle(now, Input::Slept(now.saturating_sub(since)));
        }
    }

    /// Whether a datagram to this address is for it.
    pub(super) fn is_at(&self, ip: IpAddr) -> bool {
        self.ips.contains(&ip)
    }

    /// What `Source::Port` stands for in a call.
    pub(super) fn attach(&mut self, call: CallId, port: Box<dyn AudioPort>) {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner).push((call, port));
    }

    /// A datagram came in; false when nothing listens there.
    pub(super) fn receive(&mut self, now: Duration, datagram: Datagram) -> bool {
        if self.sleeps.is_some() {
            return true;
        }
        if datagram.to.port() == SIP_PORT {
            self.net.receive(datagram.from, datagram.bytes);
            return true;
        }
        let rtp = datagram.to.port() & !1;
        let Some(leg) = self.legs.values_mut().find(|leg| leg.port.port() == rtp) else {
            return false;
        };
        if let Some((session, ..)) = &mut leg.session {
            let channel = if datagram.to.port() == rtp { Channel::Rtp } else { Channel::Rtcp };
            session.handle(now, Packet { from: datagram.from, channel, bytes: &datagram.bytes });
        }
        true
    }

    /// A datagram of ours went where nothing listens.
    pub(super) fn refused(&mut self, from: SocketAddr, to: SocketAddr) {
        if from.port() == SIP_PORT {
            self.net.refused(to);
        }
    }

    /// Does what is due.
    pub(super) fn step(&mut self, now: Duration, wall: SystemTime) {
        self.wake_up(now);
        if self.sleeps.is_some() {
            return;
        }
        for leg in self.legs.values_mut() {
            if let Some((session, gate)) = &mut leg.session
                && session.wake_at().is_some_and(|at| at <= now)
            {
                session.run(now, gate);
            }
        }
        if self.phone.wake_at().is_some_and(|at| at <= now) {
            self.phone.handle(now, Input::Wake);
        }
        self.settle(now, wall);
    }

    /// When something is due.
    pub(super) fn wake_at(&self) -> Option<Duration> {
        if let Some((_, until)) = self.sleeps {
            return Some(until);
        }
        let sounds = self.legs.values().filter_map(|leg| leg.session.as_ref()?.0.wake_at()).min();
        [self.phone.wake_at(), sounds].into_iter().flatten().min()
    }

    /// Calls that are not over.
    pub(super) fn calls(&self) -> usize {
        self.phone.calls()
    }

    /// Media sessions that run.
    pub(super) fn sessions(&self) -> usize {
        self.legs.values().filter(|leg| leg.session.is_some()).count()
    }

    /// Moves everything on until nothing changes any more.
    fn settle(&mut self, now: Duration, wall: SystemTime) {
        loop {
            self.drain_sessions(now);
            if let Some(news) = self.news.poll() {
                let (call, notice) = MediaNotice::of(news);
                self.phone.handle(now, Input::Media(call, notice));
            } else if let Some(event) = self.net.poll(now) {
                self.phone.handle(now, Input::Net(event));
            } else if let Some(output) = self.phone.poll() {
                self.perform(now, wall, output);
                continue;
            } else {
                return;
            }
            while let Some(output) = self.phone.poll() {
                self.perform(now, wall, output);
            }
        }
    }

    fn drain_sessions(&mut self, now: Duration) {
        for (call, leg) in &mut self.legs {
            let Some((session, ..)) = &mut leg.session else { continue };
            while let Some(output) = session.poll(&mut self.buffer) {
                let (from, to, len) = match output {
                    session::Output::Event(event) => {
                        self.reporter.tell(MediaNews::Event(*call, event));
                        continue;
                    }
                    session::Output::Rtp { to, len } => (leg.port, to, len),
                    session::Output::Rtcp { to, len } => {
                        (SocketAddr::new(leg.port.ip(), leg.port.port() + 1), to, len)
                    }
                };
                let bytes = Bytes::copy_from_slice(self.buffer.get(..len).unwrap_or_default());
                self.wire.borrow_mut().send(now, Datagram { from, to, bytes });
            }
        }
    }

    fn perform(&mut self, now: Duration, wall: SystemTime, output: Output) {
        match output {
            Output::Net(request) => self.net.perform(now, request),
            Output::Media(call, command) => self.sound(now, call, command),
            Output::History(call, write) => self.row(now, wall, call, write),
            Output::Event(event) => {
                if let Event::Ended { report } = &*event {
                    self.sounds.forget(report.call);
                }
                self.events.push((now, *event));
            }
            // The wire in memory keeps no trace.
            Output::Gone(_) | Output::Heard(..) => {}
        }
    }

    fn row(&mut self, now: Duration, wall: SystemTime, call: CallId, write: HistoryWrite) {
        let begins = matches!(write, HistoryWrite::Begin { .. });
        let row = match &mut self.rows {
            Rows::Fail => Err("the disk is full".into()),
            Rows::Kept(ledger) => {
                let (tell, told) = mpsc::sync_channel(1);
                // Nobody waits any more when the disk was too slow.
                ledger.write(Moment { now, wall }, call, write, move |row| drop(tell.send(row)));
                if begins { told.recv().unwrap_or(Ok(())) } else { Ok(()) }
            }
            Rows::Slow => return,
            Rows::Taken => Ok(()),
        };
        if begins {
            self.phone.handle(now, Input::Row(call, row));
        }
    }

    fn sound(&mut self, now: Duration, call: CallId, command: MediaCommand) {
        match command {
            MediaCommand::Open { local, .. } => {
                let port = SocketAddr::new(local, self.next_port);
                self.next_port = self.next_port.checked_add(2).unwrap_or(FIRST_RTP);
                self.legs.insert(call, Leg { port, session: None });
                self.phone.handle(now, Input::Media(call, MediaNotice::Opened(Ok(port))));
            }
            MediaCommand::Start { plan, config, seed, sound } => {
                if let Some(leg) = self.legs.get_mut(&call) {
                    let gate = self.sounds.start(call, &plan, sound);
                    leg.session = Some((Session::new(now, &config, *plan, seed), gate));
                }
            }
            MediaCommand::Sound(sound) => self.sounds.open(call, sound),
            MediaCommand::Record(into) => self.sounds.record(call, into.as_deref()),
            MediaCommand::Control(control) => {
                self.sounds.heed(call, &control);
                if let Some(session) = self.session(call) {
                    session.control(now, control);
                }
            }
            MediaCommand::Pause => self.stop(now, call),
            MediaCommand::Close => {
                self.sounds.forget(call);
                self.stop(now, call);
            }
        }
    }

    /// Ends a call's session and gives its port back.
    fn stop(&mut self, now: Duration, call: CallId) {
        if let Some(session) = self.session(call) {
            session.control(now, Control::Stop);
        }
        self.drain_sessions(now);
        match self.legs.remove(&call).and_then(|leg| leg.session) {
            Some((session, gate)) => {
                // What the ear still has to tell comes before the last word.
                drop(gate);
                let total = Box::new(session.quality());
                self.reporter.tell(MediaNews::Stopped(call, total));
            }
            None => self.phone.handle(now, Input::Media(call, MediaNotice::Closed(None))),
        }
    }

    fn session(&mut self, call: CallId) -> Option<&mut Session> {
        self.legs.get_mut(&call)?.session.as_mut().map(|(session, _)| session)
    }
}
