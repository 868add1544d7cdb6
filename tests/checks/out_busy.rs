//! `out.busy`: busy is told as busy.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("out.busy");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["code"], 486);
}

#[test]
fn warns_when_busy_becomes_a_refusal() {
    let finding = faulty("busy-code=603", "out.busy");
    assert_outcome(&finding, Outcome::Warn);
    assert!(finding.advice.is_some_and(|a| a.contains("another signal")));
}

#[test]
fn fails_when_busy_becomes_an_error() {
    let finding = faulty("busy-code=503", "out.busy");
    assert_failure(&finding, Fault::Provider, "something else");
    assert_eq!(finding.measured["code"], 503);
}
