//! Calls that are taken without anybody's act, because somebody asked for it beforehand.

use milliwatt_engine::api::{AutoAnswer, CallId, Command, Dial, Event, Outcome, Sound};
use milliwatt_store::history::{Filter, History};

use crate::support::{Pair, SECOND, first, tones};

/// How alice has it that bob answers her calls.
fn ask(pair: &mut Pair, how: Option<AutoAnswer>) {
    let command = Command::AutoAnswer { trunk: "line".into(), how: how.map(Box::new) };
    pair.world.command(pair.bob, command);
}

fn answered_after(pair: &Pair, call: CallId) -> Option<f64> {
    first(&pair.world, pair.alice, |event| match event {
        Event::Answered { call: of, .. } if *of == call => Some(()),
        _ => None,
    })
    .map(|(at, ())| at.as_secs_f64())
}

#[test]
fn a_call_is_taken_at_once_and_heard() {
    let mut pair = Pair::new();
    ask(&mut pair, Some(AutoAnswer { sound: tones(1004.0, 440.0), ..AutoAnswer::default() }));
    let began = pair.world.now();
    let call = pair.dial(Dial { sound: tones(440.0, 1004.0), ..Dial::default() });
    pair.world.run_for(2 * SECOND);
    let at = answered_after(&pair, call).expect("an answer");
    assert!(at - began.as_secs_f64() < 0.2, "{at}");
    pair.world.command(pair.alice, Command::HangUp { call });
    let (alice, bob) = pair.reports();
    assert_eq!((alice[0].outcome, bob[0].outcome), (Outcome::Answered, Outcome::Answered));
    assert!(alice[0].media.received > 90 && bob[0].media.received > 90);
}

#[test]
fn it_may_ring_first() {
    let mut pair = Pair::new();
    ask(&mut pair, Some(AutoAnswer { ring_ms: 3000, ..AutoAnswer::default() }));
    let began = pair.world.now();
    let call = pair.dial(Dial::default());
    pair.world.run_for(5 * SECOND);
    let at = answered_after(&pair, call).expect("an answer") - began.as_secs_f64();
    assert!((3.0..3.3).contains(&at), "{at}");
    let ringing = |event: &Event| matches!(event, Event::Progress { code: 180, .. }).then_some(());
    assert!(first(&pair.world, pair.alice, ringing).is_some());
}

#[test]
fn a_call_that_waits_already_is_taken_and_a_later_one_is_not() {
    let mut pair = Pair::new();
    let call = pair.dial(Dial::default());
    pair.world.run_for(SECOND);
    assert_eq!(answered_after(&pair, call), None);
    ask(&mut pair, Some(AutoAnswer::default()));
    pair.world.run_for(SECOND);
    assert!(answered_after(&pair, call).is_some());
    ask(&mut pair, None);
    let next = pair.dial(Dial::default());
    pair.world.run_for(2 * SECOND);
    assert_eq!(answered_after(&pair, next), None);
}

#[test]
fn a_call_taken_back_while_it_rings_is_not_answered() {
    let mut pair = Pair::new();
    ask(&mut pair, Some(AutoAnswer { ring_ms: 3000, ..AutoAnswer::default() }));
    let call = pair.dial(Dial::default());
    pair.world.run_for(SECOND);
    pair.world.command(pair.alice, Command::HangUp { call });
    pair.world.run_for(5 * SECOND);
    let (alice, bob) = pair.reports();
    assert_eq!((alice[0].outcome, bob[0].outcome), (Outcome::Cancelled, Outcome::Cancelled));
}

/// Calls at once and one after another; one who gives up while it rings leaves no gap.
#[test]
fn each_call_is_recorded_into_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (database, record) = (folder.path().join("history.db"), folder.path().join("r.wav"));
    let mut pair = Pair::new();
    pair.world.keep_history(pair.bob, &database).unwrap();
    let sound = Sound { record: Some(record), ..tones(1004.0, 440.0) };
    ask(&mut pair, Some(AutoAnswer { ring_ms: 500, sound, ..AutoAnswer::default() }));
    let gives_up = pair.dial(Dial::default());
    pair.world.run_for(SECOND / 4);
    pair.world.command(pair.alice, Command::HangUp { call: gives_up });
    let sound = tones(440.0, 1004.0);
    for at_once in [2, 1] {
        let dial = || Dial { sound: sound.clone(), ..Dial::default() };
        let calls: Vec<_> = (0..at_once).map(|_| pair.dial(dial())).collect();
        pair.world.run_for(2 * SECOND);
        for call in calls {
            pair.world.command(pair.alice, Command::HangUp { call });
        }
        pair.reports();
    }
    // The recordings and the history are on disk when the world is gone.
    drop(pair);
    let rows = History::open(&database).unwrap().find(&Filter::default()).unwrap();
    let recorded = rows.iter().filter_map(|row| row.recording.as_ref());
    let mut names: Vec<_> = recorded.map(|path| path.file_name().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["r-2.wav", "r-3.wav", "r.wav"]);
    for name in names {
        let recording = hound::WavReader::open(folder.path().join(name)).unwrap();
        let samples = recording.into_samples::<i16>().map(Result::unwrap);
        let loud = samples.filter(|sample| sample.unsigned_abs() > 1000).count();
        assert!(loud > 4000, "{name:?}: {loud}");
    }
}
