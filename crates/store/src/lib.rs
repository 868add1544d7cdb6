//! What outlives a restart: settings, provider profiles, contacts, call history and quality,
//! secrets, recordings. Everything blocks; nothing here reads a clock, so times are told as values.
//!
//! Where things are: [`folders::Folders`]. What is private to its user (history, recordings,
//! learnt facts) is written with mode 0600 in folders of mode 0700.

#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")
)]

mod atomic;
pub mod contacts;
pub mod folders;
pub mod history;

pub mod preferences;
mod private;
pub mod profile;
pub mod recording;
pub mod ringtones;
pub mod secret;
pub mod settings;
pub mod spending;
