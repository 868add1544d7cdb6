//! The phone without a face: sockets, TLS, DNS, the one loop, accounts, trace, probes.
//! Commands go in, events come out; see [`api`] and [`Engine`].

#![forbid(unsafe_code)]

pub mod api;
pub mod clock;
pub mod drive;
pub mod emergency;
mod engine;
mod gate;
mod ledger;
pub mod local;
pub mod media_io;
pub mod memory;
pub mod net;
pub mod phone;
pub mod ports;
pub mod probe;
mod sounds;
pub mod trace;

pub use milliwatt_media::frame::AudioPort;
pub use milliwatt_store::{settings, spending};

pub use crate::engine::{Config, Engine, Events, StartError};
