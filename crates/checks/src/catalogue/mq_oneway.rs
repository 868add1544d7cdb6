//! `mq.oneway`: does one side hear nothing for a while?

use crate::{
    check::{Check, Level, Page},
    observation::{Leg, Observation},
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Does one side hear nothing for a while?
pub(super) struct OneWaySound;

impl Check for OneWaySound {
    fn id(&self) -> &'static str {
        "mq.oneway"
    }

    fn page(&self) -> Page {
        Page {
            title: "nobody talks into silence",
            what: "Looks for three seconds in a row without packets, on either side.",
            why: "A NAT or firewall closes, or the trunk sends the sound to the wrong place.",
            pass: "Sound on both sides all the time.",
            reference: "RFC 3264 §5.1, RFC 4961",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call::answered().plan(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some((call, called)) = seen.talk() else {
            return Finding::nothing_to_see("no call was answered");
        };
        match (is_silent(&call.calling), is_silent(called)) {
            (false, false) => Finding::pass(),
            (true, false) => Finding::fail(Fault::Network, "They hear you, you do not hear them."),
            (false, true) => Finding::fail(Fault::Network, "You hear them, they do not hear you."),
            (true, true) => Finding::fail(Fault::Network, "Neither side hears the other."),
        }
        .measured("calling_received", call.calling.media().map(|m| m.received))
        .measured("called_received", called.media().map(|m| m.received))
    }
}

/// Seconds without a packet that a person takes for a dead line.
const SILENT_SECONDS: usize = 3;

fn is_silent(leg: &Leg) -> bool {
    let quiet = |run: &[milliwatt_engine::api::Media]| run.iter().all(|s| s.received == 0);
    leg.seconds.windows(SILENT_SECONDS).any(quiet) || leg.media().is_none_or(|m| m.received == 0)
}
