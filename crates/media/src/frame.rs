//! The frame and the port: how sound enters and leaves the media core.

use std::time::Duration;

/// Length of the frame that a port hands over: 20 ms.
pub const FRAME: Duration = Duration::from_millis(20);

/// A source and a sink of mono, 16-bit linear sound: a sound card, a file, a tone, silence, an echo.
///
/// The media core calls `capture` every 20 ms, and `playout` once after each, on times of its own that
/// move when another source begins: then it may be called twice. Neither may block, and neither may be
/// called by anyone else meanwhile.
pub trait AudioPort: Send {
    /// Samples per second of both directions, 8000 to 48000. Constant for the life of the port.
    fn sample_rate(&self) -> u32;

    /// Fills `frame` (`sample_rate / 50` samples) with what is to be sent. Returns false when the
    /// source is at its end; the frame then holds silence after the last sample.
    fn capture(&mut self, now: Duration, frame: &mut [i16]) -> bool;

    /// Whether what is captured from here on is sent. A port that works on its sound may rest while it
    /// is not: muted, on hold. Told before each `capture`.
    fn sends(&mut self, _on: bool) {}

    /// Takes one frame of what was received, `sample_rate / 50` samples. `now` is 20 ms after that of the
    /// frame before, unless the times moved.
    fn playout(&mut self, now: Duration, frame: &[i16]);
}
