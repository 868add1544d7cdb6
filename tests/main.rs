//! End-to-end tests of Milliwatt: one binary, one module a topic.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends at its first surprise")]
#![allow(clippy::print_stderr, reason = "a skipped test says why")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks at what it is about")]
#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "the peers run on Linux alone"))]

mod architecture;
mod budget;
mod checks;
// They use /dev/full, 127.0.0.2 and the `script` of util-linux.
#[cfg(target_os = "linux")]
mod cli;
// It reads /proc.
#[cfg(target_os = "linux")]
mod damaged;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod flood;
mod harness;
#[cfg(target_os = "linux")]
mod interop;
mod ipv6;
mod reset;
mod schemas;
mod torture;
