//! What flows after the 200 OK, without I/O: SDP, RTP, RTCP, codecs, jitter buffer, concealment,
//! DTMF, tones and quality. [`session`] is the front, [`frame::AudioPort`] the seam to sound.

pub mod frame;
pub mod session;
