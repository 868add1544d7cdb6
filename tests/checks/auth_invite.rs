//! `auth.invite`: does the log-in hold for calls?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good, set_up};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("auth.invite");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["challenges"], 1);
}

/// 9000 answers at once, without ringing; 9005 is busy.
#[test]
fn passes_where_nothing_rings() {
    for (number, code) in [("9000", None), ("9005", Some(486))] {
        let finding = set_up("auth.invite", |trunk| trunk.test.destination = Some(number.into()));
        assert_outcome(&finding, Outcome::Pass);
        assert_eq!(finding.measured.get("code").and_then(|c| c.as_u64()), code);
    }
}

#[test]
fn fails_when_calls_are_refused() {
    let finding = faulty("invite-refused", "auth.invite");
    assert_failure(&finding, Fault::Provider, "refused with 403");
}
