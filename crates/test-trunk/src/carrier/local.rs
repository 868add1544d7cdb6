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
    Carrier, Waiting,
    leg::{LegId, Stage},
    timer::Due,
};
use crate::{media::desk::Desk, numbers::Answerer};

/// Length of the announcement of 9004.
const ANNOUNCEMENT: Duration = Duration::from_secs(3);
/// The number of the one reliable provisional of a call (RFC 3262 §3).
pub(super) const RSEQ: u32 = 1;

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
        if answerer == Answerer::Reliable || self.faults.reliable {
            return self.reliably(now, leg, desk);
        }
        self.go_on(now, leg, desk);
    }

    /// A provisional that must be acknowledged (RFC 3262); the call goes on when it was.
    fn reliably(&mut self, now: Duration, leg: LegId, desk: &mut dyn Desk) {
        let request = self.legs.get(&leg).and_then(|state| state.asked_for());
        let Some(request) = request.cloned() else { return };
        let require = (Name::Require, "100rel");
        let knows =
            [Name::Supported, Name::Require].iter().any(|name| request.has_token(*name, "100rel"));
        if !knows {
            self.progress(now, leg, 421, &[require], None);
            return self.forget(leg, desk);
        }
        let rseq = RSEQ.to_string();
        if let Some(bytes) = self.progress(now, leg, 180, &[require, (Name::RSeq, &rseq)], None) {
            self.keep(now, leg, &request, bytes);
        }
    }

    /// Does what the number is for.
    pub(super) fn go_on(&mut self, now: Duration, leg: LegId, desk: &mut dyn Desk) {
        let Some(answerer) = self.legs.get(&leg).and_then(|state| state.answerer) else { return };
        let code = match answerer {
            Answerer::Announcement => 183,
            Answerer::Rings => {
                self.progress(now, leg, 180, &[], None);
                return;
            }
            Answerer::Echo
            | Answerer::HangsUp
            | Answerer::Ivr
            | Answerer::LateOffer
            | Answerer::Milliwatt
            | Answerer::Music
            | Answerer::Reliable => 200,
        };
        let Some(body) = self.our_sdp(now, leg, desk) else { return };
        self.progress(now, leg, code, &[], Some(body));
        if answerer == Answerer::Announcement {
            self.later(now + ANNOUNCEMENT, Due::Announced(leg));
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

    /// An ACK may bring the answer to our own offer. True for a leg of an answerer.
    pub(super) fn take_answer(
        &mut self,
        now: Duration,
        leg: LegId,
        body: &[u8],
        desk: &mut dyn Desk,
    ) -> bool {
        let Some(state) = self.legs.get_mut(&leg) else { return false };
        let Some(answerer) = state.answerer else { return false };
        if !body.is_empty() {
            if let Some(Ok(agreed)) = state.negotiation.as_mut().map(|n| n.answered(body)) {
                desk.play(state.talk, agreed.plan, answerer);
            }
        } else if answerer == Answerer::LateOffer && state.cseq == 0 {
            self.ask_for_offer(now, leg);
        }
        true
    }

    /// A re-INVITE without an offer: the phone must make one.
    fn ask_for_offer(&mut self, now: Duration, leg: LegId) {
        let branch = self.chance.branch();
        let allow = self.allow();
        let Some(state) = self.legs.get_mut(&leg) else { return };
        state.asked = true;
        let request = state.request(&Method::Invite, &branch).header(Name::Allow, allow).build();
        let client = self.layer.request(now, &state.flow, state.flow.remote, request);
        self.waiting.insert(client, Waiting::Renegotiates(leg));
    }

    /// The phone's offer came: the answer goes into the ACK.
    pub(super) fn renegotiated(&mut self, leg: LegId, message: &Message, desk: &mut dyn Desk) {
        let Some(state) = self.legs.get_mut(&leg) else { return };
        let code = message.status().unwrap_or(500);
        state.asked &= code < 200;
        if !(200..300).contains(&code) {
            return;
        }
        state.learn(message);
        let answer = state.negotiation.as_mut().and_then(|n| n.answer(&message.body()).ok());
        let (talk, answerer) = (state.talk, state.answerer);
        let body = answer.map(|(text, agreed)| {
            if let Some(answerer) = answerer {
                desk.play(talk, agreed.plan, answerer);
            }
            Bytes::from(text)
        });
        if let Some(number) = message.cseq().map(|cseq| cseq.number) {
            self.acknowledge(leg, number, body);
        }
    }

    /// A request inside a call that concerns the trunk alone.
    pub(super) fn handle_self(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        leg: LegId,
        message: &Message,
        desk: &mut dyn Desk,
    ) {
        let offer = message.body();
        match message.method() {
            Some(Method::Invite | Method::Update) => {}
            Some(Method::Info) => {
                self.press(leg, message, desk);
                return self.refuse(now, id, flow, message, 200);
            }
            Some(Method::Refer) => return self.refuse(now, id, flow, message, 603),
            _ => return self.refuse(now, id, flow, message, 405),
        }
        let invite = message.method() == Some(Method::Invite);
        let Some(state) = self.legs.get_mut(&leg) else { return };
        let (talk, answerer) = (state.talk, state.answerer);
        let body = match state.negotiation.as_mut() {
            // A session refresh.
            _ if offer.is_empty() && !invite => None,
            None => return self.refuse(now, id, flow, message, 488),
            Some(negotiation) if offer.is_empty() => Some(negotiation.offer()),
            Some(negotiation) => match negotiation.answer(&offer) {
                Ok((text, agreed)) => {
                    if let Some(answerer) = answerer {
                        desk.play(talk, agreed.plan, answerer);
                    }
                    Some(text)
                }
                Err(refusal) => return self.refuse(now, id, flow, message, refusal.code()),
            },
        };
        let mut answer = self.answer_inside(now, leg, message, flow, 200);
        if let Some(body) = body {
            answer = answer.body("application/sdp", body);
        }
        self.respond_inside(now, id, leg, message, answer.build());
    }

    /// A digit by INFO: `Signal=5` of application/dtmf-relay, or the digit alone of
    /// application/dtmf.
    fn press(&mut self, leg: LegId, message: &Message, desk: &mut dyn Desk) {
        let kind = message.content_type();
        if !kind.is_some_and(|k| k.is("application/dtmf-relay") || k.is("application/dtmf")) {
            return;
        }
        let body = message.body();
        let text = String::from_utf8_lossy(&body);
        let signal = text.lines().find_map(|line| line.trim().strip_prefix("Signal="));
        let digit = signal.unwrap_or(&text).trim().chars().next();
        if let Some((state, digit)) = self.legs.get(&leg).zip(digit) {
            desk.press(state.talk, digit);
        }
    }
}
