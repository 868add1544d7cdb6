//! The state of offer and answer of one call (RFC 3264).

use std::net::IpAddr;

use bytes::Bytes;
use milliwatt_media::session::{Direction, MediaPlan};

/// What we can do and want, when an offer or an answer is made.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    pub(super) shown: IpAddr,
    pub(super) port: u16,
    pub(super) direction: Direction,
    pub(super) codecs: Vec<String>,
    pub(super) events: bool,
    pub(super) session_id: u64,
}

/// Offers and answers so far.
#[derive(Debug, Default)]
pub(super) struct Negotiation {
    /// Codecs of this call; the trunk's own when empty.
    pub(super) codecs: Vec<String>,
    /// The caller's offer in the INVITE.
    pub(super) theirs: Option<Bytes>,
    ours: Option<Bytes>,
}

impl Negotiation {
    pub(super) fn offered(&self) -> bool {
        false
    }
    pub(super) fn given(&self) -> Option<Bytes> {
        self.ours.clone()
    }
    pub(super) fn withdraw(&mut self) {}
    pub(super) fn offer(&mut self, ours: &Ours) -> Bytes {
        let _ = ours;
        Bytes::new()
    }
    pub(super) fn accept(&mut self, answer: &[u8]) -> Result<MediaPlan, String> {
        let _ = answer;
        Err(String::new())
    }
    pub(super) fn answer(
        &mut self,
        offer: &[u8],
        ours: &Ours,
    ) -> Result<(Bytes, MediaPlan), String> {
        let _ = (offer, ours);
        Err(String::new())
    }
}
