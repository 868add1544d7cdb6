//! The front of the signalling user agent: [`Agent`].
//!
//! > After every `handle`, call `poll` until it returns `None`; then sleep until `wake_at`, and
//! > call `handle(now, Input::Wake)` when it has passed.
//!
//! ```
//! use std::time::Duration;
//!
//! use bytes::Bytes;
//! use milliwatt_sip::agent::{AccountId, Agent, CallId, Command, Dial, Event, Input, Limits, Output};
//!
//! // The seed comes from the system's source of chance, the time from a monotonic clock.
//! let mut agent = Agent::new([7; 32], Limits::default());
//! let dial = Dial { to: "9000".into(), offer: Some(Bytes::from("v=0\r\n")), ..Dial::default() };
//! let call = Command::Dial(CallId(1), AccountId(1), Box::new(dial));
//! agent.handle(Duration::from_secs(5), Input::Command(call));
//! while let Some(output) = agent.poll() {
//!     match output {
//!         // No such account: the call has ended before it began.
//!         Output::Event(event) => assert!(matches!(*event, Event::Ended { .. })),
//!         other => unreachable!("{other:?}"),
//!     }
//! }
//! assert_eq!(agent.wake_at(), None);
//! ```
//!
//! ```text
//!   wire ──> receive ──> transaction::Layer ──> call, requests, accounts
//!                │  (strangers hear nothing,            │
//!                │   uas refuses by RFC 3261 §8.2)      v
//!   wire <── transaction::Layer <── route <── sending (one request: located, sent,
//!                                             challenged, on to the next target)
//! ```

mod accounts;
mod answers;
mod api;
mod challenge;
pub(crate) mod core;
pub(crate) mod draft;
mod flows;
mod lookup;
mod reach;
pub(crate) mod read;
mod receive;
mod requests;
mod route;
mod schedule;
pub(crate) mod sending;
mod strangers;
mod trunk;
mod uas;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

pub use self::api::*;
use self::{
    core::{Core, Owner, Report},
    requests::Question,
    schedule::Due,
    sending::Failure,
    trunk::Trunk,
};
use crate::{
    call::{Aim, Call, Wish},
    transaction::{self, Action, By, Counters, ServerId},
    transport::{FlowId, TransportError},
};

/// How long a shutdown waits for far ends that do not answer.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);
/// The same where nobody ever said a word: there is nothing to give back, unless an answer is on its way.
const UNHEARD_LIMIT: Duration = Duration::from_secs(1);

/// Bounds on what the agent holds, whatever comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls at a time, both directions; an INVITE beyond them gets 486 Busy Here.
    pub calls: usize,
    /// Server transactions.
    pub transactions: transaction::Limits,
    /// Timers T1, T2 and T4.
    pub timers: transaction::Timers,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: 4096,
            transactions: transaction::Limits::default(),
            timers: transaction::Timers::default(),
        }
    }
}

/// A SIP user agent of any number of accounts and calls, without a socket and without a clock.
#[derive(Debug)]
pub struct Agent {
    core: Core,
    calls: BTreeMap<CallId, Call>,
    /// Calls by Call-ID and our tag.
    dialogs: HashMap<(String, String), CallId>,
    /// Calls by the INVITE transaction that made them.
    invites: BTreeMap<ServerId, CallId>,
    /// Somebody answered a request of ours.
    was_answered: bool,
    shutting_down: bool,
}

impl Agent {
    /// Makes an agent whose chance comes from `seed` alone.
    pub fn new(seed: [u8; 32], limits: Limits) -> Self {
        Self {
            core: Core::new(seed, limits),
            calls: BTreeMap::new(),
            dialogs: HashMap::new(),
            invites: BTreeMap::new(),
            was_answered: false,
            shutting_down: false,
        }
    }

    /// Tells the agent that something happened at `now`, the time since an epoch of the owner's.
    /// `now` never goes back.
    pub fn handle(&mut self, now: Duration, input: Input<'_>) {
        match input {
            Input::Command(command) => self.command(now, command),
            Input::Received { flow, bytes } => self.received(now, flow, bytes),
            Input::Pong(flow) => self.core.pong(flow),
            Input::Resolved(query, result) => self.core.resolved(now, query, result),
            Input::Opened(open, flow) => self.core.opened(now, open, flow),
            Input::OpenFailed(open, error) => self.core.open_failed(now, open, error),
            Input::FlowLost(flow, error) => self.flow_lost(now, flow, error),
            Input::Moved(from) => {
                self.core.register_anew(now, |flow| flow.is_none_or(|f| f.local.ip() == from));
            }
            Input::Slept => self.slept(now),
            Input::Wake => self.wake(now),
        }
        self.settle(now);
        if self.core.accounts.values().any(Trunk::is_gone) {
            self.forget_accounts();
        }
    }

    /// The next thing that the agent wants done; `None` when it waits.
    pub fn poll(&mut self) -> Option<Output> {
        self.core.out.pop_front()
    }

    /// A Call-ID for `Dial::call_id`.
    pub fn draw_call_id(&mut self) -> String {
        self.core.chance.call_id()
    }

    /// What was repeated or refused on the wire so far.
    pub fn counters(&self) -> Counters {
        self.core.layer.counters()
    }

    /// When the next REGISTER of an account is due, a refresh or another try; `None` where one is
    /// under way or none is wanted.
    pub fn registers_at(&self, account: AccountId) -> Option<Duration> {
        self.core.accounts.get(&account)?.registers_at()
    }

    /// When `handle(now, Input::Wake)` is due, if at all.
    pub fn wake_at(&self) -> Option<Duration> {
        self.core.schedule.next().into_iter().chain(self.core.layer.wake_at()).min()
    }

    fn command(&mut self, now: Duration, command: Command) {
        match command {
            Command::AddAccount(id, account) => self.core.add_account(now, id, *account),
            Command::RemoveAccount(id) => self.core.remove_account(now, id),
            Command::Register(id) => self.core.register(now, id),
            Command::Unregister(id) => self.core.unregister(now, id),
            Command::Dial(id, account, dial) => self.dial(now, id, account, *dial),
            Command::Ring { call, code, body } => {
                self.with_call(Some(call), |call, core| call.ring(core, now, code, body));
            }
            Command::Answer { call, body } => {
                self.with_call(Some(call), |call, core| call.answer(core, now, body));
            }
            Command::Reject { call, code, reason, headers } => {
                self.with_call(Some(call), |call, core| {
                    call.reject(core, now, code, reason, headers);
                });
            }
            Command::Hangup { call, cause } => {
                self.with_call(Some(call), |call, core| call.hang_up(core, now, cause));
            }
            Command::Follow { call, agreed } => {
                self.with_call(Some(call), |call, core| call.follow(core, now, agreed));
            }
            Command::Modify { call, offer, update } => {
                let aim = if update { Aim::Update } else { Aim::Reinvite };
                let wish = Wish::new(aim, offer);
                self.with_call(Some(call), |call, core| call.wish(core, now, wish));
            }
            Command::AnswerOffer { call, body } => {
                self.with_call(Some(call), |call, core| call.answer_offer(core, now, body));
            }
            Command::AnswerLate { call, tag, body } => {
                self.with_call(Some(call), |call, core| {
                    call.answer_late(core, now, tag.as_ref(), body);
                });
            }
            Command::FreshOffer { call, offer } => {
                self.with_call(Some(call), |call, core| call.fresh_offer(core, now, offer));
            }
            Command::Offer { call, local, body } => {
                self.with_call(Some(call), |call, core| call.offer_again(core, now, local, body));
            }
            Command::Info { call, content_type, body } => {
                self.with_call(Some(call), |call, core| call.info(core, now, content_type, body));
            }
            Command::Request { id, account, method, uri, headers, body, target } => {
                let question = Question { method, uri, headers, body, target };
                self.core.ask(now, id, account, question);
            }
            Command::Shutdown => self.shut_down(now),
        }
    }

    fn dial(&mut self, now: Duration, id: CallId, account: AccountId, dial: Dial) {
        if self.calls.contains_key(&id) {
            return;
        }
        let rest = self.core.left_in_peace(now, account).filter(|_| dial.unattended);
        if let Some(rest) = rest {
            let wait = rest.as_millis().div_ceil(1000);
            return self.core.tell(Event::Ended {
                call: id,
                ending: Ending::Rejected,
                by: EndedBy::Local,
                code: 503,
                reason: format!("left in peace for {wait} s, as the trunk has asked"),
                cause: None,
                headers: Vec::new(),
            });
        }
        let Some(call) = Call::place(&mut self.core, now, (id, account), dial) else {
            return self.core.tell(Event::Ended {
                call: id,
                ending: Ending::Unresolved(crate::locate::DnsError::NameNotFound(String::new())),
                by: EndedBy::Local,
                code: 0,
                reason: "no such account".into(),
                cause: None,
                headers: Vec::new(),
            });
        };
        self.dialogs.insert((call.call_id.clone(), call.local_tag.clone()), id);
        self.calls.insert(id, call);
        self.settle_call(id);
    }

    fn flow_lost(&mut self, now: Duration, flow: FlowId, error: TransportError) {
        self.core.flow_lost(now, flow, &error);
        self.core.accounts_lost(now, flow, &error);
        self.calls_lost(now, flow);
    }

    fn wake(&mut self, now: Duration) {
        self.core.layer.wake(now);
        while let Some(due) = self.core.schedule.expired(now) {
            match due {
                Due::Account(id) => self.core.account_due(now, id),
                Due::Call(id) => self.with_call(Some(id), |call, core| call.wake(core, now)),
                Due::Sending(id) => self.core.target_silent(now, id),
                Due::Shutdown => self.idle(),
            }
            self.settle(now);
        }
    }

    fn shut_down(&mut self, now: Duration) {
        self.shutting_down = true;
        let limit = if self.was_answered { SHUTDOWN_LIMIT } else { UNHEARD_LIMIT };
        self.core.schedule.set(Due::Shutdown, Some(now + limit));
        let calls: Vec<_> = self.calls.keys().copied().collect();
        for id in calls {
            self.with_call(Some(id), |call, core| call.hang_up(core, now, None));
        }
        let accounts: Vec<_> = self.core.accounts.keys().copied().collect();
        for id in accounts {
            self.core.unregister(now, id);
        }
    }

    fn idle(&mut self) {
        if std::mem::take(&mut self.shutting_down) {
            self.core.schedule.set(Due::Shutdown, None);
            self.core.tell(Event::Idle);
        }
    }

    /// Passes on what the layer and the requests under way have to tell, until all is quiet.
    fn settle(&mut self, now: Duration) {
        loop {
            if let Some(action) = self.core.layer.poll() {
                self.act(now, action);
            } else if let Some(report) = self.core.reports.pop_front() {
                self.report(now, report);
            } else if !self.core.release(now) {
                break;
            }
        }
        if self.shutting_down && self.is_quiet() {
            self.idle();
        }
    }

    /// True when no call, registration or request of the owner's is under way.
    fn is_quiet(&self) -> bool {
        self.core.requests.is_empty()
            && self.calls.values().all(Call::is_quiet)
            && self.core.accounts.values().all(|trunk| trunk.registration.is_idle())
    }

    /// Forgets removed accounts that nothing needs any more.
    fn forget_accounts(&mut self) {
        let gone = self.core.accounts.iter().filter(|(_, trunk)| trunk.is_gone());
        let gone: Vec<_> = gone.map(|(id, _)| *id).collect();
        for id in gone {
            if self.calls.values().all(|call| call.account != id) {
                self.core.accounts.remove(&id);
                self.core.schedule.set(Due::Account(id), None);
                self.core.out.push_back(Output::Gone(id));
            }
        }
    }

    fn act(&mut self, now: Duration, action: Action) {
        match action {
            Action::Send { by, flow, remote, bytes } => {
                let account = self.account_of(by);
                self.core.out.push_back(Output::Send { account, flow, remote, bytes });
            }
            Action::TimedOut(client) => {
                self.core.transaction_failed(now, client, Failure::TimedOut);
            }
            Action::Failed(client, error) => {
                self.core.transaction_failed(now, client, Failure::Unreachable(error));
            }
            Action::ClientEnded(client) => self.core.transaction_ended(client),
            Action::ServerEnded(server) => {
                self.invites.remove(&server);
                self.core.servers.remove(&server);
            }
            Action::Orphaned(server) => {
                let call = self.invites.get(&server).copied();
                self.with_call(call, |call, core| call.orphaned(core, server));
            }
            // A refusal that nobody acknowledged: the call is over all the same.
            Action::NoAck(_) => {}
        }
    }

    /// The account that a transaction is for.
    fn account_of(&self, by: By) -> Option<AccountId> {
        match by {
            By::Client(client) => self.core.account_of(client),
            By::Server(server) => self.core.servers.get(&server).copied(),
            By::Stateless => None,
        }
    }

    fn report(&mut self, now: Duration, report: Report) {
        match report.owner() {
            Owner::Call(id) => self.with_call(Some(id), |call, core| call.heard(core, now, report)),
            Owner::KeepAlive(id) => match report {
                Report::Response { heard, .. } => {
                    self.core.keep_alive_answered(now, id, Some(&heard));
                }
                Report::Failed { .. } => self.core.keep_alive_answered(now, id, None),
                Report::Acked { .. }
                | Report::OfferWanted { .. }
                | Report::Over { .. }
                | Report::Sent { .. } => {}
            },
            Owner::Registration(id) => match report {
                Report::Response { heard, .. } => {
                    if self.core.registrar_answered(now, id, &heard) {
                        self.account_moved(now, id);
                    }
                }
                Report::Failed { failure, .. } => self.core.registrar_failed(now, id, &failure),
                Report::Acked { .. }
                | Report::OfferWanted { .. }
                | Report::Over { .. }
                | Report::Sent { .. } => {}
            },
            Owner::Request(id) => match report {
                Report::Response { heard, .. } => self.core.request_answered(now, id, heard),
                Report::Failed { failure, .. } => self.core.request_failed(id, failure),
                Report::Acked { .. }
                | Report::OfferWanted { .. }
                | Report::Over { .. }
                | Report::Sent { .. } => {}
            },
        }
    }

    /// Lets a call act, and looks after it.
    fn with_call(&mut self, id: Option<CallId>, act: impl FnOnce(&mut Call, &mut Core)) {
        let Some(id) = id else { return };
        let Some(call) = self.calls.get_mut(&id) else { return };
        act(call, &mut self.core);
        self.settle_call(id);
    }

    /// Notes when the call wants to be woken, or forgets it when nothing more can come of it.
    fn settle_call(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        if !call.is_over() {
            return self.core.schedule.set(Due::Call(id), call.wake_at());
        }
        self.core.schedule.set(Due::Call(id), None);
        self.core.forget_numbers(Owner::Call(id));
        let call = self.calls.remove(&id);
        if let Some(call) = call {
            self.dialogs.remove(&(call.call_id, call.local_tag));
        }
    }
}
