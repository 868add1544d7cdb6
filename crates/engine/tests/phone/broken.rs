//! A sound that panics.

use std::time::Duration;

use milliwatt_engine::{
    AudioPort,
    api::{Command, Dial, Event, Side, Sound, Source},
};

use crate::{
    loopback::{LIMIT, engine, free_port, until},
    support::tones,
};

/// Breaks after a second.
struct Broken(u32);

impl AudioPort for Broken {
    fn sample_rate(&self) -> u32 {
        8000
    }

    fn capture(&mut self, _: Duration, frame: &mut [i16]) -> bool {
        self.0 += 1;
        assert!(self.0 < 50, "on purpose");
        frame.fill(0);
        true
    }

    fn playout(&mut self, _: Duration, _: &[i16]) {}
}

/// Its call ends and says why; the next one on the same thread has sound.
#[tokio::test]
async fn a_sound_that_panics_ends_its_own_call_only() {
    let (a, b) = (free_port(), free_port());
    let (alice, mut events) = engine("alice", a, b).await;
    let (bob, mut others) = engine("bob", b, a).await;
    for breaks in [true, false] {
        let call = alice.next_call();
        let port = Sound { source: Source::Port, ..Sound::default() };
        let sound = if breaks { port } else { tones(440.0, 1004.0) };
        if breaks {
            alice.attach_port(call, Box::new(Broken(0)));
        }
        let dial = Box::new(Dial { to: "bob".into(), sound, ..Dial::default() });
        alice.command(Command::Dial { call, trunk: "line".into(), dial });
        let into = until(&mut others, |event| match event {
            Event::Incoming { call, .. } => Some(call),
            _ => None,
        })
        .await;
        let sound = tones(1004.0, 440.0);
        bob.command(Command::Answer { call: into, sound, codecs: Vec::new() });
        if !breaks {
            until(&mut events, |event| {
                matches!(event, Event::Quality { media, .. } if media.received > 40).then_some(())
            })
            .await;
            alice.command(Command::HangUp { call });
        }
        let report = until(&mut events, |event| match event {
            Event::Ended { report } => Some(report),
            _ => None,
        })
        .await;
        assert_eq!(report.hangup_by, Some(Side::Local));
        let failed = report.advice.is_some_and(|advice| advice.contains("failed inside"));
        assert_eq!(failed, breaks);
    }
    assert!(alice.shutdown(LIMIT).await);
    assert!(bob.shutdown(LIMIT).await);
}
