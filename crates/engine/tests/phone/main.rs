//! Whole phones on the wire in memory, and two engines on loopback.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail, and picks the events that it is about"
)]

mod auto_answer;
mod branches;
mod calls;
mod carrier;
mod ends;
mod history;
mod hold;
mod lines;
mod long;
mod loopback;
mod script;
mod sound;
mod support;
