//! The one typed language of the phone: commands down, events up. Everything that a window, a
//! command line or a check knows of the engine is here; no SIP byte and no RTP packet is.

mod command;
mod event;
mod report;
mod snapshot;

use serde::{Deserialize, Serialize};

pub use self::{command::*, event::*, report::*, snapshot::*};

/// Names a call leg; picked by `Engine::next_call` for a dialled call, by the engine for an
/// incoming one.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CallId(pub u64);
