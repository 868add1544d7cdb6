//! The crates of `sonora` as a back end: its echo canceller, noise suppressor and gain controller, each
//! by itself, because the one that joins them keeps the settings of the echo canceller to itself.

mod bands;
mod echo;

use sonora::{
    AudioProcessing, Config, StreamConfig,
    config::{AdaptiveDigital, GainController2},
    high_pass_filter::HighPassFilter,
};
use sonora_ns::{
    config::{NsConfig, SuppressionLevel},
    noise_suppressor::NoiseSuppressor,
};

use self::{
    bands::{BAND, BANDS, Bands, Splitter},
    echo::Echo,
};
use super::{Cleaning, EchoFigures, Noise, Voice};
use crate::stream::{BLOCK, RATE};

/// The back end's state for one microphone.
pub(super) struct Sonora {
    cleaning: Cleaning,
    high_pass: HighPassFilter,
    speaker: Splitter,
    microphone: Splitter,
    echo: Option<Echo>,
    noise: Option<NoiseSuppressor>,
    gain: Option<Box<AudioProcessing>>,
    /// A block in the range of 16 bits, and its lowest band.
    sound: Vec<f32>,
    low: [Vec<f32>; 1],
}

impl Sonora {
    pub(super) fn new(cleaning: Cleaning) -> Self {
        Self {
            cleaning,
            high_pass: HighPassFilter::new(RATE as i32 / BANDS as i32, 1),
            speaker: Splitter::new(),
            microphone: Splitter::new(),
            echo: cleaning.echo.then(Echo::new),
            noise: suppressor(cleaning.noise),
            gain: cleaning.gain.then(controller),
            sound: vec![0.0; BLOCK as usize],
            low: [vec![0.0; BAND]],
        }
    }
}

impl Voice for Sonora {
    fn render(&mut self, block: &[f32]) {
        if let Some(echo) = &mut self.echo
            && block.len() == self.sound.len()
        {
            widen(block, &mut self.sound);
            echo.render(self.speaker.split(&self.sound));
        }
    }

    fn capture(&mut self, block: &mut [f32]) {
        if self.cleaning == Cleaning::NONE || block.len() != self.sound.len() {
            return;
        }
        let clips = block.iter().any(|sample| sample.abs() >= CLIPPED);
        widen(block, &mut self.sound);
        self.clean(clips);
        for (to, from) in block.iter_mut().zip(&self.sound) {
            *to = (from / FULL).clamp(-1.0, 1.0);
        }
        if let Some(gain) = &mut self.gain
            && gain.process_capture_f32(&[block], &mut [&mut self.sound]).is_ok()
        {
            block.copy_from_slice(&self.sound);
        }
    }

    fn set(&mut self, cleaning: Cleaning) {
        let before = std::mem::replace(&mut self.cleaning, cleaning);
        // What stays on keeps what it has learnt.
        if before.echo != cleaning.echo {
            self.echo = cleaning.echo.then(Echo::new);
        }
        if before.noise != cleaning.noise {
            self.noise = suppressor(cleaning.noise);
        }
        if before.gain != cleaning.gain {
            self.gain = cleaning.gain.then(controller);
        }
    }

    fn echo(&self) -> EchoFigures {
        self.echo.as_ref().map(Echo::figures).unwrap_or_default()
    }
}

impl Sonora {
    /// Takes rumble, echo and noise out of the block. Noise is learnt from the sound with its echo: what the
    /// echo canceller leaves holds comfort noise of its own.
    fn clean(&mut self, clips: bool) {
        let bands = self.microphone.split(&self.sound);
        self.low[0].copy_from_slice(&bands[0]);
        self.high_pass.process_channels(&mut self.low);
        bands[0].copy_from_slice(&self.low[0]);
        if let Some(noise) = &mut self.noise {
            noise.analyze(&bands[0]);
        }
        if let Some(echo) = &mut self.echo {
            echo.capture(bands, clips);
        }
        if let Some(noise) = &mut self.noise {
            suppress(noise, bands);
        }
        self.microphone.join(&mut self.sound);
    }
}

fn suppress(noise: &mut NoiseSuppressor, bands: &mut Bands) {
    let [low, upper @ ..] = bands;
    noise.process(low);
    let gain = noise.upper_band_gain();
    for (n, band) in upper.iter_mut().enumerate() {
        noise.process_upper_band(band, n, gain);
    }
}

fn suppressor(noise: Noise) -> Option<NoiseSuppressor> {
    let target_level = match noise {
        Noise::Off => return None,
        Noise::Low => SuppressionLevel::K6dB,
        Noise::Moderate => SuppressionLevel::K12dB,
        Noise::High => SuppressionLevel::K18dB,
        Noise::VeryHigh => SuppressionLevel::K21dB,
    };
    Some(NoiseSuppressor::new_with_bands(NsConfig { target_level }, BANDS))
}

fn controller() -> Box<AudioProcessing> {
    let stream = StreamConfig::new(RATE, 1);
    let gain = GainController2 {
        adaptive_digital: Some(AdaptiveDigital::default()),
        ..GainController2::default()
    };
    let config = Config { gain_controller2: Some(gain), ..Config::default() };
    let builder = AudioProcessing::builder().config(config);
    Box::new(builder.capture_config(stream).render_config(stream).build())
}

fn widen(from: &[f32], to: &mut [f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = from * FULL;
    }
}

const FULL: f32 = 32_768.0;
/// From here on the microphone is taken to be too loud for its converter.
const CLIPPED: f32 = 0.998;
