//! Where to send a request: RFC 3263 as a state machine that asks DNS through its owner.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use crate::transport::{AccountId, Target, Transport};

mod locator;
mod lookup;
mod memory;
mod service;
mod srv;

pub use locator::Locator;
pub use memory::Memory;

/// The kind of a question, which is the record type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// RFC 3403, for the transports that a domain offers.
    Naptr,
    /// RFC 2782, for host and port of a service.
    Srv,
}

/// A question to DNS.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question {
    /// The name without a trailing dot.
    pub name: String,
    /// What is asked for.
    pub kind: Kind,
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Seconds that the record may be kept.
    pub ttl: u32,
    /// Its content.
    pub data: RecordData,
}

/// The content of a record. Names may end in a dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordData {
    /// IPv4 address.
    A(Ipv4Addr),
    /// IPv6 address.
    Aaaa(Ipv6Addr),
    /// Another name to ask, where the resolver has not followed it itself.
    Cname(String),
    /// RFC 3403 §4.1.
    Naptr {
        /// Lower is first, and decides alone.
        order: u16,
        /// Lower is first among equal orders.
        preference: u16,
        /// `s` for SRV; others are not used by SIP.
        flags: String,
        /// `SIP+D2U`, `SIP+D2T`, `SIPS+D2T`, `SIP+D2W`, `SIPS+D2W`.
        service: String,
        /// The name to ask for SRV.
        replacement: String,
    },
    /// RFC 2782.
    Srv {
        /// Lower is first.
        priority: u16,
        /// Share of the choices among equal priorities.
        weight: u16,
        /// The port.
        port: u16,
        /// The host; `.` says that the service is not offered.
        target: String,
    },
}

/// Why a name gave no place to send to. Each has its own sentence for the user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DnsError {
    /// The name does not exist (NXDOMAIN).
    #[error("the name {0} does not exist")]
    NameNotFound(String),
    /// The name exists and has no record of the kind (NODATA).
    #[error("the name {0} has no address for this service")]
    NoRecords(String),
    /// The server cannot or will not say (SERVFAIL, REFUSED).
    #[error("the DNS server could not answer for {0}")]
    ServerFailure(String),
    /// No DNS server answers.
    #[error("no DNS server answered for {0}")]
    TimedOut(String),
    /// Names point to names for more than eight steps, or more questions than a sane zone needs.
    #[error("the DNS records of {0} lead in circles")]
    TooDeep(String),
    /// The domain says itself that it does not offer SIP over that transport (SRV target `.`).
    #[error("{0} does not offer this service")]
    NotOffered(String),
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Host of the URI or of the outbound proxy: a name or an address, IPv6 with or without
    /// brackets.
    pub host: String,
    /// Its port, when one is written: then there is no NAPTR and no SRV (RFC 3263 §4.2).
    pub port: Option<u16>,
    /// Its transport, when one is chosen: then there is no NAPTR (RFC 3263 §4.1).
    pub transport: Option<Transport>,
    /// A SIPS URI: only TLS and secure WebSocket will do.
    pub secure: bool,
    /// The domain that certificates are verified against.
    pub domain: String,
    /// On whose behalf.
    pub account: AccountId,
    /// The transports that can be used here, the liked ones first. With one alone, and none in
    /// `transport`, the NAPTR records of the domain still say under which name to look for it.
    pub supported: Vec<Transport>,
    /// Ask for IPv4 addresses.
    pub ipv4: bool,
    /// Ask for IPv6 addresses, which then come before the IPv4 addresses of the same host.
    pub ipv6: bool,
}

impl Ask {
    /// For a trunk, on the transport that its account chose: the domain's NAPTR records say under which
    /// name that is looked for, and nothing else.
    pub fn for_trunk(
        (host, port): (&str, Option<u16>),
        transport: Transport,
        (domain, account): (&str, AccountId),
    ) -> Self {
        Self {
            host: host.to_owned(),
            port,
            transport: None,
            secure: false,
            domain: domain.to_owned(),
            account,
            supported: vec![transport],
            ipv4: true,
            ipv6: true,
        }
    }
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask this and give the outcome to `answer`. Several may be open at a time.
    Ask(Question),
    /// The search is over.
    Done(Result<Located, DnsError>),
}

/// The places to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// In the order to try them: at least one, at most 64.
    pub targets: Vec<Target>,
    /// How long they may be kept: the shortest TTL on the way, at least 5 s, at most a day. `None`
    /// where no DNS was asked.
    pub valid_for: Option<Duration>,
    /// Addresses of loopback or of a private network found for a name: worth showing, since a
    /// public domain has no business there.
    pub inward: Vec<std::net::IpAddr>,
}

#[cfg(test)]
mod tests;
