//! Requests inside a call: BYE, ACK, CANCEL, PRACK, and what is passed on.

use std::time::Duration;

use milliwatt_sip::{
    header::RAck,
    message::{Message, Method, Name},
    transaction::{ClientId, ServerId},
    transport::Flow,
};

use super::{
    Carrier, Waiting,
    leg::{LegId, Stage},
    sdp,
    timer::{Due, RING},
};
use crate::media::desk::Desk;

impl Carrier {
    fn leg_of(&self, message: &Message) -> Option<LegId> {
        self.legs.iter().find(|(_, leg)| leg.owns(message)).map(|(name, _)| *name)
    }

    pub(super) fn inside(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        message: Message,
        desk: &mut dyn Desk,
    ) {
        let Some(leg) = self.leg_of(&message) else {
            return self.refuse(now, id, flow, &message, 481);
        };
        if let Some(state) = self.legs.get_mut(&leg) {
            state.flow = flow;
        }
        match message.method() {
            Some(Method::Bye) => {
                if !self.faults.bye_unanswered {
                    let answer = self.answer(&message, flow, 200).header(Name::Allow, self.allow());
                    self.respond_after(now, self.faults.bye_delay, id, answer.build());
                }
                self.ended(now, leg, &message, desk);
            }
            Some(Method::Prack) => self.pracked(now, id, flow, leg, &message, desk),
            _ => self.pass_on(now, id, flow, leg, message, desk),
        }
    }

    /// One side hung up: the other is told, unless the fault says no.
    fn ended(&mut self, now: Duration, leg: LegId, bye: &Message, desk: &mut dyn Desk) {
        let other = self.legs.get(&leg).and_then(|state| state.other);
        self.forget(leg, desk);
        if let Some(other) = other.filter(|_| !self.faults.bye_lost) {
            self.hang_up(now, other, bye.row("Reason").as_deref(), desk);
        }
    }

    /// PRACK acknowledges the provisional that it names (RFC 3262 §3).
    fn pracked(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        leg: LegId,
        message: &Message,
        desk: &mut dyn Desk,
    ) {
        let named = message.typed::<RAck>().and_then(Result::ok);
        let waits = self.legs.get_mut(&leg).filter(|state| !state.is_up()).and_then(|state| {
            let number = state.repeating.as_ref().map(|r| r.number);
            let right = named.is_some_and(|rack| {
                rack.rseq == super::local::RSEQ && Some(rack.cseq.number) == number
            });
            right.then(|| state.repeating = None)
        });
        if waits.is_none() {
            return self.refuse(now, id, flow, message, 481);
        }
        self.refuse(now, id, flow, message, 200);
        self.go_on(now, leg, desk);
    }

    pub(super) fn cancel(
        &mut self,
        now: Duration,
        server: ServerId,
        invite: Option<ServerId>,
        flow: Flow,
        message: &Message,
        desk: &mut dyn Desk,
    ) {
        let code = if invite.is_some() { 200 } else { 481 };
        let wanted = self.legs.iter().find(|(_, leg)| match &leg.stage {
            Stage::Asked { server, .. } => Some(*server) == invite,
            Stage::Placed(_) | Stage::Up => false,
        });
        let found = wanted.map(|(leg, state)| (*leg, state.other, state.local.clone()));
        let mut answer = self.answer(message, flow, code);
        if let Some((_, _, local)) = &found {
            // RFC 3261 §9.2: the To-tag is that of the responses to the INVITE.
            answer = answer.set(Name::To, local);
        }
        self.layer.respond(now, server, answer.build());
        let Some((leg, other, _)) = found.filter(|_| !self.faults.cancel_ignored) else { return };
        self.refuse_leg(now, leg, 487, desk);
        match other {
            // Nobody tells it; it rings for as long as any call may.
            Some(other) if self.faults.cancel_lost => self.later(now + RING, Due::HangUp(other)),
            Some(other) => self.hang_up(now, other, message.row("Reason").as_deref(), desk),
            None => {}
        }
    }

    /// The ACK of a 2xx: it may bring the answer that the other side waits for.
    pub(super) fn acknowledged(&mut self, now: Duration, message: &Message, desk: &mut dyn Desk) {
        let Some(leg) = self.leg_of(message) else { return };
        let number = message.cseq().map(|cseq| cseq.number);
        let Some(state) = self.legs.get_mut(&leg) else { return };
        let waits = state.repeating.as_ref().is_some_and(|r| Some(r.number) == number);
        if !state.is_up() || !waits {
            // A repeated ACK.
            return;
        }
        state.repeating = None;
        let (other, talk, side, ends) = (state.other, state.talk, state.side, state.ends);
        let body = message.body();
        if let Some(rtp) = sdp::address(&body) {
            desk.aim(talk, side, rtp);
        }
        if ends {
            return self.hang_up(now, leg, None, desk);
        }
        if self.take_answer(now, leg, &body, desk) {
            return;
        }
        let Some(other) = other else { return };
        let owing = self.legs.get(&other).and_then(|state| Some((state.owes_ack?, state.shown)));
        if let Some((number, shown)) = owing {
            let body = (!body.is_empty()).then(|| self.relayed(&body, shown));
            self.acknowledge(other, number, body);
        }
    }

    pub(super) fn response(
        &mut self,
        now: Duration,
        id: ClientId,
        message: &Message,
        desk: &mut dyn Desk,
    ) {
        let Some(waiting) = self.waiting.get(&id).cloned() else { return };
        let agreed = message.status().is_some_and(|code| (200..300).contains(&code));
        let invite = message.cseq().is_some_and(|cseq| cseq.method == Method::Invite);
        let acknowledged = match &waiting {
            Waiting::Passed { to: leg, .. } | Waiting::Placed(leg) | Waiting::Renegotiates(leg) => {
                Some(*leg).filter(|_| agreed && invite)
            }
            Waiting::Acknowledged(_) | Waiting::Nothing => None,
        };
        match waiting {
            Waiting::Acknowledged(leg) => return self.acknowledge_again(leg, message),
            Waiting::Nothing => {}
            Waiting::Passed { to, server, request, from } => {
                self.passed(now, (to, from), server, &request, message, desk);
            }
            Waiting::Placed(leg) => {
                self.answers(now, leg);
                self.placed(now, leg, message, desk);
            }
            Waiting::Renegotiates(leg) => self.renegotiated(leg, message, desk),
        }
        if let Some(leg) = acknowledged {
            self.waiting.insert(id, Waiting::Acknowledged(leg));
        }
    }

    /// Sends the ACK of a 2xx.
    pub(super) fn acknowledge(&mut self, leg: LegId, number: u32, body: Option<bytes::Bytes>) {
        let branch = self.chance.branch();
        let Some(state) = self.legs.get_mut(&leg) else { return };
        state.owes_ack = None;
        let mut ack = state.request_numbered(&Method::Ack, &branch, number).remove(Name::Contact);
        if let Some(body) = body {
            ack = ack.body("application/sdp", body);
        }
        let bytes = ack.build();
        state.ack = Some((number, bytes.clone()));
        let (flow, remote) = (state.flow.id, state.flow.remote);
        self.layer.send_stateless(flow, remote, bytes);
    }

    /// A 2xx came again: its ACK was lost, or is not due yet.
    fn acknowledge_again(&mut self, leg: LegId, message: &Message) {
        let number = message.cseq().map(|cseq| cseq.number);
        let Some(state) = self.legs.get(&leg) else { return };
        let ack = state.ack.as_ref().filter(|(of, _)| Some(*of) == number);
        let Some(bytes) = ack.map(|(_, bytes)| bytes.clone()) else { return };
        let (flow, remote) = (state.flow.id, state.flow.remote);
        self.layer.send_stateless(flow, remote, bytes);
    }
}
