//! Sound between a device and a call: rings that the device's callback fills or empties, and on the
//! other side frames of 20 ms at 48 kHz on the call's clock.

mod adapter;
mod ear;
mod link;
mod mouth;
mod servo;
mod stamp;
#[cfg(test)]
mod tests;

pub use self::link::{Drain, Fault, Feed};
pub(crate) use self::{
    ear::Ear,
    link::{Link, capture_ring, playback_ring},
    mouth::Mouth,
    stamp::Stamps,
};

/// Samples per second on the call's side, and of devices that can.
pub const RATE: u32 = 48_000;

/// Samples of a block that is asked of a device: 10 ms.
pub const BLOCK: u32 = 480;

/// Samples of a call's frame: 20 ms.
pub(crate) const FRAME: usize = 960;

/// How one way of sound does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flow {
    /// The device's clock against the call's, parts per million; positive where it is fast. Settles
    /// within a minute.
    pub drift_ppm: f32,
    /// Sound that waits between the device's callback and the call, ms.
    pub delay_ms: f32,
    /// Times that sound was missing or too much, so that silence was put in or sound left out.
    pub gaps: u32,
}
