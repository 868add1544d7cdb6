//! Why an offer or an answer leads to no session.

use crate::sdp::SdpError;

/// The reason, with the answer that SIP gives to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `c=` has the other IP version than ours.
    #[error("the far end's media address is of another IP version than ours")]
    AddressFamily,
    /// There is no `c=` with a literal address.
    #[error("the far end names no media address")]
    Connection,
    /// Sound is offered over SRTP only.
    #[error("the far end wants encrypted media")]
    Encrypted,
    /// The body is no SDP, or too much of it.
    #[error("{0}")]
    Malformed(SdpError),
    /// There is no sound in it.
    #[error("no audio in the session description")]
    NoAudio,
    /// No codec is common.
    #[error("no codec in common")]
    NoCodec,
    /// An answer came and we had made no offer.
    #[error("an answer without an offer")]
    NotOffered,
    /// The far end answered our sound with port 0.
    #[error("the far end refused the audio")]
    Rejected,
    /// Sound is offered over a transport that we do not know.
    #[error("unknown media transport")]
    Transport,
}

impl Refusal {
    /// The status code for an offer: 400 where the body cannot be read, else 488 (RFC 3261
    /// §21.4.26).
    pub fn code(self) -> u16 {
        if matches!(self, Self::Malformed(_)) { 400 } else { 488 }
    }

    /// The code and text of a Warning header (RFC 3261 §20.43).
    pub fn warning(self) -> (u16, &'static str) {
        match self {
            Self::AddressFamily | Self::Connection => (301, "Incompatible network address formats"),
            Self::Encrypted | Self::Transport => (302, "Incompatible transport protocol"),
            Self::NoAudio | Self::Rejected => (304, "Media type not available"),
            Self::NoCodec => (305, "Incompatible media format"),
            Self::Malformed(_) | Self::NotOffered => (399, "Malformed session description"),
        }
    }
}
