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
    Hosts, Milliwatt, Relay, Running,
    certificates::{Authority, Certificate},
    finish, free_port, peer,
    trace::{Message, messages, wall},
};

const SECOND: Duration = Duration::from_secs(1);

/// A running Kamailio.
pub(super) struct Kamailio {
    running: Option<Running>,
    folder: TempDir,
    port: u16,
    /// The namespace that it runs in.
    namespace: Option<String>,
}

impl Kamailio {
    /// Starts one whose digest uses an algorithm and whose TLS shows a certificate.
    pub(super) fn start(algorithm: &str, certificate: &Certificate) -> Option<Self> {
        Self::start_at("127.0.0.1", None, algorithm, certificate)
    }

    /// Starts one on the far one of two hosts.
    pub(super) fn start_on(hosts: &Hosts, certificate: &Certificate) -> Option<Self> {
        Self::start_at("10.77.0.2", Some(hosts.names[1].clone()), "MD5", certificate)
    }

    fn start_at(
        address: &str,
        namespace: Option<String>,
        algorithm: &str,
        certificate: &Certificate,
    ) -> Option<Self> {
        let program = peer("kamailio")?;
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::write(at.join("key.pem"), &certificate.key).unwrap();
        fs::write(at.join("cert.pem"), &certificate.chain).unwrap();
        let port = if namespace.is_some() { 5060 } else { free_port() };
        let modules = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"]
            .map(|lib| format!("{lib}/kamailio/modules/"))
            .into_iter()
            .find(|m| Path::new(m).is_dir())
            .expect("Kamailio's modules");
        let config = include_str!("../data/kamailio/kamailio.cfg")
            .replace("@ADDRESS@", address)
            .replace("@PORT@", &port.to_string())
            .replace("@TLS_PORT@", &(port + 1).to_string())
            .replace("@MODULES@", &modules)
            .replace("@FOLDER@", at.to_str().unwrap())
            .replace("@ALGORITHM@", algorithm);
        fs::write(at.join("kamailio.cfg"), config).unwrap();
        let mut kamailio = Self { running: None, folder, port, namespace };
        kamailio.run(&program);
        Some(kamailio)
    }

    fn run(&mut self, program: &Path) {
        let mut command = match &self.namespace {
            Some(namespace) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", namespace]).arg(program);
                command
            }
            None => Command::new(program),
        };
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
        while !self.listens() {
            let told = self.running.as_ref().map(Running::stderr).unwrap_or_default();
            assert!(Instant::now() < limit, "Kamailio does not listen:\n{told}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn listens(&self) -> bool {
        let Some(namespace) = &self.namespace else {
            return std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        };
        let connect = format!("exec 3<>/dev/tcp/10.77.0.2/{}", self.port);
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace, "bash", "-c", &connect]);
        command.output().is_ok_and(|tried| tried.status.success())
    }

    fn stop(&mut self) {
        let mut running = self.running.take().expect("it runs");
        running.signal("TERM");
        running.finish(10 * SECOND);
    }

    /// The trunk as an argument: user 300 to 199 over a transport.
    pub(super) fn trunk(&self, user: u32, transport: &str) -> String {
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

pub(super) fn good() -> (Authority, Certificate) {
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

/// The trunk of 301 in a file, for a phone that asks what the registrar holds.
fn asking(kamailio: &Kamailio, folder: &Path) -> String {
    let file = folder.join("asking.toml");
    let text = format!(
        "[trunk]\nname = \"asking\"\ndomain = \"127.0.0.1:{}\"\nuser = \"301\"\n\
         keep_alive = \"register\"\n",
        kamailio.port
    );
    fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// Fault 1: it is stopped, and started after a while, which empties its memory, while a call is up.
/// But for the question what the registrar holds, the trunk is an address and nothing else.
fn its_restart_is_survived(transport: &str, asks: bool, away: Duration) {
    let (authority, certificate) = good();
    let Some(mut kamailio) = Kamailio::start("MD5", &certificate) else { return };
    let ca = kamailio.ca(&authority);
    let answering = Milliwatt::with_password("pw301");
    let trace = answering.folder().join("trace.pcap");
    // A TLS client cannot be called back: it has to tell the far end of its new connection, and that
    // one must be where it was.
    let called_back = transport != "tls";
    let bind = if called_back { format!("--bind 127.0.0.1:{}", free_port()) } else { "".into() };
    let far = if called_back { transport } else { "udp" };
    let trunk = match asks {
        true => asking(&kamailio, answering.folder()),
        false => kamailio.trunk(301, transport),
    };
    let mut answer = answering.start(&format!(
        "answer {trunk} --count 2 --for 60s --play milliwatt --json - --ca {ca} {bind} --trace {}",
        trace.display()
    ));
    answer.wait_for("waiting for calls", 10 * SECOND);
    let before = Milliwatt::with_password("pw300");
    let mut up = before.start(&format!(
        "call {} 301 --duration 15s --play tone --json - --ca {ca}",
        kamailio.trunk(300, far)
    ));
    up.wait_for("answered", 10 * SECOND);
    kamailio.stop();
    let gone = wall();
    std::thread::sleep(away);
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
    assert_eq!(first["hangup_by"], "remote", "{first}");
    let ours = |m: &&Message| m.asks("UPDATE") && m.text.contains("\r\nContact: <sip:301@");
    let sent = messages(&trace);
    let told = sent.iter().filter(ours).count();
    assert_eq!(told == 0, called_back, "{told}");
    // While it comes up it may refuse the first ones.
    assert!(called_back || sent.iter().any(|m| m.answers(200, "UPDATE")), "told in vain");
    let ours =
        |m: &Message| m.answers(200, "REGISTER") && m.text.contains("\r\nContact: <sip:301@");
    let granted = messages(&trace).into_iter().filter(ours).map(|m| m.at);
    let again = granted.into_iter().find(|at| *at > gone).expect("a second registration");
    assert!(again < back + 5 * SECOND, "{:?} after its return", again - back);
    if asks {
        // It was the question that told, and no refused port.
        let empty = |m: &&Message| {
            m.answers(200, "REGISTER") && !m.text.contains("\r\nContact:") && m.at > gone
        };
        let asked = sent.iter().find(empty).expect("a list without us");
        assert!(asked.at < again, "{:?} after it was registered again", asked.at - again);
    }
}

/// Long enough for a keep-alive to find nobody.
const LONG: Duration = Duration::from_secs(3);

#[test]
fn its_restart_is_survived_over_udp() {
    its_restart_is_survived("udp", false, LONG);
}

/// It is back before anything finds nobody: only the question what it holds tells that it has
/// forgotten us.
#[test]
fn its_quick_restart_is_survived_over_udp() {
    its_restart_is_survived("udp", true, Duration::ZERO);
}

#[test]
fn its_restart_is_survived_over_tcp() {
    its_restart_is_survived("tcp", false, LONG);
}

#[test]
fn its_restart_is_survived_over_tls() {
    its_restart_is_survived("tls", false, LONG);
}

/// Fault 3: a firewall resets the connection of a call that is up. Kamailio finds the phone by its
/// Contact and not by its registration: without the new one the hang-up would be lost.
#[test]
fn the_hang_up_comes_by_the_connection_after_a_reset() {
    let (authority, certificate) = good();
    let Some(kamailio) = Kamailio::start("MD5", &certificate) else { return };
    let ca = kamailio.ca(&authority);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let tls = ([127, 0, 0, 1], kamailio.port + 1).into();
    let relay = runtime.block_on(Relay::to(tls));
    let answering = Milliwatt::with_password("pw301");
    let trace = answering.folder().join("trace.pcap");
    let mut answer = answering.start(&format!(
        "answer sip:301@{};transport=tls --count 1 --for 60s --play milliwatt --json - --ca {ca} --trace {}",
        relay.at,
        trace.display()
    ));
    answer.wait_for("waiting for calls", 10 * SECOND);
    let calling = Milliwatt::with_password("pw300");
    let mut call = calling.start(&format!(
        "call {} 301 --duration 8s --play tone --json -",
        kamailio.trunk(300, "udp")
    ));
    call.wait_for("answered", 10 * SECOND);
    std::thread::sleep(2 * SECOND);
    let reset = wall();
    relay.reset();
    let placed = finish(call).expect(0).json();
    assert_eq!((&placed["hangup_by"], &placed["media"]["lost"]), (&"local".into(), &0.into()));
    let taken = finish(answer).expect(0).json();
    let taken = &taken["calls"][0];
    assert_eq!((&taken["hangup_by"], &taken["media"]["lost"]), (&"remote".into(), &0.into()));
    assert_eq!(relay.taken(), 2);
    let sent = messages(&trace);
    let told: Vec<_> = sent.iter().filter(|m| m.asks("UPDATE")).collect();
    assert_eq!(told.len(), 1, "told once");
    // A second for the pace of REGISTER, and more where the first one is lost.
    assert!(told[0].at < reset + 6 * SECOND, "{:?} after the reset", told[0].at - reset);
    let byes = sent.iter().filter(|m| m.asks("BYE")).count();
    assert_eq!(byes, 1, "a hang-up that is not sent again");
}
