//! A carrier in a box: registrar, DID routing, answerers, fault switches, a seeded bad network.
//!
//! [`TestTrunk::start`] opens real sockets. The signalling core behind it is told bytes and time
//! and never asks, so that it also runs on a virtual clock.
//!
//! Sockets live in the engine, with these exceptions: the relay moves packets between pairs of
//! ports that the engine opened, and DNS and the TLS port that closes (`tls-closed`) have listeners
//! of their own, because the engine's network serves neither. None of them ever opens a connection.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod carrier;
mod certificates;
mod dns;
mod faults;
mod media;
mod numbers;
mod server;
mod stun;
#[cfg(test)]
mod tests;

pub use faults::{FAULTS, Fault, FaultError, Faults};
pub use media::netem::{Link, Netem};
pub use server::{Config, StartError, TestTrunk};
