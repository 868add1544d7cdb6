//! Files that are slow to read hold nothing up.

use std::{process::Command as Program, time::Duration};

use milliwatt_engine::api::{Command, Dial, Event, Sound, Source};

use crate::{
    loopback::{engine, free_port, until},
    support::tones,
};

/// A pipe that nobody writes into: whoever opens it to read waits for ever.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_never_read_holds_up_no_call() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("p.wav");
    assert!(Program::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (a, b) = (free_port(), free_port());
    let (alice, mut alice_events) = engine("alice", a, b).await;
    let (bob, mut bob_events) = engine("bob", b, a).await;
    for _ in 0..2 {
        let call = alice.next_call();
        let sound = Sound { source: Source::File(pipe.clone()), ..Sound::default() };
        let dial = Box::new(Dial { to: "bob".into(), sound, ..Dial::default() });
        alice.command(Command::Dial { call, trunk: "line".into(), dial });
        let into = until(&mut bob_events, |event| match event {
            Event::Incoming { call, .. } => Some(call),
            _ => None,
        })
        .await;
        let sound = tones(1004.0, 440.0);
        bob.command(Command::Answer { call: into, sound, codecs: Vec::new() });
        // It sends silence meanwhile, and hears.
        for events in [&mut alice_events, &mut bob_events] {
            until(events, |event| {
                matches!(event, Event::Quality { media, .. } if media.received > 20).then_some(())
            })
            .await;
        }
        alice.command(Command::HangUp { call });
        for events in [&mut alice_events, &mut bob_events] {
            until(events, |event| matches!(event, Event::Ended { .. }).then_some(())).await;
        }
    }
    assert!(alice.shutdown(Duration::from_secs(20)).await);
    assert!(bob.shutdown(Duration::from_secs(20)).await);
}
