//! The ways in which a call does not come about, or ends otherwise than by its user.

use std::time::Duration;

use milliwatt_engine::{
    api::{CallId, Command, Dial, Event, Outcome, Side},
    drive::Weather,
};

use crate::support::{BOB, Pair, SECOND, first, notices, reports, tones};

#[test]
fn a_busy_phone_is_told_with_its_code_and_advice() {
    let mut pair = Pair::new();
    pair.dial(Dial::default());
    let call = pair.incoming();
    pair.world.command(pair.bob, Command::Reject { call, code: 486, headers: Vec::new() });
    let (alice, bob) = pair.reports();
    assert_eq!((alice.len(), bob.len()), (1, 1));
    assert_eq!((alice[0].outcome, alice[0].code), (Outcome::Rejected, Some(486)));
    assert!(alice[0].advice.as_deref().is_some_and(|text| text.contains("busy")));
    assert_eq!((bob[0].outcome, bob[0].hangup_by), (Outcome::Rejected, Some(Side::Local)));
}

#[test]
fn a_call_can_be_taken_back_while_it_rings() {
    let mut pair = Pair::new();
    let out = pair.dial(Dial::default());
    let call = pair.incoming();
    pair.world.command(pair.bob, Command::Ring { call });
    pair.world.run_for(SECOND);
    pair.world.command(pair.alice, Command::HangUp { call: out });
    let (alice, bob) = pair.reports();
    assert_eq!((alice[0].outcome, alice[0].hangup_by), (Outcome::Cancelled, Some(Side::Local)));
    assert_eq!((bob[0].outcome, bob[0].hangup_by), (Outcome::Cancelled, Some(Side::Remote)));
}

#[test]
fn a_call_that_nobody_answers_ends_by_its_time() {
    let mut pair = Pair::new();
    pair.dial(Dial { ring_timeout_ms: Some(5000), ..Dial::default() });
    let call = pair.incoming();
    pair.world.command(pair.bob, Command::Ring { call });
    let (alice, bob) = pair.reports();
    assert_eq!(alice[0].outcome, Outcome::TimedOut);
    assert!(
        (4900.0..5300.0).contains(&alice[0].timing_ms.total.unwrap_or(0.0)),
        "{:?}",
        alice[0].timing_ms
    );
    // Its time is known at both ends: who is first ends it.
    assert!(
        matches!(bob[0].outcome, Outcome::Cancelled | Outcome::TimedOut),
        "{:?}",
        bob[0].outcome
    );
}

#[test]
fn a_silent_trunk_is_unreachable() {
    let mut pair = Pair::new();
    pair.world.cut(BOB, true);
    pair.dial(Dial::default());
    let (alice, _) = pair.reports();
    assert_eq!(alice[0].outcome, Outcome::Failed);
    assert!(alice[0].unreachable);
    assert!(
        alice[0].advice.as_deref().is_some_and(|text| text.contains("firewall")),
        "{:?}",
        alice[0].advice
    );
}

#[test]
fn an_unknown_name_and_an_unknown_trunk_end_at_once() {
    let mut pair = Pair::with(|trunk| trunk.trunk.domain = "nowhere.invalid".into());
    pair.dial(Dial::default());
    let call = CallId(77);
    let dial = Box::new(Dial { to: "1".into(), ..Dial::default() });
    pair.world.command(pair.alice, Command::Dial { call, trunk: "other".into(), dial });
    let (alice, _) = pair.reports();
    assert_eq!(alice.len(), 2);
    for report in &alice {
        let text = report.advice.as_deref().unwrap_or("");
        assert_eq!(report.outcome, Outcome::Failed);
        assert!(text.contains("nowhere.invalid") || text.contains("`other`"), "{text}");
    }
}

#[test]
fn no_sound_is_told_at_five_seconds_and_ends_the_call_at_the_trunks_time() {
    let mut pair = Pair::with(|trunk| trunk.media.rtp_timeout = 20);
    pair.call(Dial::default(), tones(1004.0, 440.0));
    pair.world.run_for(3 * SECOND);
    let dark = pair.world.now();
    pair.world.cut(BOB, true);
    let alice = pair.alice;
    assert!(pair.world.run_until(60 * SECOND, |world| world.calls(alice) == 0
        || world.now() > dark + 50 * SECOND));
    let (told, ()) = first(&pair.world, alice, |event| match event {
        Event::Notice { kind, .. } => (kind == "no-sound").then_some(()),
        _ => None,
    })
    .expect("told");
    assert!((4900..5300).contains(&(told - dark).as_millis()), "{told:?} {dark:?}");
    let (ended, ()) = first(&pair.world, alice, |event| match event {
        Event::Notice { kind, .. } => (kind == "rtp-timeout").then_some(()),
        _ => None,
    })
    .expect("ended");
    assert!((19_900..20_500).contains(&(ended - dark).as_millis()), "{ended:?}");
    pair.world.run_for(40 * SECOND);
    let report = &reports(&pair.world, alice)[0];
    assert_eq!((report.outcome, report.cause), (Outcome::Answered, Some(102)));
    assert!(report.advice.as_deref().is_some_and(|text| text.contains("no sound")));
}

/// Fault 22, as the settings are when nobody has touched them.
#[test]
fn a_minute_without_sound_ends_a_call() {
    let mut pair = Pair::new();
    pair.call(Dial::default(), tones(1004.0, 440.0));
    pair.world.run_for(3 * SECOND);
    let dark = pair.world.now();
    pair.world.cut(BOB, true);
    let alice = pair.alice;
    assert!(pair.world.run_until(100 * SECOND, |world| world.calls(alice) == 0));
    let (ended, ()) = first(&pair.world, alice, |event| match event {
        Event::Notice { kind, .. } => (kind == "rtp-timeout").then_some(()),
        _ => None,
    })
    .expect("ended");
    assert!((59_900..60_500).contains(&(ended - dark).as_millis()), "{ended:?} {dark:?}");
}

#[test]
fn an_emergency_call_is_never_ended_by_silence() {
    let mut pair = Pair::with(|trunk| trunk.media.rtp_timeout = 10);
    let call = pair.world.next_call();
    let dial = Box::new(Dial { to: "112".into(), ..Dial::default() });
    pair.world.command(pair.alice, Command::Dial { call, trunk: "line".into(), dial });
    let into = pair.incoming();
    pair.answer(into, tones(1004.0, 440.0));
    pair.world.run_for(2 * SECOND);
    pair.world.cut(BOB, true);
    pair.world.run_for(120 * SECOND);
    assert_eq!(pair.world.calls(pair.alice), 1);
    assert!(notices(&pair.world, pair.alice).contains(&"no-sound".to_owned()));
}

#[test]
fn shutdown_hangs_up_and_tells_when_all_is_done() {
    let mut pair = Pair::new();
    pair.call(Dial::default(), tones(1004.0, 440.0));
    pair.world.command(pair.alice, Command::Shutdown);
    let alice = pair.alice;
    assert!(pair.world.run_until(10 * SECOND, |world| {
        world.events(alice).iter().any(|(_, event)| matches!(event, Event::Stopped))
    }));
    let (alice, bob) = pair.reports();
    assert_eq!((alice.len(), bob.len()), (1, 1));
    assert_eq!(bob[0].hangup_by, Some(Side::Remote));
}

#[test]
fn calls_come_about_in_bad_weather_and_are_reported_once() {
    let mut pair = Pair::new();
    pair.world.weather(Weather {
        delay: Duration::from_millis(40),
        jitter: Duration::from_millis(30),
        loss: 0.15,
        duplicate: 0.1,
        reorder: 0.1,
    });
    for _ in 0..20 {
        let out = pair.dial(Dial::default());
        let into = pair.incoming();
        pair.answer(into, tones(1004.0, 440.0));
        pair.world.run_for(3 * SECOND);
        pair.world.command(pair.alice, Command::HangUp { call: out });
        let (alice, bob) = (pair.alice, pair.bob);
        assert!(
            pair.world.run_until(120 * SECOND, |world| world.calls(alice) + world.calls(bob) == 0)
        );
    }
    let (alice, bob) = pair.reports();
    assert_eq!((alice.len(), bob.len()), (20, 20));
    assert_eq!(pair.world.sessions(pair.alice) + pair.world.sessions(pair.bob), 0);
}
