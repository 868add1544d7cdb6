//! Tunes: how the phone rings, and what it tells its user by tones.

use std::time::Duration;

use milliwatt_media::tone::{Component, Region, Signal, Step};

use crate::device::Role;

/// A sound of the phone itself, until it is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tune {
    /// The far end is busy.
    Busy,
    /// Another call comes in during a call.
    CallWaiting,
    /// A call comes in: on the ring device.
    Ring,
    /// The far end rings.
    Ringback,
}

impl Tune {
    /// Where it is heard.
    pub fn role(self) -> Role {
        match self {
            Self::Ring => Role::Ring,
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
            Self::Ring => ring(),
            Self::Ringback => Signal::ringback(region),
        }
    }
}

/// The trill of a bell with two gongs: twenty times a second from one to the other, for a second and
/// a half, then as long a pause.
fn ring() -> Signal {
    let step = |hz: &[f32], ms| Step {
        components: hz.iter().map(|hz| Component { hz: *hz, dbm0: -16.0 }).collect(),
        length: Some(Duration::from_millis(ms)),
    };
    let trill = (0..30)
        .map(|n| if n % 2 == 0 { step(&[880.0, 1320.0], 50) } else { step(&[1109.0, 1661.0], 50) });
    Signal { steps: trill.chain([step(&[], 1500)]).collect(), repeats: true }
}
