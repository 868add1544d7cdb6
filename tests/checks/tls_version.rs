//! `tls.version`: which versions of TLS the trunk accepts.

use milliwatt_checks::{
    catalogue,
    observation::{Observation, Tls},
    verdict::{Fault, Finding, Limits, Outcome},
};

use super::{assert_failure, assert_outcome, faulty, good};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("tls.version");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["version"], "TLSv1.3");
    assert_eq!(finding.measured["accepts_old"], false);
}

/// What is found of servers of which this was seen.
fn shown(tls: Tls) -> Finding {
    let seen = Observation { tls: Some(tls), ..Observation::default() };
    let check = catalogue::find("tls.version").unwrap();
    check.judge(&seen, Limits { pass: 0.0, warn: 0.0 })
}

#[test]
fn fails_when_one_server_speaks_nothing_modern() {
    let refused = Some("192.0.2.1:5061: handshake failed".to_owned());
    let version = Some("TLSv1.3".to_owned());
    let one = Tls { reached: true, refused: refused.clone(), version, ..Tls::default() };
    assert_failure(&shown(one), Fault::Provider, "192.0.2.1:5061");
    let failed = Some("handshake failed".to_owned());
    let all = Tls { reached: true, failed, refused, accepts_old: true, ..Tls::default() };
    assert_failure(&shown(all), Fault::Provider, "only outdated encryption");
}

#[test]
fn fails_when_connections_are_closed() {
    let finding = faulty("tls-closed", "tls.version");
    assert_failure(&finding, Fault::Network, "No secure connection");
}

/// A server of another make that speaks one old version only.
#[cfg(target_os = "linux")]
#[test]
fn fails_where_only_an_old_version_is_spoken() {
    use std::{fs, process::Command, time::Duration};

    use milliwatt_checks::subject::Subject;

    use super::{account, finding, run};
    use crate::harness::{Running, certificates::Authority, free_port, peer};

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
