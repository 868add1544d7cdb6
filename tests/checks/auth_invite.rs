//! `auth.invite`: does the log-in hold for calls?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("auth.invite");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["challenges"], 1);
}

#[test]
fn fails_when_calls_are_refused() {
    let finding = faulty("invite-refused", "auth.invite");
    assert_failure(&finding, Fault::Provider, "refused with 403");
}
