//! `reg.unregister`: does logging off work?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("reg.unregister");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["bindings_left"], 0);
}

#[test]
fn fails_when_the_binding_stays() {
    let finding = faulty("unregister-ignored", "reg.unregister");
    assert_failure(&finding, Fault::Provider, "Log-off is ignored");
}
