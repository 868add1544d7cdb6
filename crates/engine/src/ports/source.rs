//! What a call plays.

use std::time::Duration;

use milliwatt_media::{
    frame::AudioPort,
    tone::{Generator, Signal},
};

use super::{
    SoundError,
    reader::{Files, Samples},
};
use crate::api::{CallId, Source};

/// A source that plays.
pub(super) enum Playing {
    Attached(Box<dyn AudioPort>),
    Echo { heard: Vec<i16>, fresh: bool },
    File { samples: Samples, at: usize },
    Silence,
    Tone(Generator),
}

/// Level of tones that are not the milliwatt, dBm0.
const LEVEL: f32 = -10.0;

impl Playing {
    pub(super) fn new(
        source: &Source,
        rate: u32,
        attached: Option<Box<dyn AudioPort>>,
        (files, call): (&Files, CallId),
    ) -> Result<Self, SoundError> {
        Ok(match source {
            Source::Echo => Self::Echo { heard: vec![0; (rate / 50) as usize], fresh: false },
            Source::File(path) => Self::File { samples: files.samples(call, path, rate)?, at: 0 },
            Source::Milliwatt => Self::Tone(Generator::new(Signal::milliwatt(), rate)),
            Source::Port => Self::Attached(attached.ok_or(SoundError::NoPort)?),
            Source::Signature(hz, ms) => {
                let audible = hz.iter().copied().filter(|hz| is_audible(*hz, rate));
                let length = Duration::from_millis(u64::from((*ms).max(20)));
                let hz: Vec<f32> = audible.collect();
                if hz.is_empty() {
                    Self::Silence
                } else {
                    let once = Signal::sequence(&hz, LEVEL, length);
                    Self::Tone(Generator::new(Signal { repeats: true, ..once }, rate))
                }
            }
            Source::Tone(hz) if is_audible(*hz, rate) => {
                Self::Tone(Generator::new(Signal::tone(*hz, LEVEL, None), rate))
            }
            Source::Silence | Source::Tone(_) => Self::Silence,
        })
    }

    /// Fills a frame; false at the end of a file.
    pub(super) fn capture(&mut self, now: Duration, frame: &mut [i16]) -> bool {
        match self {
            Self::Attached(port) => return port.capture(now, frame),
            Self::Echo { heard, fresh } => {
                frame.fill(0);
                if std::mem::take(fresh) {
                    copy(heard, frame);
                }
            }
            Self::File { samples, at } => {
                let Some(samples) = samples.get() else {
                    frame.fill(0);
                    return true;
                };
                let rest = samples.get(*at..).unwrap_or_default();
                let copied = copy(rest, frame);
                frame.get_mut(copied..).unwrap_or_default().fill(0);
                *at += copied;
                return *at < samples.len();
            }
            Self::Silence => frame.fill(0),
            Self::Tone(generator) => return generator.fill(frame),
        }
        true
    }

    /// Whether what is captured is sent.
    pub(super) fn sends(&mut self, on: bool) {
        if let Self::Attached(port) = self {
            port.sends(on);
        }
    }

    /// Takes what was heard.
    pub(super) fn playout(&mut self, now: Duration, frame: &[i16]) {
        match self {
            Self::Attached(port) => port.playout(now, frame),
            Self::Echo { heard, fresh } => {
                copy(frame, heard);
                *fresh = true;
            }
            Self::File { .. } | Self::Silence | Self::Tone(_) => {}
        }
    }
}

fn is_audible(hz: f32, rate: u32) -> bool {
    hz >= 1.0 && hz < rate as f32 / 2.0
}

/// Copies as much as both sides have room for.
fn copy(from: &[i16], to: &mut [i16]) -> usize {
    let len = from.len().min(to.len());
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    len
}
