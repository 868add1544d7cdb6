//! `out.answer`: a call out is answered, sound flows, and we hang up or they do.

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Callee, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// A call out is answered, sound flows, and we hang up or they do.
pub(super) struct OutAnswer;

impl Check for OutAnswer {
    fn id(&self) -> &'static str {
        "out.answer"
    }

    fn page(&self) -> Page {
        Page {
            title: "a call out works",
            what: "Places a call, waits for the answer and for sound, and ends it.",
            why: "Calls out are locked, the number format is wrong, or no sound comes back.",
            pass: "200, sound, and an end that both sides know of.",
            reference: "RFC 3261 §13, §15",
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
        let Some(call) = seen.call(Callee::Answers) else {
            return Finding::nothing_to_see("no call was placed");
        };
        let Some(report) = &call.calling.report else {
            return Finding::fail(Fault::Provider, "The call did not come to an end.");
        };
        let finding = if !call.calling.answered {
            let advice =
                report.advice.clone().unwrap_or_else(|| "The call was not answered.".into());
            Finding::fail(Fault::Provider, advice)
        } else if report.media.received == 0 {
            Finding::fail(
                Fault::Network,
                "The call was answered, but no sound came: a firewall or NAT blocks it.",
            )
        } else {
            Finding::pass()
        };
        finding.measured("code", report.code).measured("answered_ms", report.timing_ms.answered)
    }
}
