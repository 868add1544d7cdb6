//! A call comes in from a phone: who is it, whom does it want?

use std::time::Duration;

use bytes::Bytes;
use milliwatt_sip::{
    digest::Realm,
    header::SessionExpires,
    identity::number_of,
    message::{Builder, Message, Name},
    transaction::ServerId,
    transport::Flow,
};

use super::{
    Carrier,
    auth::Verdict,
    leg::{Leg, LegId, Repeating, Stage},
    sdp,
    timer::{Due, RING},
};
use crate::{
    media::desk::{Desk, Talk},
    numbers::{Destination, destination},
};

/// The shortest session timer (RFC 4028 §5), s.
const MIN_SE: u32 = 90;
/// Legs at one time; more calls are refused.
const LEGS: usize = 4096;
/// How long the fault `ring-then-480` rings.
const SHORT_RING: Duration = Duration::from_millis(500);

impl Carrier {
    pub(super) fn invite(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        message: Message,
        desk: &mut dyn Desk,
    ) {
        let user = match self.examine(&message, Realm::Proxy) {
            Verdict::User(user) => user,
            Verdict::Ask { stale } => {
                return self.challenge(now, id, flow, &message, Realm::Proxy, stale);
            }
        };
        if self.faults.invite_refused {
            return self.refuse(now, id, flow, &message, 403);
        }
        let timer = message.typed::<SessionExpires>().and_then(Result::ok);
        if timer.is_some_and(|timer| timer.seconds < MIN_SE) && knows_timers(&message) {
            let answer = self.answer(&message, flow, 422).header("Min-SE", MIN_SE.to_string());
            return self.layer.respond(now, id, answer.build());
        }
        let number = dialled(&message);
        let answerer = match destination(&number) {
            Destination::Answerer(answerer) => Some(answerer),
            Destination::Did if self.faults.did_unrouted => {
                return self.refuse(now, id, flow, &message, 404);
            }
            Destination::Did => None,
            Destination::Refuse(code) => return self.refuse(now, id, flow, &message, code),
            Destination::Unallocated => return self.refuse(now, id, flow, &message, 404),
        };
        let Some(leg) = self.take(now, id, flow, message, desk) else { return };
        if self.faults.ring_then_480 {
            self.progress(now, leg, 180, &[], None);
            return self.later(now + SHORT_RING, Due::Refuse(leg, 480));
        }
        match answerer {
            Some(answerer) => self.answer_self(now, leg, answerer, desk),
            None => self.place_or_wait(now, leg, user, number, desk),
        }
    }

    /// Calls the phone of a number; with the fault `early-ring` the caller hears of it before.
    fn place_or_wait(
        &mut self,
        now: Duration,
        leg: LegId,
        user: String,
        number: String,
        desk: &mut dyn Desk,
    ) {
        let Some(wait) = self.faults.early_ring else {
            return self.place(now, leg, &user, &number, desk);
        };
        self.progress(now, leg, 180, &[], None);
        self.later(now + wait, Due::Place { leg, user, number });
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
        let name = LegId(self.count);
        let talk = Talk(self.count);
        let room = self.legs.len() < LEGS;
        let shown = room.then(|| desk.open(talk, 0, flow.local.ip())).flatten();
        let Some(shown) = shown else {
            self.refuse(now, id, flow, &message, 503);
            return None;
        };
        if let Some(rtp) = sdp::address(&message.body()) {
            desk.aim(talk, 0, rtp);
        }
        let tag = self.chance.tag();
        let from = message.from();
        let leg = Leg {
            call_id: message.call_id().unwrap_or_default().into_owned(),
            local: message.to().map(|to| to.with_tag(&tag).to_string()).unwrap_or_default(),
            local_tag: tag,
            remote: from.as_ref().map(ToString::to_string).unwrap_or_default(),
            remote_tag: from.and_then(|f| f.tag().map(str::to_owned)).unwrap_or_default(),
            target: message.contact().map(|c| c.uri().to_string()).unwrap_or_default(),
            routes: message.record_routes().map(|route| route.to_string()).collect(),
            stage: Stage::Asked { server: id, request: Box::new(message) },
            ..Leg::new(flow, talk, 0, shown)
        };
        self.legs.insert(name, leg);
        self.later(now + RING, Due::Refuse(name, 480));
        Some(name)
    }

    /// Answers the INVITE of a leg that a phone placed; gives what was sent, if it still waited.
    pub(super) fn progress(
        &mut self,
        now: Duration,
        leg: LegId,
        code: u16,
        headers: &[(Name<'_>, &str)],
        body: Option<Bytes>,
    ) -> Option<Bytes> {
        let Some(Leg { stage: Stage::Asked { server, request }, local, flow, .. }) =
            self.legs.get(&leg)
        else {
            return None;
        };
        let (server, request, local, flow) = (*server, request.clone(), local.clone(), *flow);
        let mut answer = self
            .answer(&request, flow, code)
            .set(Name::To, &local)
            .header(Name::Contact, super::leg::contact(&flow))
            .header(Name::Allow, self.allow());
        for (name, value) in headers {
            answer = answer.header(*name, value);
        }
        for route in request.record_routes() {
            answer = answer.header(Name::RecordRoute, route.to_string());
        }
        let accepted = (200..300).contains(&code);
        if accepted {
            answer = self.with_session_timer(now, leg, &request, answer);
        }
        if let Some(body) = body {
            answer = answer.body("application/sdp", body);
        }
        let bytes = answer.build();
        self.layer.respond(now, server, bytes.clone());
        if accepted {
            if let Some(state) = self.legs.get_mut(&leg) {
                state.stage = Stage::Up;
            }
            self.keep(now, leg, &request, bytes.clone());
            self.answered_at(now, leg);
        }
        Some(bytes)
    }

    /// Keeps a response to be sent again until it is acknowledged.
    pub(super) fn keep(&mut self, now: Duration, leg: LegId, request: &Message, bytes: Bytes) {
        let number = request.cseq().map_or(0, |cseq| cseq.number);
        if let Some(state) = self.legs.get_mut(&leg) {
            state.repeating = Some(Repeating { number, bytes });
        }
        self.begin_repeating(now, leg, number);
    }

    /// Agrees to the session timer that a phone asks for, or asks for the one of the fault: the
    /// phone refreshes (RFC 4028 §9).
    pub(super) fn with_session_timer(
        &mut self,
        now: Duration,
        leg: LegId,
        request: &Message,
        answer: Builder,
    ) -> Builder {
        let answer = answer.header(Name::Supported, "timer");
        if !knows_timers(request) {
            return answer;
        }
        let asked = request.typed::<SessionExpires>().and_then(Result::ok).map(|t| t.seconds);
        let Some(seconds) = self.faults.session_timer.or(asked) else { return answer };
        self.refresh(now, leg, seconds);
        answer
            .header(Name::Require, "timer")
            .header(Name::SessionExpires, format!("{seconds};refresher=uac"))
    }
}

fn knows_timers(request: &Message) -> bool {
    request.has_token(Name::Supported, "timer") || request.has_token(Name::Require, "timer")
}

/// The number that a request is for, without what is in it for the eye.
fn dialled(message: &Message) -> String {
    let uri = message.uri().and_then(Result::ok);
    uri.and_then(|uri| number_of(&uri)).unwrap_or_default()
}

/// True where the body is a session description.
pub(super) fn is_sdp(message: &Message) -> bool {
    message.content_type().is_some_and(|kind| kind.is("application/sdp"))
}
