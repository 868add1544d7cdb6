//! `mq.loss`: how much sound is lost on the way.

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// How much sound is lost on the way.
pub(super) struct Loss;

impl Check for Loss {
    fn id(&self) -> &'static str {
        "mq.loss"
    }

    fn page(&self) -> Page {
        Page {
            title: "no sound is lost",
            what: "Counts the packets that never came, on both sides.",
            why: "A full line, Wi-Fi, or a fault at the provider.",
            pass: "Less than half a per cent.",
            reference: "RFC 3550 §6.4, G.1020",
        }
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 0.5, warn: 3.0 })
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call::answered().plan(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let Some((call, called)) = seen.talk() else {
            return Finding::nothing_to_see("no call was answered");
        };
        let figures = [call.calling.media(), called.media()];
        let Some(worst) =
            figures.into_iter().flatten().filter_map(|m| m.loss_percent).reduce(f64::max)
        else {
            return Finding::nothing_to_see("no sound was received");
        };
        limits.at_most(
            "loss_percent",
            worst,
            Fault::Network,
            "Packets get lost: try a cable instead of Wi-Fi; if it stays, ask the provider.",
        )
    }
}
