//! A call that we place (RFC 3261 §13.2): the INVITE and what comes back to it.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;

use super::{
    Call, End, Purpose, Stage, Timer, Up,
    answer::supported,
    fork::Early,
    redirect::Redirects,
    refresh,
    session_timer::{self, MIN_SE},
};
use crate::{
    agent::{
        AccountId, CallId, Dial, EndedBy, Ending, Event, Extension,
        core::{Core, Owner, SendingId},
        draft::{ALLOW, Contact, Draft},
        read::{self, SDP},
        sending::{Failure, To, Trust},
    },
    header::SessionExpires,
    message::{Message, Method, Name},
};

/// An INVITE of ours without a final response.
#[derive(Debug)]
pub(crate) struct Calling {
    pub(crate) sending: SendingId,
    /// The INVITE, to be sent again with what a refusal asks for.
    pub(crate) draft: Draft,
    pub(crate) to: To,
    pub(crate) trust: Trust,
    pub(crate) early: Vec<Early>,
    /// The INVITE carries our offer.
    pub(crate) offered: bool,
    /// The owner took it back.
    pub(crate) cancelled: bool,
    pub(crate) redirects: Redirects,
    /// How often a 422 has raised the session interval.
    pub(crate) raises: u8,
}

/// How often a 422 is obeyed: the callee's server may ask for more than a proxy before it, and a
/// server that asks for more each time is not followed for ever.
const MAX_RAISES: u8 = 2;

impl Call {
    /// Places a call.
    pub(crate) fn place(
        core: &mut Core,
        now: Duration,
        (id, account): (CallId, AccountId),
        dial: Dial,
    ) -> Option<Self> {
        let call_id = dial.call_id.clone().unwrap_or_else(|| core.chance.call_id());
        let tag = core.chance.tag();
        let number = core.number(Owner::Call(id));
        let trunk = core.accounts.get(&account)?;
        let address = trunk.address(&dial.to);
        let mut draft = trunk.draft(Method::Invite, &address.uri, &call_id, &tag);
        draft.cseq = number;
        draft.route = address.route;
        draft.contact = Some(Contact::User(trunk.account.user.clone()));
        trunk.identify(&mut draft, &dial, &tag);
        draft.headers.push(("Allow".into(), ALLOW.into()));
        draft.headers.push(("Accept".into(), SDP.into()));
        let interval = trunk.account.session_expires.map(|secs| secs.max(MIN_SE));
        let required = trunk.account.reliable == Extension::Required;
        draft.headers.push(("Supported".into(), supported(core, account).into()));
        draft.headers.extend(required.then(|| ("Require".into(), "100rel".into())));
        if let Some(interval) = interval {
            ask_for_session(&mut draft, interval, MIN_SE);
        }
        if let Some(rings) = dial.ring_timeout {
            let secs = rings.as_millis().div_ceil(1000);
            draft.headers.push(("Expires".into(), secs.to_string()));
        }
        draft.overwrite(dial.headers);
        draft.body = dial.offer.clone().map(|offer| (SDP.to_owned(), offer));
        draft.local = dial.local;
        let from = draft.from.clone();
        let calling = Calling {
            sending: SendingId(0),
            draft,
            to: address.to,
            trust: address.trust,
            early: Vec::new(),
            offered: dial.offer.is_some(),
            cancelled: false,
            redirects: Redirects::default(),
            raises: 0,
        };
        let mut call =
            Self::new(id, account, true, call_id, tag, Stage::Calling(Box::new(calling)));
        call.from = from;
        call.interval = interval;
        call.emergency = dial.emergency;
        call.described = dial.offer;
        if let Some(rings) = dial.ring_timeout {
            call.timers.set(Timer::RingTimeout, now + rings);
        }
        call.invite(core, now);
        Some(call)
    }

    /// Sends the INVITE as its draft stands.
    pub(super) fn invite(&mut self, core: &mut Core, now: Duration) {
        let Stage::Calling(calling) = &mut self.stage else { return };
        let owner = (Owner::Call(self.id), self.account);
        let (draft, to) = (calling.draft.clone(), calling.to.clone());
        calling.sending = core.send(now, owner, calling.trust, draft, to);
        self.trust = calling.trust.min(Trust::Dialog);
        self.pending.insert(calling.sending, Purpose::Invite);
    }

    /// The INVITE goes over the other address family than its sound was for: here is another offer,
    /// if it makes one.
    pub(crate) fn offer_again(
        &mut self,
        core: &mut Core,
        now: Duration,
        local: IpAddr,
        body: Option<Bytes>,
    ) {
        let Stage::Calling(calling) = &mut self.stage else { return };
        calling.draft.body = body.clone().map(|body| (SDP.to_owned(), body));
        calling.draft.local = Some(local);
        self.described = body;
        core.offered_again(now, calling.sending, &calling.draft);
    }

    /// The same INVITE again, as a new request (RFC 3261 §8.1.3.5).
    pub(super) fn invite_again(&mut self, core: &mut Core, now: Duration) {
        let number = core.number(Owner::Call(self.id));
        self.forsake(core, now, |_| true);
        if let Stage::Calling(calling) = &mut self.stage {
            calling.early.clear();
            calling.draft.cseq = number;
        }
        self.invite(core, now);
    }

    pub(super) fn invite_response(
        &mut self,
        core: &mut Core,
        now: Duration,
        id: SendingId,
        message: &Message,
    ) {
        match message.status().unwrap_or_default() {
            code @ 100..200 => self.progress(core, now, code, message),
            200..300 => self.accepted(core, now, id, message),
            code if self.calls_by(id) => self.refused(core, now, code, message),
            // An INVITE that went before the last one is over: nobody waits for it.
            _ => {}
        }
    }

    /// That request is the INVITE that the call waits for.
    fn calls_by(&self, id: SendingId) -> bool {
        matches!(&self.stage, Stage::Calling(calling) if calling.sending == id)
    }

    fn progress(&mut self, core: &mut Core, now: Duration, code: u16, message: &Message) {
        match &self.stage {
            Stage::Calling(calling) if !calling.cancelled => {}
            Stage::Calling(_) | Stage::Alerting(_) | Stage::Up(_) | Stage::Leaving(_) => return,
        }
        if message.has_token(Name::Allow, "UPDATE") {
            self.takes_update = true;
        }
        if code > 100 && !self.take_provisional(core, now, message) {
            return;
        }
        if code == 199 {
            self.branch_is_over(core, now, message);
        }
        self.tell(
            core,
            Event::Provisional {
                call: self.id,
                code,
                reason: message.reason().into_owned(),
                tag: read::tag(message, Name::To),
                body: read::sdp(message),
                headers: read::lines(message),
            },
        );
    }

    /// A 2xx: the call is up, or this one is too many.
    fn accepted(&mut self, core: &mut Core, now: Duration, id: SendingId, message: &Message) {
        if self.ack_again(core, message) {
            return;
        }
        match &self.stage {
            Stage::Calling(calling) if calling.sending != id => self.surplus(core, now, message),
            Stage::Calling(calling) if !calling.cancelled => self.confirm(core, now, message),
            Stage::Calling(_) => {
                // The 2xx has crossed our CANCEL.
                self.surplus(core, now, message);
                self.ended_by_us(core, now, message);
            }
            Stage::Up(up)
                if up.late.is_some() && up.dialog.remote_tag == read::tag(message, Name::To) => {}
            Stage::Alerting(_) | Stage::Up(_) | Stage::Leaving(_) => {
                self.surplus(core, now, message)
            }
        }
    }

    fn confirm(&mut self, core: &mut Core, now: Duration, message: &Message) {
        let mut dialog = self.dialog_of(message);
        let tag = dialog.remote_tag.clone();
        self.forsake(core, now, |branch| branch != tag.as_ref());
        let Stage::Calling(calling) = &mut self.stage else { return };
        let branch = calling.early.iter_mut().find(|early| early.dialog.remote_tag == tag);
        let mut answered = calling.offered;
        let (mut rack, mut updated) = (None, false);
        if let Some(early) = branch {
            rack = early.late.take();
            updated = early.updated;
            dialog.remote_cseq = early.dialog.remote_cseq;
            answered |= early.settled || rack.is_some();
            self.described = early.described.take().or(self.described.take());
        }
        let cseq = message.cseq().map(|cseq| cseq.number).unwrap_or_default();
        self.timers.stop(Timer::RingTimeout);
        self.takes_update = message.has_token(Name::Allow, "UPDATE");
        if answered {
            self.ack(core, now, &dialog, cseq, None);
        }
        let late = (!answered).then_some(cseq);
        let (accept, overtaken, hangup) = (None, None, None);
        self.stage = Stage::Up(Box::new(Up { dialog, accept, late, overtaken, rack, hangup }));
        let session = refresh::agreed(message);
        self.start_session(now, session);
        self.tell(
            core,
            Event::Answered {
                call: self.id,
                tag,
                body: read::sdp(message).filter(|_| !updated),
                session: session.map(|session| (session.interval, session.ours)),
                headers: read::lines(message),
            },
        );
        self.next_change(core, now);
    }

    fn refused(&mut self, core: &mut Core, now: Duration, code: u16, message: &Message) {
        let Stage::Calling(calling) = &mut self.stage else { return };
        if calling.cancelled {
            return self.ended_by_us(core, now, message);
        }
        let asked_so = calling.draft.is_overwritten(Name::SessionExpires);
        if code == 422 && calling.raises < MAX_RAISES && !asked_so {
            calling.raises += 1;
            let least = message.number(Name::MinSe);
            if let Some(interval) = session_timer::raise(self.interval, least) {
                ask_for_session(&mut calling.draft, interval, interval);
                self.min_se = interval;
                self.interval = Some(interval);
                return self.invite_again(core, now);
            }
        }
        if (300..400).contains(&code) {
            calling.redirects.add(message);
        }
        let ending = match code {
            401 | 407 => Ending::AuthenticationRefused,
            _ => Ending::Rejected,
        };
        let end = End::with(ending, EndedBy::Remote, message);
        match code {
            ..600 => self.redirect(core, now, end),
            // RFC 3261 §21.6: nowhere else would do better.
            _ => self.finish(core, now, end),
        }
    }

    /// The far end has confirmed that our INVITE is over, which we took back.
    fn ended_by_us(&mut self, core: &mut Core, now: Duration, message: &Message) {
        let before = self.end.take().map_or(Ending::Cancelled, |end| end.ending);
        self.finish(core, now, End::with(before, EndedBy::Local, message));
    }

    pub(super) fn invite_failed(
        &mut self,
        core: &mut Core,
        now: Duration,
        id: SendingId,
        failure: Failure,
    ) {
        let Stage::Calling(calling) = &self.stage else { return };
        if calling.sending != id {
            return;
        }
        if calling.cancelled {
            let end = self.end.take();
            return self.finish(
                core,
                now,
                end.unwrap_or(End::new(Ending::Cancelled, EndedBy::Local)),
            );
        }
        self.redirect(core, now, End::new(failure.ending(), EndedBy::Remote));
    }
}

/// Session-Expires and Min-SE of a request; the refresher is left to the far end (RFC 4028 §7.1).
fn ask_for_session(draft: &mut Draft, interval: u32, min_se: u32) {
    draft.set(
        "Session-Expires",
        Some(SessionExpires { seconds: interval, refresher: None }.to_string()),
    );
    draft.set("Min-SE", Some(min_se.to_string()));
}
