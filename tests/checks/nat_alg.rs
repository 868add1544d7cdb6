//! `nat.alg`: does something on the way rewrite SIP?

use milliwatt_checks::verdict::{Fault, Finding, Outcome};
use serde_json::json;

use super::{assert_failure, assert_outcome, faulty, good, set_up};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("nat.alg");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["compared"], json!(["contact", "via", "sdp"]));
}

/// The parts that were found changed.
fn changed(finding: &Finding) -> Vec<&str> {
    assert_failure(finding, Fault::Network, "rewrites SIP");
    let shown = |part: &&str| finding.measured.contains_key(&format!("{part}_shown"));
    ["contact", "via", "sdp"].into_iter().filter(shown).collect()
}

#[test]
fn fails_when_the_contact_comes_back_changed() {
    let finding = faulty("alg-contact", "nat.alg");
    assert_eq!(changed(&finding), ["contact"]);
    assert_eq!(finding.measured["contact_shown"], "sip:alice@198.51.100.7:61234");
}

#[test]
fn fails_when_the_via_comes_back_changed() {
    let finding = faulty("alg-via", "nat.alg");
    assert_eq!(changed(&finding), ["via"]);
    assert_eq!(finding.measured["via_shown"], "198.51.100.7:61234");
}

#[test]
fn fails_when_the_origin_arrives_changed() {
    let finding = faulty("alg-sdp", "nat.alg");
    assert_eq!(changed(&finding), ["sdp"]);
    assert_eq!(finding.measured["sdp_shown"], "198.51.100.7");
}

#[test]
fn tells_all_that_is_changed() {
    assert_eq!(changed(&faulty("alg", "nat.alg")), ["contact", "via", "sdp"]);
}

/// Without a number to call, registration and responses are all that can be compared.
#[test]
fn compares_what_there_is() {
    let finding = set_up("nat.alg", |trunk| trunk.numbers.dids.clear());
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["compared"], json!(["contact", "via"]));
}
