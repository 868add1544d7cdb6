//! `reg.expires`: how long the trunk keeps a log-in.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good, set_up};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("reg.expires"), Outcome::Pass);
}

#[test]
fn asks_for_all_three_times_whatever_the_trunk_says() {
    let finding = set_up("reg.expires", |trunk| trunk.trunk.expires = 120);
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["granted_s"], serde_json::json!([120, 3600, 600, 60]));
}

#[test]
fn warns_when_the_time_is_very_short() {
    let finding = faulty("expires=30", "reg.expires");
    assert_outcome(&finding, Outcome::Warn);
    assert!(finding.advice.is_some_and(|a| a.contains("grants 30 s")));
}

#[test]
fn fails_when_every_time_is_refused() {
    let finding = faulty("expires-refused", "reg.expires");
    assert_failure(&finding, Fault::Provider, "names none that it takes");
}
