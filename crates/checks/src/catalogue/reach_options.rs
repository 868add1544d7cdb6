//! `reach.options`: does every server of the trunk answer OPTIONS?

use std::net::SocketAddr;

use crate::{
    check::{Check, Page},
    observation::{Observation, Options},
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits, Outcome},
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
                    "The server gives no answer ({}): a firewall, a wrong port or transport, or the provider must first allow your address.",
                    first.reason
                ),
            )
        } else if !silent.is_empty() {
            Finding::fail(
                Fault::Network,
                format!(
                    "Of the trunk's servers, {} and another answers: calls wait, or fail when the other is down too. A firewall is in the way, or the provider must take what is silent out of DNS.",
                    listed(&silent, "is silent", "are silent")
                ),
            )
        } else {
            alive(heard(), limits)
        };
        with_those_left_out(finding, seen)
            .measured("code", first.code)
            .measured("silent", silent)
            .measured("no_route", shown(&seen.no_route))
            .measured("not_asked", shown(&seen.not_asked))
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

/// Names the servers of which nothing is known: a pass of the others is none of theirs. That a host has
/// no way to some, as to IPv6, is as it is; more servers than are asked is worth a look.
fn with_those_left_out(finding: Finding, seen: &Observation) -> Finding {
    let mut left_out = Vec::new();
    if !seen.no_route.is_empty() {
        let servers = listed(&shown(&seen.no_route), "was", "were");
        left_out.push(format!("{servers} not asked: this computer has no way there."));
    }
    if !seen.not_asked.is_empty() {
        let servers = listed(&shown(&seen.not_asked), "was", "were");
        left_out.push(format!("{servers} not asked: the trunk has too many servers for one run."));
    }
    if left_out.is_empty() {
        return finding;
    }
    let warns = finding.outcome == Outcome::Pass && !seen.not_asked.is_empty();
    let outcome = if warns { Outcome::Warn } else { finding.outcome };
    let advice: Vec<String> = finding.advice.into_iter().chain(left_out).collect();
    Finding { outcome, advice: Some(advice.join(" ")), ..finding }
}

/// The servers with the verb that goes with their number.
fn listed(servers: &[String], one: &str, many: &str) -> String {
    format!("{} {}", servers.join(", "), if servers.len() == 1 { one } else { many })
}

fn shown<'a>(servers: impl IntoIterator<Item = &'a SocketAddr>) -> Vec<String> {
    servers.into_iter().map(SocketAddr::to_string).collect()
}

/// Final responses that a healthy server gives to OPTIONS from someone it does not know.
const ALIVE: [u16; 8] = [200, 401, 403, 404, 405, 407, 483, 501];
