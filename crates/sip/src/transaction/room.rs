//! Room for server transactions: who may take how much of it.

use std::{collections::BTreeMap, net::IpAddr};

use super::{Limits, Origin};

/// The place that a server transaction takes; given back when it ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seat {
    Stranger { source: IpAddr, octets: usize },
    Trusted,
}

#[derive(Debug)]
pub(super) struct Room {
    limits: Limits,
    trusted: usize,
    strangers: usize,
    octets: usize,
    by_source: BTreeMap<IpAddr, usize>,
}

impl Room {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, trusted: 0, strangers: 0, octets: 0, by_source: BTreeMap::new() }
    }

    /// A seat for a request of `length` octets; `None` when there is none left.
    pub(super) fn take(&mut self, origin: Origin, from: IpAddr, length: usize) -> Option<Seat> {
        if origin == Origin::Trusted {
            self.trusted = (self.trusted < self.limits.trusted).then_some(self.trusted + 1)?;
            return Some(Seat::Trusted);
        }
        let source = network(from);
        // The answer that is kept repeats most of the request, and a little of our own.
        let octets = length.saturating_add(1024);
        let held = self.by_source.get(&source).copied().unwrap_or_default();
        let full = held >= self.limits.per_stranger
            || self.strangers >= self.limits.strangers
            || self.octets.saturating_add(octets) > self.limits.stranger_octets;
        if full {
            return None;
        }
        self.by_source.insert(source, held + 1);
        self.strangers += 1;
        self.octets += octets;
        Some(Seat::Stranger { source, octets })
    }

    pub(super) fn give_back(&mut self, seat: Seat) {
        let Seat::Stranger { source, octets } = seat else {
            self.trusted = self.trusted.saturating_sub(1);
            return;
        };
        self.strangers = self.strangers.saturating_sub(1);
        self.octets = self.octets.saturating_sub(octets);
        if let Some(held) = self.by_source.get_mut(&source) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                self.by_source.remove(&source);
            }
        }
    }
}

/// One source: an IPv4 address, or the /64 in which one host has all IPv6 addresses to itself.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) & (u128::MAX << 64)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_stranger_gets_64_seats_and_leaves_the_others_theirs() {
        let mut room = Room::new(Limits::default());
        let seats: Vec<Seat> =
            std::iter::from_fn(|| room.take(Origin::Stranger, ip("198.51.100.1"), 500)).collect();
        assert_eq!(seats.len(), 64);
        assert!(room.take(Origin::Stranger, ip("198.51.100.2"), 500).is_some());
        assert!(room.take(Origin::Trusted, ip("198.51.100.1"), 500).is_some());
        room.give_back(seats[0]);
        assert!(room.take(Origin::Stranger, ip("198.51.100.1"), 500).is_some());
        assert!(room.take(Origin::Stranger, ip("198.51.100.1"), 500).is_none());
    }

    #[test]
    fn an_ipv6_host_is_one_source_whatever_its_address() {
        let mut room = Room::new(Limits { per_stranger: 1, ..Limits::default() });
        assert!(room.take(Origin::Stranger, ip("2001:db8::1"), 500).is_some());
        assert!(room.take(Origin::Stranger, ip("2001:db8::2"), 500).is_none());
        assert!(room.take(Origin::Stranger, ip("2001:db8:0:1::1"), 500).is_some());
        assert!(room.take(Origin::Stranger, ip("::ffff:192.0.2.1"), 500).is_some());
        assert!(room.take(Origin::Stranger, ip("192.0.2.1"), 500).is_none());
    }

    #[test]
    fn strangers_together_have_bounds_in_number_and_octets() {
        let mut room = Room::new(Limits::default());
        let large = (0..=255)
            .filter(|last| {
                let from = IpAddr::from([198, 51, 100, *last]);
                room.take(Origin::Stranger, from, 65_535).is_some()
            })
            .count();
        assert_eq!(large, (8 << 20) / (65_535 + 1024));

        let mut room = Room::new(Limits { strangers: 3, ..Limits::default() });
        for (last, taken) in [(1, true), (2, true), (3, true), (4, false)] {
            let from = IpAddr::from([198, 51, 100, last]);
            assert_eq!(room.take(Origin::Stranger, from, 500).is_some(), taken);
        }
    }

    #[test]
    fn what_is_given_back_leaves_nothing_behind() {
        let mut room = Room::new(Limits::default());
        for last in 0..200 {
            let seat = room.take(Origin::Stranger, IpAddr::from([10, 0, 0, last]), 500);
            room.give_back(seat.unwrap());
        }
        assert_eq!((room.strangers, room.octets, room.by_source.len()), (0, 0, 0));
    }
}
