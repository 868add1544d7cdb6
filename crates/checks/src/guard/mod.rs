//! What keeps a test from costing more than was agreed, and from ever dialling an emergency number.

mod budget;

pub use budget::{Budget, Spent};

use milliwatt_engine::emergency::needs_a_person;

use crate::{plan::Plan, subject::Subject};

/// Why a run was stopped before it began, or in the middle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Never dialled by a test, whatever the flags.
    #[error("{0} may reach an emergency service: tests never dial it")]
    Emergency(String),
    /// A billed trunk needs its user's word.
    #[error(
        "calls on trunk '{0}' cost money: say --yes-billed to allow them, or set test.billed = false if they do not"
    )]
    NoConsent(String),
    /// A billed trunk names the destinations that tests may dial.
    #[error("{0} is not in test.allow of this trunk: add it there to let tests dial it")]
    NotAllowed(String),
    /// The run needs more than it may spend.
    #[error(
        "this run needs {needed}, the budget is {budget}: raise it with --budget, or choose fewer checks"
    )]
    OverBudget {
        /// What it needs.
        needed: Spent,
        /// What it may spend.
        budget: Budget,
    },
}

/// Looks at a whole run before anything is sent.
///
/// # Errors
/// The first reason not to begin.
pub fn examine(
    subject: &Subject,
    plans: &[Plan],
    yes_billed: bool,
    budget: Budget,
) -> Result<(), Refusal> {
    let needed = Spent::of(plans);
    if needed.calls == 0 {
        return Ok(());
    }
    for number in [subject.own_number(), subject.destination()].into_iter().flatten() {
        may_dial(subject, number)?;
    }
    if !subject.is_billed() {
        return Ok(());
    }
    if !yes_billed {
        return Err(Refusal::NoConsent(subject.name().to_owned()));
    }
    if budget.covers(needed) { Ok(()) } else { Err(Refusal::OverBudget { needed, budget }) }
}

/// The last word before a test dials a number, whatever was looked at before.
///
/// # Errors
/// Why it must not be dialled.
pub(crate) fn may_dial(subject: &Subject, number: &str) -> Result<(), Refusal> {
    if needs_a_person(number, &subject.trunk) {
        return Err(Refusal::Emergency(number.to_owned()));
    }
    if subject.is_billed() && !subject.trunk.test.allows(number) {
        return Err(Refusal::NotAllowed(number.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use milliwatt_engine::settings::Trunk;

    use super::*;
    use crate::plan::Call;

    fn subject(number: &str, allow: &[&str]) -> Subject {
        let mut trunk = Trunk::default();
        trunk.trunk.domain = "sip.example.net".into();
        trunk.numbers.dids = vec![number.into()];
        trunk.test.allow = allow.iter().map(|a| (*a).to_owned()).collect();
        Subject::new(trunk)
    }

    fn dial(subject: &Subject, yes: bool) -> Result<(), Refusal> {
        examine(subject, &[Plan::Call(Call::answered())], yes, Budget::default())
    }

    #[test]
    fn a_billed_trunk_needs_consent_and_a_list() {
        assert!(matches!(dial(&subject("+15550100", &[]), true), Err(Refusal::NotAllowed(_))));
        assert!(matches!(
            dial(&subject("+15550100", &["+1555*"]), false),
            Err(Refusal::NoConsent(_))
        ));
        assert_eq!(dial(&subject("+15550100", &["+1555*"]), true), Ok(()));
    }

    #[test]
    fn a_trunk_on_loopback_is_free() {
        let mut subject = subject("+15550100", &[]);
        subject.trunk.trunk.domain = "127.0.0.1:5060".into();
        assert_eq!(dial(&subject, false), Ok(()));
    }

    #[test]
    fn no_flag_lets_a_test_dial_an_emergency_number() {
        for number in [
            "911",
            "+1911",
            "9911",
            "112",
            "sip:911@x",
            "urn:service:sos",
            "tel:911;phone-context=+1",
        ] {
            let mut subject = subject(number, &["*"]);
            subject.trunk.test.billed = Some(false);
            assert!(matches!(dial(&subject, true), Err(Refusal::Emergency(_))), "{number}");
        }
    }

    #[test]
    fn what_is_free_needs_nothing() {
        let subject = subject("911", &[]);
        assert_eq!(
            examine(&subject, &[Plan::Dns, Plan::Options(1)], false, Budget::default()),
            Ok(())
        );
    }

    #[test]
    fn a_budget_is_a_limit() {
        let small = Budget { calls: 1, time: Duration::from_secs(10) };
        let calls = [Plan::Call(Call::answered())];
        let refused = examine(&subject("+15550100", &["*"]), &calls, true, small);
        assert!(matches!(refused, Err(Refusal::OverBudget { .. })), "an answered call counts 15 s");
    }
}
