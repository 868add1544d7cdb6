//! The time that was paid for a call: when it is over, the call is.

use std::time::Duration;

use milliwatt_engine::api::{CallId, Event};

use crate::observation::Cut;

/// A call that was placed, and the time that was paid for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// The call.
    pub(super) call: CallId,
    /// `None` where calls cost nothing.
    paid: Option<Duration>,
    /// When it was answered: trunks bill from there.
    answered: Option<Duration>,
}

impl Allowance {
    pub(super) fn new(call: CallId, paid: Option<Duration>) -> Self {
        Self { call, paid, answered: None }
    }

    /// Takes in an event of any call.
    pub(super) fn note(&mut self, event: &Event, now: Duration) {
        if matches!(event, Event::Answered { call, .. } if *call == self.call) {
            self.answered.get_or_insert(now);
        }
    }

    /// When no more is paid for; `None` while nothing is billed.
    pub(super) fn end(&self) -> Option<Duration> {
        Some(self.answered? + self.paid?)
    }

    /// The end of the call, once all that was paid for is used.
    pub(super) fn used_up(&self, now: Duration) -> Option<Cut> {
        let (paid, answered) = (self.paid?, self.answered?);
        let after = now.saturating_sub(answered);
        (after >= paid).then_some(Cut { paid, after })
    }
}
