//! `out.answer`: a call that is answered.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("out.answer");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["code"], 200);
}

#[test]
fn fails_when_no_sound_comes() {
    let finding = faulty("no-rtp", "out.answer");
    assert_failure(&finding, Fault::Network, "no sound came");
}

#[test]
fn fails_when_it_is_not_answered() {
    let finding = faulty("did-unrouted", "out.answer");
    assert_failure(&finding, Fault::Provider, "does not exist at the trunk");
    assert_eq!(finding.measured["code"], 404);
}
