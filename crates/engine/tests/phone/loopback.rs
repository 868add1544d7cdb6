//! Two engines with real sockets, threads and time call each other.

use std::time::Duration;

use milliwatt_engine::{
    Config, Engine, Events,
    api::{CallId, Command, Dial, Event, Outcome, Side, Source},
};

pub(crate) use self::port::free_port;
use crate::support::{tones, trunk};

#[path = "../../../../tests/harness/port.rs"]
mod port;

pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) async fn engine(user: &str, own: u16, other: u16) -> (Engine, Events) {
    let engine =
        Engine::start(Config { media_threads: Some(1), ..Config::default() }).expect("an engine");
    let mut events = engine.subscribe();
    let mut trunk = trunk("line", user, &format!("127.0.0.1:{other}"));
    trunk.trunk.bind = Some(format!("127.0.0.1:{own}"));
    engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
    let listen = until(&mut events, |event| match event {
        Event::TrunkReady { listen, .. } => Some(listen),
        _ => None,
    })
    .await;
    assert!(listen.contains(&format!("udp:127.0.0.1:{own}")), "{listen:?}");
    (engine, events)
}

pub(crate) async fn until<T>(events: &mut Events, mut pick: impl FnMut(Event) -> Option<T>) -> T {
    let found = async {
        loop {
            let event = events.next().await.expect("the engine runs");
            if let Some(found) = pick(event) {
                return found;
            }
        }
    };
    tokio::time::timeout(LIMIT, found).await.expect("in time")
}

/// Alice, at port `a`, calls Bob, at port `b`, whose phone rings: each one's engine, its events and its name of the call.
pub(crate) async fn ringing(a: u16, b: u16) -> [(Engine, Events, CallId); 2] {
    let (alice, alice_events) = engine("alice", a, b).await;
    let (bob, mut bob_events) = engine("bob", b, a).await;
    let call = alice.next_call();
    let dial = Box::new(Dial { to: "bob".into(), sound: tones(440.0, 1004.0), ..Dial::default() });
    alice.command(Command::Dial { call, trunk: "line".into(), dial });
    let into = until(&mut bob_events, |event| match event {
        Event::Incoming { call, .. } => Some(call),
        _ => None,
    })
    .await;
    [(alice, alice_events, call), (bob, bob_events, into)]
}

#[tokio::test]
async fn two_engines_hear_each_other_on_loopback() {
    let (a, b) = (free_port(), free_port());
    let [(alice, mut alice_events, call), (bob, mut bob_events, into)] = ringing(a, b).await;
    let sound = tones(1004.0, 440.0);
    assert!(matches!(sound.source, Source::Tone(_)));
    bob.command(Command::Answer { call: into, sound, codecs: Vec::new() });
    for events in [&mut alice_events, &mut bob_events] {
        until(events, |event| {
            matches!(event, Event::Quality { media, .. } if media.received > 40).then_some(())
        })
        .await;
    }
    alice.command(Command::HangUp { call });
    for (events, tone, side) in
        [(&mut alice_events, 1004.0, Side::Local), (&mut bob_events, 440.0, Side::Remote)]
    {
        let mut heard = None;
        let report = until(events, |event| match event {
            Event::Tone { hz, .. } => {
                heard = Some(hz);
                None
            }
            Event::Ended { report } => Some(report),
            _ => None,
        })
        .await;
        assert_eq!((report.outcome, report.hangup_by), (Outcome::Answered, Some(side)));
        assert_eq!(heard, Some(tone));
        assert!(report.media.received > 40);
    }
    let trace: Vec<String> =
        alice.trace().of("line").entries().map(|entry| entry.first_line().to_owned()).collect();
    assert!(trace[0].starts_with("INVITE sip:bob@127.0.0.1"), "{trace:?}");
    assert!(trace.iter().any(|line| line.starts_with("BYE ")), "{trace:?}");
    assert!(alice.shutdown(LIMIT).await);
    assert!(bob.shutdown(LIMIT).await);
    let mut last = None;
    while let Some(event) = bob_events.next().await {
        last = Some(event);
    }
    assert!(matches!(last, Some(Event::Stopped)), "{last:?}");
}

#[tokio::test]
async fn an_engine_without_calls_stops_at_once() {
    let (alice, mut events) = engine("alice", free_port(), free_port()).await;
    assert!(alice.shutdown(Duration::from_secs(5)).await);
    until(&mut events, |event| matches!(event, Event::Stopped).then_some(())).await;
    alice.command(Command::Shutdown);
}
