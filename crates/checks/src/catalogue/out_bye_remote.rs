//! `out.bye-remote`: the far end hangs up, and we are told.

use milliwatt_engine::api::Side;

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// The far end hangs up, and we are told.
pub(super) struct ByeRemote;

impl Check for ByeRemote {
    fn id(&self) -> &'static str {
        "out.bye-remote"
    }

    fn page(&self) -> Page {
        Page {
            title: "a hang-up at the far end ends the call",
            what: "The called side hangs up; the time until the calling side is told is taken.",
            why: "The trunk swallows the BYE, or sends it to an address that is not ours.",
            pass: "Told within two seconds.",
            reference: "RFC 3261 §15.1",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 2000.0, warn: 5000.0 })
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call::answered().plan(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let Some((call, _)) = seen.talk() else {
            return Finding::nothing_to_see("no call was answered");
        };
        let by_remote =
            call.calling.report.as_ref().is_some_and(|r| r.hangup_by == Some(Side::Remote));
        match call.calling.end_after_ms {
            Some(after) if by_remote => limits.at_most(
                "told_after_ms",
                after,
                Fault::Provider,
                "Calls end late when the other side hangs up.",
            ),
            _ => Finding::fail(
                Fault::Provider,
                "Calls do not end when the other side hangs up: the BYE does not reach us.",
            ),
        }
    }
}
