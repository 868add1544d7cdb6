//! One call: the INVITE usage of a dialog (RFC 3261 §13 to §15), split by what happens to it.
//!
//! A call is in one [`Stage`] at a time, and what a stage does not hold cannot be acted on: there
//! is no way to answer a call that has ended, or to open a session before the owner's act.

mod answer;
mod bye;
mod cancel;
mod dial;
mod fork;
mod modify;
mod offer;
mod prack;
mod redirect;
mod refresh;
mod reply;
mod session_timer;
mod target;
mod timers;
mod update;
mod within;

use std::{
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
    time::Duration,
};

use bytes::Bytes;

use self::{answer::Accept, session_timer::Running, target::Known};
pub(crate) use self::{
    answer::Alerting,
    dial::Calling,
    fork::Acked,
    modify::{Aim, Change, Wish},
    offer::TheirOffer,
    timers::{Timer, Timers},
};
use crate::{
    agent::{
        AccountId, CallId, EndedBy, Ending, Event, HeaderLine,
        core::{Core, Heard, Owner, Report, SendingId},
        draft::Draft,
        read,
        sending::{Failure, To, Trust},
    },
    dialog::Dialog,
    message::{Message, Method},
    transaction::ServerId,
    transport::Flow,
};

/// How long the owner waits for the far end to confirm the end of a call.
const CONFIRMATION: Duration = Duration::from_secs(2);

/// The Min-SE of a 422, where an INVITE asks for too small an interval (RFC 4028 §9).
pub(crate) fn interval_too_small(invite: &Message, own: Option<u32>) -> Option<u32> {
    match session_timer::decide(&refresh::asked(invite), own) {
        session_timer::Decision::TooSmall(least) => Some(least),
        session_timer::Decision::None | session_timer::Decision::Run { .. } => None,
    }
}

/// Where a call stands.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Our INVITE is out.
    Calling(Box<Calling>),
    /// Their INVITE waits for the owner.
    Alerting(Box<Alerting>),
    /// A 2xx was received or sent.
    Up(Box<Up>),
    /// Our BYE is out, or nothing is left but late responses to an INVITE that is over.
    Leaving(Option<Box<Dialog>>),
}

/// A dialog that is confirmed, or will be by the ACK to our 2xx.
#[derive(Debug)]
pub(crate) struct Up {
    pub(crate) dialog: Dialog,
    /// A 2xx of ours that has not been acknowledged.
    pub(crate) accept: Option<Accept>,
    /// The CSeq number of an INVITE of ours whose 2xx brought an offer: its ACK waits for the
    /// owner's answer.
    pub(crate) late: Option<u32>,
    /// RSeq and CSeq number of a reliable provisional response that the 2xx has overtaken: its
    /// PRACK is still to come (RFC 3262 §3).
    pub(crate) overtaken: Option<(u32, u32)>,
    /// RAck of a PRACK that waits for the owner's answer: the 2xx has overtaken it.
    pub(crate) rack: Option<String>,
    /// A hang-up that must wait for the ACK (RFC 3261 §15), with its Reason.
    pub(crate) hangup: Option<Option<u8>>,
}

impl Up {
    /// An offer that came with a response of theirs waits for the owner's answer.
    fn owes_an_answer(&self) -> bool {
        self.late.is_some() || self.rack.is_some()
    }
}

/// What a request of ours is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Ack,
    Bye,
    Change,
    Info,
    Invite,
    Prack,
    /// BYE to a fork that is one too many.
    Surplus,
}

/// How a call ended, as the owner will hear it.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) ending: Ending,
    pub(crate) by: EndedBy,
    pub(crate) code: u16,
    pub(crate) reason: String,
    pub(crate) cause: Option<u8>,
    pub(crate) headers: Vec<HeaderLine>,
}

impl End {
    /// An end without a message to quote.
    pub(crate) fn new(ending: Ending, by: EndedBy) -> Self {
        let (code, reason) = if ending == Ending::Bye { (200, "OK") } else { (0, "") };
        Self { ending, by, code, reason: reason.into(), cause: None, headers: Vec::new() }
    }

    /// An end that `message` brought.
    pub(crate) fn with(ending: Ending, by: EndedBy, message: &Message) -> Self {
        Self {
            ending,
            by,
            code: message.status().unwrap_or(200),
            reason: match message.status() {
                Some(_) => message.reason().into_owned(),
                None => "OK".into(),
            },
            cause: read::q850(message),
            headers: read::lines(message),
        }
    }
}

/// One call leg.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) account: AccountId,
    /// We placed it: the Call-ID is ours (RFC 3261 §14.1).
    pub(crate) placed: bool,
    /// It does not end because the far end is not found.
    pub(crate) emergency: bool,
    pub(crate) call_id: String,
    pub(crate) local_tag: String,
    /// Our From value, tag included, where we placed it.
    pub(crate) from: String,
    pub(crate) stage: Stage,
    /// Whether challenges within the dialog may be the trunk's.
    pub(crate) trust: Trust,
    /// The flow of the last message; the next request goes there if it still leads there.
    pub(crate) flow: Option<Flow>,
    /// The Contact that the far end has of us.
    known: Option<Known>,
    /// Where our requests went.
    pub(crate) hops: Vec<IpAddr>,
    pub(crate) timers: Timers,
    pub(crate) pending: BTreeMap<SendingId, Purpose>,
    pub(crate) acks: Vec<Acked>,
    /// The session timer.
    pub(crate) session: Option<Running>,
    /// The interval to ask for; raised by a 422.
    pub(crate) interval: Option<u32>,
    /// The smallest interval that the far end takes, as far as we know.
    pub(crate) min_se: u32,
    /// An offer of ours within the dialog.
    pub(crate) change: Change,
    pub(crate) wishes: VecDeque<Wish>,
    /// An offer of theirs that waits for the owner.
    pub(crate) theirs: Option<TheirOffer>,
    /// The far end takes UPDATE.
    pub(crate) takes_update: bool,
    /// The last session description that we sent.
    pub(crate) described: Option<Bytes>,
    /// The end that is not confirmed yet; `None` when there is none, or it was told.
    pub(crate) end: Option<End>,
    pub(crate) told: bool,
}

impl Call {
    fn new(
        id: CallId,
        account: AccountId,
        placed: bool,
        call_id: String,
        tag: String,
        stage: Stage,
    ) -> Self {
        Self {
            id,
            account,
            placed,
            emergency: false,
            call_id,
            local_tag: tag,
            from: String::new(),
            stage,
            trust: Trust::Dialog,
            flow: None,
            known: None,
            hops: Vec::new(),
            timers: Timers::default(),
            pending: BTreeMap::new(),
            acks: Vec::new(),
            session: None,
            interval: None,
            min_se: session_timer::MIN_SE,
            change: Change::Idle,
            wishes: VecDeque::new(),
            theirs: None,
            takes_update: false,
            described: None,
            end: None,
            told: false,
        }
    }

    /// True when nothing more can come of it and it may be forgotten.
    pub(crate) fn is_over(&self) -> bool {
        self.told && self.pending.is_empty() && !matches!(self.stage, Stage::Up(_))
    }

    /// True when nothing is left of it but late responses to its INVITEs. What was asked of a session
    /// that is over needs no answer.
    pub(crate) fn is_quiet(&self) -> bool {
        let late =
            |purpose: &Purpose| matches!(purpose, Purpose::Invite | Purpose::Ack | Purpose::Change);
        self.told && self.pending.values().all(late)
    }

    /// The stream that an INVITE came in on is gone before its answer.
    pub(crate) fn orphaned(&mut self, core: &mut Core, server: ServerId) {
        let Stage::Alerting(alerting) = &self.stage else { return };
        if alerting.server == server {
            core.answer_elsewhere(server, self.account, &alerting.flow, &alerting.invite);
        }
    }

    /// True while it counts as a call for the owner.
    pub(crate) fn is_live(&self) -> bool {
        !self.told
    }

    /// The instant of its next timer.
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// Hears how a request of its own fared.
    pub(crate) fn heard(&mut self, core: &mut Core, now: Duration, report: Report) {
        match report {
            Report::Sent { id, flow, .. } => {
                self.went_to(flow.remote.ip());
                self.sent(core, id, flow);
            }
            Report::OfferWanted { flow, .. } => {
                self.tell(core, Event::OfferWanted { call: self.id, flow });
            }
            Report::Acked { id, flow, bytes, .. } => {
                self.went_to(flow.remote.ip());
                self.acked(id, flow, bytes);
            }
            Report::Over { id, .. } => {
                self.pending.remove(&id);
            }
            Report::Response { id, heard, .. } => {
                self.flow = Some(heard.flow);
                self.took_contact(&heard);
                self.response(core, now, id, &heard.message);
            }
            Report::Failed { id, failure, .. } => self.failed(core, now, id, failure),
        }
    }

    /// A 2xx to a request that carried our Contact: the far end has it.
    fn took_contact(&mut self, heard: &Heard) {
        let taken = heard.message.status().is_some_and(|code| (200..300).contains(&code));
        if let Some(contact) = heard.contact.clone().filter(|_| taken) {
            self.known = Some(Known::new(heard.flow, contact));
        }
    }

    fn sent(&mut self, core: &mut Core, id: SendingId, flow: Flow) {
        if self.pending.get(&id) == Some(&Purpose::Invite) {
            self.flow = Some(flow);
            self.tell(
                core,
                Event::InviteSent { call: self.id, call_id: self.call_id.clone(), flow },
            );
        }
    }

    fn response(&mut self, core: &mut Core, now: Duration, id: SendingId, message: &Message) {
        let Some(code) = message.status() else { return };
        match self.pending.get(&id) {
            Some(Purpose::Invite) => self.invite_response(core, now, id, message),
            Some(Purpose::Change) if code >= 200 => self.changed(core, now, id, message),
            Some(Purpose::Prack) if code >= 200 => self.prack_response(core, now, message),
            Some(Purpose::Info) if matches!(code, 408 | 481) => self.lost(core, now, message),
            Some(Purpose::Bye) if code >= 200 => self.confirm_end(core),
            _ => {}
        }
    }

    fn failed(&mut self, core: &mut Core, now: Duration, id: SendingId, failure: Failure) {
        match self.pending.get(&id) {
            Some(Purpose::Invite) => self.invite_failed(core, now, id, failure),
            Some(Purpose::Change) => self.change_failed(core, now, id, failure),
            Some(Purpose::Bye) => self.confirm_end(core),
            Some(Purpose::Ack | Purpose::Info | Purpose::Prack | Purpose::Surplus) | None => {}
        }
    }

    /// Lets the timers go off that are due.
    pub(crate) fn wake(&mut self, core: &mut Core, now: Duration) {
        while let Some(timer) = self.timers.expired(now) {
            match timer {
                Timer::AcceptAgain => self.accept_again(core, now),
                Timer::AcceptGiveUp => self.accept_given_up(core, now),
                Timer::EndUnconfirmed => self.confirm_end(core),
                Timer::Glare => self.next_change(core, now),
                Timer::OfferUnanswered => self.offer_unanswered(core, now),
                Timer::ProvisionalAgain => self.provisional_again(core, now),
                Timer::ReliableAgain => self.reliable_again(core, now),
                Timer::ReliableGiveUp => self.reliable_given_up(core, now),
                Timer::RingTimeout => self.ring_timeout(core, now),
                Timer::SessionRefresh => self.refresh(core, now),
                Timer::SessionExpired => self.session_expired(core, now),
                Timer::TargetRefresh => self.refresh_target(core, now),
            }
        }
    }

    /// Tells the owner, who hears nothing of a call after its end.
    fn tell(&self, core: &mut Core, event: Event) {
        if !self.told {
            core.tell(event);
        }
    }

    /// A draft of a request within `dialog`, and where it goes.
    fn within(&self, core: &mut Core, dialog: &Dialog, method: Method) -> (Draft, To) {
        let course = dialog.course();
        // ACK has the number of its INVITE.
        let cseq = if method == Method::Ack { 0 } else { core.number(Owner::Call(self.id)) };
        let draft = Draft {
            method,
            uri: course.uri,
            route: course.route,
            from: dialog.local.clone(),
            to: dialog.remote.clone(),
            call_id: dialog.call_id.clone(),
            cseq,
            contact: None,
            headers: Vec::new(),
            instead: Vec::new(),
            local: None,
            body: None,
            credentials: Vec::new(),
        };
        (draft, To::Hop { uri: course.next_hop, flow: self.flow })
    }

    /// Sends a request within a dialog.
    fn send(
        &mut self,
        core: &mut Core,
        now: Duration,
        purpose: Purpose,
        draft: Draft,
        to: To,
    ) -> SendingId {
        let id = core.send(now, (Owner::Call(self.id), self.account), self.trust, draft, to);
        self.pending.insert(id, purpose);
        id
    }

    /// The call is over; `end` is told at once.
    fn finish(&mut self, core: &mut Core, now: Duration, end: End) {
        self.drop_offers(core, now);
        self.give_up_changes(core, now);
        self.end = Some(end);
        self.stage = Stage::Leaving(None);
        self.confirm_end(core);
    }

    /// A re-INVITE that was not answered before the end need not be answered at all.
    fn give_up_changes(&self, core: &mut Core, now: Duration) {
        for (id, _) in self.pending.iter().filter(|(_, purpose)| **purpose == Purpose::Change) {
            core.give_up(now, *id);
        }
    }

    /// The far end knows, or will not tell in time: the owner hears of the end.
    fn confirm_end(&mut self, core: &mut Core) {
        // What is still to be said to the far end goes on, a 2xx that lacks its ACK among it.
        match &self.stage {
            Stage::Up(_) => self.timers.stop(Timer::EndUnconfirmed),
            Stage::Alerting(_) | Stage::Calling(_) | Stage::Leaving(_) => self.timers.stop_all(),
        }
        let Some(end) = self.end.take().filter(|_| !self.told) else { return };
        self.told = true;
        core.tell(Event::Ended {
            call: self.id,
            ending: end.ending,
            by: end.by,
            code: end.code,
            reason: end.reason,
            cause: end.cause,
            headers: end.headers,
        });
    }
}
