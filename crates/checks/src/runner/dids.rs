//! A short call to each of our numbers, and those that come in when the next is dialled already.

use std::time::Duration;

use milliwatt_engine::api::Event;

use super::{
    Hand,
    call::{Goal, millis},
    place::Whose,
};
use crate::{
    guard::{self, Refusal, Spent},
    observation::NotDialled,
    plan::{Call, Callee, Plan},
    report::Obstacle,
    subject::same_number,
};

/// A number that was dialled in vain so far.
pub(super) struct Awaited {
    number: String,
    dialled: Duration,
}

impl Hand<'_> {
    /// A short call to each of our numbers, which is taken back when it has come in, or when it does
    /// not come in for long.
    pub(super) async fn dids(&mut self, count: u32) {
        if !self.register_for_calls().await {
            return;
        }
        let plan = Call::to(Callee::Rings);
        let cost = Spent::of(&[Plan::Call(plan)]);
        for (number, n) in self.subject.trunk.numbers.dids.clone().into_iter().zip(1..) {
            if self.seen.obstacle.is_some() || self.refused.is_some() {
                return;
            }
            if let Some(call) = self.seen.call(Callee::Answers).filter(|call| call.number == number)
            {
                // It has come in, or not, when it was to be answered.
                let call = call.clone();
                self.seen.dids.push(call);
                continue;
            }
            if n > count {
                self.seen.not_dialled.push((number, NotDialled::TooMany));
                continue;
            }
            let may_be = guard::may_dial(&self.subject, &number)
                .and_then(|()| self.purse.affords(&self.subject, cost));
            if let Err(refusal) = may_be {
                match NotDialled::of(refusal) {
                    Ok(why) => self.seen.not_dialled.push((number, why)),
                    Err(why) => return self.seen.obstacle = Some(Obstacle::Here(why)),
                }
                continue;
            }
            let name = format!("-did-{n}");
            let Some(seen) = self.around(plan, Goal::ComesIn, number, &name).await else {
                continue;
            };
            if let Some(dialled) = self.placed.filter(|_| seen.called.is_none()) {
                self.awaited.push(Awaited { number: seen.number.clone(), dialled });
            }
            self.seen.dids.push(seen);
        }
    }

    /// Takes a call from us for a number that was dialled before: it tells of that one, not of the
    /// one that is waited for. False for any other call.
    pub(super) fn came_late(&mut self, incoming: &Event, dialled: &str) -> bool {
        let Event::Incoming { did, .. } = incoming else { return false };
        if self.whose(incoming, dialled) != Some(Whose::Ours) {
            return false;
        }
        let Some(at) = late(&self.awaited, did, dialled) else { return false };
        let awaited = self.awaited.swap_remove(at);
        let after = millis(self.clock.now().saturating_sub(awaited.dialled));
        let earlier = self.seen.dids.iter_mut().find(|call| call.number == awaited.number);
        if let Some(earlier) = earlier {
            earlier.came_after_ms = Some(after);
            earlier.did = Some(did.clone());
        }
        true
    }
}

impl NotDialled {
    /// Why a guard leaves one number out; an error is in the way of all of them.
    fn of(refusal: Refusal) -> Result<Self, String> {
        match refusal {
            Refusal::NoLedger(why) => Err(why),
            Refusal::Emergency(_) => Ok(Self::Emergency),
            Refusal::NotAllowed(_) => Ok(Self::NotAllowed),
            Refusal::NoConsent(_) | Refusal::OverBudget { .. } | Refusal::OverCap(_) => {
                Ok(Self::OverBudget)
            }
        }
    }
}

/// Which of the numbers that were dialled in vain a call for `did` belongs to.
fn late(awaited: &[Awaited], did: &str, dialled: &str) -> Option<usize> {
    if same_number(did, dialled) {
        return None;
    }
    awaited.iter().position(|awaited| same_number(did, &awaited.number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_call_is_of_the_number_that_it_is_for() {
        let awaited = ["+15550100", "+15550101"]
            .map(|number| Awaited { number: number.into(), dialled: Duration::ZERO });
        let late = |did| late(&awaited, did, "+15550102");
        assert_eq!(late("15550101"), Some(1));
        for other in ["+15550102", "+15550103", "alice", ""] {
            assert_eq!(late(other), None, "{other}");
        }
        // A number may stand in the settings twice.
        assert_eq!(super::late(&awaited, "+15550100", "5550100"), None);
    }
}
