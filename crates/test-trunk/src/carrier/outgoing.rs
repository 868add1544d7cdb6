//! The second leg: the call goes on to the phone that the number belongs to.

use std::time::Duration;

use bytes::Bytes;
use milliwatt_sip::{
    identity::{is_private, number_of},
    message::{Builder, Framing, Message, Method, Name},
    transaction::ClientId,
    uri::Uri,
};

use super::{
    Carrier, Waiting,
    leg::{Leg, LegId, Placed, Stage, contact, via},
    sdp,
};
use crate::{
    media::desk::Desk,
    numbers::{DOMAIN, own_number, owner},
};

impl Carrier {
    /// Calls the phone of a number, for a leg that a user asked for.
    pub(super) fn place(
        &mut self,
        now: Duration,
        from: LegId,
        user: &str,
        number: &str,
        desk: &mut dyn Desk,
    ) {
        let called = owner(number).unwrap_or_default();
        let binding = self.bindings.get(called).filter(|binding| binding.until > now).cloned();
        let caller = self.legs.get(&from);
        let asked = caller.and_then(|leg| Some((leg.asked_for()?.clone(), leg.talk)));
        let (Some(binding), Some((asked, talk))) = (binding, asked) else {
            return self.refuse_leg(now, from, 480, desk);
        };
        let Some(shown) = desk.open(talk, 1, binding.flow.local.ip()) else {
            return self.refuse_leg(now, from, 503, desk);
        };
        self.count += 1;
        let name = LegId(self.count);
        let tag = self.chance.tag();
        let e164 = format!("+{}", number.trim_start_matches('+'));
        let e164 = self.faults.other_did.clone().unwrap_or(e164);
        let mut leg = Leg {
            call_id: self.chance.token(12),
            local: format!("{};tag={tag}", self.shown_caller(&asked, user)),
            local_tag: tag,
            remote: format!("<sip:{e164}@{DOMAIN}>"),
            target: with_user(&binding.contact, &e164),
            cseq: 1,
            other: Some(from),
            ..Leg::new(binding.flow, talk, 1, shown)
        };
        let bytes = self.outgoing(&leg, &asked, user).build();
        let Ok(placed) = Message::parse(bytes.clone(), Framing::Datagram) else {
            return self.refuse_leg(now, from, 500, desk);
        };
        let client = self.layer.request(now, &leg.flow, leg.flow.remote, bytes);
        let request = Box::new(placed);
        leg.stage = Stage::Placed(Placed { client, request, answers: false, taken_back: None });
        self.waiting.insert(client, Waiting::Placed(name));
        self.legs.insert(name, leg);
        if let Some(caller) = self.legs.get_mut(&from) {
            caller.other = Some(name);
        }
    }

    /// From, as the called phone sees it.
    fn shown_caller(&self, asked: &Message, user: &str) -> String {
        if is_private(asked) && self.faults.caller_id.is_none() {
            return "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned();
        }
        format!("<sip:{}@{DOMAIN}>", self.caller_number(asked, user))
    }

    /// The number that the trunk vouches for: the first that the caller shows and owns, else the
    /// first that it owns.
    fn caller_number(&self, asked: &Message, user: &str) -> String {
        if let Some(number) = &self.faults.caller_id {
            return number.clone();
        }
        let shown = [Name::PAssertedIdentity, Name::PPreferredIdentity, Name::From];
        let mut numbers =
            shown.into_iter().filter_map(|name| number_of(asked.address(name)?.uri()));
        let own = numbers.find(|number| owner(number) == Some(user));
        match own {
            Some(number) => format!("+{}", number.trim_start_matches('+')),
            None => own_number(user).unwrap_or(user).to_owned(),
        }
    }

    fn outgoing(&mut self, leg: &Leg, asked: &Message, user: &str) -> Builder {
        let branch = self.chance.branch();
        let mut request = Builder::request(&Method::Invite, &leg.target)
            .header(Name::Via, via(&leg.flow, &branch))
            .header(Name::MaxForwards, "69")
            .header(Name::From, &leg.local)
            .header(Name::To, &leg.remote)
            .header(Name::CallId, &leg.call_id)
            .header(Name::CSeq, format!("{} INVITE", leg.cseq))
            .header(Name::Contact, contact(&leg.flow))
            .header(Name::Allow, self.allow())
            .header(Name::PCalledPartyId, &leg.remote);
        if !is_private(asked) {
            let number = self.caller_number(asked, user);
            request = request.header(Name::PAssertedIdentity, format!("<sip:{number}@{DOMAIN}>"));
        }
        request = request.copy(asked, Name::Privacy).copy(asked, Name::Diversion);
        let body = asked.body();
        if body.is_empty() || self.faults.late_offer {
            return request;
        }
        request.body("application/sdp", self.relayed(&body, leg.shown))
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
            state.remote_tag = to.tag().unwrap_or_default().to_owned();
            state.routes = message.record_routes().map(|route| route.to_string()).collect();
            state.routes.reverse();
            state.learn(message);
        }
        let (other, talk) = (state.other, state.talk);
        let caller = other.and_then(|other| Some((other, self.legs.get(&other)?.shown)));
        let Some((from, shown)) = caller else {
            return self.placed_for_nobody(now, leg, message, desk);
        };
        let body = message.body();
        if let Some(rtp) = sdp::address(&body).filter(|_| code < 300) {
            desk.aim(talk, 1, rtp);
        }
        let relayed = (!body.is_empty()).then(|| self.relayed(&body, shown));
        match code {
            100 => {}
            101..=199 => {
                self.progress(now, from, code, &[], relayed);
            }
            200..=299 => {
                self.answered(leg, from, message);
                self.progress(now, from, 200, &[], relayed);
            }
            _ => {
                self.legs.remove(&leg);
                self.refuse_leg(now, from, self.told(code), desk);
            }
        }
    }

    /// What the caller is told of a refusal.
    fn told(&self, code: u16) -> u16 {
        match code {
            486 => self.faults.busy_code.unwrap_or(code),
            // That is between the phone and us; the caller has proven who it is.
            401 | 407 => 480,
            _ => code,
        }
    }

    /// The caller has gone in the meantime.
    fn placed_for_nobody(
        &mut self,
        now: Duration,
        leg: LegId,
        message: &Message,
        desk: &mut dyn Desk,
    ) {
        match message.status().unwrap_or(500) {
            ..=199 => {}
            // Answered all the same: acknowledged and ended (RFC 3261 §15).
            200..=299 => {
                self.up(leg);
                self.owe_or_acknowledge(leg, message, false);
                self.hang_up(now, leg, None, desk);
            }
            _ => drop(self.legs.remove(&leg)),
        }
    }

    /// The called phone has answered: acknowledged at once, or with the caller's answer to its
    /// offer.
    fn answered(&mut self, leg: LegId, from: LegId, message: &Message) {
        let offer = self.legs.get(&from).and_then(|caller| Some(caller.asked_for()?.body()));
        self.up(leg);
        let offer = offer.unwrap_or_default();
        if !self.faults.late_offer || offer.is_empty() {
            return self.owe_or_acknowledge(leg, message, offer.is_empty());
        }
        // The called phone made the offer because the fault held the caller's back: the caller's
        // offer is what it gets for an answer.
        let body = self.legs.get(&leg).map(|state| self.relayed(&offer, state.shown));
        if let Some(number) = message.cseq().map(|cseq| cseq.number) {
            self.acknowledge(leg, number, body);
        }
    }

    fn up(&mut self, leg: LegId) {
        if let Some(state) = self.legs.get_mut(&leg) {
            state.stage = Stage::Up;
        }
    }

    /// A session description as the other side gets it.
    pub(super) fn relayed(&self, body: &Bytes, shown: std::net::SocketAddr) -> Bytes {
        let bent = sdp::Bent { no_dtmf: self.faults.no_dtmf, alg: self.faults.alg_sdp };
        sdp::relayed(body, shown, bent)
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
            Some(Waiting::Passed { server, request, from, to }) => {
                self.settled(to, from);
                let flow = self.legs.get(&from).map(|state| state.flow);
                if let Some(flow) = flow {
                    self.refuse(now, server, flow, &request, 408);
                }
            }
            Some(Waiting::Renegotiates(leg)) => {
                if let Some(state) = self.legs.get_mut(&leg) {
                    state.asked = false;
                }
            }
            Some(Waiting::Acknowledged(_) | Waiting::Nothing) | None => {}
        }
    }
}

/// A Contact with the dialled number for its user, as trunks hand over one of many numbers.
fn with_user(contact: &str, number: &str) -> String {
    let numbered = Uri::parse(contact).ok().and_then(|uri| uri.edit().user(number).build().ok());
    numbered.map_or_else(|| contact.to_owned(), |uri| uri.to_string())
}
