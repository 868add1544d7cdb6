//! The desktop face of Milliwatt: one window, a tray and notifications around the engine. It knows no
//! SIP and no RTP.
//!
//! The window asks by `commands` and hears by `events`; everything that must outlive it is kept in
//! `phone`. What it may ask is listed in `capabilities/window.json` and looked at once more in
//! `allowed`.

#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")
)]

mod about;
mod allowed;
mod alone;
mod api;
mod autostart;
mod bench;
mod caller;
mod commands;
mod desktop;
mod embedded;
mod events;
mod hot_keys;
mod links;
mod notices;
mod outbox;
mod page;
mod phone;
mod probe;
#[cfg(test)]
mod samples;
mod secrets;
#[cfg(test)]
mod shelf;
mod shown;
mod sound;
mod tray;
mod trunks;
#[cfg(test)]
mod types;
mod watch;
mod window;
mod wire;
mod words;

pub use desktop::run;
