//! DNS through hickory: NAPTR, SRV, A and AAAA, bounded in time, number and depth.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hickory_proto::{
    op::{DnsRequestOptions, Query, ResponseCode},
    rr::{Name, RData, Record as Found, RecordType},
};
use hickory_resolver::{
    NameServerPool, PoolContext, TlsConfig, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
    net::{
        DnsError as HickoryDns, DnsHandle, NetError, RetryDnsHandle, runtime::TokioRuntimeProvider,
        xfer::FirstAnswer,
    },
};
use milliwatt_sip::locate::{DnsError, Kind, Question, Record, RecordData};
use tokio::{sync::Semaphore, time::timeout};

/// Asks DNS. Clones share one cache.
#[derive(Clone)]
pub struct Dns {
    resolver: Arc<Result<TokioResolver, String>>,
    direct: Option<Direct>,
    open: Arc<Semaphore>,
}

/// Asks servers without the resolver, which says of every name below `invalid.` that there is none
/// (RFC 6761 §6.4) and asks nobody. Servers that a user names may know better: a test network's own.
type Direct = RetryDnsHandle<NameServerPool<TokioRuntimeProvider>>;

impl std::fmt::Debug for Dns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dns").field("usable", &self.resolver.is_ok()).finish()
    }
}

impl Dns {
    /// Asks `servers`, or those of the system when there are none. A system without DNS servers
    /// gives answers of `DnsError::TimedOut`.
    pub fn new(servers: &[SocketAddr]) -> Self {
        let resolver = if servers.is_empty() { system() } else { given(servers) };
        if let Err(why) = &resolver {
            tracing::warn!(why, "no DNS server can be asked");
        }
        let direct = if servers.is_empty() { None } else { direct(servers) };
        Self { resolver: Arc::new(resolver), direct, open: Arc::new(Semaphore::new(QUESTIONS)) }
    }

    /// Asks one question; the answer is at most [`RECORDS`] records, CNAMEs followed.
    ///
    /// # Errors
    /// As [`DnsError`] tells; never later than 6 s, for NAPTR 2 s.
    pub async fn ask(&self, question: &Question) -> Result<Vec<Record>, DnsError> {
        let shown = || question.name.clone();
        let Ok(resolver) = self.resolver.as_ref() else {
            return Err(DnsError::TimedOut(shown()));
        };
        let Ok(mut name) = Name::from_utf8(&question.name) else {
            return Err(DnsError::NameNotFound(shown()));
        };
        // A search list would make another question of it.
        name.set_fqdn(true);
        let Ok(_permit) = self.open.acquire().await else {
            return Err(DnsError::TimedOut(shown()));
        };
        let wanted = record_type(question.kind);
        let direct = self.direct.as_ref().filter(|_| is_reserved(&name));
        let answer = async {
            match direct {
                Some(direct) => ask_directly(direct, name, wanted).await,
                None => Ok(resolver.lookup(name, wanted).await?.answers().to_vec()),
            }
        };
        let found = timeout(patience(question.kind), answer)
            .await
            .map_err(|_| DnsError::TimedOut(shown()))?
            .map_err(|e| refusal(&question.name, &e))?;
        let records: Vec<Record> = found.iter().filter_map(record).take(RECORDS).collect();
        let wanted = |r: &Record| kind_of(&r.data).is_none_or(|kind| kind == question.kind);
        if records.iter().any(|r| kind_of(&r.data) == Some(question.kind)) {
            Ok(records.into_iter().filter(wanted).collect())
        } else {
            Err(DnsError::NoRecords(shown()))
        }
    }
}

/// Records of one answer that are used; a sane zone has fewer.
pub const RECORDS: usize = 64;

/// Questions open at one time.
const QUESTIONS: usize = 32;

/// Time for one question with all its repeats. Some routers never answer for NAPTR, which most domains
/// can do without.
fn patience(kind: Kind) -> Duration {
    let only_useful = kind == Kind::Naptr;
    Duration::from_secs(if only_useful { 2 } else { 6 })
}

fn options(mut options: ResolverOpts) -> ResolverOpts {
    options.timeout = Duration::from_secs(2);
    options.attempts = 2;
    options.cache_size = 1024;
    options.max_active_requests = 64;
    options.positive_min_ttl = Some(Duration::from_secs(5));
    options.positive_max_ttl = Some(Duration::from_secs(24 * 3600));
    // A zone that was just put right should be found at the next try.
    options.negative_max_ttl = Some(Duration::from_secs(5));
    options.try_tcp_on_error = true;
    options.preserve_intermediates = false;
    options
}

fn system() -> Result<TokioResolver, String> {
    let mut builder = TokioResolver::builder_tokio().map_err(|e| e.to_string())?;
    *builder.options_mut() = options(builder.options_mut().clone());
    builder.build().map_err(|e| e.to_string())
}

fn name_servers(servers: &[SocketAddr]) -> Vec<NameServerConfig> {
    let servers = servers.iter().map(|server| {
        let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
        for connection in &mut connections {
            connection.port = server.port();
        }
        NameServerConfig::new(server.ip(), true, connections)
    });
    servers.collect()
}

fn direct(servers: &[SocketAddr]) -> Option<Direct> {
    let options = options(ResolverOpts::default());
    let attempts = options.attempts;
    let context = Arc::new(PoolContext::new(options, TlsConfig::new().ok()?));
    let provider = TokioRuntimeProvider::default();
    let pool = NameServerPool::from_config(name_servers(servers), context, provider);
    Some(RetryDnsHandle::new(pool, attempts))
}

fn is_reserved(name: &Name) -> bool {
    name.iter().next_back().is_some_and(|label| label.eq_ignore_ascii_case(b"invalid"))
}

async fn ask_directly(
    direct: &Direct,
    name: Name,
    kind: RecordType,
) -> Result<Vec<Found>, NetError> {
    let mut options = DnsRequestOptions::default();
    options.use_edns = true;
    let response = direct.lookup(Query::query(name, kind), options).first_answer().await?;
    let response = HickoryDns::from_response(response)?;
    Ok(response.answers.clone())
}

fn given(servers: &[SocketAddr]) -> Result<TokioResolver, String> {
    let config = ResolverConfig::from_name_servers(name_servers(servers));
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options(ResolverOpts::default());
    builder.build().map_err(|e| e.to_string())
}

fn record_type(kind: Kind) -> RecordType {
    match kind {
        Kind::A => RecordType::A,
        Kind::Aaaa => RecordType::AAAA,
        Kind::Naptr => RecordType::NAPTR,
        Kind::Srv => RecordType::SRV,
    }
}

fn kind_of(data: &RecordData) -> Option<Kind> {
    match data {
        RecordData::A(_) => Some(Kind::A),
        RecordData::Aaaa(_) => Some(Kind::Aaaa),
        RecordData::Cname(_) => None,
        RecordData::Naptr { .. } => Some(Kind::Naptr),
        RecordData::Srv { .. } => Some(Kind::Srv),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "other record types were not asked for")]
fn record(found: &Found) -> Option<Record> {
    let data = match &found.data {
        RData::A(a) => RecordData::A(a.0),
        RData::AAAA(a) => RecordData::Aaaa(a.0),
        RData::CNAME(name) => RecordData::Cname(name.to_ascii()),
        RData::NAPTR(n) => RecordData::Naptr {
            order: n.order,
            preference: n.preference,
            flags: text(&n.flags),
            service: text(&n.services),
            replacement: n.replacement.to_ascii(),
        },
        RData::SRV(s) => RecordData::Srv {
            priority: s.priority,
            weight: s.weight,
            port: s.port,
            target: s.target.to_ascii(),
        },
        _ => return None,
    };
    Some(Record { ttl: found.ttl, data })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else went wrong is the fault of a server"
)]
fn refusal(name: &str, error: &NetError) -> DnsError {
    let name = name.to_owned();
    match error {
        NetError::Dns(HickoryDns::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => DnsError::NameNotFound(name),
            ResponseCode::NoError => DnsError::NoRecords(name),
            _ => DnsError::ServerFailure(name),
        },
        NetError::Dns(_) => DnsError::ServerFailure(name),
        NetError::Timeout | NetError::NoConnections | NetError::Io(_) => DnsError::TimedOut(name),
        _ => DnsError::ServerFailure(name),
    }
}
