//! `reach.options`: does the trunk answer OPTIONS at all?

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Does the trunk answer OPTIONS at all?
pub(super) struct Reachable;

impl Check for Reachable {
    fn id(&self) -> &'static str {
        "reach.options"
    }

    fn page(&self) -> Page {
        Page {
            title: "the trunk answers OPTIONS",
            what: "Sends OPTIONS to the trunk and waits for any final response.",
            why: "A firewall drops SIP, the port or transport is wrong, or the provider must first allow this address.",
            pass: "Any sign of life within a second, without sending twice.",
            reference: "RFC 3261 §11.2, §17.1.2.2",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 1000.0, warn: f64::MAX })
    }

    fn plan(&self, _subject: &Subject) -> Result<Plan, Finding> {
        Ok(Plan::Options(1))
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let Some(first) = seen.options.first() else {
            return Finding::nothing_to_see("OPTIONS was not sent");
        };
        let Some(code) = first.code else {
            return Finding::fail(
                Fault::Network,
                format!(
                    "The server is silent ({}): a firewall, a wrong port or transport, or the provider must first allow your address.",
                    first.reason
                ),
            );
        };
        let finding = if !ALIVE.contains(&code) {
            Finding::warn(format!(
                "The server answers OPTIONS with {code} {}: it is there, but not well.",
                first.reason
            ))
        } else if first.retransmits > 0 {
            Finding::warn("The request had to be sent again: packets are lost on the way.")
        } else {
            limits.at_most("took_ms", first.took_ms, Fault::Network, "The server answers slowly.")
        };
        finding.measured("code", code)
    }
}

/// Final responses that a healthy server gives to OPTIONS from someone it does not know.
const ALIVE: [u16; 8] = [200, 401, 403, 404, 405, 407, 483, 501];
