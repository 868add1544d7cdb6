//! What one side asks inside a call is asked of the other side, and the answer goes back.

use std::time::Duration;

use milliwatt_sip::{
    message::{Builder, Message, Method, Name},
    transaction::ServerId,
    transport::Flow,
};

use super::{Carrier, Waiting, invite::is_sdp, leg::LegId, sdp};
use crate::media::desk::Desk;

impl Carrier {
    pub(super) fn pass_on(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        from: LegId,
        message: Message,
        desk: &mut dyn Desk,
    ) {
        let method = message.method().unwrap_or(Method::Options);
        let body = message.body();
        let offers = method == Method::Invite || (method == Method::Update && !body.is_empty());
        let Some(state) = self.legs.get_mut(&from) else { return };
        if offers && (state.asked || !state.is_up() || state.repeating.is_some()) {
            // Offers cross (RFC 3261 §14.2), or the one before is not settled.
            return self.refuse(now, id, flow, &message, 491);
        }
        if offers && state.asking {
            let answer = self.answer(&message, flow, 500).header(Name::RetryAfter, "5");
            return self.layer.respond(now, id, answer.build());
        }
        if matches!(method, Method::Invite | Method::Update) {
            state.learn(&message);
        }
        let other = state.other;
        let local = method == Method::Update && body.is_empty();
        let Some(to) = other.filter(|_| !local) else {
            return self.handle_self(now, id, flow, from, &message, desk);
        };
        let branch = self.chance.branch();
        let shown = self.legs.get(&to).map(|state| state.shown);
        let sdp = is_sdp(&message).then(|| shown.map(|shown| self.relayed(&body, shown))).flatten();
        let Some(state) = self.legs.get_mut(&to).filter(|state| state.is_up()) else {
            return self.refuse(now, id, flow, &message, 491);
        };
        let mut request = state.request(&method, &branch);
        match (sdp, message.row(Name::ContentType)) {
            (Some(sdp), _) => request = request.body("application/sdp", sdp),
            (None, Some(kind)) => request = request.body(&kind, body),
            (None, None) => {}
        }
        state.asked |= offers;
        let client = self.layer.request(now, &state.flow, state.flow.remote, request.build());
        if let Some(state) = self.legs.get_mut(&from) {
            state.asking |= offers;
        }
        let request = Box::new(message);
        self.waiting.insert(client, Waiting::Passed { to, server: id, request, from });
    }

    /// The other side has answered what was passed on to it.
    pub(super) fn passed(
        &mut self,
        now: Duration,
        (to, from): (LegId, LegId),
        server: ServerId,
        request: &Message,
        answer: &Message,
        desk: &mut dyn Desk,
    ) {
        let code = answer.status().unwrap_or(500);
        if code < 200 {
            return;
        }
        self.settled(to, from);
        let agreed = code < 300;
        let invite = request.method() == Some(Method::Invite);
        let (offer, body) = (request.body(), answer.body());
        for (leg, message, body) in [(to, Some(answer), &body), (from, None, &offer)] {
            let Some(state) = self.legs.get_mut(&leg).filter(|_| agreed) else { continue };
            if let Some(message) = message {
                state.learn(message);
            }
            if let Some(rtp) = sdp::address(body) {
                desk.aim(state.talk, state.side, rtp);
            }
        }
        if invite && agreed {
            self.owe_or_acknowledge(to, answer, offer.is_empty());
        }
        let Some((flow, shown)) = self.legs.get(&from).map(|state| (state.flow, state.shown))
        else {
            return;
        };
        let mut back = self.answer_inside(now, from, request, flow, code);
        if !body.is_empty() && agreed {
            back = if is_sdp(answer) {
                back.body("application/sdp", self.relayed(&body, shown))
            } else {
                let kind = answer.row(Name::ContentType).unwrap_or_default();
                back.body(&kind, body)
            };
        }
        self.respond_inside(now, server, from, request, back.build());
    }

    /// The ACK of a 2xx goes out at once, or with the answer that the other side's ACK brings.
    pub(super) fn owe_or_acknowledge(&mut self, leg: LegId, answer: &Message, late: bool) {
        let Some(number) = answer.cseq().map(|cseq| cseq.number) else { return };
        if !late {
            return self.acknowledge(leg, number, None);
        }
        if let Some(state) = self.legs.get_mut(&leg) {
            state.owes_ack = Some(number);
        }
    }

    /// Nobody waits for an answer to an offer any more.
    pub(super) fn settled(&mut self, to: LegId, from: LegId) {
        if let Some(state) = self.legs.get_mut(&to) {
            state.asked = false;
        }
        if let Some(state) = self.legs.get_mut(&from) {
            state.asking = false;
        }
    }

    /// The start of an answer inside a call. Refreshes the session timer where it asks for one.
    pub(super) fn answer_inside(
        &mut self,
        now: Duration,
        leg: LegId,
        request: &Message,
        flow: Flow,
        code: u16,
    ) -> Builder {
        let answer = self
            .answer(request, flow, code)
            .header(Name::Contact, super::leg::contact(&flow))
            .header(Name::Allow, self.allow());
        let refreshes = matches!(request.method(), Some(Method::Invite | Method::Update));
        if code >= 300 || !refreshes {
            return answer;
        }
        self.with_session_timer(now, leg, request, answer)
    }

    /// Answers inside a call; a 2xx to INVITE is repeated until its ACK comes.
    pub(super) fn respond_inside(
        &mut self,
        now: Duration,
        server: ServerId,
        leg: LegId,
        request: &Message,
        bytes: bytes::Bytes,
    ) {
        self.layer.respond(now, server, bytes.clone());
        let accepted = bytes.starts_with(b"SIP/2.0 2");
        if request.method() == Some(Method::Invite) && accepted {
            self.keep(now, leg, request, bytes);
        }
    }
}
