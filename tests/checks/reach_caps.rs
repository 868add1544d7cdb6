//! `reach.caps`: what the trunk says that it can do.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("reach.caps"), Outcome::Pass);
}

#[test]
fn fails_without_bye_and_cancel() {
    let finding = faulty("few-methods", "reach.caps");
    assert_failure(&finding, Fault::Provider, "does not allow BYE, CANCEL");
}
