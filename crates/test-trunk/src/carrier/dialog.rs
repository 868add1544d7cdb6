//! Requests inside a call: BYE, ACK, CANCEL, PRACK, and what is passed on.

use std::time::Duration;

use milliwatt_sip::{
    message::{Message, Method, Name},
    transaction::{ClientId, ServerId},
    transport::Flow,
};

use super::{
    Carrier, Waiting,
    leg::{LegId, Stage},
    sdp,
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
                self.refuse(now, id, flow, &message, 200);
                self.ended(now, leg, desk);
            }
            Some(Method::Prack) => {
                self.refuse(now, id, flow, &message, 200);
                self.pracked(now, leg, desk);
            }
            _ => self.pass_on(now, id, flow, leg, message, desk),
        }
    }

    /// One side hung up: the other is told, unless the fault says no.
    fn ended(&mut self, now: Duration, leg: LegId, desk: &mut dyn Desk) {
        let Some(state) = self.legs.remove(&leg) else { return };
        match state.other {
            Some(_) if self.faults.bye_lost => {}
            Some(other) => self.hang_up(now, other, desk),
            None => {}
        }
        desk.close(state.talk);
    }

    /// Ends a leg from our side, whatever its state.
    pub(super) fn hang_up(&mut self, now: Duration, leg: LegId, desk: &mut dyn Desk) {
        let branch = self.chance.branch();
        let Some(state) = self.legs.get_mut(&leg) else { return };
        match &state.stage {
            Stage::Asked { .. } => self.refuse_leg(now, leg, 480, desk),
            Stage::Placed { request, .. } => {
                let request = request.clone();
                self.take_back(now, leg, &request);
            }
            Stage::Up => {
                let bye = state.request(&Method::Bye, &branch).build();
                let client = self.layer.request(now, &state.flow, state.flow.remote, bye);
                self.waiting.insert(client, Waiting::Nothing);
                self.forget(now, leg, desk);
            }
        }
    }

    /// CANCEL of an INVITE that we placed; its 487 ends the leg.
    fn take_back(&mut self, now: Duration, leg: LegId, request: &Message) {
        let Some(state) = self.legs.get_mut(&leg) else { return };
        let (Some(via), Some(cseq)) = (request.top_via(), request.cseq()) else { return };
        let cancel = state
            .request_numbered(&Method::Cancel, via.branch().unwrap_or_default(), cseq.number)
            .remove(Name::Contact)
            .build();
        state.other = None;
        let client = self.layer.request(now, &state.flow, state.flow.remote, cancel);
        self.waiting.insert(client, Waiting::Nothing);
    }

    /// Takes a leg out of the books, with its sound.
    pub(super) fn forget(&mut self, _now: Duration, leg: LegId, desk: &mut dyn Desk) {
        let Some(state) = self.legs.remove(&leg) else { return };
        if let Some(other) = state.other.and_then(|other| self.legs.get_mut(&other)) {
            other.other = None;
        }
        desk.close(state.talk);
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
        self.refuse(now, server, flow, message, code);
        let wanted = self.legs.iter().find(|(_, leg)| match &leg.stage {
            Stage::Asked { server, .. } => Some(*server) == invite,
            Stage::Placed { .. } | Stage::Up => false,
        });
        let Some((&leg, state)) = wanted else { return };
        let other = state.other.filter(|_| !self.faults.cancel_ignored);
        if let Some(other) = other {
            self.hang_up(now, other, desk);
        }
        if let Some(state) = self.legs.get_mut(&leg) {
            state.other = None;
        }
        self.refuse_leg(now, leg, 487, desk);
    }

    /// The ACK of a 2xx: it may bring the answer that the other side waits for.
    pub(super) fn acknowledged(&mut self, now: Duration, message: &Message, desk: &mut dyn Desk) {
        let Some(leg) = self.leg_of(message) else { return };
        let Some(state) = self.legs.get_mut(&leg) else { return };
        state.unacknowledged = None;
        let (other, talk, side) = (state.other, state.talk, state.side);
        let body = message.body();
        if let Some(rtp) = sdp::address(&body) {
            desk.aim(talk, side, rtp);
        }
        if self.take_answer(now, leg, &body, desk) {
            return;
        }
        let Some(other) = other else { return };
        let Some(owing) = self.legs.get(&other).filter(|state| state.owes_ack.is_some()) else {
            return;
        };
        let body =
            (!body.is_empty()).then(|| sdp::relayed(&body, owing.shown, self.faults.no_dtmf));
        self.acknowledge(other, body);
    }

    pub(super) fn response(
        &mut self,
        now: Duration,
        id: ClientId,
        message: &Message,
        desk: &mut dyn Desk,
    ) {
        let Some(waiting) = self.waiting.get(&id).cloned() else { return };
        match waiting {
            Waiting::Nothing => {}
            Waiting::Placed(leg) => {
                let answered_again = self.legs.get(&leg).is_some_and(super::leg::Leg::is_up);
                if answered_again {
                    return self.acknowledge(leg, None);
                }
                self.placed(now, leg, message, desk);
            }
            Waiting::Passed { to, server, request, from } => {
                self.passed(now, to, server, &request, from, message, desk);
            }
            Waiting::Renegotiates(leg) => self.renegotiated(leg, message, desk),
        }
    }
}
