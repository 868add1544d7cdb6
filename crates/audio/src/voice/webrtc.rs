//! WebRTC's own audio processing, in C++, as a back end.

use webrtc_audio_processing::{
    Error, Processor,
    config::{
        AdaptiveDigital, Config, EchoCanceller, GainController, GainController2, HighPassFilter,
        NoiseSuppression, NoiseSuppressionLevel,
    },
    experimental::EchoCanceller3Config,
};

use super::{Cleaning, EchoFigures, Noise, Voice, aec3::settle};
use crate::stream::{BLOCK, RATE};

/// The back end's state for one microphone.
pub(super) struct WebRtc {
    inner: Processor,
    cleaning: Cleaning,
}

impl WebRtc {
    /// # Errors
    /// When the library refuses to start.
    pub(super) fn new(cleaning: Cleaning) -> Result<Self, Error> {
        Ok(Self { inner: processor(cleaning)?, cleaning })
    }

    /// Another size of block would make the library panic.
    fn takes(&self, block: &[f32]) -> bool {
        self.cleaning != Cleaning::NONE && block.len() == BLOCK as usize
    }
}

impl Voice for WebRtc {
    fn render(&mut self, block: &[f32]) {
        if self.takes(block) {
            // What it cannot analyse is an echo that stays.
            let _ = self.inner.analyze_render_frame([block]);
        }
    }

    fn capture(&mut self, block: &mut [f32]) {
        if self.takes(block) {
            // What it cannot clean passes as it is.
            let _ = self.inner.process_capture_frame([block]);
        }
    }

    fn set(&mut self, cleaning: Cleaning) {
        let before = std::mem::replace(&mut self.cleaning, cleaning);
        if before.echo == cleaning.echo {
            self.inner.set_config(config(cleaning));
        } else {
            match processor(cleaning) {
                Ok(inner) => self.inner = inner,
                Err(why) => tracing::warn!(%why, "what is cleaned cannot be changed"),
            }
        }
    }

    fn echo(&self) -> EchoFigures {
        let figures = self.inner.get_stats();
        EchoFigures {
            delay_ms: figures.delay_ms.map(|ms| ms as f32),
            erle_db: figures.echo_return_loss_enhancement.map(|db| db as f32),
        }
    }
}

fn processor(cleaning: Cleaning) -> Result<Processor, Error> {
    // An echo canceller that has settings of its own cannot be switched off.
    let inner = if cleaning.echo {
        let mut settings = EchoCanceller3Config::default();
        settle!(&mut *settings);
        Processor::with_aec3_config(RATE, settings)?
    } else {
        Processor::new(RATE)?
    };
    inner.set_config(config(cleaning));
    Ok(inner)
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
        high_pass_filter: (cleaning != Cleaning::NONE).then(HighPassFilter::default),
        echo_canceller: cleaning.echo.then(EchoCanceller::default),
        noise_suppression: level
            .map(|level| NoiseSuppression { level, ..NoiseSuppression::default() }),
        gain_controller: cleaning.gain.then(|| {
            GainController::GainController2(GainController2 {
                adaptive_digital: Some(AdaptiveDigital::default()),
                ..GainController2::default()
            })
        }),
        ..Config::default()
    }
}
