//! `in.route`: does a call to our number come in?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good, set_up};

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
    assert!(finding.advice.is_some_and(|a| a.contains("The same goes for +15550110")));
    let came = &finding.measured["came_after_ms_of"];
    assert!(came["+15550100"].is_number() && came["+15550101"].is_number(), "{came}");
    assert!(came["+15550199"].is_null() && came["+15550110"].is_null(), "{came}");
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
    assert!(finding.advice.is_some_and(|a| a.contains("Not dialled: +15550102")));
    assert_eq!(finding.measured["not_dialled"][0], "+15550102");
    assert!(finding.measured["came_after_ms_of"]["+15550101"].is_number());
}
