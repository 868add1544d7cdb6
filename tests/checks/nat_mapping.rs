//! `nat.mapping`: our address as the trunk sees it.

use milliwatt_checks::verdict::Outcome;

use super::{assert_outcome, faulty, good, set_up};

#[test]
fn sees_that_there_is_no_nat() {
    let finding = good("nat.mapping");
    assert_outcome(&finding, Outcome::Fact);
    assert_eq!(finding.measured["local"], finding.measured["seen_as"]);
    assert!(finding.advice.is_some_and(|a| a.contains("No NAT")));
    assert_eq!(finding.measured["kind"], "none");
    let stun = finding.measured["stun"].as_object().unwrap();
    assert!(stun.len() == 2, "{stun:?}");
    let mut seen = stun.values();
    let first = seen.next();
    assert!(seen.all(|other| Some(other) == first), "{stun:?}");
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

/// Two servers see two ports of ours.
#[test]
fn sees_a_symmetric_nat() {
    let finding = faulty("nat=203.0.113.9:4711 nat-symmetric", "nat.mapping");
    assert_outcome(&finding, Outcome::Fact);
    assert_eq!(finding.measured["kind"], "symmetric");
    let seen: Vec<_> = finding.measured["stun"].as_object().unwrap().values().collect();
    assert!(seen.contains(&&"203.0.113.9:4711".into()), "{seen:?}");
    assert!(seen.contains(&&"203.0.113.9:4712".into()), "{seen:?}");
}

#[test]
fn asks_no_stun_server_where_none_is_set() {
    let finding = set_up("nat.mapping", |trunk| trunk.media.stun.clear());
    assert_eq!(finding.measured["kind"], "none");
    assert!(!finding.measured.contains_key("stun"), "{finding:?}");
}
