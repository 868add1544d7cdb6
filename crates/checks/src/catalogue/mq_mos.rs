//! `mq.mos`: the estimated quality of the sound.

use std::time::Duration;

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// The estimated quality of the sound.
pub(super) struct Mos;

impl Check for Mos {
    fn id(&self) -> &'static str {
        "mq.mos"
    }

    fn page(&self) -> Page {
        Page {
            title: "the sound is good",
            what: "Rates codec, loss and late packets after the E-model, on both sides: for a listener (LQ), and with the delay for a conversation (CQ).",
            why: "Loss, late packets or a long way; the other mq checks say which.",
            pass: "An estimated MOS-CQ of at least 4.0.",
            reference: "G.107, G.113",
        }
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 4.0, warn: 3.6 })
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call { talk: TWO_REPORTS, ..Call::answered() }.plan(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let talk = match seen.worst(|media| media.mos_cq, f64::min) {
            Ok(talk) => talk,
            Err(nothing) => return nothing,
        };
        let listening = seen.worst(|media| media.mos_lq, f64::min).ok();
        // Delay lowers a conversation alone (G.107 §7.4).
        let advice = if listening.is_some_and(|mos| mos >= limits.pass) {
            "The sound itself is good, but it comes late: people talk over each other. Choose a nearer server of the provider."
        } else {
            "The estimated quality is low; see loss and jitter for the cause."
        };
        limits.at_least("mos_cq", talk, Fault::Network, advice).measured("mos_lq", listening)
    }
}

/// Delay is known when a report has answered one of ours: after 9.3 s at most, the first of them being
/// due after half the interval of RFC 3550 §6.2, and a round trip.
const TWO_REPORTS: Duration = Duration::from_secs(11);
