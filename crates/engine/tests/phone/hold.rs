//! Hold, resume, and what moves while a call lives.

use milliwatt_engine::{
    api::{CallId, Command, Dial, Event, Outcome},
    drive::{PhoneId, World},
};

use crate::support::{Pair, SECOND, noticed, notices, tones};

fn held(world: &World, phone: PhoneId) -> Vec<(bool, bool)> {
    let held = world.events(phone).iter().filter_map(|(_, event)| match event {
        Event::Held { local, remote, .. } => Some((*local, *remote)),
        _ => None,
    });
    held.collect()
}

fn sent(world: &World, phone: PhoneId) -> (u64, u64) {
    let last = world.events(phone).iter().rev().find_map(|(_, event)| match event {
        Event::Quality { media, .. } => Some((media.sent, media.received)),
        _ => None,
    });
    last.unwrap_or_default()
}

fn up() -> (Pair, CallId, CallId) {
    let mut pair = Pair::new();
    let (out, into) =
        pair.call(Dial { sound: tones(440.0, 1004.0), ..Dial::default() }, tones(1004.0, 440.0));
    pair.world.run_for(2 * SECOND);
    (pair, out, into)
}

#[test]
fn a_call_is_held_and_taken_back() {
    let (mut pair, out, _) = up();
    pair.world.command(pair.alice, Command::Hold { call: out });
    pair.world.run_for(3 * SECOND);
    assert_eq!(held(&pair.world, pair.alice), [(true, false)]);
    assert_eq!(held(&pair.world, pair.bob), [(false, true)]);
    assert_eq!(sent(&pair.world, pair.bob).0, 0, "the held side sends nothing");
    pair.world.command(pair.alice, Command::Resume { call: out });
    pair.world.run_for(3 * SECOND);
    assert_eq!(held(&pair.world, pair.alice), [(true, false), (false, false)]);
    assert_eq!(held(&pair.world, pair.bob), [(false, true), (false, false)]);
    let (sent, received) = sent(&pair.world, pair.alice);
    assert!((49..=51).contains(&sent) && (49..=51).contains(&received), "{sent} {received}");
    pair.world.command(pair.alice, Command::HangUp { call: out });
    let (alice, bob) = pair.reports();
    assert_eq!((alice[0].outcome, bob[0].outcome), (Outcome::Answered, Outcome::Answered));
}

/// Whoever asked for the change knows of it; the other side is told of another session.
#[test]
fn a_re_invite_of_the_far_end_is_told() {
    let (mut pair, out, into) = up();
    pair.world.command(pair.alice, Command::Hold { call: out });
    pair.world.run_for(3 * SECOND);
    assert_eq!(noticed(&pair.world, pair.bob, "re-invite"), [Some(into)]);
    pair.world.command(pair.alice, Command::Resume { call: out });
    pair.world.run_for(3 * SECOND);
    assert_eq!(noticed(&pair.world, pair.bob, "re-invite"), [Some(into); 2]);
    assert!(noticed(&pair.world, pair.alice, "re-invite").is_empty());
}

#[test]
fn both_may_hold_at_one_time() {
    let (mut pair, out, into) = up();
    pair.world.command(pair.alice, Command::Hold { call: out });
    pair.world.command(pair.bob, Command::Hold { call: into });
    pair.world.run_for(10 * SECOND);
    assert_eq!(held(&pair.world, pair.alice).last(), Some(&(true, true)));
    assert_eq!(held(&pair.world, pair.bob).last(), Some(&(true, true)));
    pair.world.command(pair.alice, Command::Resume { call: out });
    pair.world.run_for(5 * SECOND);
    pair.world.command(pair.bob, Command::Resume { call: into });
    pair.world.run_for(5 * SECOND);
    assert_eq!(held(&pair.world, pair.alice).last(), Some(&(false, false)));
    assert_eq!(held(&pair.world, pair.bob).last(), Some(&(false, false)));
    let (sent, received) = sent(&pair.world, pair.alice);
    assert!(sent > 45 && received > 45, "{sent} {received}");
}

#[test]
fn a_thousand_holds_leave_no_port_behind() {
    let (mut pair, out, _) = up();
    for _ in 0..1000 {
        pair.world.command(pair.alice, Command::Hold { call: out });
        pair.world.run_for(SECOND / 10);
        pair.world.command(pair.alice, Command::Resume { call: out });
        pair.world.run_for(SECOND / 10);
    }
    assert_eq!((pair.world.sessions(pair.alice), pair.world.sessions(pair.bob)), (1, 1));
    assert_eq!(held(&pair.world, pair.alice).len(), 2000);
    pair.world.command(pair.alice, Command::HangUp { call: out });
    let (alice, bob) = pair.reports();
    assert_eq!((alice.len(), bob.len()), (1, 1));
    assert_eq!(pair.world.sessions(pair.alice) + pair.world.sessions(pair.bob), 0);
}

#[test]
fn a_held_call_is_not_ended_by_silence() {
    let (mut pair, out, _) = up();
    pair.world.command(pair.alice, Command::Hold { call: out });
    pair.world.run_for(300 * SECOND);
    assert_eq!((pair.world.calls(pair.alice), pair.world.calls(pair.bob)), (1, 1));
    let told = [notices(&pair.world, pair.alice), notices(&pair.world, pair.bob)].concat();
    assert!(!told.contains(&"no-sound".to_owned()), "{told:?}");
}
