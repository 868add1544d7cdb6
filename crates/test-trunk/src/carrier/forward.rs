//! What one side asks inside a call is asked of the other side, and the answer goes back.

use std::time::Duration;

use milliwatt_sip::{
    message::{Message, Method, Name},
    transaction::ServerId,
    transport::Flow,
};

use super::{Carrier, Waiting, leg::LegId, sdp};
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
        let other = self.legs.get(&from).and_then(|state| state.other);
        let body = message.body();
        if let Some((state, rtp)) = self.legs.get_mut(&from).zip(sdp::address(&body)) {
            state.learn(&message);
            desk.aim(state.talk, state.side, rtp);
        }
        let Some(to) = other else { return self.handle_self(now, id, flow, from, &message, desk) };
        let branch = self.chance.branch();
        let no_dtmf = self.faults.no_dtmf;
        let Some(state) = self.legs.get_mut(&to).filter(|state| state.is_up()) else {
            return self.refuse(now, id, flow, &message, 491);
        };
        let mut request = state.request(&method, &branch);
        let kind = message.row(Name::ContentType).map(std::borrow::Cow::into_owned);
        match kind {
            Some(kind) if kind.to_ascii_lowercase().starts_with("application/sdp") => {
                request = request.body(&kind, sdp::relayed(&body, state.shown, no_dtmf));
            }
            Some(kind) => request = request.body(&kind, body),
            None => {}
        }
        let client = self.layer.request(now, &state.flow, state.flow.remote, request.build());
        let request = Box::new(message);
        self.waiting.insert(client, Waiting::Passed { to, server: id, request, from });
    }

    #[allow(clippy::too_many_arguments, reason = "both sides of a request and its answer")]
    pub(super) fn passed(
        &mut self,
        now: Duration,
        to: LegId,
        server: ServerId,
        request: &Message,
        from: LegId,
        answer: &Message,
        desk: &mut dyn Desk,
    ) {
        let code = answer.status().unwrap_or(500);
        let invite = request.method() == Some(Method::Invite);
        if code < 200 {
            return;
        }
        let body = answer.body();
        if let Some(state) = self.legs.get_mut(&to) {
            state.learn(answer);
            if let Some(rtp) = sdp::address(&body).filter(|_| code < 300) {
                desk.aim(state.talk, state.side, rtp);
            }
        }
        if invite && code < 300 {
            if request.body().is_empty() {
                if let Some(state) = self.legs.get_mut(&to) {
                    state.owes_ack = Some(state.cseq);
                }
            } else {
                self.acknowledge(to, None);
            }
        }
        let Some((flow, shown)) = self.legs.get(&from).map(|state| (state.flow, state.shown))
        else {
            return;
        };
        let mut back = self
            .answer(request, flow, code)
            .header(Name::Contact, super::leg::contact(&flow))
            .header(Name::Allow, super::ALLOW);
        if let Some(expires) = request.row(Name::SessionExpires).filter(|_| code < 300) {
            back = back
                .header(Name::SessionExpires, expires.as_ref())
                .header(Name::Supported, "timer");
        }
        if !body.is_empty() && code < 300 {
            back = back.body("application/sdp", sdp::relayed(&body, shown, self.faults.no_dtmf));
        }
        let bytes = back.build();
        self.layer.respond(now, server, bytes.clone());
        if invite && code < 300 {
            if let Some(state) = self.legs.get_mut(&from) {
                state.unacknowledged = Some(bytes);
            }
            self.later(
                now + Duration::from_millis(500),
                super::Due::Repeat(from, Duration::from_millis(500)),
            );
        }
    }
}
