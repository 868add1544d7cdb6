//! `mq.oneway`: is either side deaf?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("mq.oneway"), Outcome::Pass);
}

#[test]
fn fails_when_the_caller_hears_nothing() {
    let finding = faulty("one-way=in", "mq.oneway");
    assert_failure(&finding, Fault::Network, "you do not hear them");
}

#[test]
fn fails_when_neither_side_hears() {
    let finding = faulty("no-rtp", "mq.oneway");
    assert_failure(&finding, Fault::Network, "Neither side hears");
}
