//! A trunk of ours: where it is, whom it trusts, how it sees us, and its registration.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{
    Account, AccountId, Dial, Event, Output,
    challenge::Answers,
    core::{Core, Heard, Owner},
    draft::{Contact, Draft, transport_param},
    flows::Flows,
    route::Asker,
    schedule::Due,
    sending::{Failure, To, Trust},
};
use crate::{
    identity::{self, Caller},
    locate::{Ask, DnsError, Located, Locator, Question, Record, Step},
    message::{Message, Method},
    registration::{Registration, Settings, Task},
    transport::{Flow, FlowId, Target},
    uri::Uri,
};

/// Addresses of one trunk that are trusted. DNS gives at most 64 at a time; the oldest look-ups are
/// forgotten by starting anew.
const MAX_TRUSTED: usize = 256;

/// How often a trunk without registration is looked up, so that its sources stay known.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// Where a dialled address leads.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) uri: String,
    pub(crate) route: Vec<String>,
    pub(crate) to: To,
    pub(crate) trust: Trust,
}

/// An account with all that is known of its trunk.
#[derive(Debug)]
pub(crate) struct Trunk {
    pub(crate) account: Account,
    pub(crate) registration: Registration,
    /// Digest challenges met and answered.
    pub(crate) answers: Answers,
    /// The owner has forgotten it; it goes when its registration is given back.
    pub(crate) removed: bool,
    /// Call-ID and From-tag of all its REGISTER requests (RFC 3261 §10.2).
    call_id: String,
    tag: String,
    located: Option<(Vec<Target>, Option<Duration>)>,
    /// The place that holds the registration.
    registrar: Option<Target>,
    locator: Option<Locator>,
    look_at: Option<Duration>,
    trusted: BTreeSet<IpAddr>,
    /// The flow on which the trunk saw us at another address than our own, and that address.
    learnt: Option<(FlowId, SocketAddr)>,
}

impl Trunk {
    fn new(account: Account, call_id: String, tag: String) -> Self {
        let settings = Settings {
            expires: account.expires,
            gin: account.gin,
            keep_alive: account.keep_alive,
            keep_alive_every: account.keep_alive_every,
        };
        Self {
            registration: Registration::new(settings),
            answers: Answers::new(&account),
            account,
            removed: false,
            call_id,
            tag,
            located: None,
            registrar: None,
            locator: None,
            look_at: None,
            trusted: BTreeSet::new(),
            learnt: None,
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

    /// What RFC 3263 is asked to find the trunk.
    pub(crate) fn ask(&self) -> Ask {
        let (host, port) = self.edge();
        Ask {
            host: host.to_owned(),
            port,
            transport: Some(self.account.transport),
            secure: false,
            domain: self.account.domain.clone(),
            supported: vec![self.account.transport],
            ipv4: true,
            ipv6: true,
        }
    }

    /// The trunk was found; its addresses are trusted from here on.
    pub(crate) fn located(&mut self, now: Duration, located: Located) {
        if self.trusted.len() + located.targets.len() > MAX_TRUSTED {
            self.trusted.clear();
        }
        self.trusted.extend(located.targets.iter().map(|target| target.remote.ip()));
        self.located = Some((located.targets, located.valid_for.map(|time| now + time)));
    }

    /// The places to try while the last look-up is valid, first the one that we are registered at.
    pub(crate) fn targets(&self, now: Duration, flows: &Flows) -> Option<Vec<Target>> {
        let (targets, until) = self.located.as_ref()?;
        if until.is_some_and(|until| until <= now) {
            return None;
        }
        let first = self.registrar.iter().filter(|target| flows.to(target).is_some());
        let mut order: Vec<Target> = first.cloned().collect();
        order.extend(
            targets.iter().filter(|target| !order.contains(target)).cloned().collect::<Vec<_>>(),
        );
        Some(order)
    }

    /// Our address as the far end sees it on `flow`, where that is not our own.
    pub(crate) fn public(&self, flow: &Flow) -> Option<SocketAddr> {
        let learnt = self.learnt.filter(|(id, _)| *id == flow.id).map(|(_, address)| address);
        self.account.public_address.or(learnt)
    }

    /// True where requests from the far end of `flow` are heard (with registration: registrar,
    /// proxy and the registered flow; without: the trunk's addresses; always: the allow list).
    pub(crate) fn trusts(&self, flow: &Flow) -> bool {
        let registered = self.registration.flow();
        let ip = flow.remote.ip().to_canonical();
        self.trusted.contains(&flow.remote.ip())
            || self.trusted.contains(&ip)
            || registered.is_some_and(|ours| ours.id == flow.id && ours.remote == flow.remote)
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

    /// Where a dialled number or URI leads.
    pub(crate) fn address(&self, dialled: &str) -> Address {
        let uri = self.request_uri(dialled);
        let routed = !self.registration.service_route().is_empty() || self.account.proxy.is_some();
        let host = Uri::parse(&uri).ok().and_then(|uri| Some(uri.host()?.to_string()));
        if routed || host.is_none_or(|host| self.is_ours(&host)) {
            return Address { uri, route: self.route(), to: To::Trunk, trust: Trust::Trunk };
        }
        let to = To::Hop { uri: uri.clone(), flow: None };
        Address { uri, route: Vec::new(), to, trust: Trust::Nobody }
    }

    fn is_ours(&self, host: &str) -> bool {
        let bare = |host: &str| host.trim_matches(['[', ']']).to_ascii_lowercase();
        let host = bare(host);
        host == bare(&self.account.domain)
            || self.account.registrar.as_ref().is_some_and(|(ours, _)| bare(ours) == host)
    }

    /// The Request-URI for what was dialled: a URI as it stands, a number at our domain.
    fn request_uri(&self, dialled: &str) -> String {
        let dialled = dialled.trim();
        let scheme = dialled.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match scheme.as_str() {
            "sip" | "sips" if dialled.contains(':') => dialled.to_owned(),
            "tel" if dialled.contains(':') => {
                let number = dialled.get(4..).unwrap_or_default();
                let number = number.split(';').next().unwrap_or_default();
                // RFC 3966 §5.1.1: visual separators are not part of the number.
                let bare: String = number.chars().filter(|c| !"-.() ".contains(*c)).collect();
                self.user_at_domain(&bare)
            }
            _ => self.user_at_domain(dialled),
        }
    }

    /// `sip:user@domain`, with the port where the account names one.
    fn user_at_domain(&self, user: &str) -> String {
        let user = crate::uri::escape(user, crate::uri::Part::User);
        let port = self.account.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("sip:{user}@{}{port}", bracketed(&self.account.domain))
    }

    /// The address of record.
    pub(crate) fn address_of_record(&self) -> String {
        let user = crate::uri::escape(&self.account.user, crate::uri::Part::User);
        format!("sip:{user}@{}", bracketed(&self.account.domain))
    }

    /// Routes of a request outside a dialog: Service-Route (RFC 3608), else the outbound proxy.
    fn route(&self) -> Vec<String> {
        let service = self.registration.service_route();
        if !service.is_empty() {
            return service.to_vec();
        }
        let Some((host, port)) = &self.account.proxy else { return Vec::new() };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let transport = transport_param(self.account.transport);
        vec![format!("<sip:{}{port}{transport};lr>", bracketed(host))]
    }

    /// The domain as a URI.
    pub(crate) fn domain_uri(&self) -> String {
        let port = self.account.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("sip:{}{port}", bracketed(&self.account.domain))
    }

    /// A draft of a request outside a dialog; To is the Request-URI.
    pub(crate) fn draft(&self, method: Method, uri: &str, call_id: &str, tag: &str) -> Draft {
        let agent = Some(&self.account.user_agent).filter(|text| !text.is_empty());
        let headers = agent.map(|text| ("User-Agent".to_owned(), text.clone()));
        Draft {
            method,
            uri: uri.to_owned(),
            route: self.route(),
            from: format!("<{}>;tag={tag}", self.address_of_record()),
            to: format!("<{uri}>"),
            call_id: call_id.to_owned(),
            cseq: 0,
            contact: None,
            headers: headers.into_iter().collect(),
            body: None,
            credentials: Vec::new(),
        }
    }

    /// The number that an incoming call dialled; empty where no field names anybody.
    pub(crate) fn did(&self, invite: &Message) -> String {
        identity::dialled(invite, self.account.did_in).map(|found| found.number).unwrap_or_default()
    }

    /// Puts the caller's number into a draft, in the headers that the trunk obeys.
    pub(crate) fn identify(&self, draft: &mut Draft, dial: &Dial, tag: &str) {
        let domain = bracketed(&self.account.domain);
        let caller = Caller {
            user: &self.account.user,
            domain: &domain,
            number: dial.from.as_deref(),
            display_name: dial.display_name.as_deref().or(self.account.display_name.as_deref()),
            private: dial.private,
            diversion: dial.diversion.as_deref(),
        };
        let headers = caller.headers(&self.account.identity);
        draft.from = format!("{};tag={tag}", headers.from);
        draft.headers.extend(headers.others.into_iter().map(|(n, value)| (n.to_owned(), value)));
    }

    /// REGISTER (RFC 3261 §10.2).
    fn register(&self, expires: u32) -> Draft {
        let (host, port) = match &self.account.registrar {
            Some((host, port)) => (host, *port),
            None => (&self.account.domain, self.account.port),
        };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let uri = format!("sip:{}{port}", bracketed(host));
        let mut draft = self.draft(Method::Register, &uri, &self.call_id, &self.tag);
        draft.to = format!("<{}>", self.address_of_record());
        // A REGISTER is routed by the proxy alone: Service-Route is what it asks for.
        if self.account.proxy.is_none() {
            draft.route.clear();
        }
        draft.contact = Some(match self.account.gin {
            true => Contact::Bulk,
            false => Contact::User(self.account.user.clone()),
        });
        draft.headers.push(("Expires".to_owned(), expires.to_string()));
        for (name, value) in self.registration.headers() {
            draft.headers.push(((*name).to_owned(), (*value).to_owned()));
        }
        draft
    }

    /// True once a removed account may be forgotten.
    pub(crate) fn is_gone(&self) -> bool {
        self.removed && self.registration.is_idle() && !self.registration.is_registered()
    }
}

impl Core {
    /// Adds or replaces an account.
    pub(crate) fn add_account(&mut self, now: Duration, id: AccountId, account: Account) {
        let call_id = self.chance.token(12);
        let tag = self.chance.tag();
        let look = !account.register;
        let mut trunk = Trunk::new(account, call_id, tag);
        if let Some(before) = self.accounts.remove(&id) {
            // The registrar knows us by this Call-ID and this row of numbers.
            trunk.call_id = before.call_id;
            trunk.tag = before.tag;
        }
        self.accounts.insert(id, trunk);
        if look {
            self.look_up(now, id);
        }
        self.settle_account(now, id);
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
            trunk.answers.forgive();
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
        let wake = trunk.registration.wake_at().into_iter().chain(trunk.look_at).min();
        self.schedule.set(Due::Account(id), wake);
    }

    /// A time has come that the account waits for.
    pub(crate) fn account_due(&mut self, now: Duration, id: AccountId) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
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
                self.flows.lost(flow, &crate::transport::TransportError::Closed);
                self.out.push_back(Output::Close(flow));
            }
            Task::Options(flow) => {
                let uri = trunk.domain_uri();
                let mut draft = trunk.draft(Method::Options, &uri, "", "");
                let (call_id, tag) = (self.chance.token(12), self.chance.tag());
                draft.from = format!("<{}>;tag={tag}", trunk.address_of_record());
                draft.call_id = call_id;
                let domain = trunk.account.domain.clone();
                let target = Target { transport: flow.transport, remote: flow.remote, domain };
                draft.cseq = self.number(Owner::KeepAlive(id));
                let owner = (Owner::KeepAlive(id), id);
                self.send(now, owner, Trust::Trunk, draft, To::Target(target));
            }
            Task::Ping(flow) => {
                let ping: &'static [u8] =
                    if flow.transport.is_reliable() { b"\r\n\r\n" } else { b"\r\n" };
                let bytes = bytes::Bytes::from_static(ping);
                self.out.push_back(Output::Send { flow: flow.id, remote: flow.remote, bytes });
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

    /// The registrar has answered.
    pub(crate) fn registrar_answered(&mut self, now: Duration, id: AccountId, heard: &Heard) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
        let contact = heard.contact.as_deref().unwrap_or_default();
        let code = heard.message.status().unwrap_or_default();
        if code < 200 {
            return;
        }
        if code < 300 {
            trunk.registrar = Some(heard.target.clone());
        }
        trunk.registration.answered(now, &heard.flow, contact, &heard.message, &mut self.chance);
        // The registrar sees us elsewhere than the Contact said: it gets the right one.
        let public = trunk.public(&heard.flow);
        let right = trunk.register(0).contact.map(|contact| contact.value(&heard.flow, public));
        if code < 300 && right.as_deref() != heard.contact.as_deref() {
            trunk.registration.renew(now);
        }
        self.settle_account(now, id);
    }

    /// The registrar was not reached.
    pub(crate) fn registrar_failed(&mut self, now: Duration, id: AccountId, failure: &Failure) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
        trunk.registration.failed(now, failure.to_string(), &mut self.chance);
        self.settle_account(now, id);
    }

    /// The registrar does not answer OPTIONS: it may have forgotten us.
    pub(crate) fn keep_alive_failed(&mut self, now: Duration, id: AccountId) {
        if let Some(trunk) = self.accounts.get_mut(&id) {
            trunk.registration.renew(now);
        }
        self.settle_account(now, id);
    }

    /// A pong came in.
    pub(crate) fn pong(&mut self, flow: FlowId) {
        for trunk in self.accounts.values_mut() {
            trunk.registration.pong(flow);
        }
    }

    /// A flow is lost: registrations that stand on it are made anew.
    pub(crate) fn accounts_lost(&mut self, now: Duration, flow: FlowId) {
        let ids: Vec<_> = self.accounts.keys().copied().collect();
        for id in ids {
            if let Some(trunk) = self.accounts.get_mut(&id) {
                trunk.registration.flow_lost(now, flow);
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
        let before =
            trunk.learnt.filter(|(known, _)| *known == flow.id).map(|(_, address)| address);
        let after = (seen != flow.local).then_some(seen);
        if before == after {
            return;
        }
        trunk.learnt = after.map(|address| (flow.id, address));
        self.tell(Event::PublicAddress(id, seen));
    }

    /// Looks the trunk up, so that its addresses are trusted before it calls.
    fn look_up(&mut self, now: Duration, id: AccountId) {
        if let Some(trunk) = self.accounts.get_mut(&id) {
            trunk.locator = Some(Locator::new(trunk.ask()));
            trunk.look_at = Some(now + LOOK_AGAIN);
        }
        self.look_on(now, id);
    }

    fn look_on(&mut self, now: Duration, id: AccountId) {
        while let Some(trunk) = self.accounts.get_mut(&id) {
            match trunk.locator.as_mut().and_then(Locator::poll) {
                Some(Step::Ask(question)) => self.question(Asker::Account(id), question),
                Some(Step::Done(located)) => {
                    trunk.locator = None;
                    if let Ok(located) = located {
                        trunk.located(now, located);
                    }
                }
                None => return,
            }
        }
    }

    /// DNS has answered a look-up.
    pub(crate) fn trunk_resolved(
        &mut self,
        now: Duration,
        id: AccountId,
        question: &Question,
        result: Result<Vec<Record>, DnsError>,
    ) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
        if let Some(locator) = &mut trunk.locator {
            locator.answer(question, result, &mut self.chance);
        }
        self.look_on(now, id);
    }
}

/// A host as it stands in a URI: an IPv6 address in brackets.
fn bracketed(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        Ok(IpAddr::V4(_)) | Err(_) => host.to_owned(),
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
