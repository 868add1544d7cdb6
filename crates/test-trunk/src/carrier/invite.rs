//! A call comes in from a phone: who is it, whom does it want?

use std::time::Duration;

use milliwatt_sip::{
    digest::Realm,
    message::{Message, Name},
    transaction::ServerId,
    transport::Flow,
};

use super::{
    Carrier,
    auth::Verdict,
    leg::{Leg, LegId, Stage},
    sdp,
};
use crate::{
    media::desk::{Desk, Talk},
    numbers::{Destination, destination},
};

impl Carrier {
    pub(super) fn invite(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        message: Message,
        desk: &mut dyn Desk,
    ) {
        if let Verdict::Ask { stale } = self.examine(&message, Realm::Proxy) {
            return self.challenge(now, id, flow, &message, Realm::Proxy, stale);
        }
        if self.faults.invite_refused {
            return self.refuse(now, id, flow, &message, 403);
        }
        let number = dialled(&message);
        let wanted = match destination(&number) {
            Destination::Did if self.faults.did_unrouted => Destination::Unallocated,
            wanted => wanted,
        };
        match wanted {
            Destination::Refuse(code) => self.refuse(now, id, flow, &message, code),
            Destination::Unallocated => self.refuse(now, id, flow, &message, 404),
            Destination::Answerer(_) | Destination::Did => {
                let Some(leg) = self.take(now, id, flow, message, desk) else { return };
                self.ring_then_refuse(now, leg);
                match wanted {
                    Destination::Answerer(answerer) => self.answer_self(now, leg, answerer, desk),
                    _ => self.place(now, leg, &number, desk),
                }
            }
        }
    }

    /// Makes a leg of an INVITE.
    fn take(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        message: Message,
        desk: &mut dyn Desk,
    ) -> Option<LegId> {
        self.count += 1;
        let talk = Talk(self.count);
        let Some(shown) = desk.open(talk, 0, flow.local.ip()) else {
            self.refuse(now, id, flow, &message, 503);
            return None;
        };
        let body = message.body();
        if let Some(rtp) = sdp::address(&body) {
            desk.aim(talk, 0, rtp);
        }
        let tag = self.chance.tag();
        let to = message.to().map(|to| to.with_tag(&tag).to_string()).unwrap_or_default();
        let leg = Leg {
            call_id: message.call_id().unwrap_or_default().into_owned(),
            local: to,
            remote: message.from().map(|from| from.to_string()).unwrap_or_default(),
            target: message.contact().map(|c| c.uri().to_string()).unwrap_or_default(),
            routes: message.record_routes().map(|route| route.to_string()).collect(),
            cseq: 0,
            flow,
            stage: Stage::Asked { server: id, request: Box::new(message) },
            other: None,
            answerer: None,
            talk,
            side: 0,
            shown,
            negotiation: None,
            unacknowledged: None,
            owes_ack: None,
            unpracked: false,
        };
        let name = LegId(talk.0);
        self.legs.insert(name, leg);
        Some(name)
    }

    fn ring_then_refuse(&mut self, now: Duration, leg: LegId) {
        if self.faults.ring_then_480 {
            self.progress(now, leg, 180, &[], None);
            self.later(now + Duration::from_millis(500), super::Due::Refuse(leg, 480));
        }
    }

    /// Answers the INVITE of a leg that a phone placed.
    pub(super) fn progress(
        &mut self,
        now: Duration,
        leg: LegId,
        code: u16,
        headers: &[(Name<'_>, &str)],
        body: Option<bytes::Bytes>,
    ) {
        let Some(Leg { stage: Stage::Asked { server, request }, local, flow, .. }) =
            self.legs.get(&leg)
        else {
            return;
        };
        let (server, request, local, flow) = (*server, request.clone(), local.clone(), *flow);
        let mut answer = self
            .answer(&request, flow, code)
            .set(Name::To, &local)
            .header(Name::Contact, super::leg::contact(&flow))
            .header(Name::Allow, super::ALLOW);
        for (name, value) in headers {
            answer = answer.header(*name, value);
        }
        for route in request.record_routes() {
            answer = answer.header(Name::RecordRoute, route.to_string());
        }
        let wants_timer = request.has_token(Name::Supported, "timer");
        if (200..300).contains(&code) {
            answer = answer.header(Name::Supported, "timer");
            if let Some(seconds) = self.faults.session_timer.filter(|_| wants_timer) {
                answer = answer
                    .header(Name::Require, "timer")
                    .header(Name::SessionExpires, format!("{seconds};refresher=uac"));
            }
        }
        if let Some(body) = body {
            answer = answer.body("application/sdp", body);
        }
        let bytes = answer.build();
        self.layer.respond(now, server, bytes.clone());
        let Some(leg_state) = self.legs.get_mut(&leg) else { return };
        if (200..300).contains(&code) {
            leg_state.stage = Stage::Up;
            leg_state.unacknowledged = Some(bytes);
            self.later(now + FIRST_REPEAT, super::Due::Repeat(leg, FIRST_REPEAT));
        }
    }

    /// Sends a 2xx again that was not acknowledged, up to 64 T1.
    pub(super) fn repeat(&mut self, now: Duration, leg: LegId, after: Duration) {
        let Some(state) = self.legs.get(&leg) else { return };
        let Some(bytes) = state.unacknowledged.clone() else { return };
        let (flow, remote) = (state.flow.id, state.flow.remote);
        self.layer.send_stateless(flow, remote, bytes);
        let next = (after * 2).min(Duration::from_secs(4));
        if after < Duration::from_secs(4) {
            self.later(now + next, super::Due::Repeat(leg, next));
        }
    }

    /// Refuses a leg that still rings, and forgets it.
    pub(super) fn refuse_leg(&mut self, now: Duration, leg: LegId, code: u16, desk: &mut dyn Desk) {
        if self.legs.get(&leg).is_none_or(Leg::is_up) {
            return;
        }
        self.progress(now, leg, code, &[], None);
        self.forget(now, leg, desk);
    }
}

/// T1 of RFC 3261.
const FIRST_REPEAT: Duration = Duration::from_millis(500);

/// The number that a request is for: the user part of its URI, visual separators and all.
pub(super) fn dialled(message: &Message) -> String {
    match message.uri() {
        Some(Ok(uri)) => uri.user_unescaped().map(|user| user.into_owned()).unwrap_or_default(),
        _ => String::new(),
    }
}
