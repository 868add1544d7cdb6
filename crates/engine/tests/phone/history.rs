//! The row of a call: before its INVITE, in time, and after a death.

use std::time::Duration;

use milliwatt_engine::{
    api::{CallId, Command, Dial, Event, Outcome},
    drive::Disk,
    phone::{Input, Output, Phone},
};
use milliwatt_store::history::{Filter, History, State};

use crate::support::{Pair, SECOND, first, noticed, notices, tones, trunk};

fn rings_after(pair: &mut Pair) -> Duration {
    pair.incoming();
    first(&pair.world, pair.bob, |event| matches!(event, Event::Incoming { .. }).then_some(()))
        .map(|(at, ())| at)
        .expect("it rings")
}

#[test]
fn a_slow_disk_holds_the_invite_up_for_100_ms_at_most() {
    let mut pair = Pair::new();
    pair.world.break_history(pair.alice, Disk::Stuck);
    pair.dial(Dial::default());
    let rings = rings_after(&mut pair).as_millis();
    assert!((100..110).contains(&rings), "{rings}");
    let warnings = |pair: &Pair| noticed(&pair.world, pair.alice, "history").len();
    assert_eq!(warnings(&pair), 0, "what keeps it may be known soon");
    pair.world.run_for(10 * SECOND);
    assert_eq!(warnings(&pair), 1);
}

/// The call whose row is late.
const LATE: CallId = CallId(1);

/// A phone that has dialled at time zero, and that the history has not answered in time.
fn phone_without_its_row() -> Phone {
    let mut phone = Phone::new([1; 32], "test", Duration::ZERO);
    let line = Box::new(trunk("line", "alice", "192.0.2.7"));
    phone.handle(Duration::ZERO, Input::Trunk(line, None));
    let dial = Box::new(Dial { to: "9000".into(), ..Dial::default() });
    let command = Command::Dial { call: LATE, trunk: "line".into(), dial };
    phone.handle(Duration::ZERO, Input::Command(command));
    phone.handle(Duration::from_millis(100), Input::Wake);
    phone
}

/// What a phone has told of its history since this was asked before.
fn told_of_history(phone: &mut Phone) -> Vec<String> {
    let outputs = std::iter::from_fn(|| phone.poll());
    let told = outputs.filter_map(|output| {
        let Output::Event(event) = output else { return None };
        let Event::Notice { kind, text, .. } = *event else { return None };
        kind.starts_with("history").then_some(text)
    });
    told.collect()
}

/// The history gives up on a lock after half a second, when the row has long been late.
#[test]
fn a_late_row_is_told_of_once_with_what_keeps_it() {
    let mut phone = phone_without_its_row();
    let held = || Err("another program holds it".to_owned());
    for input in [Input::Row(LATE, held()), Input::History(held())] {
        phone.handle(Duration::from_millis(600), input);
    }
    phone.handle(10 * SECOND, Input::Wake);
    assert_eq!(told_of_history(&mut phone), ["Another program holds it."]);
    phone.handle(11 * SECOND, Input::History(Ok(())));
    assert_eq!(told_of_history(&mut phone), ["The call history is written again."]);
}

#[test]
fn what_keeps_a_late_row_is_no_second_warning() {
    let mut phone = phone_without_its_row();
    phone.handle(10 * SECOND, Input::Wake);
    let told = told_of_history(&mut phone);
    assert!(told.len() == 1 && told[0].starts_with("The history is slow: "), "{told:?}");
    phone.handle(11 * SECOND, Input::Row(LATE, Err("the disk is full".into())));
    assert!(told_of_history(&mut phone).is_empty());
    let known = phone.snapshot(11 * SECOND).history_trouble;
    assert_eq!(known.as_deref(), Some("the disk is full"), "a window that opens now says it");
}

#[test]
fn a_late_row_that_is_written_after_all_is_not_told_of() {
    let mut phone = phone_without_its_row();
    phone.handle(Duration::from_millis(300), Input::Row(LATE, Ok(())));
    phone.handle(10 * SECOND, Input::Wake);
    assert!(told_of_history(&mut phone).is_empty());
}

#[test]
fn a_full_disk_warns_and_a_persons_call_goes_on() {
    let mut pair = Pair::new();
    pair.world.break_history(pair.alice, Disk::Full);
    pair.dial(Dial::default());
    assert!(rings_after(&mut pair) < Duration::from_millis(20));
    assert_eq!(notices(&pair.world, pair.alice), ["history"]);
}

#[test]
fn an_unattended_call_is_not_placed_without_its_row() {
    for disk in [Disk::Full, Disk::Stuck] {
        let mut pair = Pair::new();
        pair.world.break_history(pair.alice, disk);
        pair.dial(Dial { unattended: true, ..Dial::default() });
        let (alice, bob) = pair.reports();
        assert_eq!((alice[0].outcome, bob.len()), (Outcome::Failed, 0));
        assert!(alice[0].advice.as_deref().is_some_and(|text| text.contains("disk")));
    }
}

#[test]
fn an_emergency_call_waits_for_no_disk() {
    let mut pair = Pair::new();
    pair.world.break_history(pair.alice, Disk::Stuck);
    let call = pair.world.next_call();
    let dial = Box::new(Dial { to: "911".into(), ..Dial::default() });
    pair.world.command(pair.alice, Command::Dial { call, trunk: "line".into(), dial });
    assert!(rings_after(&mut pair) < Duration::from_millis(20));
}

#[test]
fn a_program_does_not_call_an_emergency_service() {
    for to in ["911", "sip:%39%31%31@example.net", "urn:service:sos", "133"] {
        let mut pair = Pair::new();
        let dial = Dial { to: to.into(), unattended: true, ..Dial::default() };
        let call = pair.world.next_call();
        let dial = Box::new(dial);
        pair.world.command(pair.alice, Command::Dial { call, trunk: "line".into(), dial });
        let (alice, bob) = pair.reports();
        assert_eq!((alice[0].outcome, bob.len()), (Outcome::Failed, 0), "{to}");
        assert!(alice[0].advice.as_deref().is_some_and(|text| text.contains("emergency")), "{to}");
    }
}

/// There are trunks that go by To, and Route leads anywhere.
#[test]
fn no_header_of_a_program_calls_an_emergency_service() {
    let further = "<sip:edge.example.net;lr>, <sip:911@example.net;lr>";
    for (name, value) in [
        ("To", "<sip:911@example.net>"),
        ("t", "sip:911@example.net"),
        ("Route", "<sip:911@example.net;lr>"),
        ("Route", further),
    ] {
        let mut pair = Pair::new();
        let headers = vec![(name.to_owned(), value.to_owned())];
        let dial = Dial { to: "9000".into(), headers, unattended: true, ..Dial::default() };
        let call = pair.world.next_call();
        let dial = Box::new(dial);
        pair.world.command(pair.alice, Command::Dial { call, trunk: "line".into(), dial });
        let (alice, bob) = pair.reports();
        assert_eq!((alice[0].outcome, bob.len()), (Outcome::Failed, 0), "{name}");
        assert!(alice[0].advice.as_deref().is_some_and(|text| text.contains("911")), "{name}");
    }
}

#[test]
fn rows_are_whole_after_a_call_and_interrupted_after_a_death() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.db");
    let mut pair = Pair::new();
    pair.world.keep_history(pair.alice, &path).expect("a history");
    let (out, _) = pair.call(Dial::default(), tones(1004.0, 440.0));
    pair.world.run_for(3 * SECOND);
    pair.world.command(pair.alice, Command::HangUp { call: out });
    pair.reports();
    let second = pair.dial(Dial::default());
    let into = pair.incoming();
    pair.answer(into, tones(1004.0, 440.0));
    pair.world.run_for(2 * SECOND);
    assert_ne!(second, out);
    drop(pair);
    let history = History::open(&path).expect("a history");
    let rows = history.find(&Filter::default()).expect("rows");
    assert_eq!(rows.len(), 2);
    let of = |state| rows.iter().find(|row| row.state == state).expect("a row");
    let (whole, torn) = (of(State::Ended), of(State::Interrupted));
    assert_eq!(
        (whole.code, whole.to.as_str(), whole.codec.as_deref()),
        (Some(200), "bob", Some("PCMU"))
    );
    assert!(whole.answered_at_ms.is_some() && whole.ended_at_ms.is_some());
    assert!(history.seconds(whole).expect("seconds").len() >= 3);
    assert!(torn.answered_at_ms.is_some() && torn.ended_at_ms.is_none());
}

/// Fault 6: the clock of the computer is set by two years in mid-call, once forward, once back.
#[test]
fn a_clock_that_is_set_makes_no_call_longer_or_shorter() {
    const TWO_YEARS: Duration = Duration::from_secs(2 * 365 * 24 * 3600);
    for forward in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history.db");
        let mut pair = Pair::new();
        pair.world.keep_history(pair.alice, &path).expect("a history");
        let (out, _) = pair.call(Dial::default(), tones(1004.0, 440.0));
        pair.world.run_for(2 * SECOND);
        let wall = pair.world.wall();
        pair.world.set_wall(if forward { wall + TWO_YEARS } else { wall - TWO_YEARS });
        pair.world.run_for(3 * SECOND);
        pair.world.command(pair.alice, Command::HangUp { call: out });
        let (alice, _) = pair.reports();
        let timing = &alice[0].timing_ms;
        let told = timing.total.expect("an end") - timing.answered.expect("an answer");
        drop(pair);
        let rows = History::open(&path).expect("a history").find(&Filter::default());
        let row = rows.expect("rows").remove(0);
        let kept = row.ended_at_ms.expect("an end") - row.answered_at_ms.expect("an answer");
        for length in [told, kept as f64] {
            assert!((length - 5_000.0).abs() < 50.0, "{length} ms, forward: {forward}");
        }
    }
}
