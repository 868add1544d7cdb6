//! Accounts at work: added, registered, kept alive, seen from outside, given back.

use std::{net::SocketAddr, time::Duration};

use super::{
    Account, AccountId, Event, Output,
    core::{Core, Heard, Owner},
    draft::Draft,
    schedule::Due,
    sending::{Failure, REST, To, Trust},
    trunk::Trunk,
};
use crate::{
    message::{Message, Method},
    registration::{Task, retry_after},
    transport::{Flow, FlowId, TransportError},
};

impl Core {
    /// Adds or replaces an account.
    pub(crate) fn add_account(&mut self, now: Duration, id: AccountId, account: Account) {
        let call_id = self.chance.token(12);
        let tag = self.chance.tag();
        let mut trunk = Trunk::new(id, account, call_id, tag);
        if let Some(before) = self.accounts.remove(&id) {
            trunk.inherit(before);
        }
        self.accounts.insert(id, trunk);
        self.tell_trust(id);
        self.look_up(now, id);
        self.settle_account(now, id);
    }

    /// Tells where the trunk is, so that the network does not take it for a stranger.
    pub(crate) fn tell_trust(&mut self, id: AccountId) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
        if let Some(addresses) = trunk.newly_trusted() {
            self.out.push_back(Output::Trust(id, addresses));
        }
    }

    /// Forgets an account once its registration is given back.
    pub(crate) fn remove_account(&mut self, now: Duration, id: AccountId) {
        if let Some(trunk) = self.accounts.get_mut(&id) {
            trunk.removed = true;
        }
        self.unregister(now, id);
    }

    /// Registers.
    pub(crate) fn register(&mut self, now: Duration, id: AccountId) {
        if let Some(trunk) = self.accounts.get_mut(&id)
            && trunk.account.register
        {
            trunk.registration.start(now);
        }
        self.settle_account(now, id);
    }

    /// Gives the registration back.
    pub(crate) fn unregister(&mut self, now: Duration, id: AccountId) {
        if let Some(trunk) = self.accounts.get_mut(&id) {
            trunk.registration.stop(now);
        }
        self.settle_account(now, id);
    }

    /// Does what the registration asks for, and notes when it wants to be woken.
    pub(crate) fn settle_account(&mut self, now: Duration, id: AccountId) {
        while let Some(task) = self.accounts.get_mut(&id).and_then(|t| t.registration.poll()) {
            self.task(now, id, task);
        }
        let Some(trunk) = self.accounts.get(&id) else { return };
        let others = trunk.look_at.into_iter().chain(trunk.return_at);
        let wake = trunk.registration.wake_at().into_iter().chain(others).min();
        self.schedule.set(Due::Account(id), wake);
    }

    /// A time has come that the account waits for.
    pub(crate) fn account_due(&mut self, now: Duration, id: AccountId) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
        if trunk.return_at.take_if(|at| *at <= now).is_some() {
            trunk.registration.renew(now);
        }
        trunk.registration.wake(now, &mut self.chance);
        if trunk.look_at.take_if(|at| *at <= now).is_some() {
            self.look_up(now, id);
        }
        self.settle_account(now, id);
    }

    fn task(&mut self, now: Duration, id: AccountId, task: Task) {
        let Some(trunk) = self.accounts.get(&id) else { return };
        match task {
            Task::Close(flow) => {
                self.flows.lost(flow, &TransportError::Closed);
                self.out.push_back(Output::Close(flow));
            }
            Task::Bindings(flow) => {
                let mut draft = trunk.bindings();
                draft.call_id = self.chance.token(12);
                self.keep_alive(now, id, flow, draft);
            }
            Task::Options(flow) => {
                let (call_id, tag) = (self.chance.token(12), self.chance.tag());
                let draft = trunk.draft(Method::Options, &trunk.domain_uri(), &call_id, &tag);
                self.keep_alive(now, id, flow, draft);
            }
            Task::Ping(flow) => {
                let ping: &'static [u8] =
                    if flow.transport.is_reliable() { b"\r\n\r\n" } else { b"\r\n" };
                let bytes = bytes::Bytes::from_static(ping);
                let (account, remote) = (Some(id), flow.remote);
                self.out.push_back(Output::Send { account, flow: flow.id, remote, bytes });
            }
            Task::Register { expires } => {
                let mut draft = trunk.register(expires);
                draft.cseq = self.number(Owner::Registration(id));
                let owner = (Owner::Registration(id), id);
                self.send(now, owner, Trust::Trunk, draft, To::Trunk);
            }
            Task::Tell(status) => self.tell(Event::Registration(id, status)),
        }
    }

    /// The registrar has answered. True where the account is registered on another flow by that.
    pub(crate) fn registrar_answered(
        &mut self,
        now: Duration,
        id: AccountId,
        heard: &Heard,
    ) -> bool {
        let Some(trunk) = self.accounts.get_mut(&id) else { return false };
        let before = trunk.registration.flow().map(|flow| flow.id);
        let contact = heard.contact.as_deref().unwrap_or_default();
        let code = heard.message.status().unwrap_or_default();
        if code < 200 {
            return false;
        }
        if code < 300 {
            trunk.registered_at(now, heard.target.clone(), &self.memory);
        } else if matches!(code, 408 | 480 | 500..=502 | 504..=599) {
            // It may be this server alone: the next try goes to another one, if there is one.
            let rest = retry_after(&heard.message).unwrap_or(REST);
            self.memory.failed(now, &heard.target, rest);
        }
        let (left, flow) = (heard.left, &heard.flow);
        trunk.registration.answered(now, left, flow, contact, &heard.message, &mut self.chance);
        // The registrar sees us elsewhere than the Contact said: it gets the right one.
        let public = trunk.public(&heard.flow);
        let right = trunk.register(0).contact.map(|contact| contact.value(&heard.flow, public));
        if code < 300 && right.as_deref() != heard.contact.as_deref() {
            trunk.registration.renew(now);
        }
        let after = trunk.registration.flow().map(|flow| flow.id);
        self.settle_account(now, id);
        after.is_some() && after != before
    }

    /// For how long every server of the trunk has asked to be left in peace; `None` where one has
    /// not.
    pub(crate) fn left_in_peace(&self, now: Duration, id: AccountId) -> Option<Duration> {
        let servers = self.accounts.get(&id)?.stale_targets()?;
        let until = self.memory.all_overloaded_until(now, servers)?;
        Some(until.saturating_sub(now))
    }

    /// The registrar was not reached.
    pub(crate) fn registrar_failed(&mut self, now: Duration, id: AccountId, failure: &Failure) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
        trunk.registration.failed(now, failure.to_string(), &mut self.chance);
        self.settle_account(now, id);
    }

    /// Sends a request that keeps the flow of a registration open.
    fn keep_alive(&mut self, now: Duration, id: AccountId, flow: Flow, mut draft: Draft) {
        let Some(trunk) = self.accounts.get(&id) else { return };
        let target = trunk.target(flow.transport, flow.remote);
        let owner = Owner::KeepAlive(id);
        draft.cseq = self.number(owner);
        self.send(now, (owner, id), Trust::Trunk, draft, To::Target(target));
    }

    /// Such a request was answered, or will not be.
    pub(crate) fn keep_alive_answered(
        &mut self,
        now: Duration,
        id: AccountId,
        heard: Option<&Heard>,
    ) {
        let answer = heard.map(|heard| (&heard.flow, &*heard.message));
        if let Some(trunk) = self.accounts.get_mut(&id)
            && answer.and_then(|(_, message)| message.status()).is_none_or(|code| code >= 200)
        {
            trunk.registration.kept_alive(now, answer);
        }
        self.settle_account(now, id);
    }

    /// The registrars of those accounts that stand on such a flow may not know us any more.
    pub(crate) fn register_anew(&mut self, now: Duration, on: impl Fn(Option<&Flow>) -> bool) {
        let accounts = self.accounts.iter();
        let lost = accounts.filter(|(_, trunk)| on(trunk.registration.flow()));
        let ids: Vec<_> = lost.map(|(id, _)| *id).collect();
        for id in ids {
            if let Some(trunk) = self.accounts.get_mut(&id) {
                trunk.registration.renew_at_once(now);
            }
            self.settle_account(now, id);
        }
    }

    /// A pong came in.
    pub(crate) fn pong(&mut self, flow: FlowId) {
        for trunk in self.accounts.values_mut() {
            trunk.registration.pong(flow);
        }
    }

    /// A flow is lost, or a keep-alive on it found nobody: registrations that stand on it are made
    /// anew.
    pub(crate) fn accounts_lost(&mut self, now: Duration, flow: FlowId, error: &TransportError) {
        let ids: Vec<_> = self.accounts.keys().copied().collect();
        for id in ids {
            if let Some(trunk) = self.accounts.get_mut(&id) {
                trunk.registration.flow_lost(now, flow, error.remote());
            }
            self.settle_account(now, id);
        }
    }

    /// Learns from our own Via how the far end sees us (RFC 3581 §4).
    pub(crate) fn learn_address(&mut self, id: AccountId, flow: &Flow, response: &Message) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
        let Some(via) = response.top_via() else { return };
        let (ip, port) = (via.received(), via.rport().flatten());
        if !trunk.account.learn_address || ip.is_none() && port.is_none() {
            return;
        }
        let ip = ip.unwrap_or_else(|| flow.local.ip());
        let seen = SocketAddr::new(ip, port.unwrap_or_else(|| flow.local.port()));
        if trunk.learnt == Some((flow.id, seen)) {
            return;
        }
        trunk.learnt = Some((flow.id, seen));
        self.tell(Event::PublicAddress(id, flow.local, seen));
    }
}
