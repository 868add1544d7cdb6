//! The second leg: the call goes on to the phone that the number belongs to.

use std::time::Duration;

use milliwatt_sip::{
    message::{Builder, Message, Method, Name},
    transaction::ClientId,
};

use super::{
    ALLOW, Carrier, Waiting,
    leg::{Leg, LegId, Stage, contact, via},
    sdp,
};
use crate::{media::desk::Desk, numbers::owner};

impl Carrier {
    /// Calls the phone of a number, for a leg that asked for it.
    pub(super) fn place(&mut self, now: Duration, from: LegId, number: &str, desk: &mut dyn Desk) {
        let user = owner(number).unwrap_or_default();
        let binding = self.bindings.get(user).filter(|binding| binding.until > now).cloned();
        let (Some(binding), Some(caller)) = (binding, self.legs.get(&from)) else {
            return self.refuse_leg(now, from, 480, desk);
        };
        let Stage::Asked { request: asked, .. } = &caller.stage else { return };
        let (asked, talk) = (asked.clone(), caller.talk);
        let Some(shown) = desk.open(talk, 1, binding.flow.local.ip()) else {
            return self.refuse_leg(now, from, 503, desk);
        };
        self.count += 1;
        let name = LegId(self.count);
        let tag = self.chance.tag();
        let shown_number = self.faults.caller_id.clone().unwrap_or_else(|| caller_of(&asked));
        let mut leg = Leg {
            call_id: self.chance.token(12),
            local: format!("<sip:{shown_number}@{}>;tag={tag}", super::auth::REALM),
            remote: format!("<sip:{number}@{}>", super::auth::REALM),
            target: binding.contact.clone(),
            routes: Vec::new(),
            cseq: 1,
            flow: binding.flow,
            stage: Stage::Up,
            other: Some(from),
            answerer: None,
            talk,
            side: 1,
            shown,
            negotiation: None,
            unacknowledged: None,
            owes_ack: None,
            unpracked: false,
        };
        let request = self.outgoing(&leg, &asked, number);
        let bytes = request.build();
        let client = self.layer.request(now, &leg.flow, leg.flow.remote, bytes.clone());
        let Ok(placed) = Message::parse(bytes, milliwatt_sip::message::Framing::Datagram) else {
            return;
        };
        leg.stage = Stage::Placed { client, request: Box::new(placed) };
        self.waiting.insert(client, Waiting::Placed(name));
        self.legs.insert(name, leg);
        if let Some(caller) = self.legs.get_mut(&from) {
            caller.other = Some(name);
        }
    }

    fn outgoing(&mut self, leg: &Leg, asked: &Message, number: &str) -> Builder {
        let branch = self.chance.branch();
        let mut request = Builder::request(&Method::Invite, &leg.target)
            .header(Name::Via, via(&leg.flow, &branch))
            .header(Name::MaxForwards, "69")
            .header(Name::From, &leg.local)
            .header(Name::To, &leg.remote)
            .header(Name::CallId, &leg.call_id)
            .header(Name::CSeq, "1 INVITE")
            .header(Name::Contact, contact(&leg.flow))
            .header(Name::Allow, ALLOW)
            .header("P-Called-Party-ID", format!("<sip:{number}@{}>", super::auth::REALM));
        for identity in ["P-Asserted-Identity", "Privacy", "Diversion"] {
            if let Some(value) = asked.row(identity) {
                request = request.header(identity, value.as_ref());
            }
        }
        let body = asked.body();
        if body.is_empty() || self.faults.late_offer {
            return request;
        }
        request.body("application/sdp", sdp::relayed(&body, leg.shown, self.faults.no_dtmf))
    }

    /// A response to an INVITE that we placed.
    pub(super) fn placed(
        &mut self,
        now: Duration,
        leg: LegId,
        message: &Message,
        desk: &mut dyn Desk,
    ) {
        let code = message.status().unwrap_or(500);
        let Some(state) = self.legs.get_mut(&leg) else { return };
        if let Some(to) = message.to().filter(|to| to.tag().is_some() && code < 300) {
            state.remote = to.to_string();
            state.learn(message);
        }
        let (other, talk) = (state.other, state.talk);
        let body = message.body();
        if let Some(rtp) = sdp::address(&body).filter(|_| code < 300) {
            desk.aim(talk, 1, rtp);
        }
        let Some(caller) = other.and_then(|other| self.legs.get(&other)) else {
            if (200..300).contains(&code) {
                // Answered when its caller had gone: RFC 3261 §15.
                self.up_and_acknowledged(leg);
                self.hang_up(now, leg, desk);
            }
            return;
        };
        let relayed =
            (!body.is_empty()).then(|| sdp::relayed(&body, caller.shown, self.faults.no_dtmf));
        let Some(from) = other else { return };
        match code {
            100 => {}
            101..=199 => self.progress(now, from, code, &[], relayed),
            200..=299 => {
                self.answered(leg, from);
                self.progress(now, from, 200, &[], relayed);
            }
            _ => {
                self.legs.remove(&leg);
                let told = self.faults.busy_code.filter(|_| code == 486).unwrap_or(code);
                self.refuse_leg(now, from, told, desk);
            }
        }
    }

    /// The called phone has answered: acknowledged now, or with the caller's answer to its offer.
    fn answered(&mut self, leg: LegId, from: LegId) {
        let asked_without = self.legs.get(&from).is_some_and(|caller| match &caller.stage {
            Stage::Asked { request, .. } => request.body().is_empty(),
            Stage::Placed { .. } | Stage::Up => false,
        });
        if asked_without {
            if let Some(state) = self.legs.get_mut(&leg) {
                state.stage = Stage::Up;
                state.owes_ack = Some(state.cseq);
            }
        } else if self.faults.late_offer {
            self.answer_late(leg, from);
        } else {
            self.up_and_acknowledged(leg);
        }
    }

    /// The called phone made the offer because the fault held the caller's back: the caller's offer
    /// is what it gets for an answer.
    fn answer_late(&mut self, leg: LegId, from: LegId) {
        let offer = self.legs.get(&from).and_then(|caller| match &caller.stage {
            Stage::Asked { request, .. } => Some(request.body()),
            Stage::Placed { .. } | Stage::Up => None,
        });
        let Some(shown) = self.legs.get(&leg).map(|state| state.shown) else { return };
        let body = offer.map(|offer| sdp::relayed(&offer, shown, self.faults.no_dtmf));
        if let Some(state) = self.legs.get_mut(&leg) {
            state.stage = Stage::Up;
        }
        self.acknowledge(leg, body);
    }

    fn up_and_acknowledged(&mut self, leg: LegId) {
        if let Some(state) = self.legs.get_mut(&leg) {
            state.stage = Stage::Up;
        }
        self.acknowledge(leg, None);
    }

    /// Sends the ACK of a 2xx.
    pub(super) fn acknowledge(&mut self, leg: LegId, body: Option<bytes::Bytes>) {
        let branch = self.chance.branch();
        let Some(state) = self.legs.get_mut(&leg) else { return };
        state.owes_ack = None;
        let mut ack = state.request(&Method::Ack, &branch);
        if let Some(body) = body {
            ack = ack.body("application/sdp", body);
        }
        let (flow, remote) = (state.flow.id, state.flow.remote);
        self.layer.send_stateless(flow, remote, ack.build());
    }

    /// A request of ours got no answer at all.
    pub(super) fn unanswered(&mut self, now: Duration, id: ClientId, desk: &mut dyn Desk) {
        match self.waiting.remove(&id) {
            Some(Waiting::Placed(leg)) => {
                let from = self.legs.remove(&leg).and_then(|state| state.other);
                if let Some(from) = from {
                    self.refuse_leg(now, from, 480, desk);
                }
            }
            Some(Waiting::Passed { server, request, from, .. }) => {
                let flow = self.legs.get(&from).map(|state| state.flow);
                if let Some(flow) = flow {
                    self.refuse(now, server, flow, &request, 408);
                }
            }
            Some(Waiting::Nothing | Waiting::Renegotiates(_)) | None => {}
        }
    }
}

/// The number of the caller: asserted where it is, else the one in From.
fn caller_of(asked: &Message) -> String {
    let asserted = asked.address("P-Asserted-Identity");
    let address = asserted.or(asked.from());
    address.and_then(|a| a.uri().user().map(str::to_owned)).unwrap_or_else(|| "anonymous".into())
}
