//! Sessions against each other and against bad networks and bad peers, on virtual time.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test is its own crate, and fails by panicking"
)]

mod allocation;
mod clean;
mod digits;
mod faults;
mod hostile;
mod line;
mod long;
mod network;
mod phases;
mod plans;
