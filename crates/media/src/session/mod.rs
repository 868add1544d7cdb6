//! One media session: packets on one side, frames of sound on the other.

mod api;

use std::{collections::VecDeque, time::Duration};

pub use api::*;

use crate::frame::{AudioPort, FRAME};

/// One audio stream of one call leg.
#[derive(Debug)]
pub struct Session {
    next_frame: Duration,
    events: VecDeque<MediaEvent>,
    stopped: bool,
    quality: Quality,
}

impl Session {
    /// A session that runs by `plan` from `now` on; the first frame is due at once. A plan without
    /// a codec that this crate has sends nothing and hears nothing.
    pub fn new(now: Duration, _config: &Config, _plan: MediaPlan, _seed: [u8; 32]) -> Self {
        Self {
            next_frame: now,
            events: VecDeque::with_capacity(64),
            stopped: false,
            quality: Quality::default(),
        }
    }

    /// Takes a datagram.
    pub fn handle(&mut self, _now: Duration, _packet: Packet<'_>) {}

    /// Does what the owner wants.
    pub fn control(&mut self, _now: Duration, control: Control) {
        self.stopped |= matches!(control, Control::Stop);
    }

    /// Moves every frame of 20 ms that is due between the port and the wire. Late by more than
    /// 200 ms, it skips what was missed.
    pub fn run(&mut self, now: Duration, _port: &mut dyn AudioPort) {
        while self.next_frame <= now {
            self.next_frame += FRAME;
        }
    }

    /// The next thing to send or to know; bytes are written into `buffer`, which holds 1500.
    pub fn poll(&mut self, _buffer: &mut [u8]) -> Option<Output> {
        self.events.pop_front().map(Output::Event)
    }

    /// When `run` is due; `None` after `Control::Stop`.
    pub fn wake_at(&self) -> Option<Duration> {
        (!self.stopped).then_some(self.next_frame)
    }

    /// Figures of the whole call so far.
    pub fn quality(&self) -> Quality {
        self.quality.clone()
    }
}
