//! Tunes: how the phone rings, and what it tells its user by tones.

use std::time::Duration;

use milliwatt_media::tone::{Component, Region, Signal, Step};

use crate::device::Role;

/// How the phone rings by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ringtone {
    /// The trill of a bell with two gongs.
    #[default]
    Bell,
    /// Two notes, one below the other.
    Chime,
    /// Three short notes.
    Pulse,
}

impl Ringtone {
    fn signal(self) -> Signal {
        let steps: Vec<Step> = match self {
            // Twenty times a second from one gong to the other, for a second and a half.
            Self::Bell => {
                let gongs: [&[f32]; 2] = [&[880.0, 1320.0], &[1109.0, 1661.0]];
                let trill = gongs.into_iter().cycle().take(30).map(|gong| step(gong, 50));
                trill.chain([step(&[], 1500)]).collect()
            }
            Self::Chime => {
                vec![step(&[659.0, 1318.0], 400), step(&[523.0, 1047.0], 700), step(&[], 1900)]
            }
            Self::Pulse => {
                let note = [step(&[740.0], 120), step(&[], 80)];
                let notes = note.iter().cycle().take(6).cloned();
                notes.chain([step(&[], 1500)]).collect()
            }
        };
        Signal { steps, repeats: true }
    }
}

fn step(hz: &[f32], ms: u64) -> Step {
    Step {
        components: hz.iter().map(|hz| Component { hz: *hz, dbm0: -16.0 }).collect(),
        length: Some(Duration::from_millis(ms)),
    }
}

/// A sound of the phone itself, until it is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tune {
    /// The far end is busy.
    Busy,
    /// Another call comes in during a call.
    CallWaiting,
    /// A call comes in: on the ring device.
    Ring(Ringtone),
    /// The far end rings.
    Ringback,
}

impl Tune {
    /// Where it is heard.
    pub fn role(self) -> Role {
        match self {
            Self::Ring(_) => Role::Ring,
            Self::Busy | Self::CallWaiting | Self::Ringback => Role::Speaker,
        }
    }

    /// Its tone plan (ITU-T E.180 supplement 2); the ring is our own.
    pub fn signal(self, region: Region) -> Signal {
        match self {
            Self::Busy => Signal::busy(region),
            Self::CallWaiting => match region {
                Region::Europe => Signal::cadence(&[425.0], -16.0, &[150, 150, 150, 8000]),
                Region::NorthAmerica => Signal::cadence(&[440.0], -16.0, &[300, 9700]),
                Region::UnitedKingdom => Signal::cadence(&[400.0], -16.0, &[100, 3000]),
            },
            Self::Ring(ringtone) => ringtone.signal(),
            Self::Ringback => Signal::ringback(region),
        }
    }
}
