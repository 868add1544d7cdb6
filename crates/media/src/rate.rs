//! Sample rate conversion of mono 16-bit streams (rubato's FFT resampler), without allocation after
//! construction and with exact counts: a 20 ms frame in is a 20 ms frame out, at every pair of rates.

use rubato::{
    Fft, FixedSync, Resampler, WindowFunction, audioadapter_buffers::direct::InterleavedSlice,
};

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
            let fft = Fft::new_custom(
                from as usize,
                to as usize,
                block_in,
                1,
                1,
                WindowFunction::Blackman,
                FixedSync::Both,
            )
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

    /// The same, with silence in what of `out` is left.
    pub fn fill(&mut self, sound: &[i16], out: &mut [i16]) {
        let written = self.convert(sound, out);
        out.iter_mut().skip(written).for_each(|sample| *sample = 0);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        level::rms_dbov,
        tone::{Generator, Signal, measure},
    };

    const RATES: [u32; 9] = [8000, 11_050, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

    fn convert(from: u32, to: u32, sound: &[i16]) -> Vec<i16> {
        let mut converter = Converter::new(from, to).unwrap();
        let (frame_in, frame_out) = (from as usize / 50, to as usize / 50);
        let mut out = Vec::new();
        for frame in sound.chunks(frame_in) {
            let mut converted = vec![0; frame_out];
            assert_eq!(converter.convert(frame, &mut converted), frame_out, "{from} to {to}");
            out.extend(converted);
        }
        out
    }

    #[test]
    fn every_frame_gives_exactly_one_frame_and_the_tone_survives() {
        for from in RATES {
            for to in RATES {
                let mut sound = vec![0; from as usize / 2];
                Generator::new(Signal::tone(1004.0, -10.0, None), from).fill(&mut sound);
                let out = convert(from, to, &sound);
                assert_eq!(out.len(), to as usize / 2);
                let measured = measure(&out[to as usize / 10..], to, 1004.0).unwrap();
                assert!(measured.snr_db > 50.0, "{from} to {to}: {measured:?}");
                let level = -10.0 + crate::level::DBM0_IN_DBOV;
                assert!((measured.level_dbov - level).abs() < 0.1, "{from} to {to}: {measured:?}");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_filtered_out() {
        let mut sound = vec![0; 48_000];
        Generator::new(Signal::tone(5000.0, -10.0, None), 48_000).fill(&mut sound);
        let out = convert(48_000, 8000, &sound);
        assert!(rms_dbov(&out[800..]) < -80.0, "{}", rms_dbov(&out[800..]));
    }

    #[test]
    fn the_telephone_band_passes_both_ways() {
        for hz in [300.0, 1000.0, 3000.0, 3400.0] {
            let mut sound = vec![0; 48_000];
            Generator::new(Signal::tone(hz, -10.0, None), 48_000).fill(&mut sound);
            let back = convert(8000, 48_000, &convert(48_000, 8000, &sound));
            let loss = rms_dbov(&sound) - rms_dbov(&back[4800..]);
            assert!(loss.abs() < 1.0, "{hz}: {loss}");
        }
    }

    #[test]
    fn the_delay_is_what_it_says() {
        for (from, to) in [(48_000, 8000), (8000, 48_000), (44_100, 8000), (8000, 8000)] {
            let mut sound = vec![0; from as usize / 10];
            sound[from as usize / 50] = 30_000;
            let out = convert(from, to, &sound);
            let peak = (0..out.len()).max_by_key(|n| out[*n].unsigned_abs()).unwrap();
            let delay = Converter::new(from, to).unwrap().delay();
            assert!(peak.abs_diff(to as usize / 50 + delay) <= 1, "{from} to {to}: {peak}");
            assert!(delay * 200 <= to as usize, "{from} to {to}: {delay}");
        }
    }

    #[test]
    fn full_scale_is_limited_and_odd_lengths_are_left_out() {
        let square: Vec<i16> =
            (0..480).map(|n| if n / 24 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
        let mut converter = Converter::new(48_000, 8000).unwrap();
        let mut out = [0; 100];
        assert_eq!(converter.convert(&square, &mut out), 80);
        assert_eq!(converter.convert(&square[..479], &mut out), 0);
        assert_eq!(converter.convert(&square, &mut out[..79]), 0);
        converter.reset();
        assert_eq!(converter.convert(&[0; 480], &mut out), 80);
        assert!(out[..80].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn rates_without_whole_frames_are_refused() {
        for rate in [0, 7999, 8001, 11_025, 192_050, u32::MAX] {
            assert_eq!(Converter::new(rate, 8000).err(), Some(RateError::Rate(rate)));
            assert_eq!(Converter::new(8000, rate).err(), Some(RateError::Rate(rate)));
        }
    }
}
