//! Taking a call back, by either side (RFC 3261 §9), and hanging up whatever the stage.

use std::time::Duration;

use super::{CONFIRMATION, Call, End, Stage, Timer, reply};
use crate::{
    agent::{EndedBy, Ending, core::Core, read},
    message::Message,
    transaction::ServerId,
};

/// Busy Here: a call that the owner hangs up while it rings goes to voice mail, not to the devil.
const REFUSED: u16 = 486;

impl Call {
    /// The owner hangs up.
    pub(crate) fn hang_up(&mut self, core: &mut Core, now: Duration, cause: Option<u8>) {
        match &mut self.stage {
            Stage::Calling(_) => self.take_back(core, now, cause),
            Stage::Alerting(_) => {
                let headers = cause.map(|cause| ("Reason".to_owned(), reason(cause)));
                self.reject(core, now, REFUSED, None, headers.into_iter().collect());
            }
            Stage::Up(up) if up.accept.as_ref().is_some_and(|accept| accept.initial) => {
                // RFC 3261 §15: no BYE before the ACK to our 2xx.
                up.hangup.get_or_insert(cause);
                self.await_confirmation(now, End::new(Ending::Bye, EndedBy::Local));
            }
            Stage::Up(_) => {
                self.bye(core, now, cause.map(reason), End::new(Ending::Bye, EndedBy::Local));
            }
            Stage::Leaving(_) => {}
        }
    }

    /// Our INVITE is taken back. What answers all the same is acknowledged and ended.
    pub(super) fn take_back(&mut self, core: &mut Core, now: Duration, cause: Option<u8>) {
        let Stage::Calling(calling) = &mut self.stage else { return };
        if std::mem::replace(&mut calling.cancelled, true) {
            return;
        }
        let sending = calling.sending;
        let end = End::new(Ending::Cancelled, EndedBy::Local);
        if calling.redirects.asked.is_some() {
            // No INVITE is out.
            return self.finish(core, now, end);
        }
        self.await_confirmation(now, end);
        core.cancel(now, sending, cause.map(reason));
    }

    /// The owner hears of `end` when the far end confirms it, or after a short while.
    pub(super) fn await_confirmation(&mut self, now: Duration, end: End) {
        self.timers.stop(Timer::RingTimeout);
        if !self.told && self.end.is_none() {
            self.end = Some(end);
            self.timers.set(Timer::EndUnconfirmed, now + CONFIRMATION);
        }
    }

    /// Nobody has answered in the time that the owner gave, or an incoming call has rung for too
    /// long.
    pub(super) fn ring_timeout(&mut self, core: &mut Core, now: Duration) {
        match &self.stage {
            Stage::Calling(_) => {
                self.take_back(core, now, None);
                self.end = Some(End::new(Ending::TimedOut, EndedBy::Local));
            }
            Stage::Alerting(alerting) => {
                // RFC 3261 §13.3.1: an INVITE whose Expires has passed gets 487.
                let code = if alerting.expires { 487 } else { 480 };
                self.reject(core, now, code, None, Vec::new());
            }
            Stage::Up(_) | Stage::Leaving(_) => {}
        }
    }

    /// A CANCEL came for `invite`, theirs; the CANCEL itself has its 200 already (RFC 3261 §9.2).
    /// What is answered is not touched.
    pub(crate) fn cancelled(
        &mut self,
        core: &mut Core,
        now: Duration,
        invite: ServerId,
        cancel: &Message,
    ) {
        let refusal = reply::Reply::new(487).tag(&self.local_tag);
        if let Some(offer) = self.theirs.take_if(|offer| offer.server == invite) {
            refusal.send(core, now, self.account, invite, &offer.flow, &offer.request);
            return;
        }
        let Stage::Alerting(alerting) = &self.stage else { return };
        if alerting.server != invite {
            return;
        }
        refusal.send(core, now, self.account, invite, &alerting.flow, &alerting.invite);
        let mut end = End::with(Ending::Cancelled, EndedBy::Remote, cancel);
        end.code = 487;
        end.reason = "Request Terminated".into();
        end.cause = read::q850_of_cancel(cancel);
        self.finish(core, now, end);
    }
}

/// Reason with a Q.850 cause (RFC 3326 §2).
pub(super) fn reason(cause: u8) -> String {
    format!("Q.850;cause={cause}")
}
