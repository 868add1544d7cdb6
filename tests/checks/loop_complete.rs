//! `loop.complete`: a call to ourselves, answered at both ends.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("loop.complete");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["code"], 200);
}

#[test]
fn does_not_take_another_persons_call_for_its_own() {
    let finding = faulty("other-did=+15550105 caller-id=+15559999", "loop.complete");
    assert_failure(&finding, Fault::Provider, "not taken for the test's own");
    assert_eq!(finding.measured["other_calls_for"][0], "+15550105");
}

#[test]
fn fails_when_the_number_is_not_routed() {
    let finding = faulty("did-unrouted", "loop.complete");
    assert_failure(&finding, Fault::Provider, "does not exist at the trunk");
    assert_eq!(finding.measured["code"], 404);
}
