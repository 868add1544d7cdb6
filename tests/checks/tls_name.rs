//! `tls.name`: is the certificate for the name that the trunk is set to?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("tls.name");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["names"][0], "test-trunk.invalid");
}

#[test]
fn fails_when_it_is_for_another() {
    let finding = faulty("cert=wrong-name", "tls.name");
    assert_failure(&finding, Fault::OurConfig, "belongs to another name");
}
