//! `reach.rtt`: how far away is the trunk?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("reach.rtt");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["answers"], 10);
}

#[test]
fn fails_when_answers_take_long() {
    let finding = faulty("options-delay=400ms", "reach.rtt");
    assert_failure(&finding, Fault::Network, "slow");
}
