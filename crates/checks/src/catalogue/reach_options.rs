//! `reach.options`: does every server of the trunk answer OPTIONS?

use std::net::SocketAddr;

use crate::{
    check::{Check, Page},
    observation::{Observation, Options},
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Does every server of the trunk answer OPTIONS?
pub(super) struct Reachable;

impl Check for Reachable {
    fn id(&self) -> &'static str {
        "reach.options"
    }

    fn page(&self) -> Page {
        Page {
            title: "the trunk answers OPTIONS",
            what: "Sends OPTIONS to each server that DNS names for the trunk's transport, and waits for any final response.",
            why: "A firewall drops SIP, the port or transport is wrong, or the provider must first allow this address.",
            pass: "A sign of life of every server within a second, without sending twice.",
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
        Ok(Plan::each_server())
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let Some(first) = seen.options.first() else {
            return Finding::nothing_to_see("OPTIONS was not sent");
        };
        let silent: Vec<String> = seen
            .servers
            .iter()
            .filter(|(_, answer)| answer.code.is_none())
            .map(|(server, _)| server.to_string())
            .collect();
        let heard = || seen.servers.iter().map(|(_, answer)| answer).chain([first]);
        let finding = if heard().all(|answer| answer.code.is_none()) {
            Finding::fail(
                Fault::Network,
                format!(
                    "The server is silent ({}): a firewall, a wrong port or transport, or the provider must first allow your address.",
                    first.reason
                ),
            )
        } else if !silent.is_empty() {
            Finding::fail(
                Fault::Network,
                format!(
                    "Of the trunk's servers, {} is silent and another answers: calls wait for it, or fail when the other is down too. A firewall blocks it, or the provider must take it out of DNS.",
                    silent.join(", ")
                ),
            )
        } else {
            alive(heard(), limits)
        };
        finding
            .measured("code", first.code)
            .measured("silent", silent)
            .measured("no_route", shown(&seen.no_route))
            .measured("servers", shown(seen.servers.iter().map(|(server, _)| server)))
    }
}

/// Judges answers of servers that all answer.
fn alive<'a>(answers: impl Iterator<Item = &'a Options> + Clone, limits: Limits) -> Finding {
    let ill = answers.clone().find(|answer| answer.code.is_none_or(|code| !ALIVE.contains(&code)));
    if let Some(Options { code, reason, .. }) = ill {
        let code = code.map(|code| code.to_string()).unwrap_or_default();
        return Finding::warn(format!(
            "The server answers OPTIONS with {code} {reason}: it is there, but not well."
        ));
    }
    if answers.clone().any(|answer| answer.retransmits > 0) {
        return Finding::warn("The request had to be sent again: packets are lost on the way.");
    }
    let slowest = answers.map(|answer| answer.took_ms).fold(0.0, f64::max);
    limits.at_most("took_ms", slowest, Fault::Network, "The server answers slowly.")
}

fn shown<'a>(servers: impl IntoIterator<Item = &'a SocketAddr>) -> Vec<String> {
    servers.into_iter().map(SocketAddr::to_string).collect()
}

/// Final responses that a healthy server gives to OPTIONS from someone it does not know.
const ALIVE: [u16; 8] = [200, 401, 403, 404, 405, 407, 483, 501];
