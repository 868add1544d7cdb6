//! `in.route`: does a call to our number come in?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

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
