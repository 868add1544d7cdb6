//! The seam between the carrier's signalling and its sound.

use std::net::SocketAddr;

use milliwatt_media::session::MediaPlan;

use crate::numbers::Answerer;

/// Names the sound of one call through the trunk: two sides, 0 is the one that dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Talk(pub(crate) u64);

/// Where packets go through. Signalling asks it for addresses and tells it where each side listens.
pub(crate) trait Desk {
    /// Opens both sides of a talk: the RTP addresses to show to each. `None` when no port is left.
    fn open(&mut self, talk: Talk) -> Option<[SocketAddr; 2]>;

    /// One side listens here.
    fn aim(&mut self, talk: Talk, side: usize, rtp: SocketAddr);

    /// Side 1 is the trunk's own: it plays and listens as the number says.
    fn play(&mut self, talk: Talk, plan: MediaPlan, answerer: Answerer);

    /// The talk is over.
    fn close(&mut self, talk: Talk);
}
