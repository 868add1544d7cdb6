//! `dtmf.neg`: are key tones agreed?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("dtmf.neg"), Outcome::Pass);
}

#[test]
fn fails_when_the_trunk_takes_them_out() {
    let finding = faulty("no-dtmf", "dtmf.neg");
    assert_failure(&finding, Fault::Provider, "not agreed");
}
