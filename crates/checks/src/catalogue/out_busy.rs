//! `out.busy`: busy at the far end is told as busy.

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Callee, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Busy at the far end is told as busy.
pub(super) struct Busy;

impl Check for Busy {
    fn id(&self) -> &'static str {
        "out.busy"
    }

    fn page(&self) -> Page {
        Page {
            title: "busy is told as busy",
            what: "Calls our own number, refuses it with 486, and reads what the caller is told.",
            why: "The trunk turns busy into another signal, or sends the caller to an announcement.",
            pass: "486 arrives as 486.",
            reference: "RFC 3261 §21.4.24, RFC 3398 §8",
        }
    }

    fn level(&self) -> Level {
        Level::OnNet
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call::to(Callee::Busy).plan(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some(call) = seen.call(Callee::Busy) else {
            return Finding::nothing_to_see("no call was placed");
        };
        if call.called.is_none() {
            return Finding::nothing_to_see("the call did not come in, so it could not be refused");
        }
        let code = call.calling.report.as_ref().and_then(|r| r.code);
        let finding = match code {
            Some(486) => Finding::pass(),
            Some(480 | 600 | 603) => Finding::warn(
                "The provider turns busy into another signal: callers may hear the wrong tone.",
            ),
            _ => Finding::fail(
                Fault::Provider,
                "The provider turns busy into something else: callers hear the wrong tone or an announcement.",
            ),
        };
        finding.measured("code", code)
    }
}
