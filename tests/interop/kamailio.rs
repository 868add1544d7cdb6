//! Kamailio 5.6: a registrar and proxy of a real carrier's kind.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{
    Milliwatt, Running,
    certificates::{Authority, Certificate},
    finish, free_port, peer,
    trace::{messages, wall},
};

const SECOND: Duration = Duration::from_secs(1);

/// A running Kamailio.
struct Kamailio {
    running: Option<Running>,
    folder: TempDir,
    port: u16,
}

impl Kamailio {
    /// Starts one whose digest uses an algorithm and whose TLS shows a certificate.
    fn start(algorithm: &str, certificate: &Certificate) -> Option<Self> {
        let program = peer("kamailio")?;
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::write(at.join("key.pem"), &certificate.key).unwrap();
        fs::write(at.join("cert.pem"), &certificate.chain).unwrap();
        let port = free_port();
        let modules = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"]
            .map(|lib| format!("{lib}/kamailio/modules/"))
            .into_iter()
            .find(|m| Path::new(m).is_dir())
            .expect("Kamailio's modules");
        let config = include_str!("../data/kamailio/kamailio.cfg")
            .replace("@PORT@", &port.to_string())
            .replace("@TLS_PORT@", &(port + 1).to_string())
            .replace("@MODULES@", &modules)
            .replace("@FOLDER@", at.to_str().unwrap())
            .replace("@ALGORITHM@", algorithm);
        fs::write(at.join("kamailio.cfg"), config).unwrap();
        let mut kamailio = Self { running: None, folder, port };
        kamailio.run(&program);
        Some(kamailio)
    }

    fn run(&mut self, program: &Path) {
        let mut command = Command::new(program);
        let at = self.folder.path();
        command
            .args(["-DD", "-m", "64", "-M", "8", "-Y"])
            .arg(at)
            .arg("-f")
            .arg(at.join("kamailio.cfg"));
        self.running = Some(Running::start(&mut command));
        self.wait_until_up();
    }

    fn wait_until_up(&self) {
        let limit = Instant::now() + 10 * SECOND;
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let told = self.running.as_ref().map(Running::stderr).unwrap_or_default();
            assert!(Instant::now() < limit, "Kamailio does not listen:\n{told}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn stop(&mut self) {
        let mut running = self.running.take().expect("it runs");
        running.signal("TERM");
        running.finish(10 * SECOND);
    }

    /// The trunk as an argument: user 300 to 199 over a transport.
    fn trunk(&self, user: u32, transport: &str) -> String {
        let port = if transport == "tls" { self.port + 1 } else { self.port };
        format!("sip:{user}@127.0.0.1:{port};transport={transport}")
    }

    fn ca(&self, authority: &Authority) -> String {
        let file = self.folder.path().join("ca.pem");
        fs::write(&file, authority.pem()).unwrap();
        file.display().to_string()
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            // Kamailio's children end with their parent only when it is asked to end.
            running.signal("TERM");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn good() -> (Authority, Certificate) {
    let authority = Authority::new();
    let certificate = authority.issue("127.0.0.1");
    (authority, certificate)
}

fn registers(algorithm: &str) {
    let (authority, certificate) = good();
    let Some(kamailio) = Kamailio::start(algorithm, &certificate) else { return };
    let ca = kamailio.ca(&authority);
    for transport in ["udp", "tcp", "tls"] {
        let user = Milliwatt::with_password("pw300");
        let trace = user.folder().join("trace.pcap");
        let trunk = kamailio.trunk(300, transport);
        let line = format!("register {trunk} --for 0s --ca {ca} --trace {}", trace.display());
        user.run(&line).expect(0);
        let sent = messages(&trace);
        let with = |text: &str| {
            sent.iter().filter(|m| m.asks("REGISTER") && m.text.contains(text)).count()
        };
        assert!(with("\r\nAuthorization: Digest") > 0, "no password was asked for");
        assert_eq!(with(&format!("algorithm={algorithm},")), with("\r\nAuthorization: Digest"));
    }
    let line = format!("register {} --for 0s --json -", kamailio.trunk(300, "udp"));
    let refused = Milliwatt::with_password("wrong").run(&line).expect(4);
    assert!(refused.stderr.contains("password"), "{}", refused.stderr);
}

#[test]
fn registers_with_md5() {
    registers("MD5");
}

#[test]
fn registers_with_sha_256() {
    registers("SHA-256");
}

/// What the caller sent before its BYE has arrived, in whatever time the computer took for it; and the
/// callee was heard for as long, give or take a second.
fn all_arrived(caller: &Value, callee: &Value) {
    let count = |side: &Value, name: &str| side[name].as_i64().unwrap();
    let (sent, arrived) = (count(caller, "sent"), count(callee, "received"));
    assert!(sent > 0 && arrived + 1 >= sent, "{arrived} of {sent}: {callee}");
    // The callee talks until the BYE has come to it.
    assert!(count(caller, "received") + 50 >= sent.min(count(callee, "sent")), "{caller}");
}

#[test]
fn calls_through_it_both_ways() {
    let (authority, certificate) = good();
    let Some(kamailio) = Kamailio::start("MD5", &certificate) else { return };
    let ca = kamailio.ca(&authority);
    for (caller, callee, transport) in [(300, 301, "udp"), (301, 300, "tcp"), (300, 301, "tls")] {
        let answering = Milliwatt::with_password(&format!("pw{callee}"));
        let mut answer = answering.start(&format!(
            "answer {} --count 1 --for 30s --play milliwatt --jsonl - --ca {ca}",
            kamailio.trunk(callee, transport)
        ));
        answer.wait_for("\"ready\"", 10 * SECOND);
        let calling = Milliwatt::with_password(&format!("pw{caller}"));
        let out = calling
            .run(&format!(
                "call {} {callee} --duration 2s --play tone --json - --ca {ca}",
                kamailio.trunk(caller, transport)
            ))
            .expect(0)
            .json();
        assert_eq!(out["outcome"], "answered", "{out}");
        assert!(out["media"]["level_in_dbov"].as_f64().unwrap() > -30.0, "{out}");
        let out = &out["media"];
        assert!(out["received"].as_i64() > Some(0), "{out}");
        assert_eq!(out["lost"], 0, "{out}");
        let answered = finish(answer).expect(0);
        let taken: Value = serde_json::from_str(answered.stdout.lines().last().unwrap()).unwrap();
        all_arrived(out, &taken["media"]);
    }
}

#[test]
fn is_refused_with_a_bad_certificate() {
    let authority = Authority::new();
    let stranger = Authority::new();
    let cases = [
        (authority.issue("other.example"), "name"),
        (stranger.issue("127.0.0.1"), "authority"),
        (authority.issue_expired("127.0.0.1"), "expired"),
    ];
    for (certificate, word) in cases {
        let Some(kamailio) = Kamailio::start("MD5", &certificate) else { return };
        let ca = kamailio.ca(&authority);
        let line = format!("register {} --for 0s --ca {ca}", kamailio.trunk(300, "tls"));
        let out = Milliwatt::with_password("pw300").run(&line).expect(3);
        assert!(out.stderr.contains(word), "no '{word}' in: {}", out.stderr);
    }
}

/// Fault 1: it is stopped for a while and started, which empties its memory, while a call is up.
fn its_restart_is_survived(transport: &str) {
    let (authority, certificate) = good();
    let Some(mut kamailio) = Kamailio::start("MD5", &certificate) else { return };
    let ca = kamailio.ca(&authority);
    let answering = Milliwatt::with_password("pw301");
    let trace = answering.folder().join("trace.pcap");
    // A TLS client cannot be called back: what comes for a call that is up needs its old connection.
    let called_back = transport != "tls";
    let bind = if called_back { format!("--bind 127.0.0.1:{}", free_port()) } else { "".into() };
    let mut answer = answering.start(&format!(
        "answer {} --count 2 --for 60s --play milliwatt --json - --ca {ca} {bind} --trace {}",
        kamailio.trunk(301, transport),
        trace.display()
    ));
    answer.wait_for("waiting for calls", 10 * SECOND);
    let before = Milliwatt::with_password("pw300");
    let mut up = before.start(&format!(
        "call {} 301 --duration 15s --play tone --json - --ca {ca}",
        kamailio.trunk(300, transport)
    ));
    up.wait_for("answered", 10 * SECOND);
    kamailio.stop();
    let gone = wall();
    // Long enough for a keep-alive to find nobody.
    std::thread::sleep(3 * SECOND);
    kamailio.run(&peer("kamailio").unwrap());
    let back = wall();
    // A call through it goes on being tried, until it is told where 301 is.
    let calling = Milliwatt::with_password("pw302");
    let line =
        format!("call {} 301 --duration 1s --json - --ca {ca}", kamailio.trunk(302, transport));
    let limit = Instant::now() + 20 * SECOND;
    while calling.run(&line).code != 0 {
        assert!(Instant::now() < limit, "not registered again: {}", answer.stderr());
    }
    // The call that was up has heard of nothing, and ends through the one that came after.
    let call = finish(up).expect(0).json();
    let media = &call["media"];
    assert_eq!(call["hangup_by"], "local", "{call}");
    assert_eq!(media["lost"], 0, "{media}");
    let taken = finish(answer).expect(0).json();
    let taken = taken["calls"].as_array().unwrap();
    let first = taken.iter().find(|taken| taken["from"] == "300").unwrap();
    assert_eq!(first["media"]["lost"], 0, "{first}");
    all_arrived(media, &first["media"]);
    assert_eq!(first["hangup_by"], if called_back { "remote" } else { "local" }, "{first}");
    let granted = messages(&trace).into_iter().filter(|m| m.answers(200, "REGISTER")).map(|m| m.at);
    let again = granted.into_iter().find(|at| *at > gone).expect("a second registration");
    assert!(again < back + 5 * SECOND, "{:?} after its return", again - back);
}

#[test]
fn its_restart_is_survived_over_udp() {
    its_restart_is_survived("udp");
}

#[test]
fn its_restart_is_survived_over_tcp() {
    its_restart_is_survived("tcp");
}

#[test]
fn its_restart_is_survived_over_tls() {
    its_restart_is_survived("tls");
}
