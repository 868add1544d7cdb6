//! `mq.oneway`: is either side deaf?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("mq.oneway"), Outcome::Pass);
}

#[test]
fn fails_when_the_caller_hears_nothing() {
    let finding = faulty("one-way=in", "mq.oneway");
    assert_failure(&finding, Fault::Network, "you do not hear them");
}

#[test]
fn fails_when_neither_side_hears() {
    let finding = faulty("no-rtp", "mq.oneway");
    assert_failure(&finding, Fault::Network, "Neither side hears");
}

#[test]
fn fails_when_the_called_side_hears_nothing() {
    let finding = faulty("one-way=out", "mq.oneway");
    assert_failure(&finding, Fault::Network, "they do not hear you");
    assert_eq!(finding.measured["called_received"], 0);
}

#[test]
fn fails_when_all_that_comes_is_silence() {
    let finding = faulty("silence", "mq.oneway");
    assert_failure(&finding, Fault::Provider, "only silence");
    assert!(finding.measured["calling_received"].as_u64() > Some(50), "{finding:?}");
}
