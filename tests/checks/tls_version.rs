//! `tls.version`: which versions of TLS the trunk accepts.

use std::{fs, process::Command, time::Duration};

use milliwatt_checks::{
    catalogue,
    subject::Subject,
    verdict::{Fault, Outcome},
};

use super::{account, assert_failure, assert_outcome, faulty, finding, good, run};
use crate::harness::{Running, certificates::Authority, free_port, peer};

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

/// A server of another make that speaks one old version only.
#[test]
fn fails_where_only_an_old_version_is_spoken() {
    let Some(openssl) = peer("openssl") else { return };
    let folder = tempfile::tempdir().unwrap();
    let certificate = Authority::new().issue("127.0.0.1");
    let file = |name: &str| folder.path().join(name);
    fs::write(file("chain.pem"), certificate.chain).unwrap();
    fs::write(file("key.pem"), certificate.key).unwrap();
    for version in ["-tls1", "-tls1_1"] {
        let port = free_port();
        let mut server = Command::new(&openssl);
        server.args(["s_server", "-www", version, "-cipher", "DEFAULT:@SECLEVEL=0", "-accept"]);
        server.arg(format!("127.0.0.1:{port}")).arg("-cert").arg(file("chain.pem"));
        server.arg("-key").arg(file("key.pem"));
        let mut server = Running::start(&mut server);
        server.wait_for("ACCEPT", Duration::from_secs(60));
        let subject = Subject::new(account(format!("127.0.0.1:{port}"), "tls"));
        let check = catalogue::find("tls.version").unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let done = runtime.block_on(run(subject, vec![check], Vec::new()));
        let found = finding(&done.report, "tls.version");
        assert_failure(&found, Fault::Provider, "only outdated encryption (TLS 1.0 or 1.1)");
        assert_eq!(found.measured["accepts_old"], true, "{version}");
    }
}
