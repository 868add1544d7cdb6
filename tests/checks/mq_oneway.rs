//! `mq.oneway`: is either side deaf?

use milliwatt_checks::verdict::{Fault, Finding, Outcome};

use milliwatt_engine::api::Media;

use super::{assert_failure, assert_outcome, faulty, good, of_a_talk};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("mq.oneway"), Outcome::Pass);
}

/// A call that nobody ended is not one without sound.
#[test]
fn a_lost_end_is_not_its_matter() {
    let finding = faulty("bye-lost", "mq.oneway");
    assert_outcome(&finding, Outcome::Pass);
    assert!(finding.measured["calling_received"].as_u64() > Some(50), "{finding:?}");
}

/// What is found where one side received so many packets in each second.
fn received(seconds: &[u64]) -> Finding {
    of_a_talk("mq.oneway", |call, called| {
        let second = |received| Media { received, ..Media::default() };
        call.calling.seconds = [50; 8].map(second).to_vec();
        called.seconds = seconds.iter().copied().map(second).collect();
    })
}

#[test]
fn a_gap_counts_from_its_first_packet_to_its_last() {
    assert_outcome(&received(&[50, 50, 0, 0, 50, 50]), Outcome::Pass);
    assert_outcome(&received(&[50, 40, 0, 0, 40, 50]), Outcome::Pass);
    assert_failure(&received(&[50, 0, 0, 0, 50]), Fault::Network, "they do not hear you");
    let straddling = received(&[50, 20, 0, 0, 30, 50]);
    assert_failure(&straddling, Fault::Network, "they do not hear you");
    assert_eq!(straddling.measured["called_quiet_seconds"], 3.0);
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

/// No firewall is in the way of what arrives.
#[test]
fn fails_by_the_provider_when_nothing_that_comes_can_be_played() {
    let finding = faulty("wrong-payload", "mq.oneway");
    assert_failure(&finding, Fault::Provider, "payload type that was not agreed");
}
