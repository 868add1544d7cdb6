//! `mq.jitter`: do packets arrive evenly?

use milliwatt_checks::verdict::{Fault, Outcome};
use milliwatt_engine::api::Media;

use super::{assert_failure, assert_outcome, faulty, good, of_sound};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("mq.jitter");
    assert_outcome(&finding, Outcome::Pass);
    assert!(finding.measured["jitter_ms"].is_number(), "{finding:?}");
}

/// How much jitter the fault makes is held in the test trunk; a busy computer adds some of its own.
#[test]
fn fails_when_the_delay_varies() {
    let finding = faulty("jitter=80ms", "mq.jitter");
    assert_failure(&finding, Fault::Network, "arrive unevenly");
    let measured = finding.measured["jitter_ms"].as_f64().unwrap();
    assert!(measured >= 56.0, "{measured} ms");
}

#[test]
fn warns_above_20_ms_and_fails_above_50() {
    let judged =
        |jitter_ms| of_sound("mq.jitter", Media { jitter_ms: Some(jitter_ms), ..Media::default() });
    assert_outcome(&judged(20.0), Outcome::Pass);
    assert_outcome(&judged(20.1), Outcome::Warn);
    assert_outcome(&judged(50.0), Outcome::Warn);
    assert_failure(&judged(50.1), Fault::Network, "arrive unevenly");
}
