//! `reach.options`: is anybody there?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good, nobody_there};

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

/// The phone goes on to the server that lives; the check tells of the one that does not.
#[test]
fn fails_when_one_of_two_servers_is_dead() {
    for fault in ["dns=first-dead", "dns=second-dead"] {
        let finding = faulty(fault, "reach.options");
        assert_failure(&finding, Fault::Network, "127.0.0.1:9 is silent and another answers");
        assert_eq!(finding.measured["code"], 200);
        assert_eq!(finding.measured["silent"][0], "127.0.0.1:9");
    }
}
