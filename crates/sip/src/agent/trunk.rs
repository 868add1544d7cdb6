//! A trunk of ours: where it is, whom it trusts, how it sees us, and what it wants to read.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{
    Account, AccountId, Dial,
    answers::Answers,
    draft::{Contact, Draft, transport_param},
    flows::Flows,
    sending::{To, Trust},
};
use crate::{
    identity::{self, Caller},
    locate::{Ask, Located, Locator, Memory},
    message::{Message, Method},
    registration::{Registration, Settings},
    transport::{Flow, FlowId, Target, Transport},
    uri::{Part, Uri, escape},
};

/// Addresses of one trunk that are trusted. DNS gives at most 64 at a time; the oldest look-ups are
/// forgotten by starting anew.
const MAX_TRUSTED: usize = 256;

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
        Ask {
            host: host.to_owned(),
            port,
            transport: Some(self.account.transport),
            secure: false,
            domain: self.account.domain.clone(),
            account: self.id,
            supported: vec![self.account.transport],
            ipv4: true,
            ipv6: true,
        }
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
        let place =
            Uri::parse(&uri).ok().and_then(|uri| Some((uri.host()?.to_string(), uri.port())));
        if routed || place.is_none_or(|(host, port)| self.is_ours(&host, port)) {
            return Address { uri, route: self.route(), to: To::Trunk, trust: Trust::Trunk };
        }
        let to = To::Hop { uri: uri.clone(), flow: None };
        Address { uri, route: Vec::new(), to, trust: Trust::Nobody }
    }

    fn is_ours(&self, host: &str, port: Option<u16>) -> bool {
        let bare = |host: &str| host.trim_matches(['[', ']']).to_ascii_lowercase();
        let (host, usual) = (bare(host), self.account.transport.default_port());
        let same = |ours: &str, known: Option<u16>| {
            bare(ours) == host && port.is_none_or(|port| port == known.unwrap_or(usual))
        };
        same(&self.account.domain, self.account.port)
            || self.account.registrar.as_ref().is_some_and(|(ours, port)| same(ours, *port))
    }

    /// The Request-URI for what was dialled: a URI or service (RFC 5031) as it stands, a number at
    /// our domain.
    fn request_uri(&self, dialled: &str) -> String {
        let dialled = dialled.trim();
        let scheme = dialled.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match scheme.as_str() {
            "sip" | "sips" | "urn" if dialled.contains(':') => dialled.to_owned(),
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
        let user = escape(user, Part::User);
        let port = self.account.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("sip:{user}@{}{port}", bracketed(&self.account.domain))
    }

    /// The address of record.
    pub(crate) fn address_of_record(&self) -> String {
        let user = escape(&self.account.user, Part::User);
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
            local: None,
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
    pub(crate) fn register(&self, expires: u32) -> Draft {
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

/// A host as it stands in a URI: an IPv6 address in brackets.
pub(crate) fn bracketed(host: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::tests::account;

    fn trunk(change: impl FnOnce(&mut Account)) -> Trunk {
        let mut account = account("alice", 1);
        account.domain = "lab.example".into();
        change(&mut account);
        Trunk::new(AccountId(1), account, "c".into(), "t".into())
    }

    #[test]
    fn numbers_and_uris_are_dialled_at_the_trunk() {
        let trunk = trunk(|_| {});
        for (dialled, uri, trusted) in [
            ("+15550100", "sip:+15550100@lab.example", true),
            (" 9000 ", "sip:9000@lab.example", true),
            ("tel:+1-555-0100;phone-context=x", "sip:+15550100@lab.example", true),
            ("TEL:(555) 0100", "sip:5550100@lab.example", true),
            ("sip:bob@lab.example", "sip:bob@lab.example", true),
            ("sip:bob@LAB.example;x", "sip:bob@LAB.example;x", true),
            ("urn:service:sos", "urn:service:sos", true),
            ("sip:bob@elsewhere.example", "sip:bob@elsewhere.example", false),
            ("a>;b", "sip:a%3E;b@lab.example", true),
        ] {
            let address = trunk.address(dialled);
            assert_eq!(address.uri, uri);
            assert_eq!(address.trust == Trust::Trunk, trusted, "{dialled}");
            assert_eq!(matches!(address.to, To::Trunk), trusted, "{dialled}");
        }
    }

    #[test]
    fn the_proxy_is_the_first_route() {
        let trunk = trunk(|account| {
            account.port = Some(5080);
            account.proxy = Some(("edge.example".into(), Some(5070)));
            account.transport = Transport::Tcp;
        });
        let address = trunk.address("sip:bob@elsewhere.example");
        assert_eq!(address.route, ["<sip:edge.example:5070;transport=tcp;lr>"]);
        assert_eq!(trunk.address("1").uri, "sip:1@lab.example:5080");
        assert_eq!((trunk.ask().host.as_str(), trunk.ask().port), ("edge.example", Some(5070)));
        assert_eq!(trunk.register(60).uri, "sip:lab.example:5080");
    }

    #[test]
    fn all_named_hosts_are_looked_up_without_registration() {
        let named = |account: &mut Account| {
            account.registrar = Some(("reg.example".into(), None));
            account.proxy = Some(("edge.example".into(), None));
        };
        let hosts =
            |trunk: &Trunk| trunk.asks().into_iter().map(|ask| ask.host).collect::<Vec<_>>();
        assert_eq!(hosts(&trunk(named)), ["lab.example", "reg.example", "edge.example"]);
        let registered = trunk(|account| {
            named(account);
            account.register = true;
        });
        assert_eq!(hosts(&registered), ["reg.example"]);
    }

    #[test]
    fn networks_hold_what_their_prefix_says() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        for (address, net, prefix, inside) in [
            ("10.1.2.3", "10.0.0.0", 8, true),
            ("11.1.2.3", "10.0.0.0", 8, false),
            ("10.1.2.3", "10.1.2.3", 32, true),
            ("10.1.2.4", "10.1.2.3", 32, false),
            ("1.2.3.4", "9.9.9.9", 0, true),
            ("2001:db8::1", "2001:db8::", 32, true),
            ("2001:db9::1", "2001:db8::", 32, false),
            ("2001:db8::1", "10.0.0.0", 0, false),
            ("2001:db8::1", "::", 0, true),
        ] {
            assert_eq!(within(ip(address), ip(net), prefix), inside, "{address} {net}/{prefix}");
        }
    }
}
