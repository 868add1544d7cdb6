//! `loop.audio`: is the sound of both sides heard at the other?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("loop.audio");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["outward"], true);
    assert_eq!(finding.measured["backward"], true);
}

#[test]
fn fails_when_the_caller_hears_nothing() {
    let finding = faulty("one-way=in", "loop.audio");
    assert_failure(&finding, Fault::Network, "The caller does not hear");
}

#[test]
fn fails_when_neither_side_hears() {
    let finding = faulty("no-rtp", "loop.audio");
    assert_failure(&finding, Fault::Network, "Neither side hears");
}

/// No firewall is in the way of what arrives.
#[test]
fn fails_by_the_provider_when_nothing_that_comes_can_be_played() {
    let finding = faulty("wrong-payload", "loop.audio");
    assert_failure(&finding, Fault::Provider, "payload type that was not agreed");
}
