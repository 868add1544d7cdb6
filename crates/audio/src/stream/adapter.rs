//! From a device's rate to the call's and back, bent by the drift between their clocks.

use milliwatt_media::frame::FRAME as FRAME_TIME;
use rubato::{
    Adjustable as _, Async, FixedAsync, PolynomialDegree, Resampler as _,
    SincInterpolationParameters, SincInterpolationType, WindowFunction,
    audioadapter_buffers::direct::InterleavedSlice,
};

use super::{FRAME, RATE};

/// One way's resampler. Allocates nothing after construction.
pub(super) struct Adapter {
    resampler: Async<f32>,
    out: Vec<f32>,
}

/// A device's rate that nothing can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} Hz is not a rate that sound can be converted from")]
pub(crate) struct RateError(pub(crate) u32);

impl Adapter {
    /// From a microphone at `rate` Hz to frames of the call.
    pub(super) fn capture(rate: u32) -> Result<Self, RateError> {
        Self::new(rate, f64::from(RATE) / f64::from(rate), FixedAsync::Output)
    }

    /// From frames of the call to a speaker at `rate` Hz.
    pub(super) fn playback(rate: u32) -> Result<Self, RateError> {
        Self::new(rate, f64::from(rate) / f64::from(RATE), FixedAsync::Input)
    }

    fn new(rate: u32, ratio: f64, fixed: FixedAsync) -> Result<Self, RateError> {
        if !(8000..=384_000).contains(&rate) {
            return Err(RateError(rate));
        }
        let made = if rate == RATE {
            // A rate that is only bent needs no filter against aliases.
            Async::new_poly(ratio, WIDEST, PolynomialDegree::Septic, FRAME, 1, fixed)
        } else {
            let mut sinc = SincInterpolationParameters::new(64, WindowFunction::BlackmanHarris2);
            sinc.interpolation = SincInterpolationType::Linear;
            Async::new_sinc(ratio, WIDEST, &sinc, FRAME, 1, fixed)
        };
        let resampler = made.map_err(|_| RateError(rate))?;
        let out = vec![0.0; resampler.output_frames_max()];
        Ok(Self { resampler, out })
    }

    /// Samples that the next [`Adapter::run`] takes.
    pub(super) fn needs(&self) -> usize {
        self.resampler.input_frames_next()
    }

    /// The most that it ever takes.
    pub(super) fn needs_at_most(&self) -> usize {
        self.resampler.input_frames_max()
    }

    /// Converts as many samples as [`Adapter::needs`] says.
    pub(super) fn run(&mut self, sound: &[f32]) -> &[f32] {
        let frames = self.resampler.output_frames_next();
        let capacity = self.out.len();
        let written = InterleavedSlice::new(sound, 1, sound.len()).ok().and_then(|input| {
            let mut output = InterleavedSlice::new_mut(&mut self.out, 1, capacity).ok()?;
            self.resampler.process_into_buffer(&input, &mut output, None).ok()
        });
        // The buffers have the sizes that it asked for, so that there is no error to tell.
        let frames = written.map_or(frames, |(_, written)| written);
        self.out.get(..frames).unwrap_or_default()
    }

    /// From the next run on, more samples (a positive `part`) are taken for each one given.
    pub(super) fn bend(&mut self, part: f64) {
        // Within the bounds that it was made for.
        let _ = self.resampler.set_resample_ratio_relative(1.0 - part, true);
    }
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Adapter({})", self.resampler.resample_ratio())
    }
}

/// The widest bend.
const WIDEST: f64 = 1.01;

const _: () = assert!(FRAME as u128 * 1000 == RATE as u128 * FRAME_TIME.as_millis());
