//! `reg.challenge`: the trunk's log-in question.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("reg.challenge");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["algorithm"], "SHA-256");
}

#[test]
fn fails_when_nobody_knows_the_algorithm() {
    let finding = faulty("challenge-broken", "reg.challenge");
    assert_failure(&finding, Fault::Provider, "unknown algorithm");
}
