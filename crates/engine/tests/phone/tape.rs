//! A call that is recorded by a person's wish: both sides, from the middle on, and again.

use std::path::Path;

use milliwatt_engine::api::{CallId, Command, Dial};
use milliwatt_media::tone::measure;
use milliwatt_store::history::{Filter, History};

use crate::support::{Pair, SECOND, notices, tones};

/// Alice plays 440 Hz and hears 1004 Hz.
fn up() -> (Pair, CallId, CallId) {
    let mut pair = Pair::new();
    let dial = Dial { sound: tones(440.0, 1004.0), ..Dial::default() };
    let (out, into) = pair.call(dial, tones(1004.0, 440.0));
    pair.world.run_for(2 * SECOND);
    (pair, out, into)
}

fn record(pair: &mut Pair, call: CallId, into: Option<&Path>) {
    let into = into.map(Into::into);
    pair.world.command(pair.alice, Command::Record { call, into });
}

/// What is on the tape: left and right.
fn sides(path: &Path) -> (Vec<i16>, Vec<i16>) {
    let mut file = hound::WavReader::open(path).unwrap();
    assert_eq!((file.spec().channels, file.spec().sample_rate), (2, 8000));
    let sound: Vec<i16> = file.samples().map(Result::unwrap).collect();
    sound.chunks_exact(2).map(|pair| (pair[0], pair[1])).unzip()
}

fn is_tone(sound: &[i16], hz: f32) -> bool {
    measure(sound, 8000, hz).is_some_and(|tone| tone.level_dbov > -30.0 && tone.snr_db > 20.0)
}

#[test]
fn both_sides_are_on_the_tape_while_it_runs_and_the_history_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, rows) = (folder.path().join("t.wav"), folder.path().join("history.db"));
    let mut pair = Pair::new();
    pair.world.keep_history(pair.alice, &rows).unwrap();
    let dial = Dial { sound: tones(440.0, 1004.0), ..Dial::default() };
    let (out, _) = pair.call(dial, tones(1004.0, 440.0));
    for seconds in [2, 1] {
        record(&mut pair, out, Some(&path));
        pair.world.run_for(seconds * SECOND);
        record(&mut pair, out, None);
        pair.world.run_for(5 * SECOND);
    }
    pair.world.command(pair.alice, Command::HangUp { call: out });
    pair.reports();
    drop(pair);
    let (sent, heard) = sides(&path);
    assert!((23_000..25_000).contains(&sent.len()), "three seconds: {}", sent.len());
    assert!(is_tone(&sent[4000..12_000], 440.0) && is_tone(&heard[4000..12_000], 1004.0));
    let calls = History::open(&rows).unwrap().find(&Filter::default()).unwrap();
    assert_eq!(calls[0].recording.as_deref(), Some(path.as_path()));
}

#[test]
fn what_the_far_end_does_not_hear_is_not_on_the_tape() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.wav");
    let (mut pair, out, _) = up();
    record(&mut pair, out, Some(&path));
    pair.world.command(pair.alice, Command::Mute { call: out, on: true });
    pair.world.run_for(2 * SECOND);
    pair.world.command(pair.alice, Command::Mute { call: out, on: false });
    pair.world.command(pair.alice, Command::Hold { call: out });
    pair.world.run_for(2 * SECOND);
    pair.world.command(pair.alice, Command::HangUp { call: out });
    pair.reports();
    drop(pair);
    let (sent, heard) = sides(&path);
    assert!(is_tone(&heard[4000..12_000], 1004.0));
    assert!(sent[1000..].iter().all(|sample| *sample == 0));
}

#[test]
fn while_the_far_end_holds_nothing_of_ours_is_on_the_tape() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.wav");
    let (mut pair, out, into) = up();
    pair.world.command(pair.bob, Command::Hold { call: into });
    pair.world.run_for(SECOND);
    record(&mut pair, out, Some(&path));
    pair.world.run_for(2 * SECOND);
    pair.world.command(pair.bob, Command::Resume { call: into });
    pair.world.run_for(3 * SECOND);
    pair.world.command(pair.alice, Command::HangUp { call: out });
    pair.reports();
    drop(pair);
    let (sent, _) = sides(&path);
    assert!(sent[..15_000].iter().all(|sample| *sample == 0), "held");
    assert!(is_tone(&sent[24_000..32_000], 440.0), "taken back");
}

#[test]
fn a_call_that_is_not_up_is_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.wav");
    let mut pair = Pair::new();
    let out = pair.dial(Dial::default());
    pair.incoming();
    record(&mut pair, out, Some(&path));
    pair.world.run_for(SECOND);
    assert!(!path.exists());
    assert!(notices(&pair.world, pair.alice).contains(&"recording".to_owned()));
}
