//! `loop.complete`: a call to our own number comes back and is answered.

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Callee, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// A call to our own number comes back and is answered.
pub(super) struct LoopComplete;

impl Check for LoopComplete {
    fn id(&self) -> &'static str {
        "loop.complete"
    }

    fn page(&self) -> Page {
        Page {
            title: "a call to ourselves goes round",
            what: "Dials our own number through the trunk, answers it when it comes in, and waits for both sides to be up.",
            why: "The trunk has one channel, the number is not routed here, or calls out are refused.",
            pass: "Both legs answered.",
            reference: "RFC 3261 §13",
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
        let code = call.calling.report.as_ref().and_then(|r| r.code);
        let called = call.called.as_ref().is_some_and(|leg| leg.answered);
        let finding = match (call.calling.answered, called, code) {
            (true, true, _) => Finding::pass(),
            (true, false, _) => Finding::fail(
                Fault::Provider,
                "Somebody else answered our own number: the call did not come here.",
            ),
            (false, false, _) if !call.strangers.is_empty() => Finding::fail(
                Fault::Provider,
                "A call came in, but neither for the number that was dialled nor from ours: it was not taken for the test's own.",
            )
            .measured("other_calls_for", call.strangers.clone()),
            (false, _, Some(486)) => {
                Finding::warn("The trunk has one channel: a call to ourselves needs two.")
            }
            (false, _, _) => Finding::fail(
                Fault::Provider,
                call.calling
                    .report
                    .as_ref()
                    .and_then(|r| r.advice.clone())
                    .unwrap_or_else(|| "The call to our own number was not answered.".into()),
            ),
        };
        finding.measured("code", code)
    }
}
