//! What keeps a test from costing more than was agreed, and from ever dialling an emergency number.

mod budget;
mod purse;

pub use budget::{Budget, Spent, Wish};
pub use purse::Purse;

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
    /// A call that would not stand in the ledger is not placed.
    #[error("{0}")]
    NoLedger(String),
    /// A billed trunk names the destinations that tests may dial.
    #[error("{0} is not in test.allow of this trunk: add it there to let tests dial it")]
    NotAllowed(String),
    /// More is asked for than may ever be spent on the trunk.
    #[error(
        "--budget asks for more than this trunk's own cap of {0}: ask for less, or raise test.max_calls or test.max_minutes in its settings"
    )]
    OverCap(Budget),
    /// The run needs more than it may spend.
    #[error(
        "this run needs {needed}, tests have spent {spent} on this trunk in the last hour, the budget is {budget}: raise it with --budget, choose fewer checks, or wait"
    )]
    OverBudget {
        /// What it needs.
        needed: Spent,
        /// What was spent before, by this run and by others.
        spent: Spent,
        /// What it may spend.
        budget: Budget,
    },
}

/// What a run was allowed to do about calls that cost money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Its user said that they may be placed.
    pub yes_billed: bool,
    /// It is a free suite: a check whose call may not be placed is left out, and the rest runs.
    pub free_suite: bool,
    /// What may be spent in an hour and what was spent in the last, for a free suite to leave out what
    /// goes beyond; `None` where that is no reason.
    pub left: Option<(Budget, Spent)>,
}

/// Looks at a whole run before anything is sent.
///
/// # Errors
/// The first reason not to begin.
pub fn examine(subject: &Subject, plans: &[Plan], purse: &Purse<'_>) -> Result<(), Refusal> {
    let least: Vec<Plan> = plans.iter().map(Plan::least).collect();
    let needed = Spent::of(&least);
    for number in plans.iter().filter_map(|plan| plan.number(subject)) {
        may_dial(subject, number)?;
    }
    if needed.calls == 0 || !subject.is_billed() {
        return Ok(());
    }
    consent(subject)?;
    purse.affords(subject, needed)
}

fn consent(subject: &Subject) -> Result<(), Refusal> {
    if subject.is_billed() && !subject.terms.yes_billed {
        return Err(Refusal::NoConsent(subject.name().to_owned()));
    }
    Ok(())
}

/// Why a free suite leaves out the check that would dial this number at this cost; `None` where it
/// dials it. An emergency number is no matter of money: it is refused whatever the suite.
pub(crate) fn left_out(subject: &Subject, number: &str, needed: Spent) -> Option<Refusal> {
    let refusal = may_dial(subject, number)
        .and_then(|()| consent(subject))
        .and_then(|()| within(subject, needed))
        .err()?;
    let money = matches!(
        refusal,
        Refusal::NoConsent(_) | Refusal::NotAllowed(_) | Refusal::OverBudget { .. }
    );
    (subject.terms.free_suite && money).then_some(refusal)
}

/// The numbers that one of these plans dials: of several, those that must not be dialled are passed
/// over, and the one that a call of another plan reaches.
pub fn dialled<'a>(subject: &'a Subject, plan: &Plan, plans: &[Plan]) -> Vec<&'a str> {
    let mut numbers = plan.numbers(subject);
    if matches!(plan, Plan::Dids(_)) && plans.iter().any(Plan::is_answered) {
        numbers.retain(|number| Some(*number) != subject.own_number());
    }
    if numbers.len() > 1 {
        numbers.retain(|number| may_dial(subject, number).is_ok());
    }
    numbers
}

/// All numbers that these plans dial, each once, in the order of the plans.
pub fn all_dialled<'a>(subject: &'a Subject, plans: &[Plan]) -> Vec<&'a str> {
    let mut numbers: Vec<&str> = Vec::new();
    for number in plans.iter().flat_map(|plan| dialled(subject, plan, plans)) {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

fn within(subject: &Subject, needed: Spent) -> Result<(), Refusal> {
    match subject.terms.left {
        Some((budget, spent)) if subject.is_billed() && !budget.covers(spent + needed) => {
            Err(Refusal::OverBudget { needed, spent, budget })
        }
        _ => Ok(()),
    }
}

/// True where a call to this number needs neither the user's word nor a change of the settings.
pub(crate) fn lets_through(subject: &Subject, number: &str) -> bool {
    may_dial(subject, number).and_then(|()| consent(subject)).is_ok()
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
    use std::{sync::LazyLock, time::Duration};

    use milliwatt_engine::{clock::SystemClock, settings::Trunk, spending::Ledger};

    use super::*;
    use crate::plan::{Call, Callee};

    static CLOCK: LazyLock<SystemClock> = LazyLock::new(SystemClock::new);

    fn purse(budget: Budget) -> Purse<'static> {
        Purse { budget, ledger: None, clock: &*CLOCK }
    }

    fn subject(number: &str, allow: &[&str]) -> Subject {
        let mut trunk = Trunk::default();
        trunk.trunk.domain = "sip.example.net".into();
        trunk.numbers.dids = vec![number.into()];
        trunk.test.allow = allow.iter().map(|a| (*a).to_owned()).collect();
        Subject::new(trunk)
    }

    /// What is said of a run with the user's word, or without.
    fn examined(
        subject: &Subject,
        plan: Plan,
        yes_billed: bool,
        budget: Budget,
    ) -> Result<(), Refusal> {
        let subject = subject.clone().with_terms(Terms { yes_billed, ..Terms::default() });
        examine(&subject, &[plan], &purse(budget))
    }

    fn dial(subject: &Subject, yes: bool) -> Result<(), Refusal> {
        examined(subject, Plan::Call(Call::answered()), yes, Budget::default())
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
    fn a_free_suite_leaves_out_what_may_not_be_dialled() {
        let needed = Spent::of(&[Plan::Challenge]);
        let terms = |yes_billed, free_suite| Terms { yes_billed, free_suite, left: None };
        let out = |allow: &[&str], terms| {
            left_out(&subject("+15550100", allow).with_terms(terms), "+15550100", needed)
        };
        let left =
            |allow: &[&str], yes_billed, free_suite| out(allow, terms(yes_billed, free_suite));
        assert!(matches!(left(&[], true, true), Some(Refusal::NotAllowed(_))));
        assert!(matches!(left(&["+1555*"], false, true), Some(Refusal::NoConsent(_))));
        assert_eq!(left(&["+1555*"], true, true), None);
        assert_eq!(left(&[], false, false), None);
        let helped = subject("911", &["*"]).with_terms(terms(false, true));
        assert_eq!(left_out(&helped, "911", needed), None, "it is refused, not passed over");
        let one = Budget { calls: 1, ..Budget::default() };
        for (spent, goes) in [(Spent::default(), true), (needed, false)] {
            let terms = Terms { left: Some((one, spent)), ..terms(true, true) };
            assert_eq!(out(&["+1555*"], terms).is_none(), goes, "{spent}");
        }
    }

    #[test]
    fn what_is_free_needs_nothing() {
        let subject = subject("911", &[]);
        assert_eq!(
            examine(&subject, &[Plan::Dns, Plan::options(1)], &purse(Budget::default())),
            Ok(())
        );
    }

    #[test]
    fn a_budget_is_a_limit() {
        let small = Budget { calls: 1, time: Duration::from_secs(10) };
        for plan in
            [Plan::Call(Call::answered()), Plan::Call(Call::to(Callee::Busy)), Plan::Challenge]
        {
            let refused = examined(&subject("+15550100", &["*"]), plan, true, small);
            assert!(matches!(refused, Err(Refusal::OverBudget { .. })), "a call counts 15 s");
        }
    }

    #[test]
    fn each_plan_answers_for_the_number_that_it_dials() {
        let mut subject = subject("+15550100", &["+15550199"]);
        subject.trunk.test.destination = Some("+15550199".into());
        let examined = |plan| examined(&subject, plan, true, Budget::default());
        assert_eq!(examined(Plan::Challenge), Ok(()));
        assert!(matches!(examined(Plan::Call(Call::answered())), Err(Refusal::NotAllowed(_))));
    }

    #[test]
    fn a_restart_does_not_renew_a_budget() {
        let folder = tempfile::tempdir().unwrap();
        let yes = Terms { yes_billed: true, ..Terms::default() };
        let subject = subject("+15550100", &["+1555*"]).with_terms(yes);
        let budget = Budget { calls: 3, time: Duration::from_secs(600) };
        let purse = || Purse {
            ledger: Some(Ledger::at(folder.path().join("spending.jsonl"))),
            ..purse(budget)
        };
        let call = Spent { calls: 1, time: Duration::from_secs(15) };
        for _ in 0..2 {
            purse().pay(&subject, call).unwrap();
        }
        assert_eq!(purse().spent(&subject), Ok(call + call));
        let calls = [Plan::Challenge, Plan::Call(Call::answered())];
        let refused = examine(&subject, &calls, &purse());
        assert!(matches!(refused, Err(Refusal::OverBudget { .. })), "{refused:?}");
        purse().pay(&subject, call).unwrap();
        assert!(matches!(purse().pay(&subject, call), Err(Refusal::OverBudget { .. })));
    }

    #[test]
    fn a_ledger_that_cannot_be_written_stops_the_call() {
        let folder = tempfile::tempdir().unwrap();
        let purse = Purse { ledger: Some(Ledger::at(folder.path())), ..purse(Budget::default()) };
        let call = Spent { calls: 1, time: Duration::from_secs(15) };
        let subject = subject("+15550100", &["+1555*"]);
        assert!(matches!(purse.pay(&subject, call), Err(Refusal::NoLedger(_))));
        assert!(matches!(purse.affords(&subject, call), Err(Refusal::NoLedger(_))));
    }

    proptest::proptest! {
        /// Whatever stands in the settings and in the list, no plan gets past the guard to an
        /// emergency number.
        #[test]
        fn no_settings_let_a_test_dial_an_emergency_number(
            before in "[0-9]{0,4}|\\+[1-9][0-9]{0,2}|0(0|11)[1-9][0-9]{0,2}|\\*31#",
            number in proptest::sample::select(vec!["112", "911", "999", "110", "119"]),
            scheme in proptest::sample::select(vec!["", "sip:", "tel:"]),
            after in proptest::sample::select(vec!["", "@example.net", ";phone-context=+1"]),
            billed in proptest::bool::ANY,
            as_did in proptest::bool::ANY,
        ) {
            let to = format!("{scheme}{before}{number}{after}");
            let mut subject = subject("+15550100", &["*"]);
            subject.trunk.test.billed = Some(billed);
            if as_did {
                subject.trunk.numbers.dids = vec![to.clone()];
            } else {
                subject.trunk.test.destination = Some(to.clone());
            }
            let plan = if as_did { Plan::Call(Call::answered()) } else { Plan::Challenge };
            let refused = examined(&subject, plan, true, Budget::default());
            proptest::prop_assert_eq!(refused, Err(Refusal::Emergency(to)));
        }
    }
}
