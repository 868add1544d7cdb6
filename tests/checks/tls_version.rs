//! `tls.version`: which versions of TLS the trunk accepts.

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("tls.version");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["version"], "TLSv1.3");
    assert_eq!(finding.measured["accepts_old"], false);
}

#[test]
fn fails_when_connections_are_closed() {
    let finding = faulty("tls-closed", "tls.version");
    assert_failure(&finding, Fault::Network, "No secure connection");
}
