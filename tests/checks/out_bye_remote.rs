//! `out.bye-remote`: are we told when the other side hangs up?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("out.bye-remote"), Outcome::Pass);
}

#[test]
fn fails_when_the_end_is_not_told() {
    let finding = faulty("bye-lost", "out.bye-remote");
    assert_failure(&finding, Fault::Provider, "BYE does not reach us");
}
