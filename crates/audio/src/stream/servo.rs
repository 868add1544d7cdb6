//! Keeps the sound that waits in a ring at its aim, by bending the rate a little: a control loop of
//! second order. What its slow part settles at is the drift between the device's clock and the call's.

/// One ring's control loop, stepped once a frame of 20 ms. All amounts are samples of the device.
#[derive(Debug)]
pub(super) struct Servo {
    /// Samples per second.
    rate: f64,
    /// What the ring should hold at the least.
    floor: f64,
    /// What is held above the floor, because it ran dry with less.
    cushion: f64,
    /// The error, without its jitter.
    slow: f64,
    /// The steady part of the correction: the drift.
    drift: f64,
    /// The least that was to spare since the last look at the cushion.
    spare: f64,
    frames: u32,
}

impl Servo {
    /// For a ring that should hold `floor` samples when it is looked at.
    pub(super) fn new(rate: f64, floor: f64) -> Self {
        let spare = f64::MAX;
        Self { rate, floor, cushion: 0.0, slow: 0.0, drift: 0.0, spare, frames: 0 }
    }

    /// What the ring should hold.
    pub(super) fn aim(&self) -> f64 {
        self.floor + self.cushion
    }

    /// The floor moves with the size of the device's blocks.
    pub(super) fn set_floor(&mut self, floor: f64) {
        self.floor = floor;
    }

    /// Takes what the ring holds and how much of it could have come later. Returns the part by which
    /// more is to be taken out, or less to be put in, than is nominal.
    pub(super) fn step(&mut self, fill: f64, spare: f64) -> f64 {
        self.review(spare);
        let error = fill - self.aim();
        self.slow += (error - self.slow) * STEP / SMOOTHING;
        let seconds = self.slow / self.rate;
        self.drift = (self.drift + seconds * SPRING * STEP).clamp(-MOST, MOST);
        (self.drift + seconds * DAMPING).clamp(-MOST, MOST)
    }

    /// The ring ran dry, or full: it starts at its aim again, with more in hand.
    pub(super) fn restart(&mut self) {
        self.slow = 0.0;
        self.cushion = (self.cushion + DRY * self.rate).min(WIDEST * self.rate);
        self.spare = f64::MAX;
        self.frames = 0;
    }

    /// The device's clock against the call's, parts per million.
    pub(super) fn drift_ppm(&self) -> f32 {
        (self.drift * 1e6) as f32
    }

    /// Gives back what was never needed for a while.
    fn review(&mut self, spare: f64) {
        self.spare = self.spare.min(spare);
        self.frames += 1;
        if self.frames < REVIEW {
            return;
        }
        if self.spare > EASY * self.rate {
            self.cushion = (self.cushion - EASE * self.rate).max(0.0);
        }
        self.spare = f64::MAX;
        self.frames = 0;
    }
}

/// Time between two steps, seconds.
const STEP: f64 = 0.02;
/// Time constant that takes the jitter of callbacks and threads out of the error, seconds.
const SMOOTHING: f64 = 2.0;
/// The loop's own frequency squared: 0.08 rad/s, a minute to settle, and slow beside the smoothing.
const SPRING: f64 = 0.0064;
/// Twice the frequency: critical damping.
const DAMPING: f64 = 0.16;
/// The most that the rate is bent: 1000 ppm is a sixtieth of a semitone. Crystals are within 200.
const MOST: f64 = 0.001;
/// What is held in hand after a gap, seconds.
const DRY: f64 = 0.005;
/// The most that is held in hand, seconds.
const WIDEST: f64 = 0.08;
/// Frames between two looks at what is in hand: 20 s.
const REVIEW: u32 = 1000;
/// What has to be spare all the time before something is given back, seconds.
const EASY: f64 = 0.008;
/// What is given back at a time, seconds.
const EASE: f64 = 0.001;
