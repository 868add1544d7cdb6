//! Calls that nobody took, as the tray counts them: until the history is looked at, which the
//! preferences remember over a restart.

use milliwatt_store::history::Filter;

use super::{Phone, lock};

/// Calls of earlier runs that are counted at most: who has more does not count them.
const MOST: usize = 999;

impl Phone {
    /// Counts the calls of earlier runs that nobody has seen in the history.
    pub(super) fn count_missed(&self) {
        let seen = lock(&self.preferences).missed_seen_ms;
        let filter = Filter {
            missed: true,
            since_ms: Some(seen.saturating_add(1)),
            limit: Some(MOST),
            ..Filter::default()
        };
        let Some(history) = self.engine.history() else { return };
        match history.find(&filter) {
            Ok(calls) => self.watch().were_missed(u32::try_from(calls.len()).unwrap_or(u32::MAX)),
            Err(why) => tracing::info!("the calls that were missed before are not counted: {why}"),
        }
    }

    /// The calls that nobody took have been seen.
    pub(super) fn looked_at(&self) {
        self.watch().looked_at();
        self.news.notify_one();
    }
}
