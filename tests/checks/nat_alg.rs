//! `nat.alg`: does something on the way rewrite SIP?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("nat.alg"), Outcome::Pass);
}

#[test]
fn fails_when_the_contact_comes_back_changed() {
    let finding = faulty("alg", "nat.alg");
    assert_failure(&finding, Fault::Network, "rewrites SIP");
}
