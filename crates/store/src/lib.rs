//! What outlives a restart: settings, provider profiles, call history and quality, secrets.

#![forbid(unsafe_code)]

pub mod settings;
