//! What signalling tells, sent to where it belongs.

use std::time::Duration;

use milliwatt_sip::agent::{self, Event as Signal, HeaderLine};

use super::{
    Phone, advice, answer::Invitation, end::End, line::place, ms, renegotiate::is_sdp, shown,
};
use crate::{
    api::{CallId, Event, Side, Way},
    net::NetEvent,
};

impl Phone {
    /// Something happened on the network.
    pub(super) fn network(&mut self, now: Duration, event: NetEvent) {
        if let NetEvent::Bound { account, listen } = event {
            return self.bound(now, account, listen);
        }
        if let NetEvent::Moved { from, to } = event {
            return self.moved(now, from, to);
        }
        if self.route_answer(now, &event) {
            return;
        }
        if let Some(input) = event.as_input() {
            self.agent.handle(now, input);
        }
    }

    /// Takes an event of the agent.
    pub(super) fn signal(&mut self, now: Duration, event: Signal) {
        match event {
            Signal::Registration(account, state) => self.registration(now, account, state),
            Signal::PublicAddress(account, local, seen) => {
                self.public_address(account, local, seen)
            }
            Signal::Incoming { call, account, from, to, did, call_id, offer, flow, headers } => {
                let invitation =
                    Invitation { account, from, to, did, call_id, offer, flow, headers };
                self.incoming(now, CallId(call.0), invitation);
            }
            Signal::OfferWanted { call, flow } => {
                self.offer_wanted(CallId(call.0), flow.local.ip());
            }
            Signal::InviteSent { call, call_id, flow } => {
                self.flow_known(call, flow.local.ip());
                self.invite_sent(now, CallId(call.0), call_id);
            }
            Signal::Provisional { call, code, reason, tag, body, headers } => {
                let reliable = has(&headers, "RSeq");
                self.provisional(now, CallId(call.0), (code, reason), tag, (body, reliable));
            }
            Signal::Answered { call, tag, body, session, headers } => {
                self.answered(now, CallId(call.0), (tag, body), session, headers);
            }
            Signal::OfferReceived { call, tag, body } => {
                self.offer_received(now, CallId(call.0), tag.as_deref(), body);
            }
            Signal::Redirected { call, to } => self.redirected(now, CallId(call.0), &to),
            Signal::OfferNeeded { call } => self.offer_needed(now, CallId(call.0)),
            Signal::Refreshed { call, body } => self.refreshed(now, CallId(call.0), &body),
            Signal::Modified { call, result } => self.modified(now, CallId(call.0), result),
            Signal::Info { call, body } => self.info_received(CallId(call.0), &body),
            Signal::Ended { call, ending, by, code, reason, cause, .. } => {
                self.ended(now, CallId(call.0), End { ending, by, code, reason, cause });
            }
            Signal::Response { id, result, took, retransmits, target } => {
                self.response(
                    id,
                    result,
                    took,
                    retransmits,
                    target.map(|t| place(t.transport, t.remote)),
                );
            }
            Signal::Message { account, from, body } => {
                if let Some(line) = self.lines.get(&account) {
                    let trunk = line.settings.trunk.name.clone();
                    let text = String::from_utf8_lossy(&body.bytes).into_owned();
                    self.event(Event::Message { trunk, from: from.uri, text });
                }
            }
            Signal::Challenged { account, challenges, chosen } => {
                if let Some(line) = self.lines.get(&account) {
                    let trunk = line.settings.trunk.name.clone();
                    self.event(Event::Challenged { trunk, challenges, chosen });
                }
            }
            Signal::Stranger { from, method } => {
                self.event(Event::Stranger { from: from.to_string(), method });
            }
            Signal::Idle => self.idle = true,
        }
    }

    fn answered(
        &mut self,
        now: Duration,
        id: CallId,
        (tag, body): (Option<String>, Option<agent::Body>),
        session: Option<(u32, bool)>,
        headers: Vec<HeaderLine>,
    ) {
        let Some(call) = self.calls.get(&id) else { return };
        let sdp = body.as_ref().filter(|body| is_sdp(body)).map(|body| shown::body(&body.bytes));
        match call.report.way {
            Way::Out => self.dialled_up(now, id, tag, body),
            Way::In => self.acknowledged(now, id, body),
        }
        let Some(call) = self.calls.get(&id) else { return };
        self.event(Event::Answered {
            call: id,
            codec: call.report.codec.clone(),
            remote: call.report.remote.clone(),
            secure: call.report.secure,
            dtmf: call.line.plan().is_some_and(|plan| !plan.dtmf.is_empty()),
            headers: shown::headers(&headers),
            sdp,
            session_expires: session.map(|session| session.0),
            refresher: session.map(|session| if session.1 { Side::Local } else { Side::Remote }),
        });
        self.ask_hold(now, id);
    }

    fn public_address(
        &mut self,
        account: agent::AccountId,
        local: std::net::SocketAddr,
        seen: std::net::SocketAddr,
    ) {
        let Some(line) = self.lines.get_mut(&account) else { return };
        line.seen = Some(seen);
        let trunk = line.settings.trunk.name.clone();
        let local = local.to_string();
        self.event(Event::PublicAddress { trunk, local, seen: seen.to_string() });
    }

    /// A call left on a flow: the trunk is reached from its address.
    fn flow_known(&mut self, call: agent::CallId, local: std::net::IpAddr) {
        let account = self.calls.get(&CallId(call.0)).map(|call| call.account);
        if let Some(line) = account.and_then(|account| self.lines.get_mut(&account)) {
            line.local = Some(local);
        }
    }

    fn response(
        &mut self,
        id: agent::RequestId,
        result: Result<agent::Response, agent::Ending>,
        took: Duration,
        retransmits: u32,
        remote: Option<String>,
    ) {
        let (code, reason, headers, body) = match result {
            Ok(answer) => {
                let body =
                    answer.body.map(|body| String::from_utf8_lossy(&body.bytes).into_owned());
                (Some(answer.code), answer.reason, shown::headers(&answer.headers), body)
            }
            Err(ending) => {
                let why = advice::for_ending(&ending, 0).unwrap_or_else(|| "taken back".into());
                (None, why, Vec::new(), None)
            }
        };
        let took_ms = ms(took);
        self.event(Event::Response {
            request: id.0,
            code,
            reason,
            headers,
            body,
            took_ms,
            retransmits,
            remote,
        });
    }
}

fn has(headers: &[HeaderLine], name: &str) -> bool {
    headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name))
}
