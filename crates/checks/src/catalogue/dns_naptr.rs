//! `dns.naptr`: the services that NAPTR of the trunk's domain names.

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// The services that NAPTR of the trunk's domain names.
pub(super) struct Naptr;

impl Check for Naptr {
    fn id(&self) -> &'static str {
        "dns.naptr"
    }

    fn page(&self) -> Page {
        Page {
            title: "NAPTR names our transport",
            what: "Asks DNS for the NAPTR records of the trunk's domain and reads which transports they offer.",
            why: "The domain is misspelt, or its NAPTR records leave out the transport that this trunk is set to.",
            pass: "NAPTR offers the chosen transport, or there is no NAPTR and SRV records exist.",
            reference: "RFC 3263 §4.1",
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
        if dns.no_such_name {
            return Finding::fail(
                Fault::OurConfig,
                "The trunk's name does not exist in DNS: check the spelling of `domain`.",
            );
        }
        let finding = if dns.naptr.is_empty() && dns.srv.is_empty() {
            Finding::warn(
                "The domain has neither NAPTR nor SRV records: only its address is used, so there is no second server.",
            )
        } else if dns.naptr.is_empty() || dns.offers_our_transport {
            Finding::pass()
        } else {
            Finding::warn(
                "The provider's NAPTR records leave out the chosen transport: choose one that they name.",
            )
        };
        finding.measured("services", dns.naptr.clone())
    }
}
