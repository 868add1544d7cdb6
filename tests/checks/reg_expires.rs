//! `reg.expires`: how long the trunk keeps a log-in.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("reg.expires"), Outcome::Pass);
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
