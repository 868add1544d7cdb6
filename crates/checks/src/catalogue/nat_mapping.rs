//! `nat.mapping`: is there a NAT between us and the trunk?

use std::net::{IpAddr, SocketAddr};

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Finding, Limits},
};

/// Is there a NAT between us and the trunk?
pub(super) struct Mapping;

impl Check for Mapping {
    fn id(&self) -> &'static str {
        "nat.mapping"
    }

    fn page(&self) -> Page {
        Page {
            title: "how the trunk sees our address",
            what: "Compares our own address with the one that the trunk writes into Via.",
            why: "Nothing to fail: it tells which kind of NAT is in between.",
            pass: "Our own address, or the one of a NAT that keeps it.",
            reference: "RFC 3581 §4, RFC 6598",
        }
    }

    fn plan(&self, _subject: &Subject) -> Result<Plan, Finding> {
        Ok(Plan::Options(1))
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some((local, seen_as)) = &seen.address else {
            return if seen.options.iter().any(|o| o.code.is_some()) {
                Finding::fact("The trunk does not tell how it sees our address.")
            } else {
                Finding::nothing_to_see("the trunk did not answer")
            };
        };
        let text = match (local == seen_as, is_shared(seen_as)) {
            (true, _) => "No NAT: the trunk sees this computer's own address.",
            (false, true) => {
                "You are behind the provider's own NAT: use TLS or TCP, and registration."
            }
            (false, false) => {
                "You are behind a NAT: registration and keep-alive hold the way open."
            }
        };
        Finding::fact(text).measured("local", local.clone()).measured("seen_as", seen_as.clone())
    }
}

/// 100.64.0.0/10, the shared address space of RFC 6598.
fn is_shared(address: &str) -> bool {
    let ip = address.parse::<SocketAddr>().map(|a| a.ip());
    matches!(ip, Ok(IpAddr::V4(v4)) if v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64)
}
