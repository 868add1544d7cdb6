//! Trunks that runs of checks have meanwhile. Whoever calls on one has it back at once: nobody who
//! calls for help waits for a check to say its goodbyes.

use milliwatt_engine::api::Command;
use tokio::sync::watch;

use super::{Phone, lock};
use crate::trunks;

/// A trunk that a run of checks has.
pub(super) struct Loan {
    /// Ends the run.
    stop: watch::Sender<bool>,
    /// The phone's engine has it no more.
    gone: bool,
}

/// What keeps a run from a trunk.
const BUSY: &str = "there is a call on this line: end it first";

impl Phone {
    /// Takes a trunk out of use for a run of checks, which `stop` ends: until it is given back, or
    /// somebody calls on it.
    ///
    /// # Errors
    /// A sentence, when there is a call on it or the engine has ended.
    pub(crate) async fn lend(&self, trunk: &str, stop: &watch::Sender<bool>) -> Result<(), String> {
        self.promise(trunk, stop);
        // A call that was ordered before is in it; one that comes later takes the promise back.
        let snapshot = trunks::snapshot(&self.engine).await;
        let is_used = snapshot.map(|now| now.calls.iter().any(|call| call.report.trunk == trunk));
        let _ordered = lock(&self.ordering);
        if !self.is_lent(trunk, stop) {
            return Err(BUSY.into());
        }
        if is_used == Ok(false) {
            self.let_go(trunk);
            return Ok(());
        }
        drop(self.take_back(trunk));
        is_used.and(Err(BUSY.into()))
    }

    /// A run of checks is over: it gives its trunk back, unless a call or another run has it.
    pub(crate) fn give_back(&self, trunk: &str, stop: &watch::Sender<bool>) {
        let _ordered = lock(&self.ordering);
        if self.is_lent(trunk, stop) {
            drop(self.take_back(trunk));
        }
    }

    /// Somebody calls on a trunk: a run of checks that has it ends. The engine keeps the order of
    /// its commands, so that the trunk is back before a call that is asked for after this. To be
    /// called while nothing else is ordered.
    pub(super) fn claim(&self, trunk: &str) {
        if let Some(stop) = self.take_back(trunk) {
            stop.send_replace(true);
        }
    }

    /// From here on the trunk is the run's, though the engine still has it.
    fn promise(&self, trunk: &str, stop: &watch::Sender<bool>) {
        let _ordered = lock(&self.ordering);
        let mut loans = lock(&self.loans);
        // An earlier run may be saying its goodbyes still.
        let gone = loans.get(trunk).is_some_and(|loan| loan.gone);
        loans.insert(trunk.to_owned(), Loan { stop: stop.clone(), gone });
    }

    fn is_lent(&self, trunk: &str, stop: &watch::Sender<bool>) -> bool {
        lock(&self.loans).get(trunk).is_some_and(|loan| loan.stop.same_channel(stop))
    }

    /// The engine forgets a trunk that was promised.
    fn let_go(&self, trunk: &str) {
        if let Some(loan) = lock(&self.loans).get_mut(trunk) {
            loan.gone = true;
        }
        self.engine.command(Command::RemoveTrunk { trunk: trunk.to_owned() });
    }

    /// A trunk is the phone's again. Answers what ends the run that has had it.
    fn take_back(&self, trunk: &str) -> Option<watch::Sender<bool>> {
        let loan = lock(&self.loans).remove(trunk)?;
        if loan.gone {
            trunks::bring_up_again(self, trunk);
        }
        Some(loan.stop)
    }
}
