//! `mq.mos`: the estimated quality.

use milliwatt_checks::verdict::{Fault, Outcome};

use milliwatt_engine::api::{CallReport, Media};

use super::{assert_failure, assert_outcome, faulty, good, of_a_talk, of_sound};
use crate::schemas::report;

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
fn warns_below_4_and_fails_below_3_6() {
    let judged = |mos| {
        of_sound("mq.mos", Media { mos_cq: Some(mos), mos_lq: Some(mos), ..Media::default() })
    };
    assert_outcome(&judged(4.0), Outcome::Pass);
    assert_outcome(&judged(3.99), Outcome::Warn);
    assert_outcome(&judged(3.6), Outcome::Warn);
    assert_failure(&judged(3.59), Fault::Network, "estimated quality is low");
}

#[test]
fn fails_when_a_fifth_is_lost() {
    let finding = faulty("loss=20", "mq.mos");
    assert_failure(&finding, Fault::Network, "estimated quality is low");
}

/// Half a second each way spoils a conversation, and nothing of what a listener hears. What a busy
/// machine does to the sound both figures have alike.
#[test]
fn tells_delay_from_bad_sound() {
    let finding = faulty("delay=500ms", "mq.mos");
    assert_eq!(finding.outcome, Outcome::Fail, "{finding:?}");
    let mos = |name: &str| finding.measured[name].as_f64().unwrap();
    assert!(mos("mos_lq") > mos("mos_cq") + 0.5, "{finding:?}");
}

/// The advice tells the two apart too.
#[test]
fn says_that_good_sound_comes_late() {
    let of = |mos_lq| {
        of_a_talk("mq.mos", |call, called| {
            let media = Media { mos_lq: Some(mos_lq), mos_cq: Some(2.0), ..Media::default() };
            let report = CallReport { media, ..report() };
            (call.calling.report, called.report) = (Some(report.clone()), Some(report));
        })
    };
    assert_failure(&of(4.3), Fault::Network, "it comes late");
}
