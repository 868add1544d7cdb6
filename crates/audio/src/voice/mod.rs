//! What is taken out of the microphone's sound before it is sent: the echo of the speaker, noise, a
//! level that is wrong. One trait, two back ends.

mod aec3;
mod sonora;
#[cfg(feature = "webrtc-apm")]
mod webrtc;

use serde::{Deserialize, Serialize};

/// How much noise is taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Noise {
    /// None: music and test tones pass as they are.
    Off,
    /// About 6 dB.
    Low,
    /// About 12 dB.
    #[default]
    Moderate,
    /// About 18 dB.
    High,
    /// About 21 dB.
    VeryHigh,
}

/// What is done to the microphone's sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cleaning {
    /// The speaker's echo is taken out.
    pub echo: bool,
    /// Noise suppression.
    pub noise: Noise,
    /// The level is brought to that of speech at a handset.
    pub gain: bool,
}

impl Default for Cleaning {
    fn default() -> Self {
        Self { echo: true, noise: Noise::default(), gain: true }
    }
}

impl Cleaning {
    /// The sound as the microphone gives it.
    pub const NONE: Self = Self { echo: false, noise: Noise::Off, gain: false };
}

/// What a back end tells of its echo canceller; `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EchoFigures {
    /// From the render block to its echo in a capture block, ms.
    pub delay_ms: Option<f32>,
    /// Echo return loss enhancement as the canceller sees it (ITU-T G.168 §3.9), dB.
    pub erle_db: Option<f32>,
}

/// Cleans one microphone of one speaker. Blocks are 10 ms of mono at 48 kHz, 480 samples between -1
/// and 1, in turns: what the speaker will play, what the microphone heard.
pub trait Voice: Send {
    /// Takes a block that goes to the speaker.
    fn render(&mut self, block: &[f32]);

    /// Cleans a block of the microphone in place.
    fn capture(&mut self, block: &mut [f32]);

    /// Changes what is done.
    fn set(&mut self, cleaning: Cleaning);

    /// How the echo canceller does.
    fn echo(&self) -> EchoFigures;
}

/// The back ends that were built in; the default is the preferred one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackEnd {
    /// A port of WebRTC's audio processing to Rust: on every system.
    #[cfg_attr(not(feature = "webrtc-apm"), default)]
    Sonora,
    /// WebRTC's own audio processing, in C++.
    #[cfg(feature = "webrtc-apm")]
    #[default]
    WebRtc,
}

impl BackEnd {
    /// Each that was built in.
    pub const ALL: &[Self] = &[
        Self::Sonora,
        #[cfg(feature = "webrtc-apm")]
        Self::WebRtc,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sonora => "sonora",
            #[cfg(feature = "webrtc-apm")]
            Self::WebRtc => "webrtc",
        }
    }

    /// One microphone's cleaner.
    pub fn voice(self, cleaning: Cleaning) -> Box<dyn Voice> {
        match self {
            Self::Sonora => Box::new(sonora::Sonora::new(cleaning)),
            #[cfg(feature = "webrtc-apm")]
            Self::WebRtc => match webrtc::WebRtc::new(cleaning) {
                Ok(voice) => Box::new(voice),
                Err(why) => {
                    tracing::warn!(%why, "WebRTC's audio processing does not start: its port does");
                    Self::Sonora.voice(cleaning)
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::{PI, TAU};

    use super::*;
    use crate::stream::{BLOCK, RATE};

    const SIZE: usize = BLOCK as usize;

    /// Noise at -40 dBov, the same each time.
    fn noise(seconds: usize) -> Vec<f32> {
        let mut chance = 1_u32;
        (0..seconds * RATE as usize)
            .map(|_| {
                chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((chance >> 8) as f32 / 8_388_608.0 - 1.0) * 0.0173
            })
            .collect()
    }

    /// Syllables of gliding pitch at this level, dBov, in a quiet room, the same each time.
    fn voice(dbov: f32, seconds: usize) -> Vec<f32> {
        let mut phase = 0.0_f32;
        let said = (0..seconds * RATE as usize).map(|n| {
            let t = n as f32 / RATE as f32;
            phase = (phase + (180.0 + 40.0 * (t * 2.1).sin()) / RATE as f32).fract();
            let voiced: f32 = (1..20).map(|k| (phase * k as f32 * TAU).sin() / k as f32).sum();
            voiced * (t * 3.7 * PI).sin().max(0.0)
        });
        let said: Vec<f32> = said.collect();
        let power = said.iter().map(|s| s * s).sum::<f32>() / said.len() as f32;
        let gain = 10_f32.powf(dbov / 20.0) / power.sqrt();
        said.iter().zip(noise(seconds)).map(|(s, room)| s * gain + room * 0.01).collect()
    }

    fn cleaned(voice: &mut dyn Voice, sound: &[f32]) -> Vec<f32> {
        let mut out = sound.to_vec();
        for block in out.chunks_exact_mut(SIZE) {
            voice.render(&[0.0; SIZE]);
            voice.capture(block);
        }
        out
    }

    /// By how much the last second is lower than it came, dB.
    fn lowered(came: &[f32], went: &[f32]) -> f32 {
        let power = |sound: &[f32]| -> f32 {
            sound[sound.len() - RATE as usize..].iter().map(|s| s * s).sum()
        };
        10.0 * (power(came) / power(went)).log10()
    }

    #[test]
    fn each_level_takes_out_more_noise_than_the_one_before() {
        let noise = noise(6);
        for back_end in BackEnd::ALL {
            let levels = [Noise::Off, Noise::Low, Noise::Moderate, Noise::High, Noise::VeryHigh];
            let lowered = levels.map(|level| {
                let cleaning = Cleaning { noise: level, echo: true, gain: false };
                lowered(&noise, &cleaned(&mut *back_end.voice(cleaning), &noise))
            });
            assert!(lowered[0].abs() < 1.0, "{back_end:?} {lowered:?}");
            assert!(lowered.is_sorted_by(|a, b| *b > a + 1.0), "{back_end:?} {lowered:?}");
        }
    }

    #[test]
    fn a_low_voice_is_raised_and_a_loud_one_is_not() {
        let (low, loud) = (voice(-40.0, 10), voice(-14.0, 10));
        for back_end in BackEnd::ALL {
            let raised = |sound: &[f32], gain| {
                let cleaning = Cleaning { echo: true, noise: Noise::Off, gain };
                -lowered(sound, &cleaned(&mut *back_end.voice(cleaning), sound))
            };
            let on = [raised(&low, true), raised(&loud, true)];
            assert!(on[0] > 6.0 && on[1] < 4.0, "{back_end:?} {on:?} dB");
            let off = raised(&low, false);
            assert!(off.abs() < 2.0, "{back_end:?} {off} dB");
        }
    }

    #[test]
    fn sound_that_is_not_to_be_cleaned_passes_as_it_is() {
        let noise = noise(1);
        for back_end in BackEnd::ALL {
            let mut voice = back_end.voice(Cleaning::default());
            voice.set(Cleaning::NONE);
            assert_eq!(cleaned(&mut *voice, &noise), noise);
        }
    }

    #[test]
    fn what_is_changed_in_mid_call_is_done_from_there_on() {
        let noise = noise(6);
        for back_end in BackEnd::ALL {
            let mut voice = back_end.voice(Cleaning::NONE);
            assert!(voice.echo().erle_db.is_none(), "{back_end:?}");
            voice.set(Cleaning { noise: Noise::High, echo: true, gain: false });
            let lowered = lowered(&noise, &cleaned(&mut *voice, &noise));
            assert!(lowered > 6.0, "{back_end:?} {lowered}");
            assert!(voice.echo().erle_db.is_some(), "{back_end:?}");
        }
    }
}
