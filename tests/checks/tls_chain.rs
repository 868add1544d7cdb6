//! `tls.chain`: is the certificate from an authority that we know?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    assert_outcome(&good("tls.chain"), Outcome::Pass);
}

#[test]
fn fails_when_nobody_knows_the_authority() {
    let finding = faulty("cert=unknown-ca", "tls.chain");
    assert_failure(&finding, Fault::Provider, "an authority that is not known here");
}

#[test]
fn fails_when_the_signature_is_weak() {
    let finding = faulty("cert=weak", "tls.chain");
    assert_failure(&finding, Fault::Provider, "signed in a way that is not safe any more");
}

#[test]
fn does_not_blame_the_chain_for_another_name() {
    assert_outcome(&faulty("cert=wrong-name", "tls.chain"), Outcome::Pass);
}

#[test]
fn does_not_blame_the_chain_for_the_date() {
    assert_outcome(&faulty("cert=expired", "tls.chain"), Outcome::Pass);
}

#[test]
fn is_read_from_the_servers_that_live() {
    assert_outcome(&faulty("dns=first-dead", "tls.chain"), Outcome::Pass);
}
