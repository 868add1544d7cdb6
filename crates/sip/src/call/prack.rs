//! Reliable provisional responses (RFC 3262), on both sides.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;

use super::{Call, Purpose, Stage, Timer, answer::EACH_MINUTE, offer::TheirOffer, reply::Reply};
use crate::{
    agent::{
        Extension,
        core::Core,
        read::{self, SDP},
    },
    header::RAck,
    message::{Message, Method, Name},
    transaction::ServerId,
    transport::Flow,
};

/// Provisional responses that wait for the PRACK of the one before.
const MAX_WAITING: usize = 8;

/// Our reliable provisional responses to one INVITE. One is out at a time (RFC 3262 §3).
#[derive(Debug)]
pub(crate) struct Reliable {
    rseq: u32,
    out: Option<Outstanding>,
    waiting: VecDeque<(u16, Option<Bytes>)>,
    /// A description went out in one of them.
    described: bool,
}

#[derive(Debug)]
struct Outstanding {
    rseq: u32,
    bytes: Bytes,
    interval: Duration,
    described: bool,
}

impl Reliable {
    /// RSeq starts anywhere below 2^31 (RFC 3262 §3).
    pub(super) fn new(start: u64) -> Self {
        let rseq = u32::try_from(start).unwrap_or_default() & 0x7fff_ffff;
        Self { rseq, out: None, waiting: VecDeque::new(), described: false }
    }

    /// The 2xx must wait: a description is unacknowledged (RFC 3262 §5).
    pub(super) fn holds_back_the_answer(&self) -> bool {
        self.out.as_ref().is_some_and(|out| out.described)
            || self.waiting.iter().any(|(_, body)| body.is_some())
    }

    /// The 2xx needs no description: a reliable response brought it.
    pub(super) fn described(&self) -> bool {
        self.described
    }

    /// RSeq of the response that waits for its PRACK.
    pub(super) fn outstanding(&self) -> Option<u32> {
        self.out.as_ref().map(|out| out.rseq)
    }

    /// True once the far end has acknowledged one: the early dialog is established on both sides.
    pub(super) fn is_settled(&self) -> bool {
        self.out.is_none()
    }
}

impl Call {
    /// Reliable where the caller demands it, or where it can and the account demands it.
    pub(super) fn wants_reliable(&self, core: &Core) -> bool {
        let Stage::Alerting(alerting) = &self.stage else { return false };
        let account = core.accounts.get(&self.account).map(|trunk| trunk.account.reliable);
        alerting.invite.has_token(Name::Require, "100rel")
            || account == Some(Extension::Required)
                && alerting.invite.has_token(Name::Supported, "100rel")
    }

    /// Sends a provisional response reliably, or after the one that is out.
    pub(super) fn ring_reliably(
        &mut self,
        core: &mut Core,
        now: Duration,
        code: u16,
        body: Option<Bytes>,
    ) {
        let t1 = core.t1();
        let Stage::Alerting(alerting) = &mut self.stage else { return };
        let reliable = &mut alerting.reliable;
        if reliable.out.is_some() {
            if reliable.waiting.len() < MAX_WAITING {
                reliable.waiting.push_back((code, body));
            }
            return;
        }
        reliable.rseq = reliable.rseq.wrapping_add(1).max(1);
        let described = body.is_some();
        reliable.described |= described;
        let rseq = reliable.rseq;
        if described {
            self.described.clone_from(&body);
        }
        let reply = Reply::new(code)
            .tag(&self.local_tag)
            .dialog()
            .header("Require", "100rel")
            .header("RSeq", rseq.to_string())
            .header("Allow", crate::agent::draft::ALLOW)
            .sdp(body);
        let bytes =
            reply.send(core, now, self.account, alerting.server, &alerting.flow, &alerting.invite);
        alerting.provisional = None;
        alerting.reliable.out = Some(Outstanding { rseq, bytes, interval: t1, described });
        self.timers.set(Timer::ReliableAgain, now + t1);
        self.timers.set(Timer::ReliableGiveUp, now + core.limits.timers.give_up());
    }

    pub(super) fn reliable_again(&mut self, core: &mut Core, now: Duration) {
        let Stage::Alerting(alerting) = &mut self.stage else { return };
        let Some(out) = &mut alerting.reliable.out else { return };
        core.layer.respond(now, alerting.server, out.bytes.clone());
        out.interval *= 2;
        self.timers.set(Timer::ReliableAgain, now + out.interval);
    }

    /// No PRACK for 64·T1: the INVITE is refused (RFC 3262 §3).
    pub(super) fn reliable_given_up(&mut self, core: &mut Core, now: Duration) {
        self.reject(core, now, 504, None, Vec::new());
    }

    /// A PRACK came in: it must name the response that is out.
    pub(super) fn prack_received(
        &mut self,
        core: &mut Core,
        now: Duration,
        server: ServerId,
        flow: &Flow,
        request: &Message,
    ) {
        let rack = request.typed::<RAck>().and_then(Result::ok);
        let named = rack.as_ref().map(|rack| (rack.rseq, rack.cseq.number));
        let Stage::Alerting(alerting) = &mut self.stage else {
            let overtaken = match &mut self.stage {
                Stage::Up(up) => up.overtaken.take_if(|overtaken| Some(*overtaken) == named),
                Stage::Alerting(_) | Stage::Calling(_) | Stage::Leaving(_) => None,
            };
            let code = if overtaken.is_some() { 200 } else { 481 };
            Reply::new(code).send(core, now, self.account, server, flow, request);
            return;
        };
        let cseq = alerting.invite.cseq().map(|cseq| cseq.number);
        let matches = |out: &mut Outstanding| {
            rack.as_ref().is_some_and(|rack| {
                let invite = rack.cseq.method == Method::Invite;
                invite && rack.rseq == out.rseq && Some(rack.cseq.number) == cseq
            })
        };
        if alerting.reliable.out.take_if(matches).is_none() {
            Reply::new(481).send(core, now, self.account, server, flow, request);
            return;
        }
        self.timers.stop(Timer::ReliableAgain);
        self.timers.stop(Timer::ReliableGiveUp);
        let offered = read::sdp(&alerting.invite).is_some();
        match read::sdp(request) {
            // An offer of its own; where our response made the offer it is the answer to that.
            Some(_) if offered && self.theirs.is_some() => {
                self.not_now(core, now, server, flow, request);
            }
            Some(body) if offered => {
                let offer = TheirOffer::new(server, *flow, request.clone());
                self.offer_received(core, now, offer, Some(body));
            }
            body => {
                Reply::new(200).send(core, now, self.account, server, flow, request);
                if let Some(body) = body {
                    self.tell(
                        core,
                        crate::agent::Event::Modified { call: self.id, result: Ok(Some(body)) },
                    );
                }
            }
        }
        self.after_prack(core, now);
    }

    /// What waited for the PRACK goes out.
    fn after_prack(&mut self, core: &mut Core, now: Duration) {
        let Stage::Alerting(alerting) = &mut self.stage else { return };
        if let Some((code, body)) = alerting.reliable.waiting.pop_front() {
            return self.ring_reliably(core, now, code, body);
        }
        if let Some(body) = alerting.answer.take() {
            return self.answer(core, now, body);
        }
        self.timers.set(Timer::ProvisionalAgain, now + EACH_MINUTE);
        self.next_change(core, now);
    }

    /// A provisional response came to our INVITE. False where it is a reliable one that was heard
    /// before, or out of order (RFC 3262 §4); otherwise it is acknowledged where it asks for it.
    pub(super) fn take_provisional(
        &mut self,
        core: &mut Core,
        now: Duration,
        response: &Message,
    ) -> bool {
        let rseq = response
            .number(Name::RSeq)
            .filter(|rseq| *rseq > 0 && response.has_token(Name::Require, "100rel"));
        let has_sdp = read::sdp(response).is_some();
        let Some(cseq) = response.cseq() else { return false };
        let Stage::Calling(calling) = &self.stage else { return false };
        let offered = calling.offered;
        let Some(branch) = self.branch(response) else { return true };
        let Some(rseq) = rseq else { return true };
        if branch.rseq.is_some_and(|last| rseq != last.wrapping_add(1)) {
            return false;
        }
        branch.rseq = Some(rseq);
        let rack = format!("{rseq} {} INVITE", cseq.number);
        let dialog = branch.dialog.clone();
        if has_sdp && !offered && !branch.settled {
            branch.late = Some(rack);
            return true;
        }
        branch.settled |= has_sdp;
        self.prack(core, now, &dialog, rack, None);
        true
    }

    /// Sends PRACK (RFC 3262 §4).
    pub(super) fn prack(
        &mut self,
        core: &mut Core,
        now: Duration,
        dialog: &crate::dialog::Dialog,
        rack: String,
        body: Option<Bytes>,
    ) {
        let (mut draft, to) = self.within(core, dialog, Method::Prack);
        draft.headers.push(("RAck".to_owned(), rack));
        draft.body = body.map(|body| (SDP.to_owned(), body));
        self.send(core, now, Purpose::Prack, draft, to);
    }

    /// The PRACK was answered. A refusal leaves the INVITE to end by itself.
    pub(super) fn prack_response(&mut self, core: &mut Core, now: Duration, response: &Message) {
        if response.status().is_some_and(|code| code < 300) {
            self.next_change(core, now);
        }
    }
}
