//! `tls.expiry`: how long the certificate is still good for.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("tls.expiry"), Outcome::Pass);
}

#[test]
fn fails_when_it_has_ended() {
    let finding = faulty("cert=expired", "tls.expiry");
    assert_failure(&finding, Fault::Provider, "has ended");
    assert!(finding.measured["days_left"].as_f64().is_some_and(|days| days < 0.0));
}
