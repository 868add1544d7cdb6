//! `in.route`: does a call to our number come in?

use milliwatt_checks::{
    catalogue,
    verdict::{Fault, Finding, Outcome},
};
use milliwatt_engine::settings::Trunk;

use milliwatt_test_trunk::Faults;

use super::{assert_failure, assert_outcome, faulty, good, perform_with, set_up};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("in.route");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["did"], "+15550100");
}

#[test]
fn fails_when_it_comes_in_for_another_number() {
    let finding = faulty("other-did=+15550105", "in.route");
    assert_failure(&finding, Fault::Provider, "came in for +15550105");
    assert_eq!(finding.measured["did"], "+15550105");
}

#[test]
fn fails_when_the_number_is_not_routed() {
    let finding = faulty("did-unrouted", "in.route");
    assert_failure(&finding, Fault::Provider, "+15550100 is not routed");
}

/// The second is nobody's, the third is of a user whose phone is not there.
#[test]
fn dials_each_number_and_names_those_that_are_not_routed() {
    let finding = set_up("in.route", |trunk| {
        trunk.numbers.dids =
            ["+15550100", "+15550199", "+15550110", "+15550101"].map(str::to_owned).into();
    });
    assert_failure(&finding, Fault::Provider, "+15550199 is not routed");
    assert!(finding.advice.is_some_and(|a| a.contains("Nor do calls to +15550110")));
    let came = &finding.measured["came_after_ms_of"];
    assert!(came["+15550100"].is_number() && came["+15550101"].is_number(), "{came}");
    assert!(came["+15550199"].is_null() && came["+15550110"].is_null(), "{came}");
}

/// What is found of two numbers on a trunk with these faults.
fn of_two_numbers(faults: &[&str]) -> Finding {
    let mut set = Faults::default();
    faults.iter().for_each(|fault| set.set(fault).unwrap());
    let dids = |trunk: &mut Trunk| {
        trunk.numbers.dids = ["+15550100", "+15550101"].map(str::to_owned).into();
    };
    let check = catalogue::find("in.route").unwrap();
    super::finding(&perform_with(set, dids, |_| vec![check]).report, "in.route")
}

/// A trunk may tell the caller of ringing before it calls the phone.
#[test]
fn ringing_is_not_taken_for_coming_in() {
    let finding = of_two_numbers(&["early-ring=1s"]);
    assert_outcome(&finding, Outcome::Pass);
    let came = &finding.measured["came_after_ms_of"];
    assert!(came["+15550100"].is_number() && came["+15550101"].is_number(), "{came}");
}

/// The call to the first comes in while the second is dialled, which is not routed. Each number is waited
/// for for 12 s, and 2 s more for the answer to CANCEL: the first call comes in from the 14th second to
/// the 28th, and the second does not, if the ringing lasts until the middle between them.
#[test]
fn a_late_call_is_of_the_number_that_it_was_dialled_for() {
    let finding = of_two_numbers(&["early-ring=21s", "cancel-ignored"]);
    assert_failure(&finding, Fault::Provider, "Calls to +15550100 take long");
    let came = &finding.measured["came_after_ms_of"];
    assert!(came["+15550100"].as_f64() >= Some(21_000.0), "{came}");
    assert!(came["+15550101"].is_null(), "{came}");
}

#[test]
fn names_the_numbers_that_the_budget_does_not_reach() {
    let finding = set_up("in.route", |trunk| {
        trunk.numbers.dids = ["+15550100", "+15550101", "+15550102"].map(str::to_owned).into();
        trunk.test.billed = Some(true);
        trunk.test.allow = vec!["+1555*".into()];
        trunk.test.max_calls = Some(2);
    });
    assert_outcome(&finding, Outcome::Warn);
    let told = "Not dialled: +15550102 (the budget does not reach to it).";
    assert!(finding.advice.as_deref().is_some_and(|a| a.contains(told)), "{finding:?}");
    assert_eq!(finding.measured["not_dialled"][0], "+15550102");
    assert!(finding.measured["came_after_ms_of"]["+15550101"].is_number());
}

/// The call that other checks want answered tells of the first number too.
#[test]
fn the_first_number_is_dialled_once() {
    let both = ["in.route", "out.answer"].map(|id| catalogue::find(id).unwrap());
    let dids = |trunk: &mut Trunk| {
        trunk.numbers.dids = ["+15550100", "+15550101"].map(str::to_owned).into();
    };
    let done = perform_with(Faults::default(), dids, |_| both.to_vec());
    let finding = super::finding(&done.report, "in.route");
    assert_outcome(&finding, Outcome::Pass);
    assert!(finding.measured["came_after_ms_of"]["+15550100"].is_number(), "{finding:?}");
    assert_eq!(done.dialled, 2);
}
