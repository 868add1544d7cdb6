//! End-to-end tests of Milliwatt: one binary, one module a topic.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends at its first surprise")]

mod architecture;
mod harness;
mod interop;
mod torture;
