//! `in.route`: a call to our number comes in here.

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Callee, Plan},
    subject::{Subject, same_number},
    verdict::{Fault, Finding, Limits},
};

/// A call to our number comes in here.
pub(super) struct InRoute;

impl Check for InRoute {
    fn id(&self) -> &'static str {
        "in.route"
    }

    fn page(&self) -> Page {
        Page {
            title: "calls to our number reach us",
            what: "Dials our own number and waits for it to come in.",
            why: "The number is not routed to this trunk in the provider's portal, or NAT closed the way back.",
            pass: "It comes in within six seconds, for the number that was dialled.",
            reference: "RFC 3261 §16.5",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 6000.0, warn: 10000.0 })
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call::answered().plan(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let Some(call) = seen.call(Callee::Answers) else {
            return Finding::nothing_to_see("no call was placed");
        };
        let Some(after) = call.came_after_ms else {
            let finding = Finding::fail(
                Fault::Provider,
                format!(
                    "{} is not routed to this trunk: set it in the provider's portal.",
                    call.number
                ),
            );
            return finding.measured("other_calls_for", call.strangers.clone());
        };
        let told = call.did.as_deref().unwrap_or_default();
        let finding = if same_number(told, &call.number) {
            limits.at_most(
                "came_after_ms",
                after,
                Fault::Provider,
                "Incoming calls take long to reach us.",
            )
        } else if told.contains(|c: char| c.is_ascii_alphabetic()) || told.is_empty() {
            Finding::warn(
                "The call came in, but for a name instead of the number that was dialled: set numbers.did_in to the field in which the provider tells the number, such as \"to\".",
            )
        } else {
            Finding::fail(
                Fault::Provider,
                format!("{} was dialled, and the call came in for {told}.", call.number),
            )
        };
        finding.measured("did", call.did.clone())
    }
}
