//! `mq.mos`: the estimated quality of the sound.

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
            what: "Rates codec, loss, late packets and delay after the E-model, on both sides.",
            why: "Loss, late packets or a long way; the other mq checks say which.",
            pass: "An estimated MOS of at least 4.0.",
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
        Call::answered().plan(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let Some((call, called)) = seen.talk() else {
            return Finding::nothing_to_see("no call was answered");
        };
        let figures = [call.calling.media(), called.media()];
        let Some(worst) = figures.into_iter().flatten().filter_map(|m| m.mos_cq).reduce(f64::min)
        else {
            return Finding::nothing_to_see("no sound was received");
        };
        limits.at_least(
            "mos_cq",
            worst,
            Fault::Network,
            "The estimated quality is low; see loss and jitter for the cause.",
        )
    }
}
