//! `mq.mos`: the estimated quality.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("mq.mos");
    assert_outcome(&finding, Outcome::Pass);
    assert!(
        finding.measured["mos_lq"].as_f64() >= finding.measured["mos_cq"].as_f64(),
        "{finding:?}"
    );
}

#[test]
fn fails_when_a_fifth_is_lost() {
    let finding = faulty("loss=20", "mq.mos");
    assert_failure(&finding, Fault::Network, "estimated quality is low");
}

/// Half a second each way spoils a conversation, and nothing of what a listener hears.
#[test]
fn tells_delay_from_bad_sound() {
    let finding = faulty("delay=500ms", "mq.mos");
    assert_failure(&finding, Fault::Network, "it comes late");
    assert!(finding.measured["mos_lq"].as_f64() >= Some(4.0), "{finding:?}");
}
