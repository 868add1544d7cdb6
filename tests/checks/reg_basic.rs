//! `reg.basic`: does the log-in work?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("reg.basic"), Outcome::Pass);
}

#[test]
fn fails_when_the_password_is_wrong() {
    let finding = faulty("wrong-password", "reg.basic");
    assert_failure(&finding, Fault::OurConfig, "password");
    assert_eq!(finding.measured["authentication_refused"], true);
}

/// A phone goes on to the second server when nobody listens at the first.
#[test]
fn passes_when_the_second_server_lives() {
    assert_outcome(&faulty("dns=first-dead", "reg.basic"), Outcome::Pass);
}

#[test]
fn fails_by_the_provider_when_the_registrar_is_overloaded() {
    let finding = faulty("service-unavailable=30", "reg.basic");
    assert_failure(&finding, Fault::Provider, "503");
    assert_eq!(finding.measured["code"], 503);
    assert_eq!(finding.measured["retry_in_ms"], 30_000);
}
