//! `out.answer`: a call out is answered, sound flows both ways, and both sides know of its end.

use std::time::Duration;

use milliwatt_engine::trace::ByeAnswer;

use crate::{
    check::{Check, Level, Page},
    observation::{Leg, Observation},
    plan::{Call, Callee, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// A call out is answered, sound flows both ways, and both sides know of its end.
pub(super) struct OutAnswer;

impl Check for OutAnswer {
    fn id(&self) -> &'static str {
        "out.answer"
    }

    fn page(&self) -> Page {
        Page {
            title: "a call out works",
            what: "Places a call, waits for the answer and for sound on both sides, and ends it.",
            why: "Calls out are locked, the number format is wrong, or no sound comes back.",
            pass: "200, sound both ways, and an end that both sides know of and the trunk confirms. A BYE that is answered after more than 2 s is a warning.",
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
        let report = call.calling.report.as_ref();
        let finding = match (&call.called, report) {
            (Some(called), _) if call.calling.answered => {
                call.unplayable().unwrap_or_else(|| answered(&call.calling, called))
            }
            (None, _) if call.calling.answered => Finding::nothing_to_see(
                "somebody else answered: whether they hear us, and know of the end, is not known",
            ),
            (_, Some(report)) => Finding::fail(
                if report.unreachable { Fault::Network } else { Fault::Provider },
                report.advice.clone().unwrap_or_else(|| "The call was not answered.".into()),
            ),
            (_, None) => Finding::fail(Fault::Provider, "The call did not come to an end."),
        };
        finding
            .measured("code", report.and_then(|r| r.code))
            .measured("answered_ms", report.and_then(|r| r.timing_ms.answered))
    }
}

/// A BYE that is lost on the way twice is answered by then (Timer E, RFC 3261 §17.1.2.2).
const SLOW: Duration = Duration::from_secs(2);

/// Sound both ways, and an end that both know of.
fn answered(calling: &Leg, called: &Leg) -> Finding {
    let finding = match (calling.received(), called.received()) {
        (0, 0) => Finding::fail(
            Fault::Network,
            "The call was answered, but no sound came, either way: a firewall or NAT blocks it.",
        ),
        (0, _) => Finding::fail(
            Fault::Network,
            "The call was answered, but no sound came: a firewall or NAT blocks it.",
        ),
        (_, 0) => Finding::fail(
            Fault::Network,
            "The call was answered, but the called side hears nothing: a firewall blocks sound on its way out, or the trunk loses it.",
        ),
        _ if !(calling.knows_the_end() && called.knows_the_end()) => Finding::fail(
            Fault::Provider,
            "One side hung up and the other was not told: the call goes on, and costs.",
        ),
        _ => confirmed([calling, called]),
    };
    finding
        .measured("calling_received", calling.received())
        .measured("called_received", called.received())
        .measured("calling_ended", calling.knows_the_end())
        .measured("called_ended", called.knows_the_end())
}

/// The side that hung up has the trunk's word that the call is over.
fn confirmed(sides: [&Leg; 2]) -> Finding {
    let ended = sides.into_iter().find(|leg| leg.hung_up());
    match ended.map(|leg| leg.bye_answer) {
        Some(Some(ByeAnswer { code: 200..=299, after })) if after > SLOW => Finding::warn(
            "The trunk takes long to answer our BYE: it may bill the call until then.",
        )
        .measured("bye_answered_ms", after.as_secs_f64() * 1000.0),
        None | Some(Some(ByeAnswer { code: 200..=299, .. })) => Finding::pass(),
        Some(Some(ByeAnswer { code, .. })) => Finding::fail(
            Fault::Provider,
            format!("The trunk answers our BYE with {code}: for it the call may go on, and cost."),
        )
        .measured("bye_code", code),
        Some(None) => Finding::fail(
            Fault::Provider,
            "The trunk does not answer our BYE: for it the call may go on, and cost.",
        ),
    }
}
