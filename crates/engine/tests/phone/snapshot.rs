//! What a window sees that opens when calls are up already, and one that was too slow.

use std::time::Duration;

use milliwatt_engine::api::{CallStage, Command, Event, Registration, Snapshot};

use crate::{
    loopback::{engine, free_port, ringing, until},
    support::tones,
};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_late_window_finds_the_trunk_and_the_call_that_is_up() {
    let (a, b) = (free_port(), free_port());
    let [(alice, mut alice_events, call), (bob, _, into)] = ringing(a, b).await;
    let seen = bob.snapshot().await.unwrap();
    assert_eq!(seen.calls[0].stage, CallStage::Offered);
    assert_eq!((seen.calls[0].report.call, seen.calls[0].up_ms), (into, None));

    bob.command(Command::Answer { call: into, sound: tones(1004.0, 440.0), codecs: Vec::new() });
    until(&mut alice_events, |event| matches!(event, Event::Quality { .. }).then_some(())).await;
    alice.command(Command::Mute { call, on: true });
    let seen = alice.snapshot().await.unwrap();
    let [trunk] = &seen.trunks[..] else { panic!("{seen:?}") };
    assert_eq!((trunk.trunk.as_str(), &trunk.registration), ("line", &Registration::Unregistered));
    assert!(trunk.listen.contains(&format!("udp:127.0.0.1:{a}")), "{trunk:?}");
    let [up] = &seen.calls[..] else { panic!("{seen:?}") };
    assert_eq!((up.stage, up.report.call, up.report.to.as_str()), (CallStage::Up, call, "bob"));
    assert!(up.muted && !up.held_local && !up.held_remote, "{up:?}");
    assert!(up.media.is_some() && up.up_ms.is_some_and(|up_ms| up_ms < up.age_ms), "{up:?}");
    assert_eq!(seen.history_trouble, None);
    // It goes to a window as JSON, by way of which a float may lose its last digit.
    let text = |seen: &Snapshot| serde_json::to_string(seen).unwrap();
    let read = |text: &str| serde_json::from_str::<Snapshot>(text).unwrap();
    let once = read(&text(&seen));
    assert_eq!(
        serde_json::to_value(&once).unwrap(),
        serde_json::from_str::<serde_json::Value>(&text(&seen)).unwrap()
    );

    alice.command(Command::HangUp { call });
    until(&mut alice_events, |event| matches!(event, Event::Ended { .. }).then_some(())).await;
    assert!(alice.snapshot().await.unwrap().calls.is_empty());
    assert!(alice.shutdown(LIMIT).await);
    assert_eq!(alice.snapshot().await, None);
    assert!(bob.shutdown(LIMIT).await);
}

#[tokio::test]
async fn a_reader_that_was_too_slow_is_told_so() {
    let (alice, mut events) = engine("alice", free_port(), free_port()).await;
    let trunk = || "nobody".to_owned();
    for _ in 0..10_000 {
        alice.command(Command::Register { trunk: trunk() });
    }
    // Answered after all of them.
    alice.snapshot().await.unwrap();
    let first = events.next().await.unwrap();
    let Event::Notice { kind, text, .. } = &first else { panic!("{first:?}") };
    assert!(kind == "events-missed" && text.starts_with(&events.missed().to_string()), "{text}");
    assert!(events.missed() > 0);
    let next = events.next().await.unwrap();
    assert!(matches!(&next, Event::TrunkFailed { trunk, .. } if trunk == "nobody"), "{next:?}");
    assert!(alice.shutdown(LIMIT).await);
}
