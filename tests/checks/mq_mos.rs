//! `mq.mos`: the estimated quality.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("mq.mos"), Outcome::Pass);
}

#[test]
fn fails_when_a_fifth_is_lost() {
    let finding = faulty("loss=20", "mq.mos");
    assert_failure(&finding, Fault::Network, "estimated quality is low");
}
