//! The wire in memory: datagrams in flight, and the weather they go through.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::locate::{DnsError, Question, Record};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// What a network does to datagrams. All shares are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weather {
    /// Time on the way.
    pub delay: Duration,
    /// Further time, evenly spread from nothing to this.
    pub jitter: Duration,
    /// Share of datagrams that are lost.
    pub loss: f64,
    /// Share that come twice.
    pub duplicate: f64,
    /// Share that are overtaken: they take twice the delay and 20 ms.
    pub reorder: f64,
}

impl Default for Weather {
    /// A good local network: 1 ms.
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(1),
            jitter: Duration::ZERO,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
        }
    }
}

/// One datagram on its way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Datagram {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) bytes: Bytes,
}

/// The wire, and the names that its DNS knows.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) weather: Weather,
    pub(super) zone: HashMap<Question, Vec<Record>>,
    flight: BinaryHeap<Reverse<(Duration, u64, Datagram)>>,
    dark: Vec<IpAddr>,
    chance: ChaCha8Rng,
    sent: u64,
}

impl Wire {
    /// An empty wire in good weather.
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Self {
            weather: Weather::default(),
            zone: HashMap::new(),
            flight: BinaryHeap::new(),
            dark: Vec::new(),
            chance: ChaCha8Rng::from_seed(seed),
            sent: 0,
        }
    }

    /// Cuts a host off, or lets it back.
    pub(super) fn cut(&mut self, host: IpAddr, off: bool) {
        self.dark.retain(|dark| *dark != host);
        if off {
            self.dark.push(host);
        }
    }

    /// Puts a datagram on the wire.
    pub(super) fn send(&mut self, now: Duration, datagram: Datagram) {
        let weather = self.weather;
        let cut = self.dark.contains(&datagram.from.ip()) || self.dark.contains(&datagram.to.ip());
        if cut || self.happens(weather.loss) {
            return;
        }
        if self.happens(weather.duplicate) {
            let at = now + self.on_the_way(weather);
            self.put(at, datagram.clone());
        }
        let mut at = now + self.on_the_way(weather);
        if self.happens(weather.reorder) {
            at += weather.delay + Duration::from_millis(20);
        }
        self.put(at, datagram);
    }

    /// The next datagram that has arrived by `now`.
    pub(super) fn arrived(&mut self, now: Duration) -> Option<Datagram> {
        if self.next_at()? > now {
            return None;
        }
        self.flight.pop().map(|Reverse((_, _, datagram))| datagram)
    }

    /// When the next datagram arrives.
    pub(super) fn next_at(&self) -> Option<Duration> {
        self.flight.peek().map(|Reverse((at, _, _))| *at)
    }

    /// What DNS says.
    pub(super) fn resolve(&self, question: &Question) -> Result<Vec<Record>, DnsError> {
        match self.zone.get(question) {
            Some(records) => Ok(records.clone()),
            None if self.zone.keys().any(|known| known.name == question.name) => {
                Err(DnsError::NoRecords(question.name.clone()))
            }
            None => Err(DnsError::NameNotFound(question.name.clone())),
        }
    }

    fn put(&mut self, at: Duration, datagram: Datagram) {
        self.sent += 1;
        self.flight.push(Reverse((at, self.sent, datagram)));
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && f64::from(self.chance.next_u32()) < share * f64::from(u32::MAX)
    }

    fn on_the_way(&mut self, weather: Weather) -> Duration {
        if weather.jitter.is_zero() {
            return weather.delay;
        }
        let share = f64::from(self.chance.next_u32()) / f64::from(u32::MAX);
        weather.delay + weather.jitter.mul_f64(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(n: u8) -> Datagram {
        Datagram {
            from: "10.0.0.1:1".parse().unwrap(),
            to: "10.0.0.2:1".parse().unwrap(),
            bytes: Bytes::copy_from_slice(&[n]),
        }
    }

    fn through(weather: Weather) -> Vec<(Duration, u8)> {
        let mut wire = Wire::new([3; 32]);
        wire.weather = weather;
        for n in 0..200 {
            wire.send(Duration::from_millis(u64::from(n) * 20), datagram(n));
        }
        let mut arrived = Vec::new();
        while let Some(at) = wire.next_at() {
            arrived.extend(wire.arrived(at).map(|datagram| (at, datagram.bytes[0])));
        }
        arrived
    }

    #[test]
    fn good_weather_keeps_order_and_time() {
        let arrived = through(Weather::default());
        assert!(arrived.iter().map(|a| a.1).eq(0..200));
        assert_eq!(arrived[1].0, Duration::from_millis(21));
    }

    #[test]
    fn bad_weather_is_the_same_for_the_same_seed() {
        let weather = Weather {
            jitter: Duration::from_millis(30),
            loss: 0.1,
            duplicate: 0.05,
            reorder: 0.1,
            ..Weather::default()
        };
        let arrived = through(weather);
        assert_eq!(arrived, through(weather));
        let kinds: std::collections::BTreeSet<u8> = arrived.iter().map(|a| a.1).collect();
        assert!((160..195).contains(&kinds.len()), "{}", kinds.len());
        assert!(arrived.len() > kinds.len());
        assert!(arrived.windows(2).any(|pair| pair[0].1 > pair[1].1));
    }

    #[test]
    fn a_host_that_is_cut_off_hears_nothing() {
        let mut wire = Wire::new([3; 32]);
        wire.cut("10.0.0.2".parse().unwrap(), true);
        wire.send(Duration::ZERO, datagram(1));
        assert_eq!(wire.next_at(), None);
        wire.cut("10.0.0.2".parse().unwrap(), false);
        wire.send(Duration::ZERO, datagram(1));
        assert!(wire.next_at().is_some());
    }
}
