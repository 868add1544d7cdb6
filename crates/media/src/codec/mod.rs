//! Codecs: one file for each standard, one entry of [`CODECS`] for each encoding name.
//!
//! A codec knows nothing of RTP: it turns sound into payload bytes and back. [`Spec::open`] gives an
//! instance for one stream; stateful codecs keep their history in it.

pub mod comfort_noise;
pub mod g711;

use std::fmt;

/// Everything about an encoding that does not depend on a stream.
pub struct Spec {
    /// Encoding name of the RTP registry (RFC 3551 §6), compared without case.
    pub name: &'static str,
    /// Static payload type (RFC 3551 table 4); `None` is numbered in the dynamic range.
    pub payload_type: Option<u8>,
    /// RTP clock rate, Hz. G.722 says 8000 here although its sound has 16000 (RFC 3551 §4.5.2).
    pub clock_rate: u32,
    /// Samples per second of the sound, Hz.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u8,
    /// Equipment impairment factor Ie (ITU-T G.113 appendix I).
    pub ie: f32,
    /// Packet-loss robustness factor Bpl with concealment (ITU-T G.113 appendix I).
    pub bpl: f32,
    /// Makes an instance; [`Spec::open`] calls it.
    pub open: fn(Option<&str>) -> Box<dyn Codec>,
}

impl Spec {
    /// An encoder and decoder for one stream. `fmtp` is the far end's `a=fmtp` value.
    pub fn open(&self, fmtp: Option<&str>) -> Box<dyn Codec> {
        (self.open)(fmtp)
    }

    /// True for the encoding that SDP calls `name/clock_rate/channels`.
    pub fn is(&self, name: &str, clock_rate: u32, channels: u8) -> bool {
        self.name.eq_ignore_ascii_case(name)
            && self.clock_rate == clock_rate
            && self.channels == channels
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.clock_rate)
    }
}

impl PartialEq for Spec {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.name, other.clock_rate, other.channels)
    }
}

impl Eq for Spec {}

/// Encoder and decoder of one stream. None of the calls allocates.
pub trait Codec: Send {
    /// What this is.
    fn spec(&self) -> &'static Spec;

    /// Encodes `sound` (mono, linear, `spec().sample_rate`) and returns the bytes written.
    ///
    /// # Errors
    /// [`CodecError::Room`] when `payload` is too short; nothing is written then.
    fn encode(&mut self, sound: &[i16], payload: &mut [u8]) -> Result<usize, CodecError>;

    /// Decodes one payload and returns the samples written.
    ///
    /// # Errors
    /// [`CodecError::Room`] when `sound` is too short, [`CodecError::Payload`] when the bytes are
    /// none of this codec.
    fn decode(&mut self, payload: &[u8], sound: &mut [i16]) -> Result<usize, CodecError>;

    /// Samples that `payload` decodes to, without decoding it.
    fn samples(&self, payload: &[u8]) -> usize;
}

/// Why a codec did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The output buffer is shorter than the result.
    #[error("the output buffer is too short")]
    Room,
    /// The bytes are no payload of this codec.
    #[error("the payload is malformed")]
    Payload,
}

/// Every codec there is, best sound first.
pub static CODECS: &[&Spec] = &[&g711::PCMA, &g711::PCMU];

/// The codec that SDP calls `name/clock_rate` with one channel.
pub fn find(name: &str, clock_rate: u32) -> Option<&'static Spec> {
    CODECS.iter().copied().find(|spec| spec.is(name, clock_rate, 1))
}

/// The codec of that encoding name, whatever its clock: for settings and command lines.
pub fn by_name(name: &str) -> Option<&'static Spec> {
    CODECS.iter().copied().find(|spec| spec.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_case_and_only_at_their_clock() {
        assert_eq!(find("pcmu", 8000), Some(&g711::PCMU));
        assert_eq!(find("PCMA", 8000), Some(&g711::PCMA));
        assert_eq!(find("PCMA", 16000), None);
        assert_eq!(by_name("Pcma"), Some(&g711::PCMA));
        assert_eq!(by_name("G729"), None);
    }

    #[test]
    fn every_entry_opens_what_it_says() {
        for spec in CODECS {
            assert_eq!(spec.open(None).spec(), *spec);
        }
    }
}
