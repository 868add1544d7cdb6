//! A trunk that sends a call on: it may not spend what nobody has agreed to.

use std::time::Duration;

use milliwatt_sip::agent::Command as Signal;

use super::{Phone, call::Call, leg};
use crate::{
    api::CallId,
    emergency::{Nations, is_emergency, needs_a_person, user_part},
};

/// How long the user part of an address may be that a call is sent on to.
const MAX_USER: usize = 64;

impl Phone {
    /// A 3xx names another place to call.
    pub(super) fn redirected(&mut self, now: Duration, id: CallId, to: &str) {
        let Some(call) = self.calls.get(&id) else { return };
        let why = self.forbids(call, to);
        let agreed = why.is_none();
        let text = match why {
            Some(why) => {
                format!("The trunk sends the call on to {to}, which was not called: {why}.")
            }
            None => format!("The trunk sends the call on to {to}."),
        };
        self.notice(Some(id), if agreed { "redirected" } else { "redirect-refused" }, text);
        self.tell_agent(now, Signal::Follow { call: leg(id), agreed });
    }

    /// Why the call must not go there: the same rules hold as for what is dialled.
    fn forbids(&self, call: &Call, to: &str) -> Option<&'static str> {
        if call.emergency {
            return None;
        }
        let number = user_part(to);
        if number.len() > MAX_USER {
            return Some("it is too long for a number or a name");
        }
        let line = self.lines.get(&call.account);
        let forbidden = match line {
            Some(line) if call.unattended => needs_a_person(to, &line.settings),
            Some(line) => is_emergency(to, Nations::of(&line.settings)),
            None => is_emergency(to, Nations::All),
        };
        if forbidden {
            return Some("it may reach an emergency service that nobody has dialled");
        }
        let test = line.map(|line| &line.settings.test);
        let allowed = user_part(&call.report.to) == number
            || test.is_some_and(|test| test.billed == Some(false) || test.allows(number));
        (call.unattended && !allowed).then_some("`test.allow` of this trunk does not name it")
    }
}
