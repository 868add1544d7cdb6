//! `dns.srv`: the servers that SRV names for our transport.

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// The servers that SRV names for our transport.
pub(super) struct Srv;

impl Check for Srv {
    fn id(&self) -> &'static str {
        "dns.srv"
    }

    fn page(&self) -> Page {
        Page {
            title: "SRV names two servers or more",
            what: "Asks DNS for the SRV records of the trunk's domain and transport, and for the addresses of each server.",
            why: "The provider publishes one server only, or a server whose name has no address.",
            pass: "At least two servers, each with an address.",
            reference: "RFC 3263 §4.2, RFC 2782",
        }
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::dns(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some(dns) = &seen.dns else { return Finding::nothing_to_see("DNS was not asked") };
        if dns.failed.is_some() {
            return Finding::nothing_to_see("DNS could not be asked: see dns.addr");
        }
        let dead: Vec<_> =
            dns.srv.iter().filter(|s| s.addresses.is_empty()).map(|s| s.name.clone()).collect();
        let finding = if !dead.is_empty() {
            Finding::fail(
                Fault::Provider,
                "A server in the SRV records has no address: tell the provider.",
            )
            .measured("without_address", dead)
        } else if dns.srv.len() >= 2 {
            Finding::pass()
        } else {
            Finding::warn(
                "Only one server: there is no automatic failover. Ask the provider for a name with SRV records.",
            )
        };
        finding.measured("servers", dns.srv.len())
    }
}
