//! Sample rate conversion of mono 16-bit streams (rubato's FFT resampler), without allocation after
//! construction and with exact counts: a 20 ms frame in is a 20 ms frame out, at every pair of rates.

use rubato::{Fft, FixedSync, Resampler, audioadapter_buffers::direct::InterleavedSlice};

/// Why a converter cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// A rate is not a multiple of 50 Hz between 8000 and 192000 Hz, so that 20 ms are no whole
    /// number of samples.
    #[error("{0} Hz is not a rate of whole 20 ms frames")]
    Rate(u32),
}

/// Converts one stream from one rate to another. The sound comes out [`Converter::delay`] samples
/// late; equal rates are copied without delay.
pub struct Converter {
    block_in: usize,
    block_out: usize,
    resampler: Option<Fft<f32>>,
    input: Vec<f32>,
    output: Vec<f32>,
}

impl Converter {
    /// A converter from `from` Hz to `to` Hz.
    ///
    /// # Errors
    /// [`RateError::Rate`] for a rate that has no whole 20 ms frames.
    pub fn new(from: u32, to: u32) -> Result<Self, RateError> {
        for rate in [from, to] {
            if !(8000..=192_000).contains(&rate) || rate % 50 != 0 {
                return Err(RateError::Rate(rate));
            }
        }
        // Blocks of 10 ms where the rates allow it: half of a block is the delay.
        let blocks = if from.is_multiple_of(100) && to.is_multiple_of(100) { 100 } else { 50 };
        let (block_in, block_out) = ((from / blocks) as usize, (to / blocks) as usize);
        let resampler = if from == to {
            None
        } else {
            let fft = Fft::new(from as usize, to as usize, block_in, 1, FixedSync::Both)
                .map_err(|_| RateError::Rate(from))?;
            Some(fft)
        };
        let (block_in, block_out) = match &resampler {
            Some(fft) => (fft.input_frames_max(), fft.output_frames_max()),
            None => (block_in, block_out),
        };
        Ok(Self {
            block_in,
            block_out,
            resampler,
            input: vec![0.0; block_in],
            output: vec![0.0; block_out],
        })
    }

    /// Converts whole blocks of 10 ms (20 ms where a rate is no multiple of 100 Hz) and returns the
    /// samples written: exactly `sound.len() * to / from`. What does not fill a block, or has no
    /// room in `out`, is left out.
    pub fn convert(&mut self, sound: &[i16], out: &mut [i16]) -> usize {
        let Some(resampler) = &mut self.resampler else {
            let count = sound.len().min(out.len());
            for (out, sample) in out.iter_mut().zip(sound) {
                *out = *sample;
            }
            return count;
        };
        let mut written = 0;
        let blocks = sound.chunks_exact(self.block_in).zip(out.chunks_exact_mut(self.block_out));
        for (block, out) in blocks {
            for (value, sample) in self.input.iter_mut().zip(block) {
                *value = f32::from(*sample);
            }
            if !run(resampler, &self.input, &mut self.output) {
                break;
            }
            for (out, value) in out.iter_mut().zip(&self.output) {
                // A float cast saturates, which is the limiter that overshoot needs.
                *out = value.round() as i16;
            }
            written += self.block_out;
        }
        written
    }

    /// How late the sound is, in samples of the output rate.
    pub fn delay(&self) -> usize {
        self.resampler.as_ref().map_or(0, Resampler::output_delay)
    }

    /// Forgets the past of the stream.
    pub fn reset(&mut self) {
        if let Some(resampler) = &mut self.resampler {
            resampler.reset();
        }
    }
}

impl std::fmt::Debug for Converter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Converter({} -> {})", self.block_in, self.block_out)
    }
}

/// The buffers have the size that the resampler asked for, so that it has no error to tell.
fn run(resampler: &mut Fft<f32>, input: &[f32], output: &mut [f32]) -> bool {
    let (frames_in, frames_out) = (input.len(), output.len());
    let Ok(input) = InterleavedSlice::new(input, 1, frames_in) else {
        return false;
    };
    let Ok(mut output) = InterleavedSlice::new_mut(output, 1, frames_out) else {
        return false;
    };
    resampler.process_into_buffer(&input, &mut output, None).is_ok()
}
