//! `mq.loss`: how much sound is lost on the way.

use milliwatt_engine::api::Media;

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits, Outcome},
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
            what: "Counts the packets that never came, on both sides, and how many of them were lost in a row. One that comes too late is not lost: mq.jitter tells of it.",
            why: "A full line, Wi-Fi, or a fault at the provider.",
            pass: "At most half a per cent, and never 100 ms in a row. The burst ratio is 1 where losses are random; the densities are the loss within bursts and between them.",
            reference: "RFC 3550 §6.4, RFC 3611 §4.7.2, G.1020",
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
        let loss = match seen.worst(|media| media.loss_percent, f64::max) {
            Ok(loss) => loss,
            Err(nothing) => return nothing,
        };
        let judged = limits.at_most(
            "loss_percent",
            loss,
            Fault::Network,
            "Packets get lost: try a cable instead of Wi-Fi; if it stays, ask the provider.",
        );
        let burst = seen.worst(|media| media.longest_gap_ms, f64::max).unwrap_or_default();
        let judged = if burst >= LONG_BURST_MS && judged.outcome != Outcome::Fail {
            let advice = format!(
                "Packets get lost in a row, {burst:.0} ms of sound at once: words are missing. Try a cable instead of Wi-Fi; if it stays, ask the provider."
            );
            Finding {
                outcome: Outcome::Fail,
                fault: Some(Fault::Network),
                advice: Some(advice),
                ..judged
            }
        } else {
            judged
        };
        let worst = |figure: fn(&Media) -> Option<f64>| seen.worst(figure, f64::max).ok();
        judged
            .limit("burst_below_ms", LONG_BURST_MS)
            .measured("worst_burst_ms", burst)
            .measured("burst_ratio", worst(|media| media.burst_ratio))
            .measured("burst_density_percent", worst(|media| media.burst_density_percent))
            .measured("gap_density_percent", worst(|media| media.gap_density_percent))
    }
}

/// Sound lost in a row that a listener takes for a missing word, ms.
const LONG_BURST_MS: f64 = 100.0;
