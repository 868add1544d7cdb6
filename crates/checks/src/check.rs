//! What a check is. One lives in each file of `catalogue/`.

use crate::{
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Finding, Limits},
};

/// The page of a check, for `explain`, reports and the window.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// A line for tables.
    pub title: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Why a trunk fails it.
    pub why: &'static str,
    /// What a pass looks like.
    pub pass: &'static str,
    /// The clause behind it.
    pub reference: &'static str,
}

/// What running a check may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing, and no call.
    Free,
    /// A call that costs nothing: on-net, an echo, inbound.
    OnNet,
    /// A billed call.
    Billed,
    /// Long calls or load.
    Load,
}

/// One numbered check of a trunk. It places no call of its own: it declares what it needs, and
/// judges what was seen.
pub trait Check: Sync {
    /// Its id in code, reports and `explain`: `group.name`.
    fn id(&self) -> &'static str;

    /// Its page.
    fn page(&self) -> Page;

    /// A failed gate means that the trunk is not fit for use.
    fn gate(&self) -> bool {
        false
    }

    /// What running it may cost.
    fn level(&self) -> Level {
        Level::Free
    }

    /// Default limits of its figure, which a profile or a trunk may replace.
    fn limits(&self) -> Option<Limits> {
        None
    }

    /// What it needs to see, or why it does not apply to this trunk (a skip).
    ///
    /// # Errors
    /// The finding to report instead of running.
    fn plan(&self, subject: &Subject) -> Result<Plan, Finding>;

    /// Judges what was seen.
    fn judge(&self, seen: &Observation, limits: Limits) -> Finding;
}

/// The part of an id before the dot.
pub fn group(id: &str) -> &str {
    id.split('.').next().unwrap_or(id)
}
