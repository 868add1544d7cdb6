//! `reach.rtt`: how far away is the trunk?

use milliwatt_checks::{
    observation::{Observation, Options},
    verdict::{Fault, Finding, Outcome},
};

use super::{assert_failure, assert_outcome, faulty, good, judged};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("reach.rtt");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["answers"], 10);
    assert!(finding.measured["p95_ms"].is_number(), "{finding:?}");
}

/// What is found of answers that took so long each, ms.
fn of_answers(took: &[f64]) -> Finding {
    let answer =
        |took_ms: &f64| Options { code: Some(200), took_ms: *took_ms, ..Options::default() };
    let options = took.iter().map(answer).collect();
    judged("reach.rtt", &Observation { options, ..Observation::default() })
}

/// Of ten answers the slowest is judged, of twenty the second slowest.
#[test]
fn warns_above_150_ms_and_fails_above_300() {
    let of_ten = |slowest| of_answers(&[&[slowest], &[1.0; 9][..]].concat());
    assert_outcome(&of_ten(150.0), Outcome::Pass);
    assert_outcome(&of_ten(150.1), Outcome::Warn);
    assert_outcome(&of_ten(300.0), Outcome::Warn);
    assert_failure(&of_ten(300.1), Fault::Network, "slow");
    let of_twenty = |second| of_answers(&[&[5000.0, second], &[1.0; 18][..]].concat());
    assert_outcome(&of_twenty(150.0), Outcome::Pass);
    assert_outcome(&of_twenty(150.1), Outcome::Warn);
}

#[test]
fn fails_when_answers_take_long() {
    let finding = faulty("options-delay=400ms", "reach.rtt");
    assert_failure(&finding, Fault::Network, "slow");
}
