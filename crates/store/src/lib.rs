//! What outlives a restart: settings, provider profiles, call history and quality, secrets.

pub mod settings;
