//! Quality as figures: what was lost and how it lay, the E-model, and the sums of a call.

mod emodel;
mod loss;
mod tally;

pub use emodel::{Impairments, mos, rating};
pub use loss::Loss;
pub use tally::{Spread, Tally};
