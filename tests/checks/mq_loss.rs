//! `mq.loss`: do packets get lost?

use milliwatt_checks::verdict::{Fault, Finding, Outcome};
use milliwatt_engine::api::Media;
use serde_json::Value;

use super::{assert_failure, assert_outcome, faulty, good, of_sound};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("mq.loss");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["worst_burst_ms"], 0.0);
}

#[test]
fn fails_when_a_fifth_is_lost() {
    let finding = faulty("loss=20", "mq.loss");
    assert_failure(&finding, Fault::Network, "Packets get lost");
}

/// The densities are those of RFC 3611: the loss within bursts, and between them.
#[test]
fn tells_bursts() {
    let finding = faulty("loss=20 burst=300ms", "mq.loss");
    assert_failure(&finding, Fault::Network, "Packets get lost");
    let figure = |name: &str| finding.measured[name].as_f64().unwrap();
    assert!(figure("worst_burst_ms") >= 100.0, "{finding:?}");
    assert!(figure("burst_ratio") > 2.0, "{finding:?}");
    assert!(figure("burst_density_percent") > figure("gap_density_percent"), "{finding:?}");
}

/// What the check says of a call in which this much was lost, so much sound at once.
fn judged(loss_percent: f64, longest_gap_ms: f64) -> Finding {
    let media = Media {
        received: 1000,
        lost: 10,
        // Most of them only came too late.
        late: 30,
        longest_loss: 40,
        longest_gap_ms: Some(longest_gap_ms),
        loss_percent: Some(loss_percent),
        ..Media::default()
    };
    of_sound("mq.loss", media)
}

#[test]
fn little_loss_fails_when_it_comes_at_once() {
    assert_outcome(&judged(0.4, 80.0), Outcome::Pass);
    assert_outcome(&judged(1.0, 80.0), Outcome::Warn);
    let finding = judged(0.5, 100.0);
    assert_failure(&finding, Fault::Network, "100 ms of sound at once");
    assert_eq!(
        (&finding.measured["loss_percent"], &finding.limit["burst_below_ms"]),
        (&Value::from(0.5), &Value::from(100.0))
    );
    assert_failure(&judged(5.0, 180.0), Fault::Network, "Packets get lost: try");
    // Three packets of 30 ms, and two of 60 ms.
    assert_outcome(&judged(0.2, 90.0), Outcome::Pass);
    assert_failure(&judged(0.2, 120.0), Fault::Network, "120 ms of sound at once");
}
