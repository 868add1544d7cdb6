//! Digits, the microphone, and who may open it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use milliwatt_engine::{
    AudioPort,
    api::{CallId, Command, Dial, Dtmf, Event, Sound, Source},
};

use crate::support::{Pair, SECOND, first, notices, tones};

/// A microphone that counts how often it is read.
struct Microphone(Arc<AtomicU64>);

impl AudioPort for Microphone {
    fn sample_rate(&self) -> u32 {
        8000
    }

    fn capture(&mut self, _: Duration, frame: &mut [i16]) -> bool {
        self.0.fetch_add(1, Ordering::SeqCst);
        frame.fill(1000);
        true
    }

    fn playout(&mut self, _: Duration, _: &[i16]) {}
}

/// A microphone for a call of Alice, or of Bob.
fn microphone(pair: &mut Pair, alice: bool, call: CallId) -> Arc<AtomicU64> {
    let phone = if alice { pair.alice } else { pair.bob };
    let read = Arc::new(AtomicU64::new(0));
    pair.world.attach_port(phone, call, Box::new(Microphone(Arc::clone(&read))));
    read
}

fn port() -> Sound {
    Sound { source: Source::Port, ..Sound::default() }
}

fn digits(pair: &Pair) -> String {
    let digits = pair.world.events(pair.bob).iter().filter_map(|(_, event)| match event {
        Event::Digit { digit, .. } => Some(*digit),
        _ => None,
    });
    digits.collect()
}

fn press(pair: &mut Pair, call: CallId, mode: Dtmf) {
    let digits = "159#*0D".to_owned();
    let command = Command::SendDtmf { call, digits, mode, on_ms: 100, off_ms: 100 };
    pair.world.command(pair.alice, command);
    pair.world.run_for(4 * SECOND);
    let sent = |event: &Event| matches!(event, Event::DtmfSent { .. }).then_some(());
    assert!(first(&pair.world, pair.alice, sent).is_some(), "told when all is out");
}

#[test]
fn digits_arrive_by_telephone_event() {
    let mut pair = Pair::new();
    let (out, _) = pair.call(Dial::default(), Sound::default());
    press(&mut pair, out, Dtmf::Rfc4733);
    assert_eq!(digits(&pair), "159#*0D");
    pair.world.command(pair.alice, Command::HangUp { call: out });
    assert_eq!(pair.reports().1[0].dtmf_received, "159#*0D");
}

#[test]
fn digits_arrive_by_info() {
    let mut pair = Pair::new();
    let (out, _) = pair.call(Dial::default(), Sound::default());
    press(&mut pair, out, Dtmf::Info);
    assert_eq!(digits(&pair), "159#*0D");
}

#[test]
fn digits_arrive_in_the_sound_where_events_are_not_agreed() {
    let mut pair = Pair::with(|trunk| trunk.media.dtmf = "inband".into());
    let (out, _) = pair.call(Dial::default(), Sound::default());
    press(&mut pair, out, Dtmf::Rfc4733);
    assert_eq!(digits(&pair), "159#*0D");
    assert!(notices(&pair.world, pair.alice).contains(&"dtmf-inband".to_owned()));
}

#[test]
fn no_microphone_opens_before_its_user_acts() {
    let mut pair = Pair::new();
    pair.dial(Dial { sound: tones(440.0, 1004.0), ..Dial::default() });
    let into = pair.incoming();
    let read = microphone(&mut pair, false, into);
    pair.world.command(pair.bob, Command::Ring { call: into });
    pair.world.run_for(5 * SECOND);
    assert_eq!(read.load(Ordering::SeqCst), 0);
    pair.answer(into, port());
    pair.world.run_for(SECOND);
    assert!(read.load(Ordering::SeqCst) > 40);
}

#[test]
fn the_callers_microphone_waits_for_the_answer() {
    let mut pair = Pair::new();
    let call = pair.dial(Dial { sound: port(), ..Dial::default() });
    let read = microphone(&mut pair, true, call);
    let into = pair.incoming();
    pair.world.command(pair.bob, Command::EarlyMedia { call: into, sound: tones(1004.0, 440.0) });
    pair.world.run_for(3 * SECOND);
    assert_eq!(read.load(Ordering::SeqCst), 0);
    pair.answer(into, tones(1004.0, 440.0));
    pair.world.run_for(SECOND);
    assert!(read.load(Ordering::SeqCst) > 40);
}

#[test]
fn hang_up_closes_the_microphone_at_once() {
    let mut pair = Pair::new();
    let call = pair.dial(Dial { sound: port(), ..Dial::default() });
    let read = microphone(&mut pair, true, call);
    let into = pair.incoming();
    pair.answer(into, tones(1004.0, 440.0));
    pair.world.run_for(2 * SECOND);
    // The far end is gone: the BYE stays unanswered for its 32 s.
    pair.world.cut(crate::support::BOB, true);
    let before = read.load(Ordering::SeqCst);
    assert!(before > 80);
    pair.world.command(pair.alice, Command::HangUp { call });
    pair.world.run_for(40 * SECOND);
    assert_eq!(read.load(Ordering::SeqCst), before);
}

#[test]
fn a_held_or_muted_microphone_sends_silence() {
    let mut pair = Pair::new();
    let call = pair.dial(Dial { sound: port(), ..Dial::default() });
    let _read = microphone(&mut pair, true, call);
    let into = pair.incoming();
    pair.answer(into, Sound::default());
    pair.world.run_for(3 * SECOND);
    pair.world.command(pair.alice, Command::Mute { call, on: true });
    pair.world.run_for(3 * SECOND);
    let level = |pair: &Pair| {
        pair.world.events(pair.bob).iter().rev().find_map(|(_, event)| match event {
            Event::Quality { media, .. } => Some(media.level_in_dbov),
            _ => None,
        })
    };
    assert!(level(&pair).flatten().is_none_or(|dbov| dbov < -60.0), "{:?}", level(&pair));
    pair.world.command(pair.alice, Command::Mute { call, on: false });
    pair.world.run_for(3 * SECOND);
    assert!(level(&pair).flatten().is_some_and(|dbov| dbov > -40.0), "{:?}", level(&pair));
}
