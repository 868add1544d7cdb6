//! When each part of the agent wants to be woken.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{AccountId, CallId, core::SendingId};

/// A part that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// An account: registration, keep-alive, look-up.
    Account(AccountId),
    /// A call.
    Call(CallId),
    /// A request of ours that waits for its place to send to, or for a sign of life from it.
    Sending(SendingId),
    /// The shutdown has lasted long enough.
    Shutdown,
}

/// One instant a part, kept in order.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    at: BTreeMap<Due, Duration>,
    order: BTreeSet<(Duration, Due)>,
}

impl Schedule {
    /// Sets, moves or takes away the instant of `due`.
    pub(crate) fn set(&mut self, due: Due, at: Option<Duration>) {
        let before = match at {
            Some(at) => self.at.insert(due, at),
            None => self.at.remove(&due),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.order.remove(&(before, due));
        }
        if let Some(at) = at {
            self.order.insert((at, due));
        }
    }

    /// The next instant.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Takes the earliest part that is due at `now`.
    pub(crate) fn expired(&mut self, now: Duration) -> Option<Due> {
        let (at, due) = self.order.first().copied()?;
        (at <= now).then(|| {
            self.set(due, None);
            due
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_up_in_order_and_can_move() {
        let mut schedule = Schedule::default();
        let (one, two) = (Due::Call(CallId(1)), Due::Account(AccountId(2)));
        let at = Duration::from_secs;
        schedule.set(one, Some(at(5)));
        schedule.set(two, Some(at(6)));
        schedule.set(one, Some(at(7)));
        assert_eq!(schedule.next(), Some(at(6)));
        assert_eq!(schedule.expired(at(5)), None);
        assert_eq!(schedule.expired(at(8)), Some(two));
        schedule.set(one, None);
        assert_eq!(schedule.expired(at(8)), None);
    }
}
