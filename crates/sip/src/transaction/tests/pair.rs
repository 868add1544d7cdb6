//! Two layers and a wire with delay and loss between them.

use std::collections::BTreeMap;

use super::*;
use crate::chance::Chance;

/// What the wire does to a datagram.
pub(super) struct Weather {
    /// Lost ones in a hundred.
    pub(super) loss: u64,
    /// Doubled ones in a hundred.
    pub(super) duplicates: u64,
    /// Shortest and longest time on the way.
    pub(super) delay: (Duration, Duration),
}

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Client,
    Server,
}

/// A client that asks and a server that answers at once.
pub(super) struct Pair {
    pub(super) client: Layer,
    pub(super) server: Layer,
    pub(super) now: Duration,
    /// What the transaction users heard and were told, in order.
    pub(super) heard: Vec<(End, String)>,
    /// Requests that the user of the server answers with a code.
    pub(super) answers: fn(&str) -> u16,
    /// Messages given to the wire by each end.
    pub(super) sent: [u64; 2],
    weather: Weather,
    chance: Chance,
    wire: BTreeMap<(Duration, u64), (End, Bytes)>,
    serial: u64,
}

impl Pair {
    pub(super) fn new(seed: u8, weather: Weather, answers: fn(&str) -> u16) -> Self {
        Self {
            client: Layer::new(Timers::default(), Limits::default()),
            server: Layer::new(Timers::default(), Limits::default()),
            now: Duration::ZERO,
            heard: Vec::new(),
            answers,
            sent: [0, 0],
            weather,
            chance: Chance::new([seed; 32]),
            wire: BTreeMap::new(),
            serial: 0,
        }
    }

    pub(super) fn request(&mut self, bytes: Bytes) {
        let flow = flow(Transport::Udp);
        self.client.request(self.now, &flow, flow.remote, bytes);
        self.drain();
    }

    /// Runs until nothing is due at all; the last instant.
    pub(super) fn drive(&mut self) -> Duration {
        loop {
            let arrival = self.wire.first_key_value().map(|((at, _), _)| *at);
            let wakes = [self.client.wake_at(), self.server.wake_at(), arrival];
            let Some(next) = wakes.into_iter().flatten().min() else { return self.now };
            assert!(next >= self.now && next < ms(600_000), "no end at {next:?}");
            self.now = next;
            while let Some(entry) = self.wire.first_entry().filter(|e| e.key().0 <= next) {
                let (end, bytes) = entry.remove();
                self.arrive(end, &bytes);
            }
            self.client.wake(next);
            self.server.wake(next);
            self.drain();
        }
    }

    fn arrive(&mut self, end: End, bytes: &Bytes) {
        let parsed = message(bytes);
        let flow = flow(Transport::Udp);
        let layer = if end == End::Client { &mut self.client } else { &mut self.server };
        match layer.receive(self.now, &flow, &parsed, Origin::Trusted) {
            Incoming::Request(id) | Incoming::Cancel { server: id, .. } => {
                self.heard.push((end, word(bytes)));
                let code = (self.answers)(&word(bytes));
                layer.respond(self.now, id, response(bytes, code, "b"));
            }
            Incoming::Response(_) => self.heard.push((end, word(bytes))),
            Incoming::Ack(_) | Incoming::Retransmission => {}
            other @ (Incoming::Ack2xx(_)
            | Incoming::Merged(_)
            | Incoming::Overloaded
            | Incoming::StrayResponse(_)
            | Incoming::Unanswerable) => panic!("{other:?}"),
        }
        self.drain();
    }

    fn drain(&mut self) {
        for end in [End::Client, End::Server] {
            let (layer, to) = match end {
                End::Client => (&mut self.client, End::Server),
                End::Server => (&mut self.server, End::Client),
            };
            while let Some(action) = layer.poll() {
                match action {
                    Action::Send { bytes, .. } => {
                        self.sent[usize::from(end == End::Server)] += 1;
                        if self.chance.below(100) < self.weather.loss {
                            continue;
                        }
                        let copies =
                            1 + u64::from(self.chance.below(100) < self.weather.duplicates);
                        for _ in 0..copies {
                            let (low, high) = self.weather.delay;
                            let at = self.now + self.chance.between(low, high);
                            self.serial += 1;
                            self.wire.insert((at, self.serial), (to, bytes.clone()));
                        }
                    }
                    Action::TimedOut(_) => self.heard.push((end, "timed out".to_owned())),
                    Action::NoAck(_) => self.heard.push((end, "no ack".to_owned())),
                    Action::ClientEnded(_) | Action::ServerEnded(_) => {}
                    other @ (Action::Failed(..) | Action::Orphaned(_)) => panic!("{other:?}"),
                }
            }
        }
    }
}
