//! The sound of the carrier: relays with a bad network in them, and what the answerers play.

pub(crate) mod desk;
pub mod netem;
