//! Numbers that the trunk answers itself.

use std::time::Duration;

use bytes::Bytes;
use milliwatt_media::negotiate::{Local, Negotiation};
use milliwatt_sip::{
    message::{Message, Method, Name},
    transaction::ServerId,
    transport::Flow,
};

use super::{
    Carrier, Due, Waiting,
    leg::{LegId, Stage},
};
use crate::{media::desk::Desk, numbers::Answerer};

/// Length of the announcement of 9004.
const ANNOUNCEMENT: Duration = Duration::from_secs(3);
/// Talk of 9007.
const SHORT_TALK: Duration = Duration::from_secs(5);

impl Carrier {
    pub(super) fn answer_self(
        &mut self,
        now: Duration,
        leg: LegId,
        answerer: Answerer,
        desk: &mut dyn Desk,
    ) {
        let Some(state) = self.legs.get_mut(&leg) else { return };
        state.answerer = Some(answerer);
        let mut local = Local::new(state.shown.ip(), state.shown.port());
        local.rtcp_mux = false;
        local.dtmf = !self.faults.no_dtmf;
        state.negotiation = Some(Negotiation::new(local, 1));
        if self.faults.ring_then_480 {
            return;
        }
        if answerer == Answerer::Rings {
            return self.progress(now, leg, 180, &[], None);
        }
        if answerer == Answerer::Reliable || self.faults.reliable {
            return self.reliably(now, leg);
        }
        if answerer == Answerer::Announcement {
            let Some(body) = self.our_sdp(now, leg, desk) else { return };
            self.progress(now, leg, 183, &[], Some(body));
            return self.later(now + ANNOUNCEMENT, Due::Announced(leg));
        }
        self.pick_up(now, leg, desk);
    }

    fn pick_up(&mut self, now: Duration, leg: LegId, desk: &mut dyn Desk) {
        let Some(body) = self.our_sdp(now, leg, desk) else { return };
        self.progress(now, leg, 200, &[], Some(body));
        if self.legs.get(&leg).and_then(|state| state.answerer) == Some(Answerer::HangsUp) {
            self.later(now + SHORT_TALK, Due::HangUp(leg));
        }
    }

    /// A provisional that must be acknowledged (RFC 3262); the call is answered when it was.
    fn reliably(&mut self, now: Duration, leg: LegId) {
        let Some(state) = self.legs.get_mut(&leg) else { return };
        let knows = match &state.stage {
            Stage::Asked { request, .. } => [Name::Supported, Name::Require]
                .into_iter()
                .any(|name| request.has_token(name, "100rel")),
            Stage::Placed { .. } | Stage::Up => false,
        };
        state.unpracked = knows;
        if knows {
            self.progress(now, leg, 180, &[(Name::Require, "100rel"), (Name::RSeq, "1")], None);
        } else {
            self.progress(now, leg, 421, &[(Name::Require, "100rel")], None);
            self.legs.remove(&leg);
        }
    }

    pub(super) fn pracked(&mut self, now: Duration, leg: LegId, desk: &mut dyn Desk) {
        let waited =
            self.legs.get_mut(&leg).is_some_and(|state| std::mem::take(&mut state.unpracked));
        if waited {
            self.pick_up(now, leg, desk);
        }
    }

    /// Our answer to the offer of a leg, or our offer; the sound begins with an answer.
    fn our_sdp(&mut self, now: Duration, leg: LegId, desk: &mut dyn Desk) -> Option<Bytes> {
        let state = self.legs.get_mut(&leg)?;
        let Stage::Asked { request, .. } = &state.stage else { return None };
        let offer = request.body();
        let negotiation = state.negotiation.as_mut()?;
        if offer.is_empty() {
            return Some(negotiation.offer().into());
        }
        match negotiation.answer(&offer) {
            Ok((text, agreed)) => {
                desk.play(state.talk, agreed.plan, state.answerer?);
                Some(text.into())
            }
            Err(refusal) => {
                self.refuse_leg(now, leg, refusal.code(), desk);
                None
            }
        }
    }

    /// The announcement is over.
    pub(super) fn announced(&mut self, now: Duration, leg: LegId, desk: &mut dyn Desk) {
        self.refuse_leg(now, leg, 404, desk);
    }

    /// An ACK may bring the answer to our own offer. True when it did.
    pub(super) fn take_answer(
        &mut self,
        now: Duration,
        leg: LegId,
        body: &[u8],
        desk: &mut dyn Desk,
    ) -> bool {
        let Some(state) = self.legs.get_mut(&leg) else { return false };
        let Some(answerer) = state.answerer else { return false };
        if !body.is_empty()
            && let Some(Ok(agreed)) = state.negotiation.as_mut().map(|n| n.answered(body))
        {
            desk.play(state.talk, agreed.plan, answerer);
        } else if answerer == Answerer::LateOffer && state.cseq == 0 {
            self.ask_for_offer(now, leg);
        }
        true
    }

    /// A re-INVITE without an offer: the phone must make one.
    fn ask_for_offer(&mut self, now: Duration, leg: LegId) {
        let branch = self.chance.branch();
        let Some(state) = self.legs.get_mut(&leg) else { return };
        let request = state.request(&Method::Invite, &branch).build();
        let client = self.layer.request(now, &state.flow, state.flow.remote, request);
        self.waiting.insert(client, Waiting::Renegotiates(leg));
    }

    /// The phone's offer came: the answer goes into the ACK.
    pub(super) fn renegotiated(&mut self, leg: LegId, message: &Message, desk: &mut dyn Desk) {
        let Some(state) = self.legs.get_mut(&leg) else { return };
        if !message.status().is_some_and(|code| (200..300).contains(&code)) {
            return;
        }
        let answer = state.negotiation.as_mut().and_then(|n| n.answer(&message.body()).ok());
        let (talk, answerer) = (state.talk, state.answerer);
        let body = answer.map(|(text, agreed)| {
            desk.aim(talk, 0, agreed.plan.remote_rtp);
            if let Some(answerer) = answerer {
                desk.play(talk, agreed.plan, answerer);
            }
            Bytes::from(text)
        });
        self.acknowledge(leg, body);
    }

    /// A request inside a call that the trunk answers itself.
    pub(super) fn handle_self(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        leg: LegId,
        message: &Message,
        desk: &mut dyn Desk,
    ) {
        let invite = message.method() == Some(Method::Invite);
        let carries = invite || message.method() == Some(Method::Update);
        let offer = message.body();
        let Some(state) = self.legs.get_mut(&leg).filter(|_| carries && !offer.is_empty()) else {
            let code = if carries || message.method() == Some(Method::Info) { 200 } else { 405 };
            return self.refuse(now, id, flow, message, code);
        };
        let (talk, answerer) = (state.talk, state.answerer);
        let answered = state.negotiation.as_mut().and_then(|n| n.answer(&offer).ok());
        let (Some((text, agreed)), Some(answerer)) = (answered, answerer) else {
            return self.refuse(now, id, flow, message, 488);
        };
        desk.play(talk, agreed.plan, answerer);
        let mut answer =
            self.answer(message, flow, 200).header(Name::Contact, super::leg::contact(&flow));
        if let Some(expires) = message.row(Name::SessionExpires) {
            answer = answer
                .header(Name::SessionExpires, expires.as_ref())
                .header(Name::Supported, "timer");
        }
        let bytes = answer.body("application/sdp", text).build();
        self.layer.respond(now, id, bytes.clone());
        if invite {
            if let Some(state) = self.legs.get_mut(&leg) {
                state.unacknowledged = Some(bytes);
            }
            self.later(
                now + Duration::from_millis(500),
                Due::Repeat(leg, Duration::from_millis(500)),
            );
        }
    }
}
