//! `nat.mapping`: our address as the trunk sees it.

use milliwatt_checks::verdict::Outcome;

use super::{assert_outcome, faulty, good};

#[test]
fn sees_that_there_is_no_nat() {
    let finding = good("nat.mapping");
    assert_outcome(&finding, Outcome::Fact);
    assert_eq!(finding.measured["local"], finding.measured["seen_as"]);
    assert!(finding.advice.is_some_and(|a| a.contains("No NAT")));
}

#[test]
fn sees_the_nat_of_a_provider() {
    let finding = faulty("nat=100.64.7.7:4711", "nat.mapping");
    assert_outcome(&finding, Outcome::Fact);
    assert_eq!(finding.measured["seen_as"], "100.64.7.7:4711");
    assert!(finding.advice.is_some_and(|a| a.contains("provider's own NAT")));
}

#[test]
fn sees_the_nat_of_a_router() {
    let finding = faulty("nat=203.0.113.9:4711", "nat.mapping");
    assert_outcome(&finding, Outcome::Fact);
    assert!(finding.advice.is_some_and(|a| a.contains("behind a NAT")));
}
