//! Offers of the far end that wait for the owner's answer, and answers that it owes us
//! (RFC 3264 §4, RFC 3261 §13.2.1).
//!
//! | offer in            | answer in           |
//! |---------------------|---------------------|
//! | INVITE              | 2xx, or a reliable provisional response |
//! | 2xx                 | ACK                 |
//! | reliable provisional| PRACK               |
//! | PRACK               | 2xx to PRACK        |
//! | UPDATE              | 2xx to UPDATE       |

use std::time::Duration;

use bytes::Bytes;

use super::{Call, Stage, Timer, answer::supported, reply::Reply};
use crate::{
    agent::{Body, Event, core::Core, draft::ALLOW, read},
    message::{Message, Method, Name},
    transaction::ServerId,
    transport::Flow,
};

/// How long the owner may take to answer an offer.
const OWNER_LIMIT: Duration = Duration::from_secs(30);

/// A request of theirs that waits for the owner: re-INVITE, UPDATE or PRACK.
#[derive(Debug)]
pub(crate) struct TheirOffer {
    pub(super) server: ServerId,
    pub(super) flow: Flow,
    pub(super) request: Message,
}

impl TheirOffer {
    pub(super) fn new(server: ServerId, flow: Flow, request: Message) -> Self {
        Self { server, flow, request }
    }

    pub(super) fn is_invite(&self) -> bool {
        self.request.method() == Some(Method::Invite)
    }

    /// Whose it is.
    pub(super) fn tag(&self) -> Option<String> {
        read::tag(&self.request, Name::From)
    }
}

impl Call {
    /// The owner is asked for an answer, or for an offer where `body` is `None`.
    pub(super) fn offer_received(
        &mut self,
        core: &mut Core,
        now: Duration,
        offer: TheirOffer,
        body: Option<Body>,
    ) {
        let tag = offer.tag();
        self.theirs = Some(offer);
        self.timers.set(Timer::OfferUnanswered, now + OWNER_LIMIT);
        self.tell(core, Event::OfferReceived { call: self.id, tag, body });
    }

    /// The owner answers the offer, or refuses it.
    pub(crate) fn answer_offer(&mut self, core: &mut Core, now: Duration, body: Option<Bytes>) {
        let Some(offer) = self.theirs.take() else { return };
        self.timers.stop(Timer::OfferUnanswered);
        match body {
            Some(body) => self.accept_offer(core, now, &offer, body),
            None => {
                Reply::new(488).send(
                    core,
                    now,
                    self.account,
                    offer.server,
                    &offer.flow,
                    &offer.request,
                );
            }
        }
        self.next_change(core, now);
    }

    fn accept_offer(&mut self, core: &mut Core, now: Duration, offer: &TheirOffer, body: Bytes) {
        let asks = read::sdp(&offer.request).is_none();
        let tag = offer.tag();
        if let Some(dialog) = self.dialog_with(tag.as_ref()) {
            dialog.refresh_target(read::contact_uri(&offer.request));
        }
        let mut reply = Reply::new(200).dialog().header("Allow", ALLOW);
        reply = reply.header("Supported", supported(core, self.account)).sdp(Some(body.clone()));
        // PRACK is no session refresh request (RFC 4028 §1).
        if offer.request.method() != Some(Method::Prack) {
            for (name, value) in self.agree_session(now, &offer.request).unwrap_or_default() {
                reply = reply.header(name, value);
            }
        }
        let bytes = reply.send(core, now, self.account, offer.server, &offer.flow, &offer.request);
        self.told_contact(core, &offer.flow);
        self.changed_by(tag.as_ref(), body);
        if !offer.is_invite() {
            return;
        }
        let cseq = offer.request.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let mut accept = self.accept(core, now, offer.server, cseq, bytes);
        accept.offers = asks;
        if let Stage::Up(up) = &mut self.stage {
            up.accept = Some(accept);
        }
    }

    /// The owner has not answered in time.
    pub(super) fn offer_unanswered(&mut self, core: &mut Core, now: Duration) {
        if let Some(offer) = self.theirs.take() {
            Reply::new(500).send(
                core,
                now,
                self.account,
                offer.server,
                &offer.flow,
                &offer.request,
            );
        }
        self.next_change(core, now);
    }

    /// The call ends while an offer waits: the request gets 487 (RFC 3261 §15.1.2).
    pub(super) fn drop_offers(&mut self, core: &mut Core, now: Duration) {
        if let Some(offer) = self.theirs.take() {
            Reply::new(487).send(
                core,
                now,
                self.account,
                offer.server,
                &offer.flow,
                &offer.request,
            );
        }
    }

    /// The owner's answer to an offer that came in a 2xx, or in a reliable provisional response of
    /// the branch `tag`.
    pub(crate) fn answer_late(
        &mut self,
        core: &mut Core,
        now: Duration,
        tag: Option<&String>,
        body: Bytes,
    ) {
        match &mut self.stage {
            Stage::Up(up) => {
                let (late, rack) = (up.late.take(), up.rack.take());
                let dialog = up.dialog.clone();
                match (rack, late) {
                    (Some(rack), _) => self.prack(core, now, &dialog, rack, Some(body.clone())),
                    (None, Some(cseq)) => {
                        self.ack(core, now, &dialog, cseq, Some(body.clone()));
                    }
                    (None, None) => return,
                }
                self.described = Some(body);
                self.next_change(core, now);
            }
            Stage::Calling(_) => {
                let Some(early) = self.early(tag) else { return };
                let Some(rack) = early.late.take() else { return };
                let dialog = early.dialog.clone();
                early.settled = true;
                early.described = Some(body.clone());
                self.prack(core, now, &dialog, rack, Some(body));
            }
            Stage::Alerting(_) | Stage::Leaving(_) => {}
        }
    }
}
