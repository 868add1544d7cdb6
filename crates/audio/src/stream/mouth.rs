//! The call's side of a speaker.

use std::{sync::Arc, time::Duration};

use milliwatt_media::frame::FRAME as FRAME_TIME;
use rtrb::Producer;

use super::{
    FRAME, Flow,
    adapter::{Adapter, RateError},
    link::Link,
    servo::Servo,
    stamp::Stamps,
};

/// Puts frames of 20 ms into a speaker's ring.
#[derive(Debug)]
pub(crate) struct Mouth {
    ring: Producer<f32>,
    link: Arc<Link>,
    stamps: Stamps,
    rate: f64,
    adapter: Adapter,
    servo: Servo,
    begun: bool,
    /// When the next frame comes, if nothing moves.
    due: Duration,
    missing: u32,
    gaps: u32,
    fill: f64,
}

impl Mouth {
    /// The other end of a drain whose device runs at `rate` Hz.
    pub(crate) fn new(
        ring: Producer<f32>,
        link: Arc<Link>,
        stamps: Stamps,
        rate: u32,
    ) -> Result<Self, RateError> {
        let adapter = Adapter::playback(rate)?;
        let rate = f64::from(rate);
        // A frame, which is just put in when the ring is looked at, and the margin.
        let servo = Servo::new(rate, (0.02 + MARGIN) * rate);
        let (begun, due, missing, gaps, fill) = (false, Duration::ZERO, 0, 0, 0.0);
        Ok(Self { ring, link, stamps, rate, adapter, servo, begun, due, missing, gaps, fill })
    }

    /// Takes the frame of `at`; leaves it out where there is far too much already. Never waits.
    pub(crate) fn push(&mut self, at: Duration, frame: &[f32; FRAME]) {
        // Another source has times of its own, and is to be no later than the one before it.
        let moved = at.abs_diff(self.due);
        self.begun &= !(MOVED..STALLED).contains(&moved);
        self.due = at + FRAME_TIME;
        if self.link.pulse().0 == 0 {
            // The device has not begun: what would wait for it would be late for the whole call.
            return;
        }
        let mut sound = self.adapter.run(frame);
        let waiting = self.ring.buffer().capacity() - self.ring.slots();
        // The block that is being played counts by the time since it was fetched.
        let played = self.link.passed(&self.stamps, self.rate);
        let before = waiting as f64 - played;
        let missing = self.link.missing();
        if !self.begun || missing != self.missing {
            if self.begun {
                self.gaps += 1;
                self.servo.restart();
            }
            self.begun = true;
            self.missing = missing;
            let short = self.servo.aim() - before - sound.len() as f64;
            if let Ok(chunk) = self.ring.write_chunk(short.max(0.0) as usize) {
                chunk.commit_all();
            }
            sound = sound.get((-short).max(0.0) as usize..).unwrap_or_default();
        } else if before + sound.len() as f64 > self.servo.aim() + MUCH * self.rate {
            self.gaps += 1;
            return;
        }
        // No room: the device stands still, and its end will be noticed.
        let _ = self.ring.push_entire_slice(sound);
        let waiting = self.ring.buffer().capacity() - self.ring.slots();
        self.fill = waiting as f64 - played;
        let part = self.servo.step(self.fill, before);
        self.adapter.bend(part);
    }

    /// How it does. Sound waits from the middle of a frame on.
    pub(crate) fn flow(&self) -> Flow {
        Flow {
            // A fast speaker leaves less in the ring.
            drift_ppm: -self.servo.drift_ppm(),
            delay_ms: ((self.fill / self.rate - 0.01) * 1000.0) as f32,
            gaps: self.gaps,
        }
    }
}

impl Drop for Mouth {
    /// The device may run on for a moment: in silence.
    fn drop(&mut self) {
        self.link.end();
    }
}

/// What is held above one frame, for threads that are late, seconds.
const MARGIN: f64 = 0.004;
/// Beyond the aim by so much, a frame is left out, seconds.
const MUCH: f64 = 0.04;
/// Frames that come so much earlier or later than those before them have moved.
const MOVED: Duration = Duration::from_millis(2);
/// Frames that come so much later were missing.
const STALLED: Duration = Duration::from_millis(40);
