//! A handset on cards that a test makes up.

use std::sync::{Arc, mpsc};

use milliwatt_audio::{CardError, Device as Card, Drain, Feed, Opened, Snapshot, Way};
use milliwatt_engine::AudioPort as _;
use milliwatt_store::preferences::{DeviceProfile, Devices};

use super::*;
use crate::{
    api::Role,
    samples::{ended, incoming},
};

/// Devices by name; each opens, and its callbacks never come. Opened ones are counted.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<(Vec<Card>, Vec<String>)>>);

impl Shelf {
    fn with(names: &[(Way, &str)]) -> Self {
        let card =
            |(way, id): &(Way, &str)| Card { id: (*id).into(), name: (*id).into(), way: *way };
        Self(Arc::new(Mutex::new((names.iter().map(card).collect(), Vec::new()))))
    }

    fn opened(&self) -> Vec<String> {
        lock(&self.0).1.clone()
    }

    fn open(&self, id: &str) -> Result<Opened, CardError> {
        lock(&self.0).1.push(id.into());
        let shelf = self.clone();
        let id = id.to_owned();
        let stream = Box::new(Closes(move || lock(&shelf.0).1.retain(|open| *open != id)));
        Ok(Opened { rate: 48_000, stream })
    }
}

struct Closes<F: FnMut()>(F);

impl<F: FnMut()> Drop for Closes<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Cards for Shelf {
    fn look(&mut self) -> Snapshot {
        Snapshot { devices: lock(&self.0).0.clone(), ..Snapshot::default() }
    }

    fn capture(&mut self, id: &str, feed: &mut dyn FnMut() -> Feed) -> Result<Opened, CardError> {
        drop(feed());
        self.open(id)
    }

    fn playback(
        &mut self,
        id: &str,
        drain: &mut dyn FnMut() -> Drain,
    ) -> Result<Opened, CardError> {
        drop(drain());
        self.open(id)
    }
}

const CALL: CallId = CallId(1);

fn start(shelf: &Shelf, preferences: &Preferences) -> (Handset, mpsc::Receiver<SoundEvent>) {
    let (tell, told) = mpsc::channel();
    let tell = move |event| drop(tell.send(event));
    (Handset::start(Box::new(shelf.clone()), preferences, tell).unwrap(), told)
}

fn until(mut happened: impl FnMut() -> bool) {
    for _ in 0..600 {
        if happened() {
            return;
        }
        std::thread::sleep(TENTH);
    }
    panic!("not within a minute");
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
fn without_any_card_there_is_silence_and_a_sentence() {
    let (handset, told) = start(&Shelf::default(), &Preferences::default());
    let _port = handset.port(CALL).unwrap();
    let said: Vec<_> = (0..2)
        .map(|_| handset.told(&told.recv_timeout(Duration::from_secs(60)).unwrap()))
        .map(|event| {
            let ShellEvent::Devices { devices, said } = event else { panic!("{event:?}") };
            (devices.len(), said.unwrap())
        })
        .collect();
    let microphone = "There is no microphone: the other side hears silence.";
    assert_eq!(said[0], (0, microphone.to_owned()));
    assert_eq!(said[1], (0, "There is no speaker: you hear nothing.".to_owned()));
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
fn a_profile_whose_devices_are_there_is_taken_by_itself() {
    let shelf = Shelf::with(&[(Way::Playback, "desk"), (Way::Playback, "headset")]);
    let profile = DeviceProfile {
        name: "Headset".into(),
        speaker: Some("headset".into()),
        ..DeviceProfile::default()
    };
    let preferences = Preferences { profiles: vec![profile], ..Preferences::default() };
    let (handset, _told) = start(&shelf, &preferences);
    assert_eq!(handset.audio.choice().speaker.as_deref(), Some("headset"));
    handset.prefer(&preferences, &wants("desk"));
    assert_eq!(handset.audio.choice().speaker.as_deref(), Some("desk"));
    let roles = handset.devices().into_iter().map(|device| device.role);
    assert_eq!(roles.collect::<Vec<_>>(), [Role::Ring, Role::Ring, Role::Speaker, Role::Speaker]);
}
