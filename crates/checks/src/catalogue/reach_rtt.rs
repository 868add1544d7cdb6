//! `reach.rtt`: how long an answer takes, over ten requests.

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits, Outcome},
};

/// How long an answer takes, over ten requests.
pub(super) struct RoundTrip;

impl Check for RoundTrip {
    fn id(&self) -> &'static str {
        "reach.rtt"
    }

    fn page(&self) -> Page {
        Page {
            title: "answers come quickly",
            what: "Sends ten OPTIONS one after the other and takes the time of each.",
            why: "The way to the provider is long or loses packets.",
            pass: "95 % of the answers within 150 ms, none sent twice.",
            reference: "RFC 3261 §17.1.2.2",
        }
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 150.0, warn: 300.0 })
    }

    fn plan(&self, _subject: &Subject) -> Result<Plan, Finding> {
        Ok(Plan::options(10))
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let mut times: Vec<f64> =
            seen.options.iter().filter(|o| o.code.is_some()).map(|o| o.took_ms).collect();
        if times.is_empty() {
            return Finding::nothing_to_see("the trunk did not answer OPTIONS");
        }
        times.sort_by(f64::total_cmp);
        let rank = (times.len() * 95).div_ceil(100).saturating_sub(1);
        let p95 = times.get(rank).copied().unwrap_or(f64::MAX);
        let again: u32 = seen.options.iter().map(|o| o.retransmits).sum();
        let unanswered = seen.options.iter().filter(|o| o.code.is_none()).count();
        let finding = limits.at_most(
            "p95_ms",
            p95,
            Fault::Network,
            "The way to the provider is slow: choose a nearer point of presence.",
        );
        let finding = match (finding.outcome, again, unanswered) {
            (_, _, 1..) | (_, 2.., _) => Finding::fail(
                Fault::Network,
                "Requests or answers are lost on the way: check the network, then ask the provider.",
            )
            .measured("p95_ms", p95),
            (Outcome::Pass, 1, _) => {
                Finding::warn("One request had to be sent again.").measured("p95_ms", p95)
            }
            _ => finding,
        };
        finding.measured("answers", times.len()).measured("retransmits", again)
    }
}
