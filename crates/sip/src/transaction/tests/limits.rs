//! What is held for whom, and what is refused when the room is full.

use super::*;

fn flood(clock: &mut Clock, origin: Origin, host: u8, count: usize) -> usize {
    clock.flow.remote = SocketAddr::from(([198, 51, 100, host], 5060));
    let taken = (0..count).filter(|n| {
        let bytes = request("INVITE", &format!("z9hG4bK{origin:?}{host}-{n}"));
        let incoming = clock.layer.receive(clock.now, &clock.flow, &message(&bytes), origin);
        assert!(matches!(
            incoming,
            Incoming::Request(_) | Incoming::Merged(_) | Incoming::Overloaded
        ));
        matches!(incoming, Incoming::Request(_) | Incoming::Merged(_))
    });
    taken.count()
}

#[test]
fn a_flood_of_strangers_leaves_the_trunk_its_room() {
    let mut clock = Clock::new(Transport::Udp);
    let own = request("INVITE", "z9hG4bKown");
    let own_id = clock.request(&own);
    for host in 0..=255 {
        let expected = if host < 16 { 64 } else { 0 };
        assert_eq!(flood(&mut clock, Origin::Stranger, host, 100), expected, "{host}");
    }
    assert_eq!(clock.layer.len(), (1, 1024));
    assert_eq!(flood(&mut clock, Origin::Trusted, 9, 100), 100);
    assert_eq!(flood(&mut clock, Origin::Trusted, 200, 2000), 2000);
    assert_eq!(clock.receive_at(&response(&own, 200, "b")), Incoming::Response(own_id));
    assert_eq!(clock.layer.counters().overloaded, 16 * 36 + 240 * 100);
}

#[test]
fn room_comes_back_when_transactions_end_or_are_forgotten() {
    let mut clock = Clock::new(Transport::Udp);
    assert_eq!(flood(&mut clock, Origin::Stranger, 1, 100), 64);
    for id in 1..=10 {
        clock.layer.forget(ServerId(id));
    }
    assert_eq!(clock.layer.len(), (0, 54));
    let bytes = request("OPTIONS", "z9hG4bKo");
    for n in 0..20 {
        let bytes = change(&bytes, "z9hG4bKo", &format!("z9hG4bKo{n}"));
        let _ = clock.layer.receive(clock.now, &clock.flow, &message(&bytes), Origin::Stranger);
    }
    assert_eq!(clock.layer.len(), (0, 64));
    clock.layer.wake(ms(40_000));
    assert_eq!(clock.layer.len(), (0, 54));
    clock.layer.forget(ServerId(11));
    assert!(clock.layer.wake_at().is_none());
}

#[test]
fn the_trusted_have_a_bound_too_and_what_is_under_way_goes_on() {
    let limits = Limits { trusted: 2, ..Limits::default() };
    let mut clock = Clock::with(Transport::Udp, Timers::default(), limits);
    assert_eq!(flood(&mut clock, Origin::Trusted, 1, 3), 2);
    let first = request("INVITE", "z9hG4bKTrusted1-0");
    let incoming = clock.layer.receive(clock.now, &clock.flow, &message(&first), Origin::Trusted);
    assert_eq!(incoming, Incoming::Retransmission);
}

impl Clock {
    /// Like `receive`, without regard to where things go.
    fn receive_at(&mut self, bytes: &[u8]) -> Incoming {
        self.layer.receive(self.now, &self.flow, &message(bytes), Origin::Trusted)
    }
}
