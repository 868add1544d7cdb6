//! What DNS says of a domain, question by question, with the time that each answer took.

use std::net::{IpAddr, SocketAddr};

use milliwatt_sip::{
    chance::Chance,
    locate::{Ask, DnsError, Kind, Located, Locator, Question, Record, RecordData, Step},
    transport::{AccountId, Transport},
};
use serde::{Deserialize, Serialize};

use super::ms_since;
use crate::{clock::Clock, net::Dns};

/// All answers about a domain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DnsReport {
    /// The domain asked for.
    pub domain: String,
    /// No question about it found the name to exist.
    pub no_such_name: bool,
    /// Why DNS could not be asked, when no server answered anything.
    pub failed: Option<String>,
    /// NAPTR offers the transport that was asked about.
    pub offers_transport: bool,
    /// NAPTR records in the order to obey them.
    pub naptr: Vec<NaptrRecord>,
    /// SRV targets of the transport that was asked about, by priority.
    pub srv: Vec<SrvTarget>,
    /// Addresses of the domain itself.
    pub addresses: Vec<IpAddr>,
    /// The slowest answer, ms.
    pub slowest_ms: f64,
    /// Every question in the order asked.
    pub queries: Vec<QueryReport>,
}

/// One NAPTR record (RFC 3403).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NaptrRecord {
    /// Lower is first, and decides alone.
    pub order: u16,
    /// Lower is first among equal orders.
    pub preference: u16,
    /// `s` for SRV.
    pub flags: String,
    /// `SIP+D2U`, `SIP+D2T`, `SIPS+D2T`, ...
    pub service: String,
    /// The name to ask for SRV.
    pub replacement: String,
}

/// One SRV record (RFC 2782) with the addresses behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SrvTarget {
    /// Target name.
    pub name: String,
    /// Port.
    pub port: u16,
    /// Lower is first.
    pub priority: u16,
    /// Share among equal priorities.
    pub weight: u16,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// One question and how it was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryReport {
    /// Name asked for.
    pub name: String,
    /// `NAPTR`, `SRV`, `A` or `AAAA`.
    pub kind: String,
    /// Time to the answer, ms.
    pub took_ms: f64,
    /// Records in it.
    pub records: usize,
    /// Why there are none.
    pub error: Option<String>,
}

/// SRV targets whose addresses are asked for.
const TARGETS: usize = 16;

/// Asks for NAPTR, for the SRV records of `transport`, and for all addresses, with an empty cache.
/// `servers` are those to ask, the system's when empty.
pub async fn dns(
    domain: &str,
    transport: Transport,
    servers: &[SocketAddr],
    clock: &dyn Clock,
) -> DnsReport {
    let mut asking = Asking { dns: Dns::new(servers), clock, queries: Vec::new(), errors: vec![] };
    let mut report = DnsReport { domain: domain.to_owned(), ..DnsReport::default() };
    report.naptr = asking.naptr(domain).await;
    report.offers_transport = report.naptr.iter().any(|r| serves(&r.service, transport));
    let wanted = report.naptr.iter().find(|r| serves(&r.service, transport));
    let service = match wanted {
        Some(naptr) => naptr.replacement.clone(),
        None => service_name(domain, transport),
    };
    report.srv = asking.srv(&service).await;
    for target in report.srv.iter_mut().take(TARGETS) {
        target.addresses = asking.addresses(&target.name).await;
    }
    report.addresses = asking.addresses(domain).await;
    let found_nothing =
        report.naptr.is_empty() && report.srv.is_empty() && report.addresses.is_empty();
    let not_found = |e: &DnsError| matches!(e, DnsError::NameNotFound(_));
    report.no_such_name = found_nothing && asking.errors.iter().all(not_found);
    let silent = |e: &DnsError| matches!(e, DnsError::ServerFailure(_) | DnsError::TimedOut(_));
    if found_nothing && let Some(why) = asking.errors.iter().find(|e| silent(e)) {
        report.failed = Some(why.to_string());
    }
    report.queries = asking.queries;
    report.slowest_ms = report.queries.iter().map(|q| q.took_ms).fold(0.0, f64::max);
    report
}

/// The places to send to by RFC 3263, as a call would find them. `seed` decides among equals.
///
/// # Errors
/// As [`DnsError`] tells.
pub async fn locate(ask: Ask, servers: &[SocketAddr], seed: [u8; 32]) -> Result<Located, DnsError> {
    let dns = Dns::new(servers);
    let mut chance = Chance::new(seed);
    let shown = ask.domain.clone();
    let mut locator = Locator::new(ask);
    while let Some(step) = locator.poll() {
        match step {
            Step::Ask(question) => {
                let answer = dns.ask(&question).await;
                locator.answer(&question, answer, &mut chance);
            }
            Step::Done(found) => return found,
        }
    }
    Err(DnsError::NoRecords(shown))
}

/// The servers of `host` for a transport, of both address families, in the order in which the phone
/// tries them (RFC 3263 §4), each once. A port leaves SRV out.
///
/// # Errors
/// As [`DnsError`] tells.
pub async fn servers(
    host: &str,
    port: Option<u16>,
    transport: Transport,
    dns: &[SocketAddr],
) -> Result<Vec<SocketAddr>, DnsError> {
    let ask = Ask::for_trunk((host, port), transport, (host, AccountId::default()));
    // The seed shuffles equals of SRV; all of them are wanted here.
    let located = locate(ask, dns, [0; 32]).await?;
    let mut servers = Vec::new();
    for target in located.targets {
        if !servers.contains(&target.remote) {
            servers.push(target.remote);
        }
    }
    Ok(servers)
}

struct Asking<'a> {
    dns: Dns,
    clock: &'a dyn Clock,
    queries: Vec<QueryReport>,
    errors: Vec<DnsError>,
}

impl Asking<'_> {
    async fn ask(&mut self, name: &str, kind: Kind) -> Vec<Record> {
        let name = name.trim_end_matches('.').to_owned();
        let start = self.clock.now();
        let answer = self.dns.ask(&Question { name: name.clone(), kind }).await;
        let took_ms = ms_since(self.clock, start);
        let (records, error) = match answer {
            Err(error) => (Vec::new(), Some(error)),
            Ok(records) => (records, None),
        };
        self.queries.push(QueryReport {
            name,
            kind: kind_name(kind).to_owned(),
            took_ms,
            records: records.len(),
            error: error.as_ref().map(ToString::to_string),
        });
        self.errors.extend(error);
        records
    }

    async fn naptr(&mut self, domain: &str) -> Vec<NaptrRecord> {
        let records = self.ask(domain, Kind::Naptr).await.into_iter();
        let mut naptr: Vec<_> = records
            .filter_map(|record| match record.data {
                RecordData::Naptr { order, preference, flags, service, replacement } => {
                    Some(NaptrRecord { order, preference, flags, service, replacement })
                }
                RecordData::A(_)
                | RecordData::Aaaa(_)
                | RecordData::Cname(_)
                | RecordData::Srv { .. } => None,
            })
            .collect();
        naptr.sort_by_key(|r| (r.order, r.preference));
        naptr
    }

    async fn srv(&mut self, service: &str) -> Vec<SrvTarget> {
        let records = self.ask(service, Kind::Srv).await.into_iter();
        let mut srv: Vec<_> = records
            .filter_map(|record| match record.data {
                RecordData::Srv { priority, weight, port, target } => Some(SrvTarget {
                    name: target.trim_end_matches('.').to_owned(),
                    port,
                    priority,
                    weight,
                    addresses: Vec::new(),
                }),
                RecordData::A(_)
                | RecordData::Aaaa(_)
                | RecordData::Cname(_)
                | RecordData::Naptr { .. } => None,
            })
            .collect();
        srv.sort_by_key(|target| target.priority);
        srv
    }

    async fn addresses(&mut self, name: &str) -> Vec<IpAddr> {
        let mut records = self.ask(name, Kind::A).await;
        records.extend(self.ask(name, Kind::Aaaa).await);
        let address = |record: &Record| match record.data {
            RecordData::A(ip) => Some(IpAddr::V4(ip)),
            RecordData::Aaaa(ip) => Some(IpAddr::V6(ip)),
            RecordData::Cname(_) | RecordData::Naptr { .. } | RecordData::Srv { .. } => None,
        };
        records.iter().filter_map(address).collect()
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::A => "A",
        Kind::Aaaa => "AAAA",
        Kind::Naptr => "NAPTR",
        Kind::Srv => "SRV",
    }
}

/// RFC 3263 §4.1, RFC 7118 §7.
fn serves(service: &str, transport: Transport) -> bool {
    let wanted = match transport {
        Transport::Tcp => "SIP+D2T",
        Transport::Tls => "SIPS+D2T",
        Transport::Udp => "SIP+D2U",
        Transport::Ws => "SIP+D2W",
        Transport::Wss => "SIPS+D2W",
    };
    service.eq_ignore_ascii_case(wanted)
}

/// RFC 3263 §4.1.
fn service_name(domain: &str, transport: Transport) -> String {
    let service = match transport {
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
        Transport::Udp => "_sip._udp",
        Transport::Ws => "_sip._ws",
        Transport::Wss => "_sips._ws",
    };
    format!("{service}.{domain}")
}

#[cfg(test)]
mod tests {
    use hickory_proto::{op::ResponseCode, rr::RecordType};
    use milliwatt_sip::transport::AccountId;

    use super::*;
    use crate::{
        clock::VirtualClock,
        net::tests::{LOOPBACK, Zone},
    };

    #[tokio::test]
    async fn a_trunk_is_followed_from_naptr_to_addresses() {
        let server = Zone::of_a_trunk("example.net").serve().await;
        let clock = VirtualClock::default();
        let report = dns("example.net", Transport::Udp, &[server], &clock).await;
        assert!(report.offers_transport && !report.no_such_name);
        assert_eq!(report.failed, None);
        assert_eq!(report.srv.len(), 1);
        assert_eq!((report.srv[0].name.as_str(), report.srv[0].port), ("a.example.net", 5070));
        assert_eq!(report.srv[0].addresses, ["192.0.2.7".parse::<IpAddr>().unwrap()]);
        assert!(report.addresses.is_empty());
        let asked: Vec<_> = report.queries.iter().map(|q| (q.kind.as_str(), q.records)).collect();
        let expected = [("NAPTR", 1), ("SRV", 1), ("A", 1), ("AAAA", 0), ("A", 0), ("AAAA", 0)];
        assert_eq!(asked, expected);
        let other = dns("example.net", Transport::Tls, &[server], &clock).await;
        assert!(!other.offers_transport && other.srv.is_empty());
    }

    #[tokio::test]
    async fn names_that_do_not_exist_and_servers_that_fail_are_told_apart() {
        let clock = VirtualClock::default();
        let zone = Zone::of_a_trunk("example.net");
        let nobody = dns("example.org", Transport::Udp, &[zone.serve().await], &clock).await;
        assert!(nobody.no_such_name);
        assert_eq!(nobody.failed, None);

        let kinds = [RecordType::NAPTR, RecordType::SRV, RecordType::A, RecordType::AAAA];
        let broken = kinds.into_iter().fold(Zone::default(), |zone, kind| {
            zone.failing("example.org", kind, ResponseCode::ServFail).failing(
                "_sip._udp.example.org",
                kind,
                ResponseCode::ServFail,
            )
        });
        let report = dns("example.org", Transport::Udp, &[broken.serve().await], &clock).await;
        assert!(!report.no_such_name);
        assert_eq!(
            report.failed.as_deref(),
            Some("the DNS server could not answer for example.org")
        );
    }

    #[tokio::test]
    async fn targets_are_found_as_a_call_would_find_them() {
        let server = Zone::of_a_trunk("example.net").serve().await;
        let account = ("example.net", AccountId::default());
        let ask = Ask::for_trunk(("example.net", None), Transport::Udp, account);
        let located = locate(ask.clone(), &[server], [1; 32]).await.unwrap();
        assert_eq!(located.targets[0].remote, "192.0.2.7:5070".parse().unwrap());
        let address = Ask { host: LOOPBACK.ip().to_string(), ..ask };
        let located = locate(address, &[server], [1; 32]).await.unwrap();
        assert_eq!(located.targets[0].remote, "127.0.0.1:5060".parse().unwrap());
    }
}
