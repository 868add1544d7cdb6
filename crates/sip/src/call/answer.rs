//! An incoming call: heard, rung, answered or refused (RFC 3261 §13.3).

use std::time::Duration;

use bytes::Bytes;

use super::{
    Call, End, Stage, Timer, Up,
    prack::Reliable,
    reply::Reply,
    session_timer::{Decision, Running},
};
use crate::{
    agent::{
        AccountId, Body, CallId, EndedBy, Ending, Event, Extension, HeaderLine, core::Core,
        draft::ALLOW, read,
    },
    dialog::Dialog,
    message::{Message, Name},
    transaction::ServerId,
    transport::Flow,
};

/// How long an incoming call may ring.
const LONGEST_RING: Duration = Duration::from_secs(300);

/// How often a provisional response is repeated, so that proxies keep the INVITE open
/// (RFC 3261 §13.3.1.1).
pub(super) const EACH_MINUTE: Duration = Duration::from_secs(60);

/// An INVITE that waits for the owner.
#[derive(Debug)]
pub(crate) struct Alerting {
    pub(crate) server: ServerId,
    pub(crate) invite: Message,
    pub(crate) flow: Flow,
    pub(crate) dialog: Dialog,
    /// Its ring time was set by Expires.
    pub(crate) expires: bool,
    /// The last provisional response, to be repeated each minute.
    pub(crate) provisional: Option<Bytes>,
    /// Reliable provisional responses.
    pub(crate) reliable: Reliable,
    /// The answer that the owner gave while a reliable response was unacknowledged.
    pub(crate) answer: Option<Bytes>,
}

/// A 2xx of ours that is repeated until its ACK comes (RFC 3261 §13.3.1.4).
#[derive(Debug)]
pub(crate) struct Accept {
    pub(crate) server: ServerId,
    pub(crate) cseq: u32,
    bytes: Bytes,
    interval: Duration,
    /// It answers the first INVITE of the call.
    pub(crate) initial: bool,
    /// It carries an offer: the ACK brings the answer.
    pub(crate) offers: bool,
}

impl Call {
    /// A call that comes in. Nothing is sent but the 100 of the transaction, and the owner is told.
    pub(crate) fn incoming(
        core: &mut Core,
        now: Duration,
        (id, account): (CallId, AccountId),
        server: ServerId,
        flow: Flow,
        invite: Message,
        did: String,
    ) -> Self {
        let call_id = read::value(&invite, Name::CallId);
        let tag = core.chance.tag();
        let offer = read::sdp(&invite);
        let order = core.accounts.get(&account).map(|trunk| trunk.account.identity.as_slice());
        let from = read::caller(&invite, order.unwrap_or_default());
        core.tell(Event::Incoming {
            call: id,
            account,
            from,
            to: read::party(&invite, Name::To),
            did,
            call_id: call_id.clone(),
            offer,
            flow,
            headers: read::lines(&invite),
        });
        let expires = invite.expires();
        let takes_update = invite.has_token(Name::Allow, "UPDATE");
        let stage = Stage::Alerting(Box::new(Alerting {
            server,
            dialog: dialog(&invite, &call_id, &tag),
            flow,
            expires: expires.is_some(),
            provisional: None,
            reliable: Reliable::new(core.chance.below(1 << 31)),
            answer: None,
            invite,
        }));
        let mut call = Self::new(id, account, false, call_id, tag, stage);
        call.flow = Some(flow);
        call.takes_update = takes_update;
        call.interval = core.accounts.get(&account).and_then(|trunk| trunk.account.session_expires);
        let rings = expires.map_or(LONGEST_RING, |secs| Duration::from_secs(secs.into()));
        call.timers.set(Timer::RingTimeout, now + rings.min(LONGEST_RING));
        call
    }

    /// The owner lets it ring, or sends early media.
    pub(crate) fn ring(&mut self, core: &mut Core, now: Duration, code: u16, body: Option<Bytes>) {
        let reliable = self.wants_reliable(core);
        let Stage::Alerting(alerting) = &mut self.stage else { return };
        if alerting.answer.is_some() || !(101..=199).contains(&code) {
            return;
        }
        if reliable {
            return self.ring_reliably(core, now, code, body);
        }
        let reply = Reply::new(code).tag(&self.local_tag).dialog().sdp(body);
        let bytes =
            reply.send(core, now, self.account, alerting.server, &alerting.flow, &alerting.invite);
        alerting.provisional = Some(bytes);
        self.timers.set(Timer::ProvisionalAgain, now + EACH_MINUTE);
    }

    pub(super) fn provisional_again(&mut self, core: &mut Core, now: Duration) {
        let Stage::Alerting(alerting) = &self.stage else { return };
        if let Some(bytes) = alerting.provisional.clone() {
            core.layer.respond(now, alerting.server, bytes);
            self.timers.set(Timer::ProvisionalAgain, now + EACH_MINUTE);
        }
    }

    /// The owner accepts the call. It is the only way into a session for an incoming call.
    pub(crate) fn answer(&mut self, core: &mut Core, now: Duration, body: Bytes) {
        let Stage::Alerting(alerting) = &mut self.stage else { return };
        if alerting.reliable.holds_back_the_answer() {
            // RFC 3262 §5: not while a description in a reliable response is unacknowledged.
            alerting.answer = Some(body);
            return;
        }
        let before = std::mem::replace(&mut self.stage, Stage::Leaving(None));
        let Stage::Alerting(alerting) = before else { return };
        self.timers.stop_all();
        let described = alerting.reliable.described();
        let offers = read::sdp(&alerting.invite).is_none() && !described;
        let session = self.agree_session(now, &alerting.invite).unwrap_or_default();
        let mut reply = Reply::new(200)
            .tag(&self.local_tag)
            .dialog()
            .header("Allow", ALLOW)
            .header("Supported", supported(core, self.account))
            .sdp((!described).then(|| body.clone()));
        for (name, value) in session {
            reply = reply.header(name, value);
        }
        let bytes =
            reply.send(core, now, self.account, alerting.server, &alerting.flow, &alerting.invite);
        self.described = Some(body);
        let cseq = alerting.invite.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let accept = self.accept(core, now, alerting.server, cseq, bytes);
        let accept = Accept { initial: true, offers, ..accept };
        let overtaken = alerting.reliable.outstanding().map(|rseq| (rseq, cseq));
        let Alerting { dialog, flow, .. } = *alerting;
        self.stage = Stage::Up(Box::new(Up {
            dialog,
            accept: Some(accept),
            late: None,
            overtaken,
            rack: None,
            hangup: None,
        }));
        self.answered_on(core, now, &flow);
    }

    /// Starts to repeat a 2xx.
    pub(super) fn accept(
        &mut self,
        core: &Core,
        now: Duration,
        server: ServerId,
        cseq: u32,
        bytes: Bytes,
    ) -> Accept {
        let interval = core.limits.timers.t1;
        self.timers.set(Timer::AcceptAgain, now + interval);
        self.timers.set(Timer::AcceptGiveUp, now + core.limits.timers.give_up());
        Accept { server, cseq, bytes, interval, initial: false, offers: false }
    }

    /// The session timer that a request of theirs asks for and our 2xx agrees to, as headers;
    /// `Err` holds the Min-SE of a 422.
    pub(super) fn agree_session(
        &mut self,
        now: Duration,
        request: &Message,
    ) -> Result<Vec<(&'static str, String)>, u32> {
        match super::session_timer::decide(&super::refresh::asked(request), self.interval) {
            Decision::None => {
                self.start_session(now, None);
                Ok(Vec::new())
            }
            Decision::TooSmall(min_se) => Err(min_se),
            Decision::Run { terms, require } => {
                self.start_session(now, Some(Running::agreed(terms, false)));
                let mut headers = vec![("Session-Expires", terms.to_string())];
                headers.extend(require.then(|| ("Require", "timer".to_owned())));
                Ok(headers)
            }
        }
    }

    pub(super) fn accept_again(&mut self, core: &mut Core, now: Duration) {
        let Stage::Up(up) = &mut self.stage else { return };
        let Some(accept) = &mut up.accept else { return };
        core.layer.respond(now, accept.server, accept.bytes.clone());
        accept.interval = (accept.interval * 2).min(core.limits.timers.t2);
        self.timers.set(Timer::AcceptAgain, now + accept.interval);
    }

    /// No ACK for 64·T1: the session ends with BYE (RFC 3261 §13.3.1.4).
    pub(super) fn accept_given_up(&mut self, core: &mut Core, now: Duration) {
        let Stage::Up(up) = &mut self.stage else { return };
        up.accept = None;
        let hangup = up.hangup.take();
        let reason = hangup.flatten().map(super::cancel::reason);
        self.bye(core, now, reason, End::new(Ending::TimedOut, EndedBy::Remote));
    }

    /// An ACK came for a 2xx of ours.
    pub(crate) fn acknowledged(&mut self, core: &mut Core, now: Duration, ack: &Message) {
        let Stage::Up(up) = &mut self.stage else { return };
        let cseq = ack.cseq().map(|cseq| cseq.number);
        let Some(accept) = up.accept.take_if(|accept| Some(accept.cseq) == cseq) else { return };
        let hangup = up.hangup.take();
        self.accepted_by_far_end(core, &accept, read::sdp(ack));
        if let Some(cause) = hangup {
            let end = End::new(Ending::Bye, EndedBy::Local);
            return self.bye(core, now, cause.map(super::cancel::reason), end);
        }
        self.next_change(core, now);
    }

    /// A request within the dialog came before the ACK, which is lost or late: the far end has our
    /// 2xx all the same.
    pub(super) fn imply_ack(&mut self, core: &mut Core) {
        let Stage::Up(up) = &mut self.stage else { return };
        if up.hangup.is_none()
            && let Some(accept) = up.accept.take_if(|accept| accept.initial && !accept.offers)
        {
            self.accepted_by_far_end(core, &accept, None);
        }
    }

    fn accepted_by_far_end(&mut self, core: &mut Core, accept: &Accept, body: Option<Body>) {
        self.timers.stop(Timer::AcceptAgain);
        self.timers.stop(Timer::AcceptGiveUp);
        if accept.initial {
            let session = self.session.map(|session| (session.interval, session.ours));
            let (tag, headers) = (None, Vec::new());
            self.tell(core, Event::Answered { call: self.id, tag, body, session, headers });
        } else if accept.offers {
            self.tell(core, Event::Modified { call: self.id, result: Ok(body) });
        }
    }

    /// The owner refuses the call.
    pub(crate) fn reject(
        &mut self,
        core: &mut Core,
        now: Duration,
        code: u16,
        reason: Option<String>,
        headers: Vec<HeaderLine>,
    ) {
        let Stage::Alerting(alerting) = &self.stage else { return };
        let code = if (300..700).contains(&code) { code } else { 486 };
        let mut reply = Reply::new(code).tag(&self.local_tag).reason(reason.as_deref());
        for (name, value) in &headers {
            reply = reply.header(name, value);
        }
        reply.send(core, now, self.account, alerting.server, &alerting.flow, &alerting.invite);
        let mut end = End::new(Ending::Rejected, EndedBy::Local);
        end.code = code;
        end.reason = reason.unwrap_or_else(|| crate::message::reason_phrase(code).to_owned());
        self.finish(core, now, end);
    }
}

/// What we support, for Supported.
pub(super) fn supported(core: &Core, account: AccountId) -> &'static str {
    match core.accounts.get(&account).map(|trunk| trunk.account.reliable) {
        Some(Extension::Off) => "timer",
        _ => "timer, 100rel",
    }
}

/// The dialog that our responses to `invite` make (RFC 3261 §12.1.1).
fn dialog(invite: &Message, call_id: &str, tag: &str) -> Dialog {
    let to = read::value(invite, Name::To);
    Dialog {
        call_id: call_id.to_owned(),
        local: format!("{to};tag={tag}"),
        remote: read::value(invite, Name::From),
        remote_tag: read::tag(invite, Name::From),
        remote_cseq: invite.cseq().map(|cseq| cseq.number),
        target: read::contact_uri(invite)
            .or_else(|| Some(invite.from()?.uri().as_str().to_owned()))
            .unwrap_or_default(),
        route: read::record_route(invite),
    }
}
