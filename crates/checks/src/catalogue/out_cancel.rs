//! `out.cancel`: a call that we take back stops ringing.

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Callee, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// A call that we take back stops ringing.
pub(super) struct Cancel;

impl Check for Cancel {
    fn id(&self) -> &'static str {
        "out.cancel"
    }

    fn page(&self) -> Page {
        Page {
            title: "taking a call back works",
            what: "Lets our own number ring, sends CANCEL, and waits for both sides to be told.",
            why: "The trunk does not pass CANCEL on: phones ring on after the caller gave up.",
            pass: "487 within two seconds, and the other side stops ringing.",
            reference: "RFC 3261 §9.1",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn level(&self) -> Level {
        Level::OnNet
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 2000.0, warn: 5000.0 })
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call::to(Callee::Rings).plan(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let Some(call) = seen.call(Callee::Rings) else {
            return Finding::nothing_to_see("no call was placed");
        };
        let report = call.calling.report.as_ref();
        let code = report.and_then(|report| report.code);
        if call.called.is_none() {
            let advice = report.and_then(|report| report.advice.clone());
            let advice =
                advice.unwrap_or_else(|| "The call did not come in to us: see in.route.".into());
            return Finding::fail(Fault::Provider, advice).measured("code", code);
        }
        if call.calling.progress.iter().all(|(code, _)| *code < 180) {
            return Finding::fail(
                Fault::Provider,
                "The called side rang, but no ringing was told to us.",
            );
        }
        let Some(after) = call.calling.end_after_ms.filter(|_| code == Some(487)) else {
            return Finding::fail(Fault::Provider, "Taking a call back is not confirmed with 487.")
                .measured("code", code);
        };
        let stopped = call.called.as_ref().and_then(|leg| leg.end_after_ms);
        match stopped {
            None => Finding::fail(
                Fault::Provider,
                "Phones ring on after you hang up: the CANCEL is not passed on.",
            ),
            Some(stopped) => limits.at_most(
                "slowest_ms",
                after.max(stopped),
                Fault::Provider,
                "Phones ring on for a while after you hang up.",
            ),
        }
    }
}
