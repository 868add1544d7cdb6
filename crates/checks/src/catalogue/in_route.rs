//! `in.route`: a call to each of our numbers comes in here.

use std::slice;

use crate::{
    check::{Check, Level, Page},
    observation::{Call, NotDialled, Observation},
    plan::{Callee, Plan},
    subject::{Subject, same_number},
    verdict::{Fault, Finding, Limits, Outcome},
};

/// A call to each of our numbers comes in here.
pub(super) struct InRoute;

impl Check for InRoute {
    fn id(&self) -> &'static str {
        "in.route"
    }

    fn page(&self) -> Page {
        Page {
            title: "calls to our numbers reach us",
            what: "Dials each of our own numbers, as far as the budget goes, and waits for it to come in.",
            why: "A number is not routed to this trunk in the provider's portal, or NAT closed the way back.",
            pass: "Each comes in within six seconds, for the number that was dialled.",
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
        Plan::dids(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let calls = match seen.call(Callee::Answers) {
            Some(call) if seen.dids.is_empty() && seen.not_dialled.is_empty() => {
                slice::from_ref(call)
            }
            _ => &seen.dids,
        };
        let each: Vec<(&Call, Finding)> =
            calls.iter().map(|call| (call, route_of(call, limits))).collect();
        let worst = [Outcome::Fail, Outcome::Warn, Outcome::Pass].into_iter().find_map(|outcome| {
            let alike = |(_, finding): &&(&Call, Finding)| finding.outcome == outcome;
            each.iter().find(alike).map(|(_, finding)| finding.clone())
        });
        let Some(finding) = worst else {
            return not_reached(Finding::nothing_to_see("no call was placed"), &seen.not_dialled);
        };
        let finding = with_others(finding, &each);
        let mut came = serde_json::Map::new();
        for call in calls {
            came.insert(call.number.clone(), call.came_after_ms.into());
        }
        not_reached(finding, &seen.not_dialled).measured("came_after_ms_of", came)
    }
}

/// What is said of one number.
fn route_of(call: &Call, limits: Limits) -> Finding {
    let Some(after) = call.came_after_ms else {
        return Finding::fail(
            Fault::Provider,
            format!(
                "{} is not routed to this trunk: set it in the provider's portal.",
                call.number
            ),
        )
        .measured("other_calls_for", call.strangers.clone());
    };
    let told = call.did.as_deref().unwrap_or_default();
    let finding = if same_number(told, &call.number) {
        limits.at_most(
            "came_after_ms",
            after,
            Fault::Provider,
            format!("Calls to {} take long to reach us.", call.number),
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

/// The worst finding, with the other numbers that failed too.
fn with_others(finding: Finding, each: &[(&Call, Finding)]) -> Finding {
    let failed: Vec<String> = each
        .iter()
        .filter(|(_, finding)| finding.outcome == Outcome::Fail)
        .map(|(call, _)| call.number.clone())
        .collect();
    let more = match failed.split_first() {
        Some((_, others)) if !others.is_empty() => {
            format!(" Nor do calls to {} come in as they should.", others.join(", "))
        }
        _ => return finding,
    };
    let advice = finding.advice.clone().unwrap_or_default() + &more;
    Finding { advice: Some(advice), ..finding }.measured("failed", failed)
}

/// Names the numbers of which nothing is known: a pass of the others is none of theirs.
fn not_reached(finding: Finding, numbers: &[(String, NotDialled)]) -> Finding {
    if numbers.is_empty() {
        return finding;
    }
    let each = numbers.iter().map(|(number, why)| format!("{number} ({})", reason(*why)));
    let text = format!("Not dialled: {}.", each.collect::<Vec<_>>().join(", "));
    let finding = match (finding.outcome, finding.advice.as_deref()) {
        (Outcome::Pass, _) => Finding { outcome: Outcome::Warn, advice: Some(text), ..finding },
        (_, Some(advice)) => Finding { advice: Some(format!("{advice} {text}")), ..finding },
        (_, None) => Finding { advice: Some(text), ..finding },
    };
    let numbers: Vec<String> = numbers.iter().map(|(number, _)| number.clone()).collect();
    finding.measured("not_dialled", numbers)
}

fn reason(why: NotDialled) -> &'static str {
    match why {
        NotDialled::Emergency => "it may reach an emergency service",
        NotDialled::NotAllowed => "not in test.allow",
        NotDialled::OverBudget => "the budget does not reach to it",
        NotDialled::TooMany => "more numbers than one run dials",
    }
}
