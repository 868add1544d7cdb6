//! What is taken out of the microphone's sound before it is sent: the echo of the speaker, noise, a
//! level that is wrong. One trait, two back ends.

mod sonora;

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

/// The back ends that were built in, the preferred one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackEnd {
    /// A port of WebRTC's audio processing to Rust: on every system.
    Sonora,
}

impl BackEnd {
    /// Each that was built in.
    pub const ALL: &[Self] = &[Self::Sonora];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sonora => "sonora",
        }
    }

    /// One microphone's cleaner.
    pub fn voice(self, cleaning: Cleaning) -> Box<dyn Voice> {
        match self {
            Self::Sonora => Box::new(sonora::Sonora::new(cleaning)),
        }
    }
}
