//! `out.answer`: a call that is answered.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("out.answer");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["code"], 200);
}

#[test]
fn fails_when_no_sound_comes() {
    let finding = faulty("no-rtp", "out.answer");
    assert_failure(&finding, Fault::Network, "no sound came");
}

#[test]
fn fails_when_it_is_not_answered() {
    let finding = faulty("did-unrouted", "out.answer");
    assert_failure(&finding, Fault::Provider, "does not exist at the trunk");
    assert_eq!(finding.measured["code"], 404);
}

#[test]
fn fails_when_the_called_side_hears_nothing() {
    let finding = faulty("one-way=out", "out.answer");
    assert_failure(&finding, Fault::Network, "the called side hears nothing");
    assert_eq!(finding.measured["called_received"], 0);
}

#[test]
fn fails_when_one_side_is_not_told_of_the_end() {
    let finding = faulty("bye-lost", "out.answer");
    assert_failure(&finding, Fault::Provider, "was not told");
    assert_eq!(
        (&finding.measured["calling_ended"], &finding.measured["called_ended"]),
        (&false.into(), &true.into())
    );
}

#[test]
fn fails_when_the_end_is_not_confirmed() {
    let finding = faulty("bye-unanswered", "out.answer");
    assert_failure(&finding, Fault::Provider, "does not answer our BYE");
}

#[test]
fn warns_when_the_end_is_confirmed_late() {
    let finding = faulty("bye-delay=3s", "out.answer");
    assert_outcome(&finding, Outcome::Warn);
    assert!(finding.measured["bye_answered_ms"].as_f64() >= Some(2900.0), "{finding:?}");
}

/// No firewall is in the way of what arrives.
#[test]
fn fails_by_the_provider_when_nothing_that_comes_can_be_played() {
    let finding = faulty("wrong-payload", "out.answer");
    assert_failure(&finding, Fault::Provider, "payload type that was not agreed");
}
