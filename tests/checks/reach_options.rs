//! `reach.options`: is anybody there?

use milliwatt_checks::{
    catalogue,
    observation::{Observation, Options},
    verdict::{Fault, Finding, Outcome},
};

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
    assert_failure(&finding, Fault::Network, "The server gives no answer");
}

/// What is found after one answer with this code, with a change.
fn answered(code: u16, change: impl FnOnce(&mut Observation)) -> Finding {
    let answer = Options { code: Some(code), ..Options::default() };
    let mut seen = Observation { options: vec![answer], ..Observation::default() };
    change(&mut seen);
    let check = catalogue::find("reach.options").unwrap();
    check.judge(&seen, check.limits().unwrap())
}

/// A challenge is a sign of life, and no reason to leave the others out.
#[test]
fn fails_when_one_asks_for_a_password_and_others_are_silent() {
    let silent = ["192.0.2.2:5060", "192.0.2.3:5060"].map(|at| at.parse().unwrap());
    let finding = answered(401, |seen| {
        seen.servers = silent.map(|server| (server, Options::default())).to_vec();
    });
    assert_failure(&finding, Fault::Network, "192.0.2.2:5060, 192.0.2.3:5060 are silent");
}

#[test]
fn names_the_servers_that_were_not_asked() {
    let six = "[2001:db8::1]:5060".parse().unwrap();
    let no_way = answered(200, |seen| seen.no_route = vec![six]);
    assert_outcome(&no_way, Outcome::Pass);
    assert!(no_way.advice.is_some_and(|a| a.contains("[2001:db8::1]:5060 was not asked")));
    let many = answered(200, |seen| seen.not_asked = vec![six]);
    assert_outcome(&many, Outcome::Warn);
    assert_eq!(many.measured["not_asked"][0], "[2001:db8::1]:5060");
}

#[test]
fn fails_when_one_of_two_servers_says_nothing() {
    let finding = faulty("dns=second-silent", "reach.options");
    assert_failure(&finding, Fault::Network, "is silent and another answers");
    assert_eq!(finding.measured["code"], 200);
    assert_eq!(finding.measured["silent"].as_array().map(Vec::len), Some(1));
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
