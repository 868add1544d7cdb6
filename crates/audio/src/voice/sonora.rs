//! The `sonora` crate as a back end.

use sonora::{
    AudioProcessing, Config, StreamConfig,
    config::{
        AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, MaxProcessingRate,
        NoiseSuppression, NoiseSuppressionLevel, Pipeline,
    },
};

use super::{Cleaning, EchoFigures, Noise, Voice};
use crate::stream::{BLOCK, RATE};

/// The back end's state for one microphone.
pub(super) struct Sonora {
    inner: AudioProcessing,
    idle: bool,
    scratch: Vec<f32>,
}

impl Sonora {
    pub(super) fn new(cleaning: Cleaning) -> Self {
        let stream = StreamConfig::new(RATE, 1);
        let inner = AudioProcessing::builder()
            .config(config(cleaning))
            .capture_config(stream)
            .render_config(stream)
            .build();
        Self { inner, idle: cleaning == Cleaning::NONE, scratch: vec![0.0; BLOCK as usize] }
    }
}

impl Voice for Sonora {
    fn render(&mut self, block: &[f32]) {
        if !self.idle && block.len() == self.scratch.len() {
            // Its one error is a wrong block size.
            let _ = self.inner.process_render_f32(&[block], &mut [&mut self.scratch]);
        }
    }

    fn capture(&mut self, block: &mut [f32]) {
        if self.idle || block.len() != self.scratch.len() {
            return;
        }
        if self.inner.process_capture_f32(&[block], &mut [&mut self.scratch]).is_ok() {
            block.copy_from_slice(&self.scratch);
        }
    }

    fn set(&mut self, cleaning: Cleaning) {
        self.idle = cleaning == Cleaning::NONE;
        self.inner.apply_config(config(cleaning));
    }

    fn echo(&self) -> EchoFigures {
        let figures = self.inner.statistics();
        EchoFigures {
            delay_ms: figures.delay_ms.map(|ms| ms as f32),
            erle_db: figures.echo_return_loss_enhancement.map(|db| db as f32),
        }
    }
}

fn config(cleaning: Cleaning) -> Config {
    let level = match cleaning.noise {
        Noise::Off => None,
        Noise::Low => Some(NoiseSuppressionLevel::Low),
        Noise::Moderate => Some(NoiseSuppressionLevel::Moderate),
        Noise::High => Some(NoiseSuppressionLevel::High),
        Noise::VeryHigh => Some(NoiseSuppressionLevel::VeryHigh),
    };
    Config {
        pipeline: Pipeline {
            maximum_internal_processing_rate: MaxProcessingRate::Rate48kHz,
            ..Pipeline::default()
        },
        high_pass_filter: (cleaning != Cleaning::NONE).then(HighPassFilter::default),
        echo_canceller: cleaning.echo.then(EchoCanceller::default),
        noise_suppression: level
            .map(|level| NoiseSuppression { level, ..NoiseSuppression::default() }),
        gain_controller2: cleaning.gain.then(|| GainController2 {
            adaptive_digital: Some(AdaptiveDigital::default()),
            ..GainController2::default()
        }),
        ..Config::default()
    }
}
