//! `out.cancel`: a call that is taken back.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("out.cancel"), Outcome::Pass);
}

/// A trunk may tell the caller of ringing before it calls the phone.
#[test]
fn waits_for_a_phone_that_is_called_late() {
    assert_outcome(&faulty("early-ring=1s", "out.cancel"), Outcome::Pass);
}

#[test]
fn fails_when_the_called_phone_rings_on() {
    let finding = faulty("cancel-lost", "out.cancel");
    assert_failure(&finding, Fault::Provider, "ring on after you hang up");
}

#[test]
fn fails_when_it_is_not_taken_back() {
    let finding = faulty("cancel-ignored", "out.cancel");
    assert_failure(&finding, Fault::Provider, "not confirmed with 487");
}
