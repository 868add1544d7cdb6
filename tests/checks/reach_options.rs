//! `reach.options`: is anybody there?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, good, nobody_there};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("reach.options");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["code"], 200);
}

#[test]
fn fails_where_nobody_listens() {
    let finding = nobody_there("reach.options");
    assert_failure(&finding, Fault::Network, "The server is silent");
}
