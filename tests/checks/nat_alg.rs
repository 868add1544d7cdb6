//! `nat.alg`: does something on the way rewrite SIP?

use milliwatt_checks::{
    catalogue,
    guard::Terms,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Outcome},
};
use milliwatt_test_trunk::Faults;
use serde_json::json;

use super::{account, assert_failure, assert_outcome, faulty, finding, good, perform_with, set_up};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("nat.alg");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["compared"], json!(["contact", "via", "sdp"]));
}

/// What the check finds with this fault where every router can read along.
fn in_clear(fault: &str) -> Finding {
    let mut faults = Faults::default();
    faults.set(fault).unwrap();
    let check = catalogue::find("nat.alg").expect("a check of the catalogue");
    let done = perform_with(faults, |trunk| trunk.trunk.transport = "udp".into(), |_| vec![check]);
    finding(&done.report, "nat.alg")
}

/// The parts that were found changed.
fn changed(finding: &Finding) -> Vec<&str> {
    let shown = |part: &&str| finding.measured.contains_key(&format!("{part}_shown"));
    ["contact", "via", "sdp"].into_iter().filter(shown).collect()
}

#[test]
fn fails_when_the_contact_comes_back_changed() {
    let finding = in_clear("alg-contact");
    assert_failure(&finding, Fault::Network, "rewrites SIP");
    assert_eq!(changed(&finding), ["contact"]);
    assert_eq!(finding.measured["contact_shown"], "sip:alice@198.51.100.7:61234");
}

#[test]
fn fails_when_the_via_comes_back_changed() {
    let finding = in_clear("alg-via");
    assert_failure(&finding, Fault::Network, "rewrites SIP");
    assert_eq!(changed(&finding), ["via"]);
    assert_eq!(finding.measured["via_shown"], "198.51.100.7:61234");
}

/// A media relay of the trunk writes its own address there too.
#[test]
fn warns_when_the_origin_alone_arrives_changed() {
    let finding = in_clear("alg-sdp");
    assert_outcome(&finding, Outcome::Warn);
    let advice = finding.advice.as_deref().unwrap();
    assert!(advice.contains("media relay") && advice.contains("SIP helper"), "{advice}");
    assert_eq!(changed(&finding), ["sdp"]);
    assert_eq!(finding.measured["sdp_shown"], "198.51.100.7");
}

#[test]
fn tells_all_that_is_changed() {
    let finding = in_clear("alg");
    assert_failure(&finding, Fault::Network, "rewrites SIP");
    assert_eq!(changed(&finding), ["contact", "via", "sdp"]);
}

/// No router can change what is encrypted.
#[test]
fn no_router_is_blamed_for_what_is_encrypted() {
    let finding = faulty("alg", "nat.alg");
    assert_failure(&finding, Fault::Provider, "no router can");
    assert_eq!(changed(&finding), ["contact", "via", "sdp"]);
    let finding = faulty("alg-sdp", "nat.alg");
    assert_outcome(&finding, Outcome::Warn);
    assert!(!finding.advice.as_deref().unwrap().contains("router"), "{finding:?}");
}

/// Where a call would cost money that nobody agreed to, the registration is enough.
#[test]
fn asks_for_no_money() {
    let planned = |yes_billed, allow: &str, register| {
        let mut trunk = account("sip.example.net".into(), "udp");
        trunk.test.billed = Some(true);
        trunk.test.allow = vec![allow.into()];
        trunk.trunk.register = register;
        let terms = Terms { yes_billed, ..Terms::default() };
        let check = catalogue::find("nat.alg").expect("a check of the catalogue");
        check.plan(&Subject::new(trunk).with_terms(terms)).unwrap()
    };
    assert_eq!(planned(false, "+1555*", true), Plan::Registration);
    assert_eq!(planned(true, "+4930*", true), Plan::Registration);
    assert_eq!(planned(false, "+1555*", false), Plan::options(1));
    assert!(matches!(planned(true, "+1555*", true), Plan::Call(_)));
}

/// Without a number to call, registration and responses are all that can be compared.
#[test]
fn compares_what_there_is() {
    let finding = set_up("nat.alg", |trunk| trunk.numbers.dids.clear());
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["compared"], json!(["contact", "via"]));
}
