//! `dns.naptr`: the services of the trunk's name.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("dns.naptr");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["services"][0], "SIPS+D2T");
}

#[test]
fn warns_when_our_transport_is_not_offered() {
    let finding = faulty("dns=naptr-udp-only", "dns.naptr");
    assert_outcome(&finding, Outcome::Warn);
    assert!(finding.advice.is_some_and(|a| a.contains("leave out the chosen transport")));
}

#[test]
fn fails_when_there_is_no_such_name() {
    let finding = faulty("dns=nxdomain", "dns.naptr");
    assert_failure(&finding, Fault::OurConfig, "does not exist");
}
