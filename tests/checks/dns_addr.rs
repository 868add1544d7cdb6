//! `dns.addr`: the addresses behind the trunk's name.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("dns.addr");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["addresses"][0], "127.0.0.1");
}

#[test]
fn warns_when_dns_is_slow() {
    let finding = faulty("dns=slow", "dns.addr");
    assert_outcome(&finding, Outcome::Warn);
    assert!(finding.advice.is_some_and(|a| a.contains("answers slowly")));
}

#[test]
fn fails_when_there_is_no_such_name() {
    let finding = faulty("dns=nxdomain", "dns.addr");
    assert_failure(&finding, Fault::OurConfig, "has no address");
}
