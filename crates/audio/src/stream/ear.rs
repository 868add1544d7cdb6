//! The call's side of a microphone.

use std::sync::Arc;

use rtrb::Consumer;

use super::{
    FRAME, Flow,
    adapter::{Adapter, RateError},
    link::Link,
    servo::Servo,
    stamp::Stamps,
};

/// Takes frames of 20 ms out of a microphone's ring.
#[derive(Debug)]
pub(crate) struct Ear {
    ring: Consumer<f32>,
    link: Arc<Link>,
    stamps: Stamps,
    rate: f64,
    adapter: Adapter,
    servo: Servo,
    input: Vec<f32>,
    /// Size of the device's blocks, samples; falls slowly.
    block: f64,
    /// Waits until there is enough to begin with.
    filling: bool,
    gaps: u32,
    fill: f64,
}

impl Ear {
    /// The other end of a feed whose device runs at `rate` Hz.
    pub(crate) fn new(
        ring: Consumer<f32>,
        link: Arc<Link>,
        stamps: Stamps,
        rate: u32,
    ) -> Result<Self, RateError> {
        let adapter = Adapter::capture(rate)?;
        let input = vec![0.0; adapter.needs_at_most()];
        let rate = f64::from(rate);
        let servo = Servo::new(rate, MARGIN * rate);
        let (block, filling, gaps, fill) = (0.0, true, 0, 0.0);
        Ok(Self { ring, link, stamps, rate, adapter, servo, input, block, filling, gaps, fill })
    }

    /// Fills a frame; with silence where there is not enough. Never waits.
    pub(crate) fn pull(&mut self, frame: &mut [f32; FRAME]) {
        let needs = self.adapter.needs();
        let there = self.ring.slots();
        // The block that is on its way counts by the time since the last one: a fill that jumps with
        // each block would be taken for drift.
        let fill = there as f64 + self.link.passed(&self.stamps, self.rate);
        self.block = (self.block * BLOCK_DECAY).max(f64::from(self.link.block()));
        self.servo.set_floor(self.block + MARGIN * self.rate);
        let left = fill - needs as f64;
        if self.filling {
            if left < self.servo.aim() || there < needs {
                frame.fill(0.0);
                return;
            }
            self.filling = false;
            self.skip(left - self.servo.aim(), needs);
        } else if there < needs {
            self.gap();
            frame.fill(0.0);
            return;
        } else if left > self.servo.aim() + MUCH * self.rate {
            self.gaps += 1;
            self.skip(left - self.servo.aim(), needs);
        }
        self.take(needs, frame);
    }

    /// How it does.
    pub(crate) fn flow(&self) -> Flow {
        Flow {
            drift_ppm: self.servo.drift_ppm(),
            delay_ms: (self.fill / self.rate * 1000.0) as f32,
            gaps: self.gaps,
        }
    }

    fn take(&mut self, needs: usize, frame: &mut [f32; FRAME]) {
        let Some(input) = self.input.get_mut(..needs) else { return };
        // There is enough: it was looked at, and nobody else takes out.
        let _ = self.ring.pop_entire_slice(input);
        let sound = self.adapter.run(input);
        for (to, from) in frame.iter_mut().zip(sound) {
            *to = *from;
        }
        let there = self.ring.slots() as f64;
        self.fill = there + self.link.passed(&self.stamps, self.rate);
        let part = self.servo.step(self.fill, there);
        self.adapter.bend(part);
    }

    fn gap(&mut self) {
        self.gaps += 1;
        self.filling = true;
        self.servo.restart();
    }

    /// Leaves out sound that is too old, but keeps what is needed now.
    fn skip(&mut self, samples: f64, needs: usize) {
        let count = (samples.max(0.0) as usize).min(self.ring.slots().saturating_sub(needs));
        if let Ok(chunk) = self.ring.read_chunk(count) {
            chunk.commit_all();
        }
    }
}

impl Drop for Ear {
    /// The device may run on for a moment: in silence.
    fn drop(&mut self) {
        self.link.end();
    }
}

/// What is held above the size of a block, for threads that are late, seconds.
const MARGIN: f64 = 0.004;
/// Beyond the aim by so much, sound is left out at once, seconds.
const MUCH: f64 = 0.04;
/// How slowly a large block is forgotten, a frame.
const BLOCK_DECAY: f64 = 0.9995;
