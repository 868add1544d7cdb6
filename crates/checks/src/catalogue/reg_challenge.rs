//! `reg.challenge`: how the trunk asks for our password.

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// How the trunk asks for our password.
pub(super) struct Challenge;

impl Check for Challenge {
    fn id(&self) -> &'static str {
        "reg.challenge"
    }

    fn page(&self) -> Page {
        Page {
            title: "the log-in question is sound",
            what: "Reads realm, nonce, qop and algorithm of the challenge.",
            why: "The challenge lacks a part, or uses no algorithm that is known.",
            pass: "Digest with a realm, a nonce, qop=auth and a known algorithm.",
            reference: "RFC 3261 §22.4, RFC 8760",
        }
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::registration(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some(registering) = &seen.registration else {
            return Finding::nothing_to_see("nothing was registered");
        };
        let Some(challenges) = &registering.challenges else {
            return Finding::not_applicable("the trunk let us in without asking for a password");
        };
        let Some(chosen) = &challenges.chosen else {
            return Finding::fail(Fault::Provider, "The provider's log-in question is malformed or uses an unknown algorithm: send them this report.")
                .measured("challenges", challenges.values.clone());
        };
        let digest: Vec<&String> = challenges.values.iter().filter(|v| is_digest(v)).collect();
        let lacking =
            |name: &str| digest.iter().all(|v| parameter(v, name).is_none_or(str::is_empty));
        let finding = if lacking("realm") || lacking("nonce") {
            Finding::fail(
                Fault::Provider,
                "The provider's log-in question lacks realm or nonce: send them this report.",
            )
        } else if lacking("qop") {
            Finding::warn(
                "The provider asks without qop: an answer that was overheard can be used again.",
            )
        } else {
            Finding::pass()
        };
        finding.measured("algorithm", chosen.clone()).measured("offered", digest.len())
    }
}

fn is_digest(challenge: &str) -> bool {
    challenge.trim_start().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("digest "))
}

/// The value of a parameter, quotes taken off. Enough to see what is there and what is not; the
/// engine is the one that answers.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let parts = challenge.trim_start().get(7..)?.split(',');
    parts
        .filter_map(|part| part.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().trim_matches('"'))
}
