//! The end of an answered call (RFC 3261 §15).

use std::time::Duration;

use super::{Call, End, Purpose, Stage, reply::Reply};
use crate::{
    agent::{EndedBy, Ending, core::Core},
    message::{Message, Method},
    transaction::ServerId,
    transport::Flow,
};

impl Call {
    /// Sends BYE. `end` is told when the far end confirms it, or after a short while.
    pub(super) fn bye(&mut self, core: &mut Core, now: Duration, reason: Option<String>, end: End) {
        let before = std::mem::replace(&mut self.stage, Stage::Leaving(None));
        let Stage::Up(up) = before else {
            self.stage = before;
            return;
        };
        self.timers.stop_all();
        self.drop_offers(core, now);
        self.give_up_changes(core, now);
        let (mut draft, to) = self.within(core, &up.dialog, Method::Bye);
        draft.headers.extend(reason.map(|reason| ("Reason".to_owned(), reason)));
        self.send(core, now, Purpose::Bye, draft, to);
        self.stage = Stage::Leaving(Some(Box::new(up.dialog)));
        self.await_confirmation(now, end);
    }

    /// A BYE came in.
    pub(super) fn bye_received(
        &mut self,
        core: &mut Core,
        now: Duration,
        server: ServerId,
        flow: &Flow,
        request: &Message,
    ) {
        Reply::new(200).send(core, now, self.account, server, flow, request);
        match &self.stage {
            Stage::Up(_) => {
                self.finish(core, now, End::with(Ending::Bye, EndedBy::Remote, request));
            }
            Stage::Alerting(alerting) => {
                // RFC 3261 §15.1.2: what still waits for an answer gets 487.
                let refusal = Reply::new(487).tag(&self.local_tag);
                refusal.send(
                    core,
                    now,
                    self.account,
                    alerting.server,
                    &alerting.flow,
                    &alerting.invite,
                );
                self.finish(core, now, End::with(Ending::Cancelled, EndedBy::Remote, request));
            }
            // It crossed our own.
            Stage::Leaving(_) => self.confirm_end(core),
            Stage::Calling(_) => {}
        }
    }

    /// The far end does not know the dialog any more (RFC 3261 §12.2.1.2).
    pub(super) fn lost(&mut self, core: &mut Core, now: Duration, response: &Message) {
        let end = End::with(Ending::TimedOut, EndedBy::Remote, response);
        self.bye(core, now, None, end.clone());
        self.end = (!self.told).then_some(end);
        self.confirm_end(core);
    }
}
