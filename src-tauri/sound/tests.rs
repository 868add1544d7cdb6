//! A handset on cards that a test makes up.

use std::sync::mpsc;

use milliwatt_audio::{self as audio, Device as Card, Ringtone, Way};
use milliwatt_engine::AudioPort as _;
use milliwatt_store::preferences::DeviceProfile;

use super::*;
use crate::{
    api::{DeviceFault, DeviceNews, Role},
    samples::{ended, incoming},
    shelf::{Shelf, until},
};

const CALL: CallId = CallId(1);

fn start(shelf: &Shelf, preferences: &Preferences) -> (Handset, mpsc::Receiver<SoundEvent>) {
    let (tell, told) = mpsc::channel();
    let tell = move |event| drop(tell.send(event));
    let nowhere = PathBuf::from("/nonexistent");
    (Handset::start(Box::new(shelf.clone()), preferences, nowhere, tell).unwrap(), told)
}

fn wants(speaker: &str) -> Preferences {
    let devices = Devices { speaker: Some(speaker.into()), ..Devices::default() };
    Preferences { devices, ..Preferences::default() }
}

#[test]
fn a_call_has_one_port_on_the_chosen_devices_until_it_ends() {
    let shelf =
        Shelf::with(&[(Way::Capture, "mic"), (Way::Playback, "desk"), (Way::Playback, "headset")]);
    let (before, after) = (wants("headset"), wants("desk"));
    let (handset, _told) = start(&shelf, &before);
    let mut port = handset.port(CALL).unwrap();
    assert!(handset.port(CALL).is_none() && handset.has(CALL) && handset.is_in_use());
    until(|| shelf.opened() == ["mic", "headset"]);
    handset.prefer(&before, &after);
    until(|| shelf.opened() == ["mic", "desk"]);
    let mut frame = [1; 960];
    assert!(port.capture(Duration::ZERO, &mut frame));
    assert_eq!(frame, [0; 960], "silence until the device speaks");
    handset.take(&ended(CALL.0));
    until(|| shelf.opened().is_empty());
    assert!(!handset.is_in_use());
}

#[test]
fn a_choice_whose_devices_come_a_look_after_a_profile_has_its_place_again() {
    const HEADSET: (Way, &str) = (Way::Playback, "headset");
    const DESK: (Way, &str) = (Way::Playback, "desk");
    let speaker = Some("headset".into());
    let profile = DeviceProfile { speaker, ..DeviceProfile::default() };
    let preferences = Preferences { profiles: vec![profile], ..wants("desk") };
    for (late, returns) in [(RETURN, true), (RETURN * 2, false)] {
        let shelf = Shelf::with(&[HEADSET, DESK]);
        let (handset, told) = start(&shelf, &preferences);
        let after = |devices: &[_], now| {
            shelf.set(devices);
            handset.brought(&told.recv_timeout(Duration::from_secs(60)).unwrap(), now)
        };
        assert_eq!(after(&[], Duration::ZERO), None);
        let brought = after(&[HEADSET], Duration::ZERO);
        assert_eq!(brought, Some(wants("headset").devices));
        handset.prefer(
            &preferences,
            &Preferences { devices: brought.unwrap(), ..preferences.clone() },
        );
        let back = after(&[HEADSET, DESK], late);
        assert_eq!(back, returns.then(|| wants("desk").devices), "{late:?}");
    }
}

#[test]
fn a_port_that_nobody_takes_lets_its_devices_go_with_the_call() {
    let shelf = Shelf::with(&[(Way::Capture, "mic"), (Way::Playback, "desk")]);
    let (handset, _told) = start(&shelf, &Preferences::default());
    let port = handset.port(CALL).unwrap();
    until(|| shelf.opened().len() == 2);
    handset.take(&ended(CALL.0));
    until(|| shelf.opened().is_empty());
    drop(port);
}

#[test]
fn without_any_card_there_is_silence_and_it_is_told() {
    let (handset, told) = start(&Shelf::default(), &Preferences::default());
    let _port = handset.port(CALL).unwrap();
    let told: Vec<_> = (0..2)
        .map(|_| handset.told(&told.recv_timeout(Duration::from_secs(60)).unwrap()))
        .collect();
    let missing = |role| {
        let news = vec![DeviceNews::Missing { role }];
        ShellEvent::Devices { devices: Vec::new(), chosen: Devices::default(), news }
    };
    assert_eq!(told, [missing(Role::Microphone), missing(Role::Speaker)]);
    let silence = ShellEvent::Levels { call: CALL, in_dbov: SILENCE, out_dbov: SILENCE };
    assert_eq!(handset.levels(), [silence]);
    assert_eq!(handset.is_free(), Err("there is a call: end it first".into()));
    handset.take(&ended(CALL.0));
    assert_eq!(handset.is_free(), Err("there is no microphone: plug one in".into()));
}

#[test]
fn a_call_that_either_side_holds_sends_nothing() {
    let (handset, _told) = start(&Shelf::default(), &Preferences::default());
    let _port = handset.port(CALL).unwrap();
    for (local, remote) in [(true, false), (false, true), (true, true), (false, false)] {
        handset.take(&Event::Held { call: CALL, local, remote, refused: None });
        assert_eq!(lock(&handset.lines)[&CALL].held, local || remote, "{local} {remote}");
    }
}

#[test]
fn a_call_that_comes_in_rings_on_its_device_until_it_is_silenced() {
    let shelf = Shelf::with(&[(Way::Playback, "desk"), (Way::Playback, "bell")]);
    let devices = Devices { ring: Some("bell".into()), ..Devices::default() };
    let (handset, _told) = start(&shelf, &Preferences { devices, ..Preferences::default() });
    handset.take(&incoming(1));
    assert!(handset.is_in_use());
    handset.tend(Region::Europe);
    until(|| shelf.opened() == ["bell"]);
    handset.silence_ring();
    until(|| shelf.opened().is_empty());
    assert!(!handset.is_in_use());
}

#[test]
fn a_line_rings_in_its_own_way_and_the_others_in_the_usual_one() {
    let named = |(line, name): (&str, &str)| (line.to_owned(), name.to_owned());
    let ringtones = [("", "pulse"), ("a", "chime"), ("b", "gone.wav")].map(named).into();
    let (handset, _told) =
        start(&Shelf::default(), &Preferences { ringtones, ..Preferences::default() });
    let own = |line| match handset.ring(line) {
        Ring::Own(ringtone) => ringtone,
        Ring::Sound(_) => panic!("no sound was added"),
    };
    assert_eq!(["a", "b", "c"].map(own), [Ringtone::Chime, Ringtone::Bell, Ringtone::Pulse]);
    handset.prefer(&Preferences::default(), &Preferences::default());
    assert!(matches!(handset.ring("a"), Ring::Own(Ringtone::Bell)));
}

#[test]
fn a_call_whose_end_was_missed_is_put_down() {
    let shelf = Shelf::with(&[(Way::Capture, "mic"), (Way::Playback, "desk")]);
    let (handset, _told) = start(&shelf, &Preferences::default());
    let _port = handset.port(CALL).unwrap();
    handset.take(&incoming(2));
    let calls: Vec<_> = handset.calls().into_iter().collect();
    assert_eq!(calls, [CALL, CallId(2)]);
    calls.into_iter().for_each(|call| handset.put_down(call));
    until(|| shelf.opened().is_empty());
    assert!(!handset.is_in_use());
}

#[test]
fn each_device_is_offered_in_each_role_that_it_can_have() {
    let shelf = Shelf::with(&[(Way::Playback, "desk"), (Way::Playback, "headset")]);
    let (handset, _told) = start(&shelf, &Preferences::default());
    let roles = handset.devices().into_iter().map(|device| device.role);
    assert_eq!(roles.collect::<Vec<_>>(), [Role::Ring, Role::Ring, Role::Speaker, Role::Speaker]);
}

#[test]
fn what_happens_to_devices_is_told_in_kinds_and_names() {
    let desk = Card { id: "desk".into(), name: "Desk".into(), way: Way::Playback };
    let changes = vec![
        Change::Vanished(desk.clone()),
        Change::Appeared(desk.clone()),
        Change::DefaultChanged { way: Way::Playback, to: Some(desk.clone()) },
        Change::DefaultChanged { way: Way::Capture, to: None },
    ];
    let name = || "Desk".to_owned();
    let speaker = Role::Speaker;
    assert_eq!(
        words::news(&SoundEvent::Devices(changes)),
        [
            DeviceNews::Gone { name: name() },
            DeviceNews::Appeared { name: name() },
            DeviceNews::Preferred { role: speaker, name: Some(name()) },
            DeviceNews::Preferred { role: Role::Microphone, name: None },
        ]
    );
    let moved = SoundEvent::Moved { role: audio::Role::Ring, to: desk.clone() };
    assert_eq!(words::news(&moved), [DeviceNews::Moved { role: Role::Ring, name: name() }]);
    let (role, fault, why) = (audio::Role::Speaker, audio::Fault::Busy, "EBUSY".to_owned());
    let refused = SoundEvent::Refused { role, device: desk, fault, why: why.clone() };
    let fault = DeviceFault::Busy;
    assert_eq!(
        words::news(&refused),
        [DeviceNews::Refused { role: speaker, name: name(), fault, why }]
    );
}
