//! A trunk of ours: where it is, whom it trusts, and how it sees us.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{Account, AccountId, answers::Answers, flows::Flows};
use crate::{
    locate::{Ask, Located, Locator, Memory},
    message::Method,
    registration::{Registration, Settings},
    transport::{Flow, FlowId, Target, Transport},
};

mod requests;

/// Addresses of one trunk that are trusted. DNS gives at most 64 at a time; the oldest look-ups are
/// forgotten by starting anew.
const MAX_TRUSTED: usize = 256;

/// An account with all that is known of its trunk.
#[derive(Debug)]
pub(crate) struct Trunk {
    pub(crate) id: AccountId,
    pub(crate) account: Account,
    pub(crate) registration: Registration,
    /// Digest challenges met and answered.
    pub(crate) answers: Answers,
    /// The owner has forgotten it; it goes when its registration is given back.
    pub(crate) removed: bool,
    /// Call-ID and From-tag of all its REGISTER requests (RFC 3261 §10.2).
    pub(crate) call_id: String,
    pub(crate) tag: String,
    located: Option<(Vec<Target>, Option<Duration>)>,
    /// The place that holds the registration.
    registrar: Option<Target>,
    /// The places before it that were not tried because they had failed.
    passed_over: Vec<Target>,
    /// When the first of those has rested for long enough.
    pub(crate) return_at: Option<Duration>,
    /// Look-ups under way, and when the next one is due.
    pub(crate) locators: Vec<Locator>,
    pub(crate) look_at: Option<Duration>,
    trusted: BTreeSet<IpAddr>,
    /// Addresses came in or went since they were told.
    trust_changed: bool,
    /// The flow on which the trunk saw us at another address than our own, and that address.
    pub(crate) learnt: Option<(FlowId, SocketAddr)>,
}

impl Trunk {
    pub(crate) fn new(id: AccountId, account: Account, call_id: String, tag: String) -> Self {
        let settings = Settings {
            expires: account.expires,
            gin: account.gin,
            keep_alive: account.keep_alive,
            keep_alive_every: account.keep_alive_every,
        };
        Self {
            registration: Registration::new(settings),
            answers: Answers::new(&account),
            id,
            account,
            removed: false,
            call_id,
            tag,
            located: None,
            registrar: None,
            passed_over: Vec::new(),
            return_at: None,
            locators: Vec::new(),
            look_at: None,
            trusted: BTreeSet::new(),
            trust_changed: false,
            learnt: None,
        }
    }

    /// Goes on where the account of the same name left off. The registrar knows us by this Call-ID
    /// and this row of numbers.
    pub(crate) fn inherit(&mut self, before: Self) {
        let place = |account: &Account| {
            (account.domain.clone(), account.registrar.clone(), account.proxy.clone())
        };
        let same = place(&self.account) == place(&before.account);
        (self.call_id, self.tag) = (before.call_id, before.tag);
        if same {
            self.trust_changed = !before.trusted.is_empty();
            self.trusted = before.trusted;
            self.answers.inherit(before.answers);
        }
    }

    /// Host and port that all requests outside a dialog go to.
    fn edge(&self) -> (&str, Option<u16>) {
        let named = self.account.proxy.as_ref().or(self.account.registrar.as_ref());
        match named {
            Some((host, port)) => (host, *port),
            None => (&self.account.domain, self.account.port),
        }
    }

    /// A place that is reached on the trunk's behalf.
    pub(crate) fn target(&self, transport: Transport, remote: SocketAddr) -> Target {
        Target { transport, remote, domain: self.account.domain.clone(), account: self.id }
    }

    /// What RFC 3263 is asked to find the trunk.
    pub(crate) fn ask(&self) -> Ask {
        let (host, port) = self.edge();
        self.ask_for(host, port)
    }

    fn ask_for(&self, host: &str, port: Option<u16>) -> Ask {
        let account = (self.account.domain.as_str(), self.id);
        Ask::for_trunk((host, port), self.account.transport, account)
    }

    /// What is looked up for the sake of trust alone. A REGISTER finds the trunk by itself; without
    /// one all hosts that the account names may call.
    pub(crate) fn asks(&self) -> Vec<Ask> {
        let account = &self.account;
        let domain = (!account.register).then_some((account.domain.as_str(), account.port));
        let named = account.registrar.iter().chain(&account.proxy);
        let named = named.map(|(host, port)| (host.as_str(), *port));
        let mut hosts: Vec<_> = domain.into_iter().chain(named).collect();
        hosts.retain(|host| !account.register || *host != self.edge());
        hosts.dedup();
        hosts.into_iter().map(|(host, port)| self.ask_for(host, port)).collect()
    }

    /// Requests from these places are heard.
    pub(crate) fn trust(&mut self, targets: &[Target]) {
        if self.trusted.len() + targets.len() > MAX_TRUSTED {
            self.trusted.clear();
        }
        for target in targets {
            self.trust_changed |= self.trusted.insert(target.remote.ip());
        }
    }

    /// All trusted addresses, where they are others than those told before.
    pub(crate) fn newly_trusted(&mut self) -> Option<Vec<IpAddr>> {
        let changed = std::mem::take(&mut self.trust_changed);
        changed.then(|| self.trusted.iter().copied().collect())
    }

    /// The trunk was found; its addresses are trusted from here on.
    pub(crate) fn located(&mut self, now: Duration, located: Located) {
        self.trust(&located.targets);
        self.located = Some((located.targets, located.valid_for.map(|time| now + time)));
    }

    /// The places to try while the last look-up is valid, first the one that we are registered at.
    /// A REGISTER first asks those that were passed over for it: that is the way back.
    pub(crate) fn targets(
        &self,
        now: Duration,
        flows: &Flows,
        method: &Method,
    ) -> Option<Vec<Target>> {
        let (targets, until) = self.located.as_ref()?;
        if until.is_some_and(|until| until <= now) {
            return None;
        }
        let better = self.passed_over.iter().filter(|target| targets.contains(target));
        let better = better.filter(|_| *method == Method::Register);
        let here = self.registrar.iter().filter(|target| flows.to(target).is_some());
        let mut order: Vec<Target> = Vec::new();
        for target in better.chain(here).chain(targets) {
            if !order.contains(target) {
                order.push(target.clone());
            }
        }
        Some(order)
    }

    /// `target` holds the registration. The places before it that rest are asked again when their
    /// time is over, so that a server that returns has its phones back. Which of several servers of
    /// equal rank comes first is drawn by lot at each look-up: a place that has not failed is no
    /// reason to move.
    pub(crate) fn registered_at(&mut self, now: Duration, target: Target, memory: &Memory) {
        let located = self.located.as_ref().map_or(&[][..], |(targets, _)| targets);
        let before = located.iter().take_while(|place| **place != target);
        let failed = before.filter(|place| {
            memory.rests_until(now, place).is_some() || self.passed_over.contains(place)
        });
        self.passed_over = failed.cloned().collect();
        let rests = |place: &Target| memory.rests_until(now, place).unwrap_or(now);
        self.return_at = self.passed_over.iter().map(rests).min();
        self.registrar = Some(target);
    }

    /// When the next REGISTER is due: a refresh, another try, or the way back to a better place.
    pub(crate) fn registers_at(&self) -> Option<Duration> {
        self.registration.registers_at(self.return_at)
    }

    /// The places of the last look-up, valid or not.
    pub(crate) fn stale_targets(&self) -> Option<&[Target]> {
        self.located.as_ref().map(|(targets, _)| targets.as_slice())
    }

    /// None of the places could be reached: the next request asks DNS again.
    pub(crate) fn expire_targets(&mut self) {
        if let Some((_, until @ Some(_))) = &mut self.located {
            *until = Some(Duration::ZERO);
        }
    }

    /// Our address as the far end sees it on `flow`, where that is not our own.
    pub(crate) fn public(&self, flow: &Flow) -> Option<SocketAddr> {
        let learnt = self.learnt.filter(|(id, _)| *id == flow.id).map(|(_, address)| address);
        // Nothing is translated on the way: the far end saw the port that the stream left from.
        let ours = |seen: &SocketAddr| flow.listens.is_some() && seen.ip() == flow.local.ip();
        self.account.public_address.or(learnt.filter(|seen| !ours(seen)))
    }

    /// True where requests from the far end of `flow` are heard (with registration: registrar,
    /// proxy and the registered flow; without: the trunk's addresses; always: the allow list).
    pub(crate) fn trusts(&self, flow: &Flow) -> bool {
        let registered = self.registration.flow();
        let ip = flow.remote.ip().to_canonical();
        self.trusted.contains(&flow.remote.ip())
            || self.trusted.contains(&ip)
            || registered.is_some_and(|ours| ours.is_same(flow))
            || self
                .account
                .allow
                .iter()
                .any(|(net, prefix)| within(ip, net.to_canonical(), *prefix))
    }

    /// True where a Request-URI user is ours.
    pub(crate) fn is_called(&self, user: &str) -> bool {
        self.account.user == user
    }

    /// True once a removed account may be forgotten.
    pub(crate) fn is_gone(&self) -> bool {
        self.removed && self.registration.is_idle() && !self.registration.is_registered()
    }
}

/// True where `ip` lies in the network.
fn within(ip: IpAddr, net: IpAddr, prefix: u8) -> bool {
    let same = |a: u128, b: u128, bits: u32| {
        let shift = bits.saturating_sub(prefix.into());
        shift >= 128 || a.checked_shr(shift) == b.checked_shr(shift)
    };
    match (ip, net) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

#[cfg(test)]
mod tests;
