//! RFC 3263 §4: from a URI to the places to try, in their order.

use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{
    Ask, DnsError, Kind, Located, Question, Record, RecordData, Step,
    lookup::Lookup,
    service::{self, Service},
    srv::{self, Srv},
};
use crate::{
    chance::Chance,
    transport::{Target, Transport, is_inward},
};

const MAX_TARGETS: usize = 64;
const MAX_HOSTS: usize = 32;
const SHORTEST_TTL: Duration = Duration::from_secs(5);
const LONGEST_TTL: Duration = Duration::from_secs(86_400);

/// One search. Call `poll` until it returns `None`, give each answer to `answer`, poll again.
#[derive(Clone, Debug)]
pub struct Locator {
    ask: Ask,
    stage: Stage,
    lookups: Vec<Lookup>,
    steps: VecDeque<Step>,
    ttl: u32,
    errors: Vec<DnsError>,
}

/// What the open lookups are for.
#[derive(Clone, Debug)]
enum Stage {
    Naptr,
    Srv(Vec<Service>),
    Hosts(Vec<Host>),
    Over,
}

/// A host to find the addresses of.
#[derive(Clone, Debug)]
struct Host {
    transport: Transport,
    port: u16,
    name: String,
}

impl Locator {
    /// Starts a search. Without a name to resolve it is over at once.
    pub fn new(mut ask: Ask) -> Self {
        let trimmed = ask.host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        ask.host = trimmed.to_ascii_lowercase();
        let mut locator = Self {
            ask,
            stage: Stage::Over,
            lookups: Vec::new(),
            steps: VecDeque::new(),
            ttl: u32::MAX,
            errors: Vec::new(),
        };
        locator.start();
        locator
    }

    /// The next step; `None` while answers are awaited, and after `Done`.
    pub fn poll(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// Takes the outcome of a question. One that is not open is ignored.
    pub fn answer(
        &mut self,
        question: &Question,
        result: Result<Vec<Record>, DnsError>,
        chance: &mut Chance,
    ) {
        let open = |lookup: &&mut Lookup| lookup.outcome.is_none() && lookup.asked == *question;
        // Two hosts may be aliases of one: the answer is for both.
        for lookup in self.lookups.iter_mut().filter(|lookup| open(lookup)) {
            if let Some(next) = lookup.answer(result.clone()) {
                self.steps.push_back(Step::Ask(next));
            }
        }
        while !self.lookups.is_empty() && self.lookups.iter().all(|l| l.outcome.is_some()) {
            self.advance(chance);
        }
    }

    fn start(&mut self) {
        let transport = match self.ask.transport {
            Some(transport) => service::chosen_transport(&self.ask, transport),
            None => service::default_transport(&self.ask),
        };
        let Some(transport) = transport else {
            return self.fail(DnsError::NotOffered(self.ask.host.clone()));
        };
        let port = self.ask.port.unwrap_or_else(|| transport.default_port());
        if let Ok(ip) = self.ask.host.parse::<IpAddr>() {
            let target = self.target(transport, SocketAddr::new(ip, port));
            let located = Located { targets: vec![target], valid_for: None, inward: Vec::new() };
            return self.steps.push_back(Step::Done(Ok(located)));
        }
        if self.ask.port.is_some() {
            self.ask_hosts(vec![Host { transport, port, name: self.ask.host.clone() }]);
        } else if self.ask.transport.is_some() {
            let name = service::srv_name(transport, &self.ask.host);
            self.ask_services(vec![Service { transport, name }]);
        } else {
            self.stage = Stage::Naptr;
            self.ask_all(vec![Lookup::new(self.ask.host.clone(), Kind::Naptr, 0)]);
        }
    }

    fn target(&self, transport: Transport, remote: SocketAddr) -> Target {
        let Ask { domain, account, .. } = &self.ask;
        Target { transport, remote, domain: domain.clone(), account: *account }
    }

    /// Goes on to the next stage when every lookup of this one has its outcome.
    fn advance(&mut self, chance: &mut Chance) {
        let lookups = std::mem::take(&mut self.lookups);
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Naptr => {
                let records = self.gather(&lookups);
                // Some resolvers know no NAPTR: what is asked next says whether they know the domain.
                self.errors.clear();
                let services = service::from_naptr(&self.ask, &records);
                let found = !services.is_empty();
                self.ask_services(if found { services } else { service::guesses(&self.ask) });
            }
            Stage::Srv(services) => self.srv_answered(&services, &lookups, chance),
            Stage::Hosts(hosts) => self.hosts_answered(&hosts, &lookups),
            Stage::Over => {}
        }
    }

    fn srv_answered(&mut self, services: &[Service], lookups: &[Lookup], chance: &mut Chance) {
        let mut hosts = Vec::new();
        let mut refused = false;
        for (service, lookup) in services.iter().zip(lookups) {
            let records = self.gather(std::slice::from_ref(lookup));
            let mut named = Vec::new();
            for record in records {
                let RecordData::Srv { priority, weight, port, target } = record.data else {
                    continue;
                };
                let host = target.trim_end_matches('.').to_ascii_lowercase();
                // "." says that the service is decidedly not there (RFC 2782).
                refused |= host.is_empty();
                if !host.is_empty() {
                    named.push(Srv { priority, weight, port, host });
                }
            }
            let transport = service.transport;
            hosts.extend(
                srv::order(named, chance).into_iter().map(|Srv { port, host: name, .. }| Host {
                    transport,
                    port,
                    name,
                }),
            );
        }
        match (hosts.is_empty(), refused) {
            (false, _) => self.ask_hosts(hosts),
            (true, true) => self.fail(DnsError::NotOffered(self.ask.host.clone())),
            // No SRV record at all: the domain itself is the host (RFC 3263 §4.2).
            (true, false) => {
                let name = self.ask.host.clone();
                let transport = match self.ask.transport {
                    Some(transport) => service::chosen_transport(&self.ask, transport),
                    None => service::default_transport(&self.ask),
                };
                let fallback =
                    transport.map(|t| Host { transport: t, port: t.default_port(), name });
                self.ask_hosts(fallback.into_iter().collect());
            }
        }
    }

    fn hosts_answered(&mut self, hosts: &[Host], lookups: &[Lookup]) {
        self.gather(lookups);
        let mut targets: Vec<Target> = Vec::new();
        let mut inward = Vec::new();
        for host in hosts {
            for ip in addresses(&host.name, lookups) {
                let remote = SocketAddr::new(ip, host.port);
                let target = self.target(host.transport, remote);
                if targets.len() < MAX_TARGETS && !targets.contains(&target) {
                    targets.push(target);
                }
                if is_inward(ip) && !inward.contains(&ip) && is_public(&self.ask.host) {
                    inward.push(ip);
                }
            }
        }
        if targets.is_empty() {
            let error = self.worst_error();
            return self.fail(error);
        }
        let ttl = Duration::from_secs(u64::from(self.ttl)).clamp(SHORTEST_TTL, LONGEST_TTL);
        let located = Located { targets, valid_for: Some(ttl), inward };
        self.steps.push_back(Step::Done(Ok(located)));
    }

    fn ask_services(&mut self, services: Vec<Service>) {
        let lookups = services.iter().map(|s| Lookup::new(s.name.clone(), Kind::Srv, 1)).collect();
        self.stage = Stage::Srv(services);
        self.ask_all(lookups);
    }

    fn ask_hosts(&mut self, mut hosts: Vec<Host>) {
        hosts.truncate(MAX_HOSTS);
        let mut lookups: Vec<Lookup> = Vec::new();
        let kinds = [(self.ask.ipv6, Kind::Aaaa), (self.ask.ipv4, Kind::A)];
        for host in &hosts {
            if lookups.iter().any(|lookup| lookup.wanted.name == host.name) {
                continue;
            }
            let kinds = kinds.iter().filter(|(wanted, _)| *wanted);
            lookups.extend(kinds.map(|(_, kind)| Lookup::new(host.name.clone(), *kind, 2)));
        }
        self.stage = Stage::Hosts(hosts);
        self.ask_all(lookups);
    }

    fn ask_all(&mut self, lookups: Vec<Lookup>) {
        if lookups.is_empty() {
            return self.fail(DnsError::NoRecords(self.ask.host.clone()));
        }
        self.steps.extend(lookups.iter().map(|lookup| Step::Ask(lookup.asked.clone())));
        self.lookups = lookups;
    }

    /// The records of the lookups that found some; the errors of the others are kept.
    fn gather(&mut self, lookups: &[Lookup]) -> Vec<Record> {
        let mut all = Vec::new();
        for lookup in lookups {
            match &lookup.outcome {
                Some(Ok(records)) => {
                    self.ttl = records.iter().map(|record| record.ttl).fold(self.ttl, u32::min);
                    all.extend_from_slice(records);
                }
                Some(Err(error)) => self.errors.push(error.clone()),
                None => {}
            }
        }
        all
    }

    /// The error that says most: a silent server before a loop, a loop before a name that does not
    /// exist, and the last one asked among equals.
    fn worst_error(&self) -> DnsError {
        let rank = |error: &&DnsError| match error {
            DnsError::TimedOut(_) => 5,
            DnsError::ServerFailure(_) => 4,
            DnsError::TooDeep(_) => 3,
            DnsError::NotOffered(_) => 2,
            DnsError::NameNotFound(name) if *name == self.ask.host => 1,
            DnsError::NameNotFound(_) | DnsError::NoRecords(_) => 0,
        };
        let none = || DnsError::NoRecords(self.ask.host.clone());
        self.errors.iter().max_by_key(rank).cloned().unwrap_or_else(none)
    }

    fn fail(&mut self, error: DnsError) {
        self.stage = Stage::Over;
        self.steps.push_back(Step::Done(Err(error)));
    }
}

/// The addresses found for a host, IPv6 first (their lookup stands first).
fn addresses<'a>(name: &'a str, lookups: &'a [Lookup]) -> impl Iterator<Item = IpAddr> + 'a {
    lookups
        .iter()
        .filter(move |lookup| lookup.wanted.name == name)
        .filter_map(|lookup| lookup.outcome.as_ref()?.as_ref().ok())
        .flatten()
        .filter_map(|record| match record.data {
            RecordData::A(ip) => Some(IpAddr::V4(ip)),
            RecordData::Aaaa(ip) => Some(IpAddr::V6(ip)),
            RecordData::Cname(_) | RecordData::Naptr { .. } | RecordData::Srv { .. } => None,
        })
}

/// False for the names that are local by their kind (RFC 6761, RFC 6762, RFC 8375).
fn is_public(name: &str) -> bool {
    const LOCAL: [&str; 7] =
        ["localhost", "local", "test", "invalid", "internal", "home.arpa", "lan"];
    name.contains('.')
        && !LOCAL.iter().any(|local| {
            name.strip_suffix(local).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
}
