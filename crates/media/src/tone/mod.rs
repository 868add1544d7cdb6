//! Tones: what a phone plays and what a test set listens for.

mod generator;
mod goertzel;
mod listener;
mod signal;

pub use generator::Generator;
pub(crate) use goertzel::{Fit, multiply};
pub use goertzel::{Goertzel, Measured, measure};
pub use listener::{APART, Heard, Listener, SHORTEST};
pub use signal::{Component, Region, Signal, Step};
