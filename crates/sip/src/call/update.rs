//! UPDATE from the far end (RFC 3311).

use std::time::Duration;

use super::{Call, Change, Stage, answer::supported, offer::TheirOffer, reply::Reply};
use crate::{
    agent::{core::Core, draft::ALLOW, read},
    message::Message,
    transaction::ServerId,
    transport::Flow,
};

impl Call {
    /// An UPDATE came in.
    pub(super) fn update_received(
        &mut self,
        core: &mut Core,
        now: Duration,
        server: ServerId,
        flow: &Flow,
        request: Message,
    ) {
        if self.interval_too_small(core, now, server, flow, &request) {
            return;
        }
        let Some(body) = read::sdp(&request) else {
            return self.refreshed(core, now, server, flow, &request);
        };
        if self.theirs.is_some() || self.owes_an_answer() {
            return self.not_now(core, now, server, flow, &request);
        }
        if self.awaits_an_answer() {
            Reply::new(491).send(core, now, self.account, server, flow, &request);
            return;
        }
        self.offer_received(core, now, TheirOffer::new(server, *flow, request), Some(body));
    }

    /// An UPDATE without an offer: target and session are refreshed.
    fn refreshed(
        &mut self,
        core: &mut Core,
        now: Duration,
        server: ServerId,
        flow: &Flow,
        request: &Message,
    ) {
        if let Some(dialog) = self.dialog_mut() {
            dialog.refresh_target(read::contact_uri(request));
        }
        let mut reply = Reply::new(200).dialog().header("Allow", ALLOW);
        reply = reply.header("Supported", supported(core, self.account));
        if matches!(self.stage, Stage::Up(_)) {
            for (name, value) in self.agree_session(now, request).unwrap_or_default() {
                reply = reply.header(name, value);
            }
        }
        reply.send(core, now, self.account, server, flow, request);
    }

    /// The offer of their INVITE has not been answered (RFC 3311 §5.2).
    fn owes_an_answer(&self) -> bool {
        match &self.stage {
            Stage::Alerting(alerting) => {
                read::sdp(&alerting.invite).is_some() && !alerting.reliable.described()
            }
            Stage::Calling(_) | Stage::Up(_) | Stage::Leaving(_) => false,
        }
    }

    /// An offer of ours has not been answered.
    fn awaits_an_answer(&self) -> bool {
        let change = matches!(&self.change, Change::Running { wish, .. } if wish.offer.is_some());
        change
            || match &self.stage {
                Stage::Calling(calling) => {
                    calling.offered && !calling.early.iter().any(|early| early.settled)
                }
                Stage::Alerting(alerting) => !alerting.reliable.is_settled(),
                Stage::Up(up) => up.accept.as_ref().is_some_and(|accept| accept.offers),
                Stage::Leaving(_) => false,
            }
    }
}
