//! `dns.srv`: the servers behind the trunk's name.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("dns.srv");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["servers"], 2);
}

#[test]
fn warns_when_there_is_one_server_only() {
    let finding = faulty("dns=single", "dns.srv");
    assert_outcome(&finding, Outcome::Warn);
    assert!(finding.advice.is_some_and(|a| a.contains("Only one server")));
}

#[test]
fn fails_when_a_server_has_no_address() {
    let finding = faulty("dns=no-address", "dns.srv");
    assert_failure(&finding, Fault::Provider, "has no address");
    assert_eq!(finding.measured["without_address"].as_array().map(Vec::len), Some(2));
}
