//! `mq.jitter`: do packets arrive evenly?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("mq.jitter"), Outcome::Pass);
}

#[test]
fn fails_when_the_delay_varies() {
    // Packets that keep their order close up again: the unevenness of such a path stays small.
    let finding = faulty("delay=200ms jitter=200ms reorder=50", "mq.jitter");
    assert_failure(&finding, Fault::Network, "arrive unevenly");
}
