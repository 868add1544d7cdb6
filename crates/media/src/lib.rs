//! What flows after the 200 OK, without I/O: SDP, RTP, RTCP, codecs, jitter buffer, concealment,
//! DTMF, tones and quality. [`session`] is the front, [`frame::AudioPort`] the seam to sound.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod codec;
pub mod conceal;
pub mod dtmf;
pub mod frame;
pub mod jitter;
pub mod level;
pub mod mix;
pub mod negotiate;
pub mod quality;
pub mod rate;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod session;
pub mod tone;
