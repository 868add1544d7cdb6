//! `mq.jitter`: do packets arrive evenly?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("mq.jitter"), Outcome::Pass);
}

#[test]
fn fails_when_the_delay_varies() {
    let finding = faulty("jitter=80ms", "mq.jitter");
    assert_failure(&finding, Fault::Network, "arrive unevenly");
    let measured = finding.measured["jitter_ms"].as_f64().unwrap();
    assert!((56.0..=104.0).contains(&measured), "{measured} ms");
}
