//! One media session: packets on one side, frames of sound on the other.

mod api;

pub use api::*;
