//! Paths that hang, and the files behind them.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::{path::Path, process::Command, sync::Arc, thread::yield_now};

use super::*;
use crate::media_io::News;

/// A file that holds eight samples of nines.
fn good(path: &Path) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    (0..8).for_each(|_| writer.write_sample(9_i16).unwrap());
    writer.finalize().unwrap();
    std::fs::read(path).unwrap()
}

/// Waits without the frames of a call, which count until a file is late.
fn wait_for(samples: &Samples) -> Vec<i16> {
    samples.read.wait().clone()
}

/// Pipes that nobody writes into: whoever opens one to read waits until somebody does.
fn pipes(folder: &Path) -> Vec<PathBuf> {
    let pipes: Vec<_> = (0..THREADS).map(|n| folder.join(format!("pipe{n}.wav"))).collect();
    assert!(Command::new("mkfifo").args(&pipes).status().unwrap().success());
    pipes
}

#[test]
fn only_a_path_for_each_thread_holds_up_a_file_and_only_while_it_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("good.wav");
    let sound = good(&path);
    let pipes = pipes(folder.path());
    let (reporter, mut news) = News::channel();
    let readers = Readers::new(&reporter);
    let shared = Arc::clone(&readers.shared);
    let files = Files::Elsewhere(readers);
    let ask = |path: &Path| files.samples(CallId(1), path, 8000).unwrap();

    let (last, most) = pipes.split_last().unwrap();
    let mut hanging: Vec<_> = most.iter().map(|pipe| ask(pipe)).collect();
    assert_eq!(wait_for(&ask(&path)), [9; 8], "one thread is left for it");

    hanging.push(ask(last));
    let mut behind = ask(&path);
    drop(ask(&path));
    assert_eq!(behind.get(), None);
    assert_eq!(shared.jobs().running, THREADS);
    std::fs::write(last, &sound).unwrap();
    assert_eq!(wait_for(&behind), [9; 8]);
    assert_eq!(wait_for(&hanging[THREADS - 1]), [9; 8]);

    for pipe in most {
        std::fs::write(pipe, &sound).unwrap();
    }
    hanging.iter().for_each(|samples| drop(wait_for(samples)));
    while shared.jobs().running > 0 {
        yield_now();
    }
    assert_eq!(news.poll(), None);
}

#[test]
fn files_that_wait_are_bounded_and_those_of_calls_that_are_over_make_room() {
    let folder = tempfile::tempdir().unwrap();
    let pipes = pipes(folder.path());
    let (reporter, mut news) = News::channel();
    let files = Files::Elsewhere(Readers::new(&reporter));
    let ask = |path: &Path| files.samples(CallId(1), path, 8000).unwrap();
    let hanging: Vec<_> = pipes.iter().map(|pipe| ask(pipe)).collect();
    // Each pipe has its thread before anything waits behind them.
    let Files::Elsewhere(readers) = &files else { panic!() };
    while !readers.shared.jobs().waiting.is_empty() {
        yield_now();
    }
    let path = Path::new("/nonexistent/p.wav");
    let waiting: Vec<_> = (0..WAITING).map(|_| ask(path)).collect();
    assert_eq!(ask(path).get(), Some(&[][..]));
    let Some(MediaNews::RecordingFailed { kind, text, .. }) = news.poll() else { panic!() };
    assert_eq!(kind, "sound");
    assert!(text.contains("too many files wait"), "{text}");
    drop(waiting);
    assert_eq!(ask(path).get(), None);
    assert_eq!(news.poll(), None);
    drop(hanging);
    for pipe in pipes {
        std::fs::write(pipe, b"").unwrap();
    }
}

#[test]
fn a_file_that_is_not_read_is_told_once_after_five_seconds_of_its_call() {
    let folder = tempfile::tempdir().unwrap();
    let sound = good(&folder.path().join("good.wav"));
    let pipe = pipes(folder.path()).remove(0);
    let (reporter, mut news) = News::channel();
    let files = Files::Elsewhere(Readers::new(&reporter));
    let mut samples = files.samples(CallId(3), &pipe, 8000).unwrap();
    (1..LATE).for_each(|_| assert_eq!(samples.get(), None));
    assert_eq!(news.poll(), None);
    (0..1000).for_each(|_| assert_eq!(samples.get(), None));
    let Some(MediaNews::RecordingFailed { call, kind, text }) = news.poll() else { panic!() };
    assert_eq!((call, kind), (CallId(3), "sound-late"));
    let told = "is not read yet: the call goes on in silence until it is.";
    assert_eq!(text, format!("{} {told}", pipe.display()));
    assert_eq!(news.poll(), None);
    std::fs::write(&pipe, sound).unwrap();
    assert_eq!(wait_for(&samples), [9; 8]);
}
