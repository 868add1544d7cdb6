//! UPDATE from the far end (RFC 3311).

use std::time::Duration;

use super::{Call, Change, Stage, answer::supported, offer::TheirOffer, reply::Reply};
use crate::{
    agent::{core::Core, draft::ALLOW, read},
    message::{Message, Name},
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
        let tag = read::tag(&request, Name::From);
        let Some(body) = read::sdp(&request) else {
            // RFC 3311 §5.2: not before the final response to the UPDATE before it.
            return match self.theirs.as_ref().is_some_and(|offer| !offer.is_invite()) {
                true => self.not_now(core, now, server, flow, &request),
                false => self.refreshed(core, now, server, flow, &request),
            };
        };
        if self.theirs.is_some() || self.owes_an_answer(tag.as_ref()) {
            return self.not_now(core, now, server, flow, &request);
        }
        if self.awaits_an_answer(tag.as_ref()) {
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
        let tag = read::tag(request, Name::From);
        if let Some(dialog) = self.dialog_with(tag.as_ref()) {
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
        self.told_contact(core, flow);
    }

    /// An offer of theirs has not been answered in that dialog (RFC 3311 §5.2).
    fn owes_an_answer(&mut self, tag: Option<&String>) -> bool {
        if self.early(tag).is_some_and(|early| early.late.is_some()) {
            return true;
        }
        match &self.stage {
            Stage::Alerting(alerting) => {
                read::sdp(&alerting.invite).is_some() && !alerting.reliable.described()
            }
            Stage::Up(up) => up.owes_an_answer(),
            Stage::Calling(_) | Stage::Leaving(_) => false,
        }
    }

    /// An offer of ours has not been answered in that dialog.
    fn awaits_an_answer(&mut self, tag: Option<&String>) -> bool {
        if let Change::Running(running) = &self.change
            && running.negotiates()
            && running.tag.as_ref() == tag
        {
            return true;
        }
        let settled = self.early(tag).is_some_and(|early| early.settled);
        match &self.stage {
            Stage::Calling(calling) => calling.offered && !settled,
            Stage::Alerting(alerting) => !alerting.reliable.is_settled(),
            Stage::Up(up) => up.accept.as_ref().is_some_and(|accept| accept.offers),
            Stage::Leaving(_) => false,
        }
    }
}
