//! The seam between the carrier's signalling and its sound.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use milliwatt_media::session::MediaPlan;

use crate::numbers::Answerer;

/// Names the sound of one call through the trunk: two sides, 0 is the one that dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Talk(pub(crate) u64);

/// Where packets go through. Signalling asks it for addresses and tells it where each side listens.
pub(crate) trait Desk {
    /// Opens one side of a talk at a local address: the RTP address to show to it. `None` when no
    /// port is left.
    fn open(&mut self, talk: Talk, side: usize, local: IpAddr) -> Option<SocketAddr>;

    /// One side listens here.
    fn aim(&mut self, talk: Talk, side: usize, rtp: SocketAddr);

    /// Side 1 is the trunk's own: it plays and listens as the number says. Again for a talk that
    /// plays already: by another plan from here on.
    fn play(&mut self, talk: Talk, plan: MediaPlan, answerer: Answerer);

    /// A digit came by signalling, for the trunk's own side.
    fn press(&mut self, talk: Talk, digit: char);

    /// When the last sound of the phone that dialled came.
    fn heard(&self, talk: Talk) -> Option<Duration>;

    /// The talk is over.
    fn close(&mut self, talk: Talk);
}
