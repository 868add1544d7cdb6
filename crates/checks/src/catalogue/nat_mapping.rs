//! `nat.mapping`: is there a NAT between us and the trunk?

use std::net::{IpAddr, SocketAddr};

use milliwatt_engine::probe::{Nat, NatReport};
use serde_json::{Map, Value};

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
            what: "Compares our own address with the one that the trunk writes into Via, and asks the STUN servers of `media.stun`, all from one port.",
            why: "Nothing to fail: it tells which kind of NAT is in between.",
            pass: "Our own address, or the one of a NAT that keeps it.",
            reference: "RFC 3581 §4, RFC 4787 §4.1, RFC 6598, RFC 8489",
        }
    }

    fn plan(&self, _subject: &Subject) -> Result<Plan, Finding> {
        Ok(Plan::Nat)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some(kind) = kind(seen) else {
            return if seen.options.iter().any(|o| o.code.is_some()) {
                Finding::fact(
                    "The trunk does not tell how it sees our address: name STUN servers in media.stun to ask them.",
                )
            } else {
                Finding::nothing_to_see("the trunk did not answer")
            };
        };
        let (name, text) = match kind {
            Kind::None => ("none", "No NAT: the trunk sees this computer's own address."),
            Kind::Nat => {
                ("nat", "You are behind a NAT: registration and keep-alive hold the way open.")
            }
            Kind::Carrier => (
                "cgnat",
                "You are behind the provider's own NAT: use TLS or TCP, and registration.",
            ),
            Kind::Symmetric => (
                "symmetric",
                "You are behind a symmetric NAT: each far end sees another port of ours. Use TLS or TCP, registration, and a trunk that sends sound to where ours comes from.",
            ),
        };
        let finding = Finding::fact(text).measured("kind", name);
        let finding = match &seen.address {
            Some((local, seen_as)) => {
                finding.measured("local", local.clone()).measured("seen_as", seen_as.clone())
            }
            None => finding,
        };
        match &seen.nat {
            Some(report) => finding.measured("stun", told(report)),
            None => finding,
        }
    }
}

/// What lies between us and the trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The NAT of a provider, in the shared address space of RFC 6598.
    Carrier,
    /// One that keeps our port.
    Nat,
    None,
    Symmetric,
}

/// What the trunk says goes before what others see: a trunk in our own network is behind no NAT.
fn kind(seen: &Observation) -> Option<Kind> {
    let stun = seen.nat.as_ref().and_then(NatReport::kind);
    let trunk = seen.address.as_ref().map(|(local, seen_as)| local != seen_as);
    Some(match (trunk, stun) {
        (None, None) => return None,
        (Some(false), _) | (None, Some(Nat::None)) => Kind::None,
        (_, Some(Nat::Symmetric)) => Kind::Symmetric,
        _ if addresses(seen).any(is_shared) => Kind::Carrier,
        (Some(true), _) | (None, Some(Nat::Cone)) => Kind::Nat,
    })
}

/// Every address of ours that anybody knows.
fn addresses(seen: &Observation) -> impl Iterator<Item = IpAddr> {
    let by_trunk = seen.address.iter().flat_map(|(local, seen_as)| [local, seen_as]);
    let by_trunk = by_trunk.filter_map(|address| address.parse::<SocketAddr>().ok());
    let by_stun =
        seen.nat.iter().flat_map(|report| report.local.into_iter().chain(report.mapped()));
    by_trunk.chain(by_stun).map(|address| address.ip())
}

/// 100.64.0.0/10, the shared address space of RFC 6598.
fn is_shared(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V4(v4) if v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64)
}

/// What each STUN server said, by its name.
fn told(report: &NatReport) -> Map<String, Value> {
    let each = report.told.iter().map(|told| {
        let said = match &told.mapped {
            Ok(mapped) => mapped.to_string(),
            Err(why) => why.clone(),
        };
        (told.server.clone(), said.into())
    });
    each.collect()
}
