//! What a tone is made of: components with levels, in steps of time.

use std::time::Duration;

use crate::level::DBM0_IN_DBOV;

/// One sine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Component {
    /// Frequency, Hz.
    pub hz: f32,
    /// Level, dBm0.
    pub dbm0: f32,
}

impl Component {
    /// The peak of the sine in units of 16-bit samples.
    pub fn amplitude(&self) -> f32 {
        32768.0 * 2.0_f32.sqrt() * 10.0_f32.powf((self.dbm0 + DBM0_IN_DBOV) / 20.0)
    }
}

/// Components that sound together for a time; none of them is a pause.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What sounds.
    pub components: Vec<Component>,
    /// How long; `None` is for ever.
    pub length: Option<Duration>,
}

/// A tone plan: steps, once or again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Starts again after the last step.
    pub repeats: bool,
}

/// Whose supervisory tones (ITU-T E.180 supplement 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Region {
    /// 425 Hz, as most of Europe has it (ETSI TR 101 041).
    #[default]
    Europe,
    /// The precise tone plan.
    NorthAmerica,
    /// 400 and 450 Hz.
    UnitedKingdom,
}

impl Region {
    /// The region of an ISO 3166 country code; Europe's where nothing better is known.
    pub fn of_country(code: &str) -> Self {
        match code.to_ascii_uppercase().as_str() {
            "CA" | "US" => Self::NorthAmerica,
            "AU" | "GB" | "IE" | "NZ" => Self::UnitedKingdom,
            _ => Self::Europe,
        }
    }
}

impl Signal {
    /// The test tone of the trunk: 1004 Hz at 0 dBm0, for ever. Four hertz off the round number so
    /// that it does not meet the same codes again and again.
    pub fn milliwatt() -> Self {
        Self::tone(1004.0, 0.0, None)
    }

    /// One sine at `dbm0`, for `length` or for ever.
    pub fn tone(hz: f32, dbm0: f32, length: Option<Duration>) -> Self {
        let components = vec![Component { hz, dbm0 }];
        Self { steps: vec![Step { components, length }], repeats: false }
    }

    /// Sines one after the other at one level, each for `length`: a signature to be recognised by.
    pub fn sequence(hz: &[f32], dbm0: f32, length: Duration) -> Self {
        let steps = hz
            .iter()
            .map(|hz| Step { components: vec![Component { hz: *hz, dbm0 }], length: Some(length) })
            .collect();
        Self { steps, repeats: false }
    }

    /// What the caller hears while the far end rings.
    pub fn ringback(region: Region) -> Self {
        match region {
            Region::Europe => Self::cadence(&[425.0], -10.0, &[1000, 4000]),
            Region::NorthAmerica => Self::cadence(&[440.0, 480.0], -19.0, &[2000, 4000]),
            Region::UnitedKingdom => Self::cadence(&[400.0, 450.0], -19.0, &[400, 200, 400, 2000]),
        }
    }

    /// What the caller hears when the far end is busy.
    pub fn busy(region: Region) -> Self {
        match region {
            Region::Europe => Self::cadence(&[425.0], -10.0, &[500, 500]),
            Region::NorthAmerica => Self::cadence(&[480.0, 620.0], -24.0, &[500, 500]),
            Region::UnitedKingdom => Self::cadence(&[400.0], -19.0, &[375, 375]),
        }
    }

    /// Components together, on and off in turn (milliseconds), again and again.
    pub fn cadence(hz: &[f32], dbm0: f32, on_off_ms: &[u64]) -> Self {
        let steps = on_off_ms
            .iter()
            .enumerate()
            .map(|(n, ms)| Step {
                components: hz
                    .iter()
                    .filter(|_| n % 2 == 0)
                    .map(|hz| Component { hz: *hz, dbm0 })
                    .collect(),
                length: Some(Duration::from_millis(*ms)),
            })
            .collect();
        Self { steps, repeats: true }
    }
}
