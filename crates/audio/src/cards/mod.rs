//! What gives devices and streams: the system's sound, or one that a test makes up.

#[cfg(target_os = "linux")]
mod subscription;
mod system;

use std::{any::Any, sync::Arc};

pub use self::system::System;
use crate::{
    device::Snapshot,
    stream::{Drain, Fault, Feed},
};

/// What is called when devices came or went, or another is preferred: from any thread, and more than
/// once for one change. It does not block.
pub type OnChange = Arc<dyn Fn() + Send + Sync>;

/// The sound cards of a computer. All calls come from one thread, and may take some time.
pub trait Cards: Send {
    /// Has changes told from the next look on. Cards that cannot tell leave it at this: they are looked
    /// at once a second all the same.
    fn watch(&mut self, _: OnChange) {}

    /// The devices that are there.
    fn look(&mut self) -> Snapshot;

    /// Opens a microphone and starts it. `feed` makes the callback's half; the last one made counts.
    ///
    /// # Errors
    /// As [`CardError`] tells.
    fn capture(&mut self, id: &str, feed: &mut dyn FnMut() -> Feed) -> Result<Opened, CardError>;

    /// Opens a speaker and starts it. `drain` makes the callback's half; the last one made counts.
    ///
    /// # Errors
    /// As [`CardError`] tells.
    fn playback(&mut self, id: &str, drain: &mut dyn FnMut() -> Drain)
    -> Result<Opened, CardError>;
}

/// A stream that runs until this is dropped, which may take some time too.
pub struct Opened {
    /// Samples per second.
    pub rate: u32,
    /// Keeps the stream.
    pub stream: Box<dyn Any + Send>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// Why a device cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct CardError {
    /// What kind of trouble it is.
    pub fault: Fault,
    /// The system's own words.
    pub text: String,
}

impl CardError {
    /// A device that is not there.
    pub fn gone(id: &str) -> Self {
        Self { fault: Fault::Gone, text: format!("{id} is not there") }
    }
}
