//! Whole phones on one thread: a wire in memory with a seeded bad network, virtual time, and every
//! media session polled inline. A day passes in seconds, and the same seed gives the same day.

mod net;
mod station;
mod wire;

use std::{
    cell::RefCell,
    io,
    net::{IpAddr, SocketAddr},
    path::Path,
    rc::Rc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use milliwatt_media::frame::AudioPort;
use milliwatt_sip::{
    agent::Password,
    locate::{Question, Record},
};
use milliwatt_store::{
    history::{History, HistoryError},
    settings::Trunk,
};

pub use self::wire::Weather;
use self::{
    station::{Rows, Station},
    wire::{Datagram, Wire},
};
use crate::{
    api::{CallId, Command, Event},
    clock::{Clock, VirtualClock},
    ledger::Ledger,
    phone::Input,
};

/// A host that speaks datagrams: a carrier, a hostile stranger, a script.
pub trait Peer {
    /// A datagram came to `to`, one of the host's addresses.
    fn receive(&mut self, now: Duration, from: SocketAddr, to: SocketAddr, bytes: &Bytes);

    /// The next datagram to send: from, to, bytes.
    fn poll(&mut self, now: Duration) -> Option<(SocketAddr, SocketAddr, Bytes)>;

    /// When `poll` is due although nothing came in.
    fn wake_at(&self) -> Option<Duration> {
        None
    }
}

/// Names a phone of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneId(usize);

/// What becomes of the history rows of a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Every row fails.
    Full,
    /// No answer ever comes.
    Stuck,
}

/// Phones, peers and the wire between them.
pub struct World {
    clock: VirtualClock,
    wire: Rc<RefCell<Wire>>,
    stations: Vec<Station>,
    peers: Vec<(IpAddr, Box<dyn Peer>)>,
    seed: [u8; 32],
    calls: u64,
}

impl World {
    /// An empty world at time zero.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            clock: VirtualClock::default(),
            wire: Rc::new(RefCell::new(Wire::new(seed))),
            stations: Vec::new(),
            peers: Vec::new(),
            seed,
            calls: 0,
        }
    }

    /// Adds a phone at an address of its own; it listens at UDP port 5060. Recordings are written
    /// in real time: one that is to be whole needs `run_for` in steps of a second.
    ///
    /// # Errors
    /// When the system gives no thread for recordings.
    pub fn phone(&mut self, ip: IpAddr) -> io::Result<PhoneId> {
        let mut seed = self.seed;
        let own = u8::try_from(self.stations.len() + 1).unwrap_or(u8::MAX);
        seed.iter_mut().for_each(|byte| *byte = byte.wrapping_mul(31).wrapping_add(own));
        let wall = self.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let wall = wall.saturating_sub(self.now());
        self.stations.push(Station::new(&self.wire, ip, seed, wall)?);
        Ok(PhoneId(self.stations.len() - 1))
    }

    /// Gives a phone a further address, of the other family for instance.
    pub fn address(&mut self, phone: PhoneId, ip: IpAddr) {
        self.station(phone, |station| station.add_address(ip));
    }

    /// Takes an address of a phone away and gives it another one.
    pub fn moves(&mut self, phone: PhoneId, from: IpAddr, to: IpAddr) {
        let (now, wall) = (self.now(), self.wall());
        self.station(phone, |station| station.moved(now, wall, from, to));
    }

    /// A phone's computer sleeps for so long: it neither hears nor does anything.
    pub fn sleep(&mut self, phone: PhoneId, time: Duration) {
        let now = self.now();
        self.station(phone, |station| station.sleep(now, time));
    }

    /// Adds another host.
    pub fn peer(&mut self, ip: IpAddr, peer: Box<dyn Peer>) {
        self.peers.push((ip, peer));
    }

    /// Puts records into DNS.
    pub fn name(&mut self, question: Question, records: Vec<Record>) {
        self.wire.borrow_mut().zone.insert(question, records);
    }

    /// Changes the weather for what is sent from here on.
    pub fn weather(&mut self, weather: Weather) {
        self.wire.borrow_mut().weather = weather;
    }

    /// Cuts a host off the wire, or lets it back.
    pub fn cut(&mut self, host: IpAddr, off: bool) {
        self.wire.borrow_mut().cut(host, off);
    }

    /// Keeps the phone's calls in a real history.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn keep_history(&mut self, phone: PhoneId, path: &Path) -> Result<(), HistoryError> {
        let ledger = Box::new(Ledger::new(History::open(path)?));
        self.station(phone, |station| station.rows = Rows::Kept(ledger));
        Ok(())
    }

    /// Breaks the phone's history.
    pub fn break_history(&mut self, phone: PhoneId, disk: Disk) {
        self.station(phone, |station| {
            station.rows = match disk {
                Disk::Full => Rows::Fail,
                Disk::Stuck => Rows::Slow,
            };
        });
    }

    /// Adds a trunk with its password.
    pub fn trunk(&mut self, phone: PhoneId, trunk: Trunk, password: Option<&str>) {
        let password = password.map(|text| Password::new(text.to_owned()));
        self.input(phone, Input::Trunk(Box::new(trunk), password));
    }

    /// Tells a phone to do something.
    pub fn command(&mut self, phone: PhoneId, command: Command) {
        self.input(phone, Input::Command(command));
    }

    /// A name for a call to dial.
    pub fn next_call(&mut self) -> CallId {
        self.calls += 1;
        CallId(self.calls)
    }

    /// What `Source::Port` stands for in a call.
    pub fn attach_port(&mut self, phone: PhoneId, call: CallId, port: Box<dyn AudioPort>) {
        self.station(phone, |station| station.attach(call, port));
    }

    /// Everything that a phone has told so far, with the time of each.
    pub fn events(&self, phone: PhoneId) -> &[(Duration, Event)] {
        self.stations.get(phone.0).map_or(&[], |station| &station.events)
    }

    /// Takes the events out, so that a long run does not pile them up.
    pub fn take_events(&mut self, phone: PhoneId) -> Vec<(Duration, Event)> {
        self.stations
            .get_mut(phone.0)
            .map(|station| std::mem::take(&mut station.events))
            .unwrap_or_default()
    }

    /// Calls of a phone that are not over.
    pub fn calls(&self, phone: PhoneId) -> usize {
        self.stations.get(phone.0).map_or(0, Station::calls)
    }

    /// Media sessions of a phone that run.
    pub fn sessions(&self, phone: PhoneId) -> usize {
        self.stations.get(phone.0).map_or(0, Station::sessions)
    }

    /// The time.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// The time of day that the phones' computers show.
    pub fn wall(&self) -> SystemTime {
        self.clock.wall()
    }

    /// Sets it. The time that measures goes on as it did.
    pub fn set_wall(&mut self, wall: SystemTime) {
        self.clock.set_wall(wall);
    }

    /// Lets time pass.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now() + time;
        while self.step(until) {}
        self.clock.advance_to(until);
    }

    /// Lets time pass until `done`, for `limit` at most. True when it was done.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&Self) -> bool) -> bool {
        let until = self.now() + limit;
        loop {
            if done(self) {
                return true;
            }
            if !self.step(until) {
                self.clock.advance_to(until);
                return false;
            }
        }
    }

    fn station(&mut self, phone: PhoneId, act: impl FnOnce(&mut Station)) {
        if let Some(station) = self.stations.get_mut(phone.0) {
            act(station);
        }
    }

    fn input(&mut self, phone: PhoneId, input: Input) {
        let (now, wall) = (self.now(), self.wall());
        self.station(phone, |station| station.handle(now, wall, input));
    }

    /// Moves to the next thing that happens and lets it happen; false when nothing does by `until`.
    fn step(&mut self, until: Duration) -> bool {
        let stations = self.stations.iter().filter_map(Station::wake_at).min();
        let peers = self.peers.iter().filter_map(|(_, peer)| peer.wake_at()).min();
        let wire = self.wire.borrow().next_at();
        let Some(next) = [stations, peers, wire].into_iter().flatten().min() else { return false };
        if next > until {
            return false;
        }
        self.clock.advance_to(next);
        let (now, wall) = (self.now(), self.wall());
        self.deliver(now);
        for station in &mut self.stations {
            station.step(now, wall);
        }
        for (_, peer) in &mut self.peers {
            while let Some((from, to, bytes)) = peer.poll(now) {
                self.wire.borrow_mut().send(now, Datagram { from, to, bytes });
            }
        }
        true
    }

    fn deliver(&mut self, now: Duration) {
        loop {
            let arrived = self.wire.borrow_mut().arrived(now);
            let Some(datagram) = arrived else { return };
            let (from, to) = (datagram.from, datagram.to);
            if let Some(station) = self.stations.iter_mut().find(|at| at.is_at(to.ip())) {
                if station.receive(now, datagram) {
                    continue;
                }
            } else if let Some((_, peer)) = self.peers.iter_mut().find(|(ip, _)| *ip == to.ip()) {
                peer.receive(now, from, to, &datagram.bytes);
                continue;
            }
            if let Some(station) = self.stations.iter_mut().find(|at| at.is_at(from.ip())) {
                station.refused(from, to);
            }
        }
    }
}
