//! Sound cards that a test makes up: they come, go, refuse, stand still, and do not answer.

mod sounds;

use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use milliwatt_media::frame::AudioPort as _;

use super::*;
use crate::{
    cards::{OnChange, Opened},
    device::{
        Way,
        tests::{device, speakers},
    },
    player::{Piece, Player},
    port::{CallPort, CallSound, Volumes, call_port},
    stream::{Drain, Fault, Feed},
    tune::{Ringtone, Tune},
    voice::{BackEnd, Cleaning},
};

/// What the cards and the test share.
#[derive(Default)]
struct Room {
    snapshot: Snapshot,
    /// Devices that cannot be opened, and why.
    refuses: Vec<(&'static str, Fault)>,
    microphone: Option<(String, Feed)>,
    speaker: Option<(String, Drain)>,
    opened: Vec<String>,
    looks: u32,
    on_change: Option<OnChange>,
    /// The next look waits until the other end of this goes.
    hang: Option<mpsc::Receiver<()>>,
    /// The same for the next device that is opened.
    hang_opening: Option<mpsc::Receiver<()>>,
}

#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Room>>);

impl Fake {
    fn open(&self, id: &str) -> Result<Opened, CardError> {
        let hang = self.0.lock().unwrap().hang_opening.take();
        if let Some(hang) = hang {
            hang.recv().unwrap_err();
        }
        let mut room = self.0.lock().unwrap();
        room.opened.push(id.to_owned());
        if let Some((_, fault)) = room.refuses.iter().find(|(of, _)| *of == id) {
            return Err(CardError { fault: *fault, text: "no".into() });
        }
        Ok(Opened { rate: 48_000, stream: Box::new(()) })
    }
}

impl Cards for Fake {
    fn watch(&mut self, on_change: OnChange) {
        self.0.lock().unwrap().on_change = Some(on_change);
    }

    fn look(&mut self) -> Snapshot {
        let hang = self.0.lock().unwrap().hang.take();
        if let Some(hang) = hang {
            hang.recv().unwrap_err();
        }
        let mut room = self.0.lock().unwrap();
        room.looks += 1;
        room.snapshot.clone()
    }

    fn capture(&mut self, id: &str, feed: &mut dyn FnMut() -> Feed) -> Result<Opened, CardError> {
        let opened = self.open(id)?;
        self.0.lock().unwrap().microphone = Some((id.to_owned(), feed()));
        Ok(opened)
    }

    fn playback(
        &mut self,
        id: &str,
        drain: &mut dyn FnMut() -> Drain,
    ) -> Result<Opened, CardError> {
        let opened = self.open(id)?;
        self.0.lock().unwrap().speaker = Some((id.to_owned(), drain()));
        Ok(opened)
    }
}

struct Bench {
    fake: Fake,
    keeper: Keeper,
    told: mpsc::Receiver<Event>,
    volumes: Arc<Volumes>,
}

impl Bench {
    /// `wanted` is the chosen speaker.
    fn new(ids: &[&str], wanted: Option<&str>) -> Self {
        let fake = Fake::default();
        fake.0.lock().unwrap().snapshot = speakers(ids);
        let (tell, told) = mpsc::channel();
        let choice = Choice { speaker: wanted.map(Into::into), ..Choice::default() };
        let tell = Box::new(move |event| tell.send(event).unwrap());
        let choice = (choice, Arc::default());
        let keeper = Keeper::new(Box::new(fake.clone()), Stamps::system(), choice, tell);
        Self { fake, keeper, told, volumes: Arc::default() }
    }

    fn call(&mut self) -> (CallPort, CallSound) {
        let cleaning = (BackEnd::Sonora, Cleaning::NONE);
        let (port, sound, plugs) = call_port(Stamps::system(), Arc::clone(&self.volumes), cleaning);
        plugs.into_iter().for_each(|plug| self.keeper.add(plug));
        (port, sound)
    }

    /// So many tenths of a second, in which the devices run and the call is driven.
    fn pass(&mut self, ticks: u32, port: Option<&mut CallPort>) {
        let mut port = port;
        for _ in 0..ticks {
            for _ in 0..5 {
                self.run_devices();
                if let Some(port) = &mut port {
                    port.capture(Duration::ZERO, &mut [0; 960]);
                    port.playout(Duration::ZERO, &[1000; 960]);
                }
            }
            self.keeper.tick();
        }
    }

    fn run_devices(&self) {
        let mut room = self.fake.0.lock().unwrap();
        if let Some((_, feed)) = &mut room.microphone {
            feed.take(&[0.1_f32; 960], 1, |s| s);
        }
        if let Some((_, drain)) = &mut room.speaker {
            drain.give(&mut [0.0_f32; 960], 1, |s| s);
        }
    }

    fn speaker(&self) -> String {
        self.fake.0.lock().unwrap().speaker.as_ref().unwrap().0.clone()
    }

    fn microphone(&self) -> String {
        self.fake.0.lock().unwrap().microphone.as_ref().unwrap().0.clone()
    }

    fn room(&self) -> std::sync::MutexGuard<'_, Room> {
        self.fake.0.lock().unwrap()
    }

    /// Time goes on until this has happened.
    fn pass_until(&mut self, port: &mut CallPort, happened: impl Fn(&Self) -> bool) {
        for _ in 0..2000 {
            if happened(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
            self.pass(1, Some(&mut *port));
        }
        panic!("not in time");
    }

    fn said(&self) -> Vec<String> {
        self.told.try_iter().map(|event| event.said()).collect()
    }
}

#[test]
fn a_call_moves_to_the_default_when_its_device_goes_and_back_when_it_returns() {
    let mut bench = Bench::new(&["desk", "headset"], Some("headset"));
    let (mut port, _sound) = bench.call();
    bench.pass(3, Some(&mut port));
    assert_eq!((bench.speaker().as_str(), bench.said()), ("headset", vec![]));

    bench.room().snapshot = speakers(&["desk"]);
    let alarm = bench.room().speaker.as_ref().unwrap().1.alarm();
    alarm.raise(Fault::Gone);
    bench.pass(1, Some(&mut port));
    assert_eq!(bench.speaker(), "desk", "at the next tick");
    assert_eq!(bench.said(), ["HEADSET is gone.", "The speaker is DESK."]);

    bench.room().snapshot = speakers(&["desk", "headset"]);
    bench.pass(10, Some(&mut port));
    assert_eq!(bench.speaker(), "headset", "at the next look");
    assert_eq!(bench.said(), ["HEADSET is there.", "The speaker is HEADSET."]);
}

/// Microphones by name, the first is the default, and one speaker.
fn microphones(ids: &[&str]) -> Snapshot {
    let mut snapshot = speakers(&["desk"]);
    snapshot.devices.retain(|device| device.way == Way::Playback);
    snapshot.devices.extend(ids.iter().map(|id| device(Way::Capture, id)));
    snapshot.default_capture = ids.first().map(|id| (*id).to_owned());
    snapshot
}

#[test]
fn a_microphone_that_goes_in_mid_call_is_replaced_and_taken_again() {
    let mut bench = Bench::new(&["desk"], None);
    bench.room().snapshot = microphones(&["lid", "headset"]);
    bench.keeper.choose(Choice { microphone: Some("headset".into()), ..Choice::default() });
    drop(bench.said());
    let (mut port, sound) = bench.call();
    bench.pass(3, Some(&mut port));
    assert_eq!((bench.microphone().as_str(), bench.said()), ("headset", vec![]));

    bench.room().snapshot = microphones(&["lid"]);
    let alarm = bench.room().microphone.as_ref().unwrap().1.alarm();
    alarm.raise(Fault::Gone);
    bench.pass(1, Some(&mut port));
    assert_eq!(bench.microphone(), "lid", "at the next tick");
    assert_eq!(bench.said(), ["HEADSET is gone.", "The microphone is LID."]);
    bench.pass(5, Some(&mut port));
    let out = sound.figures().out_dbov;
    assert!((out + 20.0).abs() < 1.0, "the far end hears {out} dBov");

    bench.room().snapshot = microphones(&["lid", "headset"]);
    bench.pass(10, Some(&mut port));
    assert_eq!(bench.microphone(), "headset", "at the next look");
    assert_eq!(bench.said(), ["HEADSET is there.", "The microphone is HEADSET."]);
    assert_eq!(bench.speaker(), "desk");
}

/// Some systems tell nothing: the device simply has no callbacks any more.
#[test]
fn a_device_that_stands_still_is_left_within_a_second() {
    let mut bench = Bench::new(&["desk", "headset"], Some("headset"));
    let (mut port, _sound) = bench.call();
    bench.pass(3, Some(&mut port));
    let ticks = (1..10)
        .find(|_| {
            bench.keeper.tick();
            bench.speaker() == "desk"
        })
        .unwrap();
    assert!(ticks < 10, "{ticks}");
}

#[test]
fn a_device_that_vanishes_without_a_word_is_left_at_the_next_look() {
    let mut bench = Bench::new(&["desk", "headset"], Some("headset"));
    let (mut port, _sound) = bench.call();
    bench.pass(3, Some(&mut port));
    bench.room().snapshot = speakers(&["desk"]);
    bench.pass(10, Some(&mut port));
    assert_eq!(bench.speaker(), "desk");
}

/// Some systems tell more than once of one change.
#[test]
fn devices_that_are_told_to_be_others_are_looked_at_once_at_the_next_tick() {
    let mut bench = Bench::new(&["desk"], Some("headset"));
    let (mut port, _sound) = bench.call();
    bench.pass(3, Some(&mut port));
    let looks = bench.room().looks;
    bench.room().snapshot = speakers(&["desk", "headset"]);
    let on_change = bench.room().on_change.clone().unwrap();
    (0..50).for_each(|_| on_change());
    bench.pass(1, Some(&mut port));
    assert_eq!(bench.speaker(), "headset");
    assert_eq!(bench.said(), ["HEADSET is there.", "The speaker is HEADSET."]);
    bench.pass(5, Some(&mut port));
    assert_eq!(bench.room().looks, looks + 1, "one look for all that was told");
    bench.pass(1, Some(&mut port));
    assert_eq!(bench.room().looks, looks + 2, "and that of the second");
}

#[test]
fn without_any_device_the_call_goes_on_in_silence_and_that_is_told_once() {
    let mut bench = Bench::new(&[], None);
    bench.room().snapshot = Snapshot::default();
    bench.keeper.tick();
    let (mut port, sound) = bench.call();
    bench.pass(20, Some(&mut port));
    let mut frame = [7; 960];
    assert!(port.capture(Duration::ZERO, &mut frame));
    assert_eq!(frame, [0; 960]);
    let said = bench.said().join(" ");
    assert_eq!(said.matches("the other side hears silence").count(), 1, "{said}");
    assert_eq!(said.matches("you hear nothing").count(), 1, "{said}");
    assert_eq!(sound.figures().microphone, None);

    bench.room().snapshot = speakers(&["desk"]);
    bench.pass(20, Some(&mut port));
    assert_eq!(bench.speaker(), "desk");
    let figures = sound.figures();
    assert!(figures.microphone.is_some() && figures.speaker.is_some());
    assert!((figures.out_dbov + 20.0).abs() < 0.5, "{figures:?}");
    assert!((figures.in_dbov + 30.3).abs() < 0.1, "{figures:?}");
}

#[test]
fn a_device_that_is_busy_is_told_once_tried_seldom_and_taken_when_it_is_free() {
    let mut bench = Bench::new(&["desk", "headset"], Some("headset"));
    bench.room().refuses = vec![("headset", Fault::Busy)];
    let (mut port, _sound) = bench.call();
    bench.pass(100, Some(&mut port));
    assert_eq!(bench.speaker(), "desk");
    assert_eq!(
        bench.said(),
        ["HEADSET is used by another program, so that it is not the speaker (no)."]
    );
    let tries = bench.room().opened.iter().filter(|id| *id == "headset").count();
    assert!((3..9).contains(&tries), "{tries}");
    bench.room().refuses.clear();
    bench.pass(170, Some(&mut port));
    assert_eq!(bench.speaker(), "headset");
}

#[test]
fn the_only_device_is_told_of_when_it_can_be_used_again() {
    let mut bench = Bench::new(&["desk"], None);
    bench.room().refuses = vec![("desk", Fault::Busy)];
    let (mut port, _sound) = bench.call();
    bench.pass(3, Some(&mut port));
    assert_eq!(
        bench.said(),
        [
            "DESK is used by another program, so that it is not the speaker (no).",
            "There is no speaker: you hear nothing."
        ]
    );
    bench.room().refuses.clear();
    bench.pass(20, Some(&mut port));
    assert_eq!(bench.said(), ["The speaker is DESK."]);
}

#[test]
fn what_one_use_lacked_is_told_to_be_there_when_another_has_it() {
    let mut bench = Bench::new(&["desk"], None);
    bench.room().refuses = vec![("desk", Fault::Busy)];
    let first = bench.call();
    bench.pass(1, None);
    drop(first);
    bench.pass(1, None);
    bench.said();
    bench.room().refuses.clear();
    let _second = bench.call();
    assert_eq!(bench.said(), ["The speaker is DESK."]);
}

#[test]
fn another_choice_moves_a_call_that_is_up() {
    let mut bench = Bench::new(&["desk", "headset"], None);
    let (mut port, _sound) = bench.call();
    bench.pass(3, Some(&mut port));
    assert_eq!(bench.speaker(), "desk");
    bench.keeper.choose(Choice { speaker: Some("headset".into()), ..Choice::default() });
    assert_eq!(bench.speaker(), "headset");
    bench.room().snapshot = speakers(&["headset", "desk"]);
    bench.pass(10, Some(&mut port));
    assert_eq!(bench.speaker(), "headset");
    let to = Some(device(Way::Playback, "headset"));
    let told: Vec<Event> = bench.told.try_iter().collect();
    assert!(
        told.contains(&Event::Devices(vec![crate::Change::DefaultChanged {
            way: Way::Playback,
            to
        }])),
        "{told:?}"
    );
}

/// A sound server that stands still stops the devices, and whoever asks it for them.
#[test]
fn a_look_that_hangs_holds_nobody_up_and_is_taken_when_it_comes() {
    let mut bench = Bench::new(&["desk", "headset"], Some("headset"));
    let (mut port, sound) = bench.call();
    bench.pass(3, Some(&mut port));
    let looks = bench.room().looks;
    let (goes_on, hang) = mpsc::channel::<()>();
    bench.room().hang = Some(hang);

    // None of these would come back.
    (0..30).for_each(|_| bench.keeper.tick());
    let said = bench.said().join(" ");
    assert_eq!(said.matches("the other side hears silence").count(), 1, "{said}");
    assert_eq!(said.matches("you hear nothing").count(), 1, "{said}");

    bench.room().snapshot = speakers(&["desk"]);
    drop(goes_on);
    while bench.room().looks == looks {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(bench.room().looks, looks + 1, "no others waited behind it");
    bench.pass_until(&mut port, |bench| bench.speaker() == "desk");
    bench.pass(20, Some(&mut port));
    let back = ["HEADSET is gone.", "The microphone is MIC.", "The speaker is DESK."];
    assert_eq!(bench.said(), back);
    let figures = sound.figures();
    assert!(figures.microphone.is_some() && figures.speaker.is_some());
    assert!((figures.out_dbov + 20.0).abs() < 0.5, "{figures:?}");
}

/// Nor does one that hangs while a device is opened; what comes of it later is let go.
#[test]
fn a_device_that_does_not_open_holds_nobody_up() {
    let mut bench = Bench::new(&["desk"], None);
    let (goes_on, hang) = mpsc::channel::<()>();
    bench.room().hang_opening = Some(hang);
    let (mut port, sound) = bench.call();
    bench.pass(20, Some(&mut port));
    let said = bench.said().join(" ");
    assert_eq!(said.matches("the sound system does not answer").count(), 1, "{said}");
    assert_eq!(said.matches("you hear nothing").count(), 1, "{said}");
    assert!(bench.room().opened.is_empty());

    drop(goes_on);
    let runs = |sound: &CallSound| {
        let figures = sound.figures();
        figures.microphone.is_some() && figures.speaker.is_some()
    };
    bench.pass_until(&mut port, |_| runs(&sound));
    let opened = bench.room().opened.iter().filter(|id| *id == "mic").count();
    assert_eq!(opened, 2, "the late one is of no use");
}

/// Who has chosen no device goes along when the system prefers others.
#[test]
fn a_call_that_follows_the_system_moves_with_its_defaults() {
    let mut bench = Bench::new(&["desk"], None);
    let (mut port, _sound) = bench.call();
    bench.pass(3, Some(&mut port));
    let devices = (bench.microphone(), bench.speaker());
    assert_eq!(devices, ("mic".to_owned(), "desk".to_owned()));

    let mut look = speakers(&["headset", "desk"]);
    look.devices.push(device(Way::Capture, "headset"));
    look.default_capture = Some("headset".into());
    bench.room().snapshot = look;
    bench.pass(10, Some(&mut port));
    let devices = (bench.microphone(), bench.speaker());
    assert_eq!(devices, ("headset".to_owned(), "headset".to_owned()), "at the next look");
    let said = bench.said();
    let moves = ["The microphone is HEADSET.", "The speaker is HEADSET."];
    assert_eq!(said.get(1..), Some(&moves.map(str::to_owned)[..]), "{said:?}");
}
