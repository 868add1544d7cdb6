//! Hours and days on virtual time. Each of these ends in seconds.

use std::time::Duration;

use milliwatt_engine::{
    api::{CallId, CallReport, Command, Dial, Event, Outcome, Registration, Sound, Source},
    drive::{PhoneId, World},
};
use milliwatt_store::settings::Trunk;

use crate::{
    carrier::{CARRIER, Carrier},
    support::{ALICE, Pair, SECOND, notices, reports, tones, trunk},
};

const HOUR: Duration = Duration::from_secs(3600);

/// A phone whose trunk is the scripted carrier.
pub(crate) fn at(carrier: Carrier, register: bool) -> (World, PhoneId) {
    at_with(carrier, |trunk| trunk.trunk.register = register)
}

/// The same, without a registration; `edit` changes the trunk.
pub(crate) fn at_with(carrier: Carrier, edit: impl Fn(&mut Trunk)) -> (World, PhoneId) {
    let mut world = World::new([5; 32]);
    let phone = world.phone(ALICE).expect("a phone");
    world.peer(CARRIER, Box::new(carrier));
    let mut trunk = trunk("carrier", "alice", &CARRIER.to_string());
    trunk.trunk.session_expires = 0;
    edit(&mut trunk);
    world.trunk(phone, trunk, None);
    (world, phone)
}

pub(crate) fn dial(world: &mut World, phone: PhoneId, sound: Sound) -> CallId {
    let call = world.next_call();
    let dial = Box::new(Dial { to: "9000".into(), sound, ..Dial::default() });
    world.command(phone, Command::Dial { call, trunk: "carrier".into(), dial });
    call
}

pub(crate) fn ended(world: &mut World, phone: PhoneId) -> CallReport {
    assert!(world.run_until(60 * SECOND, |world| world.calls(phone) == 0));
    let mut reports = reports(world, phone);
    assert_eq!(reports.len(), 1);
    reports.remove(0)
}

#[test]
fn a_registration_lives_for_twelve_hours() {
    let (carrier, seen) = Carrier::new(600);
    let (mut world, phone) = at(carrier, true);
    world.command(phone, Command::Register { trunk: "carrier".into() });
    world.run_for(12 * HOUR);
    let seen = seen.borrow();
    assert!((72..=160).contains(&seen.registers.len()), "{}", seen.registers.len());
    for pair in seen.registers.windows(2) {
        assert!(
            pair[1].0 < pair[0].0 + Duration::from_secs(pair[0].1),
            "it never ran out: {pair:?}"
        );
    }
    // One each 1.6 to 2 s: its address is one of a network of one's own.
    assert!((21_600..=27_000).contains(&seen.keep_alives), "{}", seen.keep_alives);
    let states = world.events(phone).iter().filter_map(|(_, event)| match event {
        Event::Registration { registration, .. } => Some(registration),
        _ => None,
    });
    let bad = states.filter(|state| {
        matches!(
            state,
            Registration::Failed { .. } | Registration::Refused { .. } | Registration::Unregistered
        )
    });
    assert_eq!(bad.count(), 0);
}

#[test]
fn a_call_is_held_for_65_minutes_and_taken_back() {
    let mut pair = Pair::new();
    let (out, _) =
        pair.call(Dial { sound: tones(440.0, 1004.0), ..Dial::default() }, tones(1004.0, 440.0));
    pair.world.run_for(2 * SECOND);
    pair.world.command(pair.alice, Command::Hold { call: out });
    pair.world.run_for(65 * 60 * SECOND);
    assert_eq!((pair.world.calls(pair.alice), pair.world.calls(pair.bob)), (1, 1));
    pair.world.command(pair.alice, Command::Resume { call: out });
    pair.world.take_events(pair.bob);
    pair.world.run_for(3 * SECOND);
    let heard = pair.world.events(pair.bob).iter().any(|(_, event)| match event {
        Event::Quality { media, .. } => media.received > 45,
        _ => false,
    });
    assert!(heard, "sound flows again");
    assert!(!notices(&pair.world, pair.alice).contains(&"no-sound".to_owned()));
    pair.world.command(pair.alice, Command::HangUp { call: out });
    let (alice, bob) = pair.reports();
    assert_eq!((alice[0].outcome, bob[0].outcome), (Outcome::Answered, Outcome::Answered));
}

#[test]
fn a_day_of_rtp_passes_whole() {
    let (carrier, seen) = Carrier::new(600);
    let (mut world, phone) = at(carrier, false);
    let sound = Sound { source: Source::Tone(440.0), ..Sound::default() };
    let call = dial(&mut world, phone, sound);
    for _ in 0..24 {
        world.run_for(HOUR);
        let told = world.take_events(phone);
        assert!(
            !told
                .iter()
                .any(|(_, event)| matches!(event, Event::Ended { .. } | Event::Notice { .. }))
        );
    }
    world.command(phone, Command::HangUp { call });
    let report = ended(&mut world, phone);
    let packets = 24 * 3600 * 50;
    assert!((packets - 20..=packets + 20).contains(&report.media.sent), "{:?}", report.media);
    assert!((packets - 20..=packets + 20).contains(&report.media.received), "{:?}", report.media);
    assert_eq!((report.media.lost, report.media.late, report.media.duplicated), (0, 0, 0));
    assert!(report.media.mos_cq.is_some_and(|mos| mos > 4.3), "{:?}", report.media);
    assert!(seen.borrow().rtp >= packets - 20);
}

#[test]
fn hang_up_gets_through_a_flood() {
    let (carrier, seen) = Carrier::new(600);
    let (mut world, phone) = at(carrier.flooding(Duration::from_micros(50)), false);
    let call = dial(&mut world, phone, tones(440.0, 1004.0));
    world.run_for(2 * SECOND);
    assert_eq!(world.sessions(phone), 1);
    let hung_up = world.now();
    world.command(phone, Command::HangUp { call });
    assert_eq!(world.sessions(phone), 0, "capture has stopped before anything else happens");
    let report = ended(&mut world, phone);
    assert_eq!(report.outcome, Outcome::Answered);
    assert!(seen.borrow().byes[0] - hung_up < Duration::from_millis(100));
    assert!(report.dtmf_received.len() <= 1024);
}
