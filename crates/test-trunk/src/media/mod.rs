//! The sound of the carrier: relays with a bad network in them, and what the answerers play.

mod announcement;
mod answerers;
mod bend;
pub(crate) mod desk;
mod ivr;
mod music;
pub(crate) mod netem;
mod path;
mod program;
mod relay;

pub(crate) use relay::Relay;
