//! The one place from which a run dials, and what it makes of calls that come in meanwhile.

use std::{slice, time::Duration};

use milliwatt_engine::api::{CallId, Command, Dial, Event};

use super::{Hand, allowance::Allowance};
use crate::{
    guard::{self, Refusal, Spent},
    plan::Plan,
    report::Obstacle,
    subject::same_number,
};

/// Whose a call is that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The one that was dialled.
    Ours,
    /// Of a trunk that is not under test: not a run's business.
    AnotherTrunks,
    /// Somebody calls in the middle of a test.
    Strangers,
}

impl Hand<'_> {
    /// Places the call of a plan: never where a guard forbids it, never faster than the trunk allows,
    /// never before it stands in the ledger. `None` where there is something in the way.
    pub(super) async fn place(&mut self, plan: &Plan, dial: Dial) -> Option<Allowance> {
        let wait = pause(self.subject.calls_a_second(), self.placed, self.clock.now());
        tokio::time::sleep(wait).await;
        let needed = Spent::of(slice::from_ref(plan));
        let allowed = guard::may_dial(&self.subject, &dial.to)
            .and_then(|()| self.purse.pay(&self.subject, needed));
        if let Err(refusal) = allowed {
            self.seen.obstacle = Some(match refusal {
                Refusal::NoLedger(why) => Obstacle::Here(why),
                refusal => Obstacle::Guard(refusal),
            });
            return None;
        }
        self.placed = Some(self.clock.now());
        let call = self.engine.next_call();
        self.up.push(call);
        let dial = Box::new(Dial { unattended: true, ..dial });
        self.engine.command(Command::Dial { call, trunk: self.trunk.clone(), dial });
        Some(Allowance::new(call, self.subject.is_billed().then_some(needed.time)))
    }

    /// A call is ours when it is for the number that was dialled, or from the number that we show.
    pub(super) fn whose(&self, incoming: &Event, dialled: &str) -> Option<Whose> {
        let Event::Incoming { trunk, from, did, .. } = incoming else { return None };
        Some(if *trunk != self.trunk {
            Whose::AnotherTrunks
        } else if same_number(did, dialled)
            || self.subject.own_number().is_some_and(|own| same_number(from, own))
        {
            Whose::Ours
        } else {
            Whose::Strangers
        })
    }

    /// Somebody calls in the middle of a test: busy.
    pub(super) fn turn_away(&self, call: CallId) {
        self.engine.command(Command::Reject { call, code: 486, headers: Vec::new() });
    }

    /// A call that was not placed at all is a matter of this computer, and so is a sleep or another
    /// address in the middle of a test.
    pub(super) fn note_obstacle(&mut self, event: &Event, calling: CallId) {
        if let Event::Notice { call, kind, text } = event
            && (*call == Some(calling) && kind == NOT_PLACED
                || call.is_none() && UPSETS.contains(&kind.as_str()))
        {
            self.seen.obstacle = Some(Obstacle::Here(text.clone()));
        }
    }
}

/// How the engine calls the notice of a call that it did not place.
const NOT_PLACED: &str = "not-placed";

/// How it calls what upsets every call of this computer.
const UPSETS: [&str; 2] = ["address-changed", "slept"];

/// How long to wait before the next call.
fn pause(calls_a_second: Option<f64>, last: Option<Duration>, now: Duration) -> Duration {
    let (Some(rate), Some(last)) = (calls_a_second, last) else { return Duration::ZERO };
    let apart = Duration::try_from_secs_f64(1.0 / rate).unwrap_or(LONGEST).min(LONGEST);
    (last + apart).saturating_sub(now)
}

/// No rate is so low that a run should hang for it.
const LONGEST: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_as_far_apart_as_the_trunk_wants() {
        let ms = Duration::from_millis;
        assert_eq!(pause(Some(1.0), None, ms(5)), Duration::ZERO);
        assert_eq!(pause(None, Some(ms(5)), ms(5)), Duration::ZERO);
        assert_eq!(pause(Some(1.0), Some(ms(100)), ms(400)), ms(700));
        assert_eq!(pause(Some(0.5), Some(ms(100)), ms(400)), ms(1700));
        assert_eq!(pause(Some(4.0), Some(ms(100)), ms(400)), Duration::ZERO);
        assert_eq!(pause(Some(1e-9), Some(ms(0)), ms(0)), LONGEST);
    }
}
