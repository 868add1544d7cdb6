//! The sound of a person's call. The one place to change when the sound card becomes part of this.

use milliwatt_engine::api::{CallId, Sound, Source};

use crate::api::{DelayCheck, Device, SoundCheck};

/// What is told of everything that needs a sound card.
const NO_CARD: &str = "this build has no sound card: calls send silence";

/// The sound devices.
pub(crate) fn devices() -> Vec<Device> {
    Vec::new()
}

/// What a call of a person plays and keeps. The window asks for its port, and for nothing else: it
/// names no file to read or to write.
///
/// # Errors
/// A sentence, for any other sound.
pub(crate) fn of_a_person(_call: CallId, asked: &Sound) -> Result<Sound, String> {
    let plain = asked.record.is_none() && asked.listen.is_empty();
    if asked.source != Source::Port || !plain {
        return Err("the window may ask for the sound card only".into());
    }
    Ok(Sound { source: Source::Silence, ..Sound::default() })
}

/// Stops the ring until the next call.
pub(crate) fn silence_ring() {
    // Nothing rings without a sound card.
}

/// Records a call that is up, or stops that.
///
/// # Errors
/// A sentence.
pub(crate) fn record(_call: CallId, _on: bool) -> Result<(), String> {
    Err("this build cannot record a call that is up".into())
}

/// Plays a recording of the history.
///
/// # Errors
/// A sentence.
pub(crate) fn play(_path: &std::path::Path) -> Result<(), String> {
    Err(NO_CARD.into())
}

/// Stops the recording that is played.
pub(crate) fn stop_playing() {
    // Nothing is played without a sound card.
}

/// Plays a tone and listens for it.
///
/// # Errors
/// A sentence.
pub(crate) fn check() -> Result<SoundCheck, String> {
    Err(NO_CARD.into())
}

/// Measures how long sound takes from one phone to the other through the chosen devices.
///
/// # Errors
/// A sentence.
pub(crate) fn delay() -> Result<DelayCheck, String> {
    Err(NO_CARD.into())
}
