//! `mq.loss`: do packets get lost?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("mq.loss"), Outcome::Pass);
}

#[test]
fn fails_when_a_fifth_is_lost() {
    let finding = faulty("loss=20", "mq.loss");
    assert_failure(&finding, Fault::Network, "Packets get lost");
}
