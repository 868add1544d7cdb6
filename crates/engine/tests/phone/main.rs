//! Whole phones on the wire in memory, and two engines on loopback.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail, and picks the events that it is about"
)]

mod allocation;
mod auto_answer;
mod branches;
mod broken;
mod calls;
mod carrier;
mod ends;
mod families;
mod files;
mod findings;
mod history;
mod hold;
#[cfg(unix)]
mod killed;
mod kinds;
mod lines;
mod long;
mod loopback;
mod moved;
mod nat;
mod script;
mod snapshot;
mod sound;
mod support;
mod tape;
mod unkept;
