//! What the end-to-end tests share: the built binary, processes that end with the test, peers.

mod binary;
mod caller;
mod carrier;
pub(crate) mod certificates;
mod line;
mod loss;
mod milliwatt;
mod namespace;
mod peer;
mod port;
mod process;
mod relay;
pub(crate) mod sound;
pub(crate) mod sound_server;
pub(crate) mod trace;

pub(crate) use binary::{FEATURES, milliwatt_binary};
pub(crate) use caller::{Caller, rtp};
pub(crate) use carrier::Carrier;
pub(crate) use line::Line;
pub(crate) use loss::LossyLine;
pub(crate) use milliwatt::{Milliwatt, Output, finish};
pub(crate) use namespace::{Hosts, Island};
pub(crate) use peer::{peer, peers_python, skipped, skipped_here};
pub(crate) use port::free_port;
pub(crate) use process::Running;
pub(crate) use relay::Relay;
