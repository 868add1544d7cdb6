//! Changing a session that is up: re-INVITE both ways, with its glare (RFC 3261 §14).

use std::time::Duration;

use bytes::Bytes;

use super::{
    Call, Purpose, Stage, Timer, answer::supported, offer::TheirOffer, refresh, reply::Reply,
    session_timer,
};
use crate::{
    agent::{
        Event,
        core::{Core, SendingId},
        draft::{ALLOW, Contact},
        read::{self, SDP},
        sending::Failure,
    },
    dialog::Dialog,
    header::SessionExpires,
    message::{Message, Method, Name},
    registration::retry_after,
    transaction::ServerId,
    transport::Flow,
};

/// Changes that wait for the one under way.
const MAX_WISHES: usize = 8;

/// How often one change is tried before the owner hears of the refusal.
const MAX_TRIES: u8 = 5;

/// The wait after a Retry-After that cannot be read.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// What a change is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The owner wants it, by re-INVITE.
    Reinvite,
    /// The session timer wants it.
    Refresh,
    /// The owner wants it, by UPDATE.
    Update,
}

/// A change that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(super) aim: Aim,
    pub(super) offer: Option<Bytes>,
    tries: u8,
}

impl Wish {
    pub(crate) fn new(aim: Aim, offer: Option<Bytes>) -> Self {
        Self { aim, offer, tries: 0 }
    }
}

/// Our change of the session.
#[derive(Debug)]
pub(crate) enum Change {
    /// None.
    Idle,
    /// Sent and not answered.
    Running { sending: SendingId, wish: Wish },
    /// Refused for this moment; it is tried again when `Timer::Glare` goes off.
    Waiting(Wish),
}

impl Call {
    /// A change is wanted; it starts when nothing else is under way.
    pub(crate) fn wish(&mut self, core: &mut Core, now: Duration, wish: Wish) {
        let refreshes = |wish: &Wish| wish.aim == Aim::Refresh;
        if refreshes(&wish) && self.wishes.iter().any(refreshes) {
            return;
        }
        if self.wishes.len() >= MAX_WISHES || matches!(self.stage, Stage::Leaving(_)) {
            return self.tell_modified(core, &wish, Err((491, "Request Pending".into())));
        }
        self.wishes.push_back(wish);
        self.next_change(core, now);
    }

    /// Starts the next change, unless another one is under way on either side (RFC 3261 §14.1).
    pub(super) fn next_change(&mut self, core: &mut Core, now: Duration) {
        let waits = self.timers.runs(Timer::Glare) || matches!(self.change, Change::Running { .. });
        let open = match &self.stage {
            Stage::Up(up) => up.accept.is_none() && up.late.is_none() && up.hangup.is_none(),
            Stage::Calling(calling) => !calling.cancelled,
            Stage::Alerting(_) => true,
            Stage::Leaving(_) => false,
        };
        if waits || !open || self.theirs.is_some() {
            return;
        }
        let wish = match std::mem::replace(&mut self.change, Change::Idle) {
            Change::Waiting(wish) => Some(wish),
            Change::Idle | Change::Running { .. } => self.wishes.pop_front(),
        };
        let Some(wish) = wish else { return };
        let up = matches!(self.stage, Stage::Up(_));
        match self.settled_dialog().cloned() {
            Some(dialog) if up || wish.aim == Aim::Update && self.takes_update => {
                self.send_change(core, now, &dialog, wish);
            }
            // Before the answer nothing but UPDATE can carry an offer: it waits.
            _ => self.wishes.push_front(wish),
        }
    }

    /// The dialog in which offer and answer have been exchanged.
    fn settled_dialog(&self) -> Option<&Dialog> {
        match &self.stage {
            Stage::Up(up) => Some(&up.dialog),
            Stage::Calling(calling) => {
                calling.early.iter().find(|early| early.settled).map(|early| &early.dialog)
            }
            Stage::Alerting(alerting) => {
                let settled = alerting.reliable.described() && alerting.reliable.is_settled();
                settled.then_some(&alerting.dialog)
            }
            Stage::Leaving(_) => None,
        }
    }

    fn send_change(&mut self, core: &mut Core, now: Duration, dialog: &Dialog, mut wish: Wish) {
        wish.tries += 1;
        let update = wish.aim != Aim::Reinvite && self.takes_update;
        let method = if update { Method::Update } else { Method::Invite };
        let (mut draft, to) = self.within(core, dialog, method);
        let user = core.accounts.get(&self.account).map(|trunk| trunk.account.user.clone());
        draft.contact = user.map(Contact::User);
        draft.headers.push(("Allow".into(), ALLOW.into()));
        draft.headers.push(("Supported".into(), supported(core, self.account).into()));
        let terms = match (self.session, self.interval) {
            (Some(session), _) => Some(session.terms()),
            (None, Some(interval)) => Some(SessionExpires { seconds: interval, refresher: None }),
            (None, None) => None,
        };
        if let Some(mut terms) = terms {
            // RFC 4028 §7.4: the interval in force, raised only to what the far end insists on.
            terms.seconds = terms.seconds.max(self.min_se);
            draft.headers.push(("Session-Expires".into(), terms.to_string()));
            draft.headers.push(("Min-SE".into(), self.min_se.to_string()));
        }
        let body = match wish.aim {
            Aim::Refresh if update => None,
            // A re-INVITE must describe the session: the same description leaves it as it is.
            Aim::Refresh => self.described.clone(),
            Aim::Reinvite | Aim::Update => wish.offer.clone(),
        };
        if wish.offer.is_some() {
            self.described.clone_from(&body);
        }
        draft.body = body.map(|body| (SDP.to_owned(), body));
        let sending = self.send(core, now, Purpose::Change, draft, to);
        self.change = Change::Running { sending, wish };
    }

    /// Our re-INVITE or UPDATE got its final response.
    pub(super) fn changed(
        &mut self,
        core: &mut Core,
        now: Duration,
        id: SendingId,
        message: &Message,
    ) {
        let code = message.status().unwrap_or_default();
        let cseq = message.cseq().filter(|cseq| cseq.method == Method::Invite && code < 300);
        if cseq.is_some() && self.ack_again(core, message) {
            return;
        }
        match std::mem::replace(&mut self.change, Change::Idle) {
            Change::Running { sending, wish } if sending == id => match code {
                200..300 => self.change_accepted(core, now, &wish, cseq.map(|c| c.number), message),
                _ => self.change_refused(core, now, code, wish, message),
            },
            before @ (Change::Idle | Change::Running { .. } | Change::Waiting(_)) => {
                self.change = before;
            }
        }
        self.next_change(core, now);
    }

    fn change_accepted(
        &mut self,
        core: &mut Core,
        now: Duration,
        wish: &Wish,
        invite: Option<u32>,
        message: &Message,
    ) {
        if let Some(dialog) = self.dialog_mut() {
            dialog.refresh_target(read::contact_uri(message));
        }
        self.takes_update |= message.has_token(Name::Allow, "UPDATE");
        // It came after our BYE: acknowledged, and that is all.
        let leaving = matches!(self.stage, Stage::Leaving(_));
        let asked = wish.offer.is_none() && wish.aim == Aim::Reinvite;
        let dialog = self.dialog_mut().map(|dialog| dialog.clone());
        if let Some((cseq, dialog)) = invite.zip(dialog) {
            if let Stage::Up(up) = &mut self.stage
                && asked
            {
                up.late = Some(cseq);
            } else {
                self.ack(core, now, &dialog, cseq, None);
            }
        }
        if leaving {
            return;
        }
        if matches!(self.stage, Stage::Up(_)) {
            self.start_session(now, refresh::agreed(message));
        }
        self.tell_modified(core, wish, Ok(read::sdp(message)));
    }

    fn change_refused(
        &mut self,
        core: &mut Core,
        now: Duration,
        code: u16,
        wish: Wish,
        message: &Message,
    ) {
        let again = wish.tries < MAX_TRIES;
        match code {
            408 | 481 => return self.lost(core, now, message),
            491 if again => {
                // RFC 3261 §14.1: the side that owns the Call-ID waits longer.
                let (low, high) = if self.placed { (2100, 4000) } else { (0, 2000) };
                let slots = core.chance.below((high - low) / 10 + 1);
                let wait = Duration::from_millis(low + slots * 10);
                return self.wait(now + wait, wish);
            }
            500..600 if again && message.header(Name::RetryAfter).is_some() => {
                let wait = retry_after(message).unwrap_or(SHORTEST_WAIT);
                return self.wait(now + wait, wish);
            }
            422 if again => {
                let before = self.session.map(|session| session.interval).or(self.interval);
                if let Some(raised) = session_timer::raise(before, message.number(Name::MinSe)) {
                    self.interval = Some(raised);
                    self.min_se = raised;
                    return self.wait(now, wish);
                }
            }
            405 | 501 if again && wish.aim != Aim::Reinvite && self.takes_update => {
                self.takes_update = false;
                return self.wait(now, wish);
            }
            _ => {}
        }
        if wish.aim == Aim::Refresh {
            self.refresh_later(now);
        }
        self.tell_modified(core, &wish, Err((code, message.reason().into_owned())));
    }

    fn wait(&mut self, until: Duration, wish: Wish) {
        self.change = Change::Waiting(wish);
        self.timers.set(Timer::Glare, until);
    }

    /// Our re-INVITE or UPDATE got no response: the dialog is gone (RFC 3261 §12.2.1.2).
    pub(super) fn change_failed(&mut self, core: &mut Core, now: Duration, failure: Failure) {
        let change = std::mem::replace(&mut self.change, Change::Idle);
        if let Change::Running { wish, .. } = change {
            if wish.aim == Aim::Refresh {
                self.refresh_later(now);
            }
            self.tell_modified(core, &wish, Err((408, "Request Timeout".into())));
        }
        if failure == Failure::TimedOut {
            use crate::agent::{EndedBy, Ending};
            self.bye(core, now, None, super::End::new(Ending::TimedOut, EndedBy::Remote));
        }
        self.next_change(core, now);
    }

    fn tell_modified(
        &self,
        core: &mut Core,
        wish: &Wish,
        result: Result<Option<crate::agent::Body>, (u16, String)>,
    ) {
        if wish.aim != Aim::Refresh {
            self.tell(core, Event::Modified { call: self.id, result });
        }
    }

    /// A re-INVITE came in.
    pub(super) fn reinvite_received(
        &mut self,
        core: &mut Core,
        now: Duration,
        server: ServerId,
        flow: &Flow,
        request: Message,
    ) {
        let Stage::Up(up) = &self.stage else {
            return self.not_now(core, now, server, flow, &request);
        };
        let ours = up.accept.is_some() || up.late.is_some();
        if self.theirs.is_some() {
            return self.not_now(core, now, server, flow, &request);
        }
        if ours || matches!(self.change, Change::Running { .. }) {
            Reply::new(491).send(core, now, self.account, server, flow, &request);
            return;
        }
        if self.interval_too_small(core, now, server, flow, &request) {
            return;
        }
        let body = read::sdp(&request);
        self.offer_received(core, now, TheirOffer::new(server, *flow, request), body);
    }

    /// Another request of theirs is still unanswered (RFC 3261 §14.2, RFC 3311 §5.2).
    pub(super) fn not_now(
        &mut self,
        core: &mut Core,
        now: Duration,
        server: ServerId,
        flow: &Flow,
        request: &Message,
    ) {
        let wait = core.chance.below(11).to_string();
        let reply = Reply::new(500).header("Retry-After", wait);
        reply.send(core, now, self.account, server, flow, request);
    }

    /// Refuses a session refresh request whose interval is too small (RFC 4028 §9).
    pub(super) fn interval_too_small(
        &mut self,
        core: &mut Core,
        now: Duration,
        server: ServerId,
        flow: &Flow,
        request: &Message,
    ) -> bool {
        let decision = session_timer::decide(&refresh::asked(request), self.interval);
        let session_timer::Decision::TooSmall(least) = decision else { return false };
        let reply = Reply::new(422).header("Min-SE", least.to_string());
        reply.send(core, now, self.account, server, flow, request);
        true
    }
}
