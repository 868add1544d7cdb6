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
pub(super) const MAX_WISHES: usize = 8;

/// How often one change is tried before the owner hears of the refusal.
const MAX_TRIES: u8 = 5;

/// The longest Retry-After that is waited out: who asks for more hears of the owner's change again
/// only when the owner wants it again.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The wait after a Retry-After that cannot be read.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// What a change is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The owner wants it, by re-INVITE.
    Reinvite,
    /// The session timer wants it.
    Refresh,
    /// The far end has to know our new Contact.
    Target,
    /// The owner wants it, by UPDATE.
    Update,
}

/// A change that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(super) aim: Aim,
    pub(super) offer: Option<Bytes>,
    tries: u8,
    /// It was put off: its offer may be out of date.
    stale: bool,
}

impl Wish {
    pub(crate) fn new(aim: Aim, offer: Option<Bytes>) -> Self {
        Self { aim, offer, tries: 0, stale: false }
    }
}

/// Our change of the session.
#[derive(Debug)]
pub(crate) enum Change {
    /// It was put off, and its offer may be out of date: the owner is asked for a fresh one.
    Asking(Wish),
    /// None.
    Idle,
    /// Sent and not answered.
    Running(Box<Running>),
    /// Refused for this moment; it is tried again when `Timer::Glare` goes off.
    Waiting(Wish),
}

/// A change that was sent.
#[derive(Debug)]
pub(crate) struct Running {
    pub(super) sending: SendingId,
    pub(super) wish: Wish,
    /// The tag of the far end that it was sent to.
    pub(super) tag: Option<String>,
    /// It is a re-INVITE.
    invite: bool,
}

impl Running {
    /// It made an offer, or asked for one.
    pub(super) fn negotiates(&self) -> bool {
        self.invite || self.wish.offer.is_some()
    }
}

impl Call {
    /// A change is wanted; it starts when nothing else is under way.
    pub(crate) fn wish(&mut self, core: &mut Core, now: Duration, wish: Wish) {
        let refreshes = |wish: &Wish| wish.aim == Aim::Refresh;
        if refreshes(&wish) && self.wishes.iter().any(refreshes)
            || wish.aim == Aim::Target && self.tells_target()
        {
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
        let under_way = matches!(self.change, Change::Asking(_) | Change::Running(_));
        if self.timers.runs(Timer::Glare) || under_way || !self.is_open() {
            return;
        }
        if let Change::Waiting(mut wish) = std::mem::replace(&mut self.change, Change::Idle) {
            wish.stale = wish.offer.is_some();
            self.wishes.push_front(wish);
        }
        // A refresh goes first: the session ends without it.
        let refresh = self.wishes.iter().position(|wish| wish.aim == Aim::Refresh);
        let Some(wish) = self.wishes.remove(refresh.unwrap_or(0)) else { return };
        if self.is_in_vain(core, &wish) {
            return self.next_change(core, now);
        }
        if wish.stale {
            self.change = Change::Asking(wish);
            return self.tell(core, Event::OfferNeeded { call: self.id });
        }
        self.start_change(core, now, wish);
    }

    /// Nothing else is under way on either side.
    fn is_open(&self) -> bool {
        let open = match &self.stage {
            Stage::Up(up) => up.accept.is_none() && !up.owes_an_answer() && up.hangup.is_none(),
            Stage::Calling(calling) => !calling.cancelled,
            Stage::Alerting(_) => true,
            Stage::Leaving(_) => false,
        };
        open && self.theirs.is_none()
    }

    fn start_change(&mut self, core: &mut Core, now: Duration, wish: Wish) {
        let up = matches!(self.stage, Stage::Up(_));
        match self.settled_dialog().cloned() {
            Some(dialog) if up || wish.aim == Aim::Update && self.takes_update => {
                self.send_change(core, now, &dialog, wish);
            }
            // Before the answer nothing but UPDATE can carry an offer: it waits.
            _ => self.wishes.push_front(wish),
        }
    }

    /// The owner gives the fresh offer that it was asked for; `None` where nothing is wanted any
    /// more.
    pub(crate) fn fresh_offer(&mut self, core: &mut Core, now: Duration, offer: Option<Bytes>) {
        let Change::Asking(wish) = &mut self.change else { return };
        let (aim, tries) = (wish.aim, wish.tries);
        self.change = Change::Idle;
        if let Some(offer) = offer {
            let wish = Wish { aim, offer: Some(offer), tries, stale: false };
            match self.is_open() {
                true => self.start_change(core, now, wish),
                false => self.change = Change::Waiting(wish),
            }
        }
        self.next_change(core, now);
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
            Aim::Refresh | Aim::Target if update => None,
            // A re-INVITE must describe the session: the same description leaves it as it is.
            Aim::Refresh | Aim::Target => self.described.clone(),
            Aim::Reinvite | Aim::Update => wish.offer.clone(),
        };
        draft.body = body.map(|body| (SDP.to_owned(), body));
        let sending = self.send(core, now, Purpose::Change, draft, to);
        let tag = dialog.remote_tag.clone();
        self.change = Change::Running(Box::new(Running { sending, wish, tag, invite: !update }));
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
        if let Some(running) = self.take_running(id) {
            match code {
                200..300 => {
                    let invite = cseq.map(|cseq| cseq.number);
                    self.change_accepted(core, now, &running, invite, message);
                }
                _ => self.change_refused(core, now, code, running.wish, message),
            }
        }
        self.next_change(core, now);
    }

    /// The change that was sent by that request, if it is the one under way.
    fn take_running(&mut self, id: SendingId) -> Option<Running> {
        match std::mem::replace(&mut self.change, Change::Idle) {
            Change::Running(running) if running.sending == id => Some(*running),
            before @ (Change::Asking(_)
            | Change::Idle
            | Change::Running(_)
            | Change::Waiting(_)) => {
                self.change = before;
                None
            }
        }
    }

    fn change_accepted(
        &mut self,
        core: &mut Core,
        now: Duration,
        Running { wish, tag, .. }: &Running,
        invite: Option<u32>,
        message: &Message,
    ) {
        if let Some(dialog) = self.dialog_with(tag.as_ref()) {
            dialog.refresh_target(read::contact_uri(message));
        }
        // What was refused never came to be: the session is described by what was accepted last.
        if let Some(offer) = &wish.offer {
            self.changed_by(tag.as_ref(), offer.clone());
        }
        self.takes_update |= message.has_token(Name::Allow, "UPDATE");
        // It came after our BYE: acknowledged, and that is all.
        let leaving = matches!(self.stage, Stage::Leaving(_));
        let asked = wish.offer.is_none() && wish.aim == Aim::Reinvite;
        let dialog = self.dialog_with(tag.as_ref()).map(|dialog| dialog.clone());
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
        match (wish.aim, read::sdp(message)) {
            (Aim::Refresh | Aim::Target, Some(body)) => {
                self.tell(core, Event::Refreshed { call: self.id, body });
            }
            (_, body) => self.tell_modified(core, wish, Ok(body)),
        }
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
            408 | 481 if wish.aim != Aim::Target && !self.emergency => {
                return self.lost(core, now, message);
            }
            491 if again => {
                // RFC 3261 §14.1: the side that owns the Call-ID waits longer.
                let (low, high) = if self.placed { (2100, 4000) } else { (0, 2000) };
                let slots = core.chance.below((high - low) / 10 + 1);
                let wait = Duration::from_millis(low + slots * 10);
                return self.wait(now, wait, wish);
            }
            500..600 if again && message.header(Name::RetryAfter).is_some() => {
                let wait = retry_after(message).unwrap_or(SHORTEST_WAIT);
                if wait <= LONGEST_WAIT {
                    return self.wait(now, wait, wish);
                }
            }
            422 if again => {
                let before = self.session.map(|session| session.interval).or(self.interval);
                if let Some(raised) = session_timer::raise(before, message.number(Name::MinSe)) {
                    self.interval = Some(raised);
                    self.min_se = raised;
                    return self.wait(now, Duration::ZERO, wish);
                }
            }
            405 | 501 if again && wish.aim != Aim::Reinvite && self.takes_update => {
                self.takes_update = false;
                return self.wait(now, Duration::ZERO, wish);
            }
            _ => {}
        }
        if wish.aim == Aim::Refresh {
            self.refresh_later(now);
        }
        if wish.aim == Aim::Target {
            self.target_unknown(now, Some(code));
        }
        self.tell_modified(core, &wish, Err((code, message.reason().into_owned())));
    }

    /// Puts a change off, but never past half of what the session has left: it may be a refresh, or
    /// one may wait for it.
    fn wait(&mut self, now: Duration, wait: Duration, wish: Wish) {
        self.change = Change::Waiting(wish);
        let left = self.timers.at(Timer::SessionExpired).map(|expires| expires.saturating_sub(now));
        let wait = left.map_or(wait, |left| wait.min(left / 2));
        self.timers.set(Timer::Glare, now + wait);
    }

    /// Our re-INVITE or UPDATE got no response: the dialog is gone (RFC 3261 §12.2.1.2). The sound
    /// may go on all the same: of an emergency call a person decides.
    pub(super) fn change_failed(
        &mut self,
        core: &mut Core,
        now: Duration,
        id: SendingId,
        failure: Failure,
    ) {
        let Some(Running { wish, .. }) = self.take_running(id) else { return };
        if wish.aim == Aim::Refresh {
            self.refresh_later(now);
        }
        if wish.aim == Aim::Target {
            self.target_unknown(now, None);
            return self.next_change(core, now);
        }
        self.tell_modified(core, &wish, Err((408, "Request Timeout".into())));
        if failure == Failure::TimedOut && !self.emergency {
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
        if !matches!(wish.aim, Aim::Refresh | Aim::Target) {
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
        let ours = up.accept.is_some() || up.owes_an_answer();
        if self.theirs.is_some() {
            return self.not_now(core, now, server, flow, &request);
        }
        if ours || matches!(self.change, Change::Running(_)) {
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
