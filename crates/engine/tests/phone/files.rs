//! Files that are slow to read hold nothing up.

use std::{f32::consts::TAU, path::Path, process::Command as Program, time::Duration};

use milliwatt_engine::{
    Engine, Events,
    api::{Command, Dial, Event, Media, Sound, Source},
};

use crate::{
    loopback::{engine, free_port, until},
    support::tones,
};

/// Ten seconds of a tone.
fn write_tone(path: &Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..10 * spec.sample_rate {
        let value = (n as f32 * TAU * 440.0 / spec.sample_rate as f32).sin();
        writer.write_sample((value * 10_000.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

/// A phone, and what it tells.
type Phone = (Engine, Events);

/// Alice calls Bob and plays a file, until Bob has had a second of sound that `is_it` likes. She
/// hears him meanwhile.
async fn call(alice: &mut Phone, bob: &mut Phone, file: &Path, is_it: impl Fn(&Media) -> bool) {
    let call = alice.0.next_call();
    let sound = Sound { source: Source::File(file.to_owned()), ..Sound::default() };
    let dial = Box::new(Dial { to: "bob".into(), sound, ..Dial::default() });
    alice.0.command(Command::Dial { call, trunk: "line".into(), dial });
    let into = until(&mut bob.1, |event| match event {
        Event::Incoming { call, .. } => Some(call),
        _ => None,
    })
    .await;
    bob.0.command(Command::Answer { call: into, sound: tones(1004.0, 440.0), codecs: Vec::new() });
    until(&mut bob.1, |event| {
        matches!(event, Event::Quality { media, .. } if is_it(&media)).then_some(())
    })
    .await;
    until(&mut alice.1, |event| {
        matches!(event, Event::Quality { media, .. } if is_loud(&media)).then_some(())
    })
    .await;
    alice.0.command(Command::HangUp { call });
    for (_, events) in [alice, bob] {
        until(events, |event| matches!(event, Event::Ended { .. }).then_some(())).await;
    }
}

fn is_loud(media: &Media) -> bool {
    media.received > 20 && media.level_in_dbov.is_some_and(|level| level > -30.0)
}

fn is_silent(media: &Media) -> bool {
    media.received > 20 && !is_loud(media)
}

/// A pipe that nobody writes into: whoever opens it to read waits for ever.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_never_read_holds_up_no_call_and_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, good) = (folder.path().join("p.wav"), folder.path().join("good.wav"));
    assert!(Program::new("mkfifo").arg(&pipe).status().unwrap().success());
    write_tone(&good);
    let (a, b) = (free_port(), free_port());
    let mut alice = engine("alice", a, b).await;
    let mut bob = engine("bob", b, a).await;
    for _ in 0..2 {
        call(&mut alice, &mut bob, &pipe, is_silent).await;
    }
    call(&mut alice, &mut bob, &good, is_loud).await;
    assert!(alice.0.shutdown(Duration::from_secs(20)).await);
    assert!(bob.0.shutdown(Duration::from_secs(20)).await);
}
