//! `dns.addr`: the addresses behind the trunk's name, and how fast DNS tells them.

use std::net::IpAddr;

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// The addresses behind the trunk's name, and how fast DNS tells them.
pub(super) struct Addresses;

impl Check for Addresses {
    fn id(&self) -> &'static str {
        "dns.addr"
    }

    fn page(&self) -> Page {
        Page {
            title: "every server has an address",
            what: "Asks DNS for the IPv4 and IPv6 addresses of each server and takes the time.",
            why: "The name has no address, or the name server of this network is slow or wrong.",
            pass: "Every server has a public address, told within 500 ms.",
            reference: "RFC 3263 §4.2",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 500.0, warn: f64::MAX })
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::dns(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let Some(dns) = &seen.dns else { return Finding::nothing_to_see("DNS was not asked") };
        if let Some(why) = &dns.failed {
            return Finding::fail(
                Fault::Network,
                format!("DNS could not be asked ({why}): try another resolver."),
            );
        }
        // RFC 3263 §4.2: where there are SRV records, the name's own addresses are not used.
        let servers = dns.srv.iter().flat_map(|server| &server.addresses);
        let own = dns.addresses.iter().filter(|_| dns.srv.is_empty());
        let found: Vec<IpAddr> = servers.chain(own).copied().collect();
        let without = dns.srv.iter().filter(|server| server.addresses.is_empty()).count();
        let finding = if found.is_empty() {
            Finding::fail(
                Fault::OurConfig,
                "The trunk's name has no address: check its spelling, then try another resolver.",
            )
        } else if without > 0 {
            Finding::warn("Not every server has an address: tell the provider.")
                .measured("without_address", without)
        } else if found.iter().any(is_private) {
            Finding::warn(
                "A server's address is one of a private network: your DNS server or a split DNS gives another answer than the public one.",
            )
        } else {
            limits.at_most(
                "slowest_ms",
                dns.slowest_ms,
                Fault::Network,
                "Your DNS server answers slowly: try another resolver.",
            )
        };
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        finding.measured("addresses", found)
    }
}

/// Private by RFC 1918 and RFC 4193, shared by RFC 6598, or link-local. Loopback is a test's own.
fn is_private(ip: &IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_private() || ip.is_link_local() || shared
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
