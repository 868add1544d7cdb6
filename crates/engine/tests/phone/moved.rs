//! Another address in mid-call, and a computer that sleeps (faults 4 and 5).

use std::{
    cell::RefCell,
    net::{IpAddr, Ipv4Addr},
    rc::Rc,
    time::Duration,
};

use milliwatt_engine::{
    api::{CallId, Command, Dial, Event, Outcome},
    drive::{PhoneId, World},
};
use milliwatt_store::history::{Filter, History, State};

use crate::{
    carrier::{CARRIER, Carrier, Seen},
    long::{at, at_with, dial, ended},
    support::{ALICE, SECOND, noticed, notices, tones},
};

const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 77));

/// A phone that is registered with the carrier and in a call that gives back what it hears.
fn up() -> (World, PhoneId, CallId, Rc<RefCell<Seen>>) {
    let (carrier, seen) = Carrier::new(600);
    let (mut world, phone) = at(carrier, true);
    world.command(phone, Command::Register { trunk: "carrier".into() });
    world.run_for(2 * SECOND);
    let call = dial(&mut world, phone, tones(440.0, 440.0));
    world.run_for(5 * SECOND);
    assert_eq!((seen.borrow().registers.len(), seen.borrow().invites.len()), (1, 1));
    (world, phone, call, seen)
}

/// When sound came in each second since `since`, and how many packets.
fn heard(world: &World, phone: PhoneId, since: Duration) -> Vec<(Duration, u64)> {
    let seconds = world.events(phone).iter().filter_map(|(at, event)| match event {
        Event::Quality { media, .. } if *at > since => Some((*at - since, media.received)),
        _ => None,
    });
    seconds.collect()
}

#[test]
fn a_call_follows_the_computer_to_another_address() {
    let (mut world, phone, call, seen) = up();
    let moved = world.now();
    world.moves(phone, ALICE, ELSEWHERE);
    world.run_for(10 * SECOND);
    {
        let seen = seen.borrow();
        let [_, (registered, _)] = seen.registers[..] else { panic!("{:?}", seen.registers) };
        assert!(registered - moved < 3 * SECOND, "{:?}", registered - moved);
        let [(_, first), (offered, again)] = &seen.invites[..] else { panic!("one re-INVITE") };
        assert!(*offered - moved < 3 * SECOND, "{:?}", *offered - moved);
        assert!(*offered >= registered, "the trunk knows us before it is asked");
        for named in ["\r\nContact: <sip:alice@", "\r\nc=IN IP4 "] {
            assert!(first.contains(&format!("{named}{ALICE}")), "{first}");
            assert!(again.contains(&format!("{named}{ELSEWHERE}")), "{again}");
        }
        assert!(!again.contains(&ALICE.to_string()), "{again}");
    }
    let back = heard(&world, phone, moved).into_iter().find(|(_, received)| *received >= 45);
    assert!(back.is_some_and(|(after, _)| after < 5 * SECOND), "{back:?}");
    let told = notices(&world, phone);
    for kind in ["address-changed", "call-resumed"] {
        assert_eq!(told.iter().filter(|told| *told == kind).count(), 1, "{told:?}");
    }
    assert_eq!(noticed(&world, phone, "network"), [Some(call)], "in its graphs too");
    world.command(phone, Command::HangUp { call });
    let report = ended(&mut world, phone);
    assert_eq!((report.outcome, report.reason.as_deref()), (Outcome::Answered, Some("OK")));
    assert_eq!(seen.borrow().byes.len(), 1);
}

#[test]
fn a_call_that_moved_is_one_row() {
    let (carrier, _) = Carrier::new(600);
    let (mut world, phone) = at(carrier, true);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    world.keep_history(phone, &path).unwrap();
    world.command(phone, Command::Register { trunk: "carrier".into() });
    world.run_for(SECOND);
    let call = dial(&mut world, phone, tones(440.0, 440.0));
    world.run_for(3 * SECOND);
    world.moves(phone, ALICE, ELSEWHERE);
    world.run_for(5 * SECOND);
    world.command(phone, Command::HangUp { call });
    ended(&mut world, phone);
    drop(world);
    let rows = History::open(&path).unwrap().find(&Filter::default()).unwrap();
    assert_eq!(rows.iter().map(|row| row.state).collect::<Vec<_>>(), [State::Ended]);
}

/// The offers of many calls come one after the other, with a registration or without.
#[test]
fn calls_that_move_do_not_come_all_at_once() {
    for register in [true, false] {
        let (carrier, seen) = Carrier::new(600);
        let (mut world, phone) = at(carrier, register);
        world.command(phone, Command::Register { trunk: "carrier".into() });
        for _ in 0..50 {
            dial(&mut world, phone, tones(440.0, 440.0));
        }
        world.run_for(2 * SECOND);
        world.moves(phone, ALICE, ELSEWHERE);
        world.run_for(5 * SECOND);
        let seen = seen.borrow();
        let again: Vec<_> = seen.invites[50..].iter().map(|(at, _)| *at).collect();
        assert_eq!(again.len(), 50, "each once");
        assert!(again[49] - again[0] >= 49 * Duration::from_millis(19));
    }
}

#[test]
fn a_call_is_taken_back_after_a_sleep() {
    let (mut world, phone, call, seen) = up();
    world.sleep(phone, 90 * SECOND);
    world.run_for(90 * SECOND);
    let woke = world.now();
    world.run_for(10 * SECOND);
    {
        let seen = seen.borrow();
        let registered = seen.registers.last().unwrap().0;
        assert!(registered >= woke && registered - woke < 5 * SECOND, "{:?}", seen.registers);
        let [_, (offered, _)] = &seen.invites[..] else { panic!("one re-INVITE") };
        assert!(*offered - woke < 5 * SECOND);
    }
    let told = notices(&world, phone);
    for kind in ["slept", "call-resumed"] {
        assert_eq!(told.iter().filter(|told| *told == kind).count(), 1, "{told:?}");
    }
    assert!(heard(&world, phone, woke).last().is_some_and(|(_, received)| *received >= 45));
    world.command(phone, Command::HangUp { call });
    assert_eq!(ended(&mut world, phone).reason.as_deref(), Some("OK"));
}

#[test]
fn a_call_that_the_far_end_has_forgotten_ends_by_the_sleep() {
    let (mut world, phone, _, seen) = up();
    seen.borrow_mut().forgetful = true;
    world.sleep(phone, 90 * SECOND);
    world.run_for(90 * SECOND);
    let woke = world.now();
    let report = ended(&mut world, phone);
    assert!(world.now() - woke < 5 * SECOND, "{:?}", world.now() - woke);
    assert_eq!((report.outcome, report.reason.as_deref()), (Outcome::Answered, Some("sleep")));
}

/// Whoever hangs up after a sleep has hung up.
#[test]
fn a_call_that_is_hung_up_after_a_sleep_ends_by_that() {
    let (mut world, phone, call, _) = up();
    world.sleep(phone, 90 * SECOND);
    world.run_for(90 * SECOND);
    world.command(phone, Command::HangUp { call });
    assert_eq!(ended(&mut world, phone).reason.as_deref(), Some("OK"));
}

/// The silence before the move says nothing of the sound after it.
#[test]
fn a_call_that_moved_out_of_silence_goes_on() {
    let (mut world, phone, call, _) = up();
    world.cut(CARRIER, true);
    world.run_for(8 * SECOND);
    assert!(notices(&world, phone).contains(&"no-sound".to_owned()));
    world.cut(CARRIER, false);
    world.moves(phone, ALICE, ELSEWHERE);
    world.run_for(90 * SECOND);
    assert_eq!(world.calls(phone), 1);
    world.command(phone, Command::HangUp { call });
    assert_eq!(ended(&mut world, phone).reason.as_deref(), Some("OK"));
}

/// RFC 3261 §14.1: a session whose change is refused stays as it was.
#[test]
fn an_offer_that_is_refused_after_a_sleep_leaves_the_call_as_it_is() {
    let (mut world, phone, call, seen) = up();
    seen.borrow_mut().refuses = Some("488 Not Acceptable Here");
    world.sleep(phone, 90 * SECOND);
    world.run_for(90 * SECOND + 60 * SECOND);
    assert_eq!((world.calls(phone), seen.borrow().refused.len()), (1, 1));
    // Sound has come since: what ends the call later is no sleep.
    seen.borrow_mut().forgetful = true;
    world.command(phone, Command::Hold { call });
    let report = ended(&mut world, phone);
    assert_ne!(report.reason.as_deref(), Some("sleep"));
}

/// A trunk that does not know the new address yet refuses what comes from there.
#[test]
fn an_offer_waits_for_a_slow_registrar() {
    for (sleeps, slow) in [(false, 5), (true, 5), (false, 20)] {
        let (mut world, phone, _, seen) = up();
        seen.borrow_mut().slow = slow * SECOND;
        if sleeps {
            world.sleep(phone, 30 * SECOND);
            world.run_for(30 * SECOND);
        }
        world.moves(phone, ALICE, ELSEWHERE);
        world.run_for(60 * SECOND);
        assert_eq!((world.calls(phone), seen.borrow().invites.len()), (1, 2), "{sleeps} {slow}");
        assert!(seen.borrow().refused.len() <= 1, "{:?}", seen.borrow().refused);
        assert!(notices(&world, phone).contains(&"call-resumed".to_owned()));
    }
}

/// An offer that gets no answer ends a call (RFC 3261 §14.1), but none for help.
#[test]
fn an_emergency_call_outlives_a_move_into_nowhere() {
    for register in [true, false] {
        let (carrier, seen) = Carrier::new(600);
        let (mut world, phone) = at(carrier, register);
        if register {
            world.command(phone, Command::Register { trunk: "carrier".into() });
        }
        emergency(&mut world, phone);
        world.run_for(3 * SECOND);
        world.cut(CARRIER, true);
        world.moves(phone, ALICE, ELSEWHERE);
        world.run_for(70 * SECOND);
        world.cut(CARRIER, false);
        world.run_for(80 * SECOND);
        assert_eq!((world.calls(phone), seen.borrow().byes.len()), (1, 0), "{register}");
        let again = seen.borrow().invites.last().unwrap().1.clone();
        assert!(again.contains(&format!("\r\nc=IN IP4 {ELSEWHERE}")), "{again}");
    }
}

/// A trunk with `bind` stays at the address that it names, and its calls do.
#[test]
fn a_trunk_that_is_bound_does_not_move() {
    for (bind, follows) in [(Some(ALICE.to_string()), false), (Some("0.0.0.0:5060".into()), true)] {
        let (carrier, seen) = Carrier::new(600);
        let (mut world, phone) = at_with(carrier, |trunk| trunk.trunk.bind = bind.clone());
        dial(&mut world, phone, tones(440.0, 440.0));
        world.run_for(5 * SECOND);
        world.moves(phone, ALICE, ELSEWHERE);
        world.run_for(20 * SECOND);
        let named = format!("\r\nc=IN IP4 {ELSEWHERE}");
        let moved = seen.borrow().invites.iter().any(|(_, invite)| invite.contains(&named));
        assert_eq!(moved, follows, "{bind:?}");
    }
}

/// A far end that has forgotten it would end it, while the sound may go on.
#[test]
fn an_emergency_call_is_not_put_to_the_question() {
    let (carrier, seen) = Carrier::new(600);
    let (mut world, phone) = at(carrier, true);
    emergency(&mut world, phone);
    world.run_for(3 * SECOND);
    seen.borrow_mut().forgetful = true;
    world.sleep(phone, 90 * SECOND);
    world.run_for(100 * SECOND);
    assert_eq!((world.calls(phone), seen.borrow().forgotten), (1, 0));
    let heard = heard(&world, phone, world.now() - 3 * SECOND);
    assert!(!heard.is_empty() && heard.iter().all(|(_, n)| *n >= 45), "{heard:?}");
}

fn emergency(world: &mut World, phone: PhoneId) {
    let call = world.next_call();
    let sound = tones(440.0, 440.0);
    let dial = Box::new(Dial { to: "911".into(), sound, ..Dial::default() });
    world.command(phone, Command::Dial { call, trunk: "carrier".into(), dial });
}
