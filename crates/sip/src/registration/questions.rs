//! What the registrar holds is asked, as a keep-alive: it may have forgotten us (RFC 3261 §10.2.3).

use std::time::Duration;

use super::{PACE, Registration, State, Task, answer, keep_alive::Standing, retry_after};
use crate::{message::Message, transport::Flow};

impl Registration {
    /// A request that keeps the flow open got its final response on `flow`, or none: then the
    /// registrar may have forgotten us.
    pub fn kept_alive(&mut self, now: Duration, answer: Option<(&Flow, &Message)>) {
        let here = answer.is_none_or(|(flow, _)| self.flow.is_some_and(|ours| ours.is_same(flow)));
        // A REGISTER that is under way or due again says what this would.
        let moot = self.state != State::Idle || self.back_off.is_failing();
        if !here || !self.pinger.answered() || moot {
            return;
        }
        match answer {
            Some((_, response)) if self.pinger.asks_for_bindings() => self.listed(now, response),
            Some(_) => {}
            None => self.renew(now),
        }
    }

    /// What the registrar holds was answered.
    fn listed(&mut self, now: Duration, response: &Message) {
        let Some(bound) = &self.bound else { return };
        let code = response.status().unwrap_or_default();
        if (200..300).contains(&code) {
            match self.pinger.standing(answer::lists(response, &bound.ours)) {
                Standing::Known => return,
                Standing::Unlikely => {}
                // So it is told: nobody can reach us.
                Standing::Forgotten => (self.bound, self.ends) = (None, None),
            }
        } else if answer::is_of_the_moment(code) {
            self.asked_until = retry_after(response).map(|time| now + time).or(self.asked_until);
            return;
        } else {
            // It may be that it does not know us any more, or that it never answers this.
            self.pinger.refused();
        }
        self.renew(now);
    }

    /// Asks what the registrar holds; where that is not the time for it, the flow is kept open by
    /// CRLF.
    pub(super) fn ask(&mut self, now: Duration, flow: Flow) {
        let paced = self.sent_at.is_none_or(|sent| sent + PACE <= now);
        let left_in_peace = self.asked_until.is_some_and(|until| until > now);
        if self.state == State::Idle && paced && !left_in_peace && !self.back_off.is_failing() {
            self.sent_at = Some(now);
            self.tasks.push_back(Task::Bindings(flow));
        } else {
            self.pinger.answered();
            self.tasks.push_back(Task::Ping(flow));
        }
    }
}
