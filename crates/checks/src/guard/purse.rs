//! What a run may spend, and the ledger that outlives it.

use std::time::{Duration, SystemTime};

use milliwatt_engine::{
    clock::Clock,
    spending::{Entry, Ledger, LedgerError, Spending},
};

use super::{Budget, Refusal, Spent};
use crate::subject::Subject;

/// What a run may spend, and the ledger of what was spent: by this run, by those before it, by those
/// that were killed.
#[derive(Clone)]
pub struct Purse<'a> {
    /// What tests may spend on a trunk in an hour.
    pub budget: Budget,
    /// Where it is written down; `None` where nothing is.
    pub ledger: Option<Ledger>,
    /// For the time of day.
    pub clock: &'a dyn Clock,
}

/// What was spent counts for so long.
const HOUR: Duration = Duration::from_secs(3600);

impl Purse<'_> {
    /// What tests have spent on a trunk in the last hour.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn spent(&self, subject: &Subject) -> Result<Spent, Refusal> {
        let Some(ledger) = self.ledger.as_ref().filter(|_| subject.is_billed()) else {
            return Ok(Spent::default());
        };
        Ok(ledger.spent(subject.name(), self.an_hour_ago())?.into())
    }

    fn an_hour_ago(&self) -> SystemTime {
        self.clock.wall().checked_sub(HOUR).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Whether this much is left.
    ///
    /// # Errors
    /// When there is not enough, or the ledger cannot be read.
    pub(crate) fn affords(&self, subject: &Subject, needed: Spent) -> Result<(), Refusal> {
        if !subject.is_billed() {
            return Ok(());
        }
        self.covered(self.spent(subject)?, needed)
    }

    fn covered(&self, spent: Spent, needed: Spent) -> Result<(), Refusal> {
        let budget = self.budget;
        if budget.covers(spent + needed) {
            Ok(())
        } else {
            Err(Refusal::OverBudget { needed, spent, budget })
        }
    }

    /// Takes out what a call costs, on disk before it is placed.
    ///
    /// # Errors
    /// When there is not enough, or it cannot be written down.
    pub(crate) fn pay(&self, subject: &Subject, needed: Spent) -> Result<(), Refusal> {
        if !subject.is_billed() {
            return Ok(());
        }
        let Some(ledger) = &self.ledger else { return self.covered(Spent::default(), needed) };
        let entry = Entry { trunk: subject.name(), at: self.clock.wall(), time: needed.time };
        ledger.enter(entry, self.an_hour_ago(), |spent| self.covered(spent.into(), needed))
    }
}

impl From<Spending> for Spent {
    fn from(spending: Spending) -> Self {
        Self { calls: spending.calls, time: spending.time }
    }
}

impl From<LedgerError> for Refusal {
    fn from(why: LedgerError) -> Self {
        Self::NoLedger(why.to_string())
    }
}
