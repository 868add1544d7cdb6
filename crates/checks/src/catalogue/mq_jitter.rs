//! `mq.jitter`: how evenly the sound arrives.

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// How evenly the sound arrives.
pub(super) struct Jitter;

impl Check for Jitter {
    fn id(&self) -> &'static str {
        "mq.jitter"
    }

    fn page(&self) -> Page {
        Page {
            title: "sound arrives evenly",
            what: "Measures the interarrival jitter on both sides.",
            why: "Wi-Fi, a full line, or no priority for voice.",
            pass: "At most 20 ms.",
            reference: "RFC 3550 §6.4.1",
        }
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 20.0, warn: 50.0 })
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call::answered().plan(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let worst = seen.worst(|media| media.jitter_ms, f64::max);
        worst.map_or_else(
            |nothing| nothing,
            |worst| {
                limits.at_most(
                    "jitter_ms",
                    worst,
                    Fault::Network,
                    "Packets arrive unevenly: Wi-Fi or a full line; give voice priority.",
                )
            },
        )
    }
}
