//! Digits: telephone events (RFC 4733) and tones in the sound (ITU-T Q.23, Q.24).

mod detector;
mod event;
mod inband;
mod keys;
mod receiver;
mod sender;

pub use detector::{Detector, Tone};
pub use event::{EventError, EventPayload, digit_of, event_of};
pub use inband::Inband;
pub use keys::{KeysError, MAX_KEYS};
pub use receiver::{Press, Receiver};
pub use sender::{EventPacket, Sender};
