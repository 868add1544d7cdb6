//! `dns.addr`: the addresses behind the trunk's name, and how fast DNS tells them.

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
            pass: "Every server has an address, told within 500 ms.",
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
        let servers = dns.srv.iter().flat_map(|server| &server.addresses);
        let found: Vec<String> = servers.chain(&dns.addresses).map(ToString::to_string).collect();
        if let Some(why) = &dns.failed {
            return Finding::fail(
                Fault::Network,
                format!("DNS could not be asked ({why}): try another resolver."),
            );
        }
        if found.is_empty() {
            return Finding::fail(
                Fault::OurConfig,
                "The trunk's name has no address: check its spelling, then try another resolver.",
            );
        }
        limits
            .at_most(
                "slowest_ms",
                dns.slowest_ms,
                Fault::Network,
                "Your DNS server answers slowly: try another resolver.",
            )
            .measured("addresses", found)
    }
}
