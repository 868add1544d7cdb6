//! What each option changes, seen on the wire or in what is told.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, process::Stdio, time::Duration};

use serde_json::Value;

use crate::harness::{Carrier, Milliwatt, Running, finish, free_port};

const LIMIT: Duration = Duration::from_secs(30);

/// Runs a line to its end with this code; the messages that were sent and received.
fn wire(user: &Milliwatt, line: &str, code: i32) -> String {
    let trace = user.folder().join("trace.pcap");
    user.run(&format!("{line} --trace {}", trace.display())).expect(code);
    String::from_utf8_lossy(&fs::read(trace).unwrap()).into_owned()
}

fn alice() -> Milliwatt {
    Milliwatt::with_password("alice-secret")
}

/// Bob waits for calls with these arguments while alice calls him once: both as they tell it.
fn bob_is_called(carrier: &Carrier, arguments: &str, code: i32, call: i32) -> (Value, Value) {
    let bob = Milliwatt::with_password("bob-secret");
    let line = format!("answer sip:bob@{} --json - {arguments}", carrier.address());
    let mut answer = bob.start(&line);
    answer.wait_for("waiting for calls", LIMIT);
    let line = format!("call {} +15550110 --duration 1s --json -", carrier.alice());
    let call = alice().run(&line).expect(call).json();
    (finish(answer).expect(code).json()["calls"][0].clone(), call)
}

#[test]
fn an_address_is_completed() {
    let carrier = Carrier::start("--user carol:carol-secret");
    let address = carrier.address();
    let user = alice();
    let elsewhere = "sip:alice@test-trunk.invalid";
    let sent = wire(&user, &format!("register {elsewhere} --registrar {address}"), 0);
    assert!(sent.contains("From: <sip:alice@test-trunk.invalid>"), "{sent}");
    let sent = wire(&user, &format!("options {elsewhere} --proxy {address}"), 0);
    assert!(sent.contains("OPTIONS sip:test-trunk.invalid"), "{sent}");
    let sent = wire(&user, &format!("register sip:{address} --user alice"), 0);
    assert!(sent.contains("From: <sip:alice@"), "{sent}");
    // The embedded trunk lets nobody register for another.
    let carol = Milliwatt::with_password("carol-secret");
    let sent = wire(&carol, &format!("register {} --auth-user carol", carrier.alice()), 4);
    assert!(sent.contains("username=\"carol\"") && sent.contains("From: <sip:alice@"), "{sent}");
    let sent =
        wire(&user, &format!("register {} --public-address 203.0.113.7", carrier.alice()), 0);
    assert!(sent.contains("Contact: <sip:alice@203.0.113.7:"), "{sent}");
    let line = format!("options {} --transport tcp --json -", carrier.alice());
    let remote = user.run(&line).expect(0).json()["remote"].clone();
    assert!(remote.as_str().unwrap().starts_with("tcp:"), "{remote}");
    let port = free_port();
    let line = format!("options {} --bind 127.0.0.1:{port}", carrier.alice());
    let sent = wire(&user, &line, 0);
    assert!(sent.contains(&format!("127.0.0.1:{port};")), "{sent}");
}

#[test]
fn a_password_from_a_file_or_a_descriptor() {
    let carrier = Carrier::start("");
    let user = Milliwatt::new();
    let file = user.folder().join("password");
    let mut options = fs::OpenOptions::new();
    let mut written = options.write(true).create(true).mode(0o600).open(&file).unwrap();
    written.write_all(b"alice-secret\n").unwrap();
    let line = format!("register {}", carrier.alice());
    user.run(&format!("{line} --password-file {}", file.display())).expect(0);
    let words = format!("{line} --password-fd 0");
    let mut child =
        user.command(words.split(' ')).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"alice-secret\n").unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_certificate_authority_of_its_own() {
    let folder = Milliwatt::new();
    let file = folder.folder().join("ca.pem");
    let port = free_port();
    let line = format!(
        "test-trunk --listen 127.0.0.1:{port} --ca-out {} --dns 127.0.0.1:0",
        file.display()
    );
    let mut carrier = folder.start(&line);
    carrier.wait_for("\"ready\"", LIMIT);
    let ready: Value = serde_json::from_str(carrier.stdout().lines().next().unwrap()).unwrap();
    assert!(ready["dns"].as_str().unwrap().starts_with("127.0.0.1:"), "{ready}");
    let trunk = format!("sip:alice@{};transport=tls", ready["tls"].as_str().unwrap());
    alice().run(&format!("register {trunk} --ca {}", file.display())).expect(0);
    let out = alice().run(&format!("register {trunk}")).expect(3);
    assert!(out.stderr.contains("certificate"), "{}", out.stderr);
}

#[test]
fn sound_as_it_is_asked_for() {
    let carrier = Carrier::start("");
    let user = alice();
    let line = format!(
        "call {} 9000 --duration 3s --codec pcma --from +15550105 --rtp-ports 20000-20098 \
         --hold-after 1s --resume-after 1s",
        carrier.alice()
    );
    let sent = wire(&user, &line, 0);
    let port = sent.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap();
    assert!((20_000..20_099).contains(&port.parse::<u16>().unwrap()), "{port}");
    assert!(sent.contains("From: <sip:+15550105@"), "{sent}");
    let offers = sent.split("INVITE sip:").count();
    assert!(offers >= 4, "no hold and resume: {offers}");
    assert!(sent.contains("a=sendonly") && sent.contains("a=sendrecv"), "{sent}");
    let history = user.run("history --json -").expect(0).json();
    assert_eq!(history["calls"][0]["codec"], "PCMA");
}

#[test]
fn calls_are_taken_as_it_is_asked_for() {
    let carrier = Carrier::start("");
    let (answered, call) = bob_is_called(&carrier, "--count 1 --ring 1s", 0, 0);
    assert_eq!(answered["outcome"], "answered");
    let timing = &call["timing_ms"];
    let (ringing, up) = (timing["ringing"].as_f64().unwrap(), timing["answered"].as_f64().unwrap());
    assert!(ringing < up && up >= 1_000.0, "{timing}");
    let (rejected, call) = bob_is_called(&carrier, "--count 1 --reject 603", 0, 1);
    assert_eq!((&rejected["outcome"], &call["code"]), (&"rejected".into(), &603.into()));
}

#[test]
fn a_stranger_is_heard_only_when_allowed() {
    for allowed in [false, true] {
        let port = free_port();
        let allow = if allowed { "--allow 127.0.0.2/32" } else { "" };
        let bob = Milliwatt::new();
        let mut answer = bob.start(&format!(
            "answer sip:bob@127.0.0.3:9 --no-register --bind 127.0.0.1:{port} --count 1 {allow}"
        ));
        answer.wait_for("waiting for calls", LIMIT);
        let call = format!(
            "call sip:alice@127.0.0.1:{port} 1000 --no-register --bind 127.0.0.2:0 --duration 1s"
        );
        if allowed {
            Milliwatt::new().run(&call).expect(0);
            finish(answer).expect(0);
        } else {
            Milliwatt::new().run(&format!("{call} --timeout 2s")).expect(3);
            assert_eq!(answer.stdout(), "");
            answer.interrupt();
            finish(answer).expect(130);
        }
    }
}

#[test]
fn a_warning_counts_when_the_run_is_strict() {
    let carrier = Carrier::start("");
    let user = alice();
    let file = user.folder().join("office.toml");
    let text = format!(
        "[trunk]\nname = \"office\"\ndomain = \"{}\"\nuser = \"alice\"\n\
         [limits.\"reach.rtt\"]\npass = 0.0\nwarn = 60000.0\n",
        carrier.address()
    );
    fs::write(&file, text).unwrap();
    let line = format!("check {} --only reach.rtt", file.display());
    let out = user.run(&line).expect(0);
    assert!(out.stdout.contains("warn   reach.rtt"), "{}", out.stdout);
    user.run(&format!("{line} --strict")).expect(1);
}

#[test]
fn a_budget_is_kept() {
    let user = Milliwatt::new();
    let file = user.folder().join("billed.toml");
    let text = "[trunk]\nname = \"billed\"\ndomain = \"127.0.0.1:9\"\nuser = \"alice\"\n\
                [numbers]\ndids = [\"+15550100\"]\n[test]\nbilled = true\nallow = [\"+1555*\"]\n";
    fs::write(&file, text).unwrap();
    let line = format!("check {} --suite trunk --yes-billed", file.display());
    let out = user.run(&format!("{line} --budget calls=1")).expect(5);
    assert!(out.stderr.contains("budget"), "{}", out.stderr);
    user.run(&format!("{line} --budget euros=5")).expect(2);
}

#[test]
fn the_history_is_searched() {
    let carrier = Carrier::start("");
    let bob = Milliwatt::with_password("bob-secret");
    let mut answer = bob.start(&format!("answer sip:bob@{} --ring 60s", carrier.address()));
    answer.wait_for("waiting for calls", LIMIT);
    let line = format!("call {} +15550110 --ring-timeout 1s", carrier.alice());
    alice().run(&line).expect(1);
    answer.wait_for("cancelled", LIMIT);
    answer.interrupt();
    finish(answer).expect(130);
    bob.run(&format!("call sip:bob@{} 9005", carrier.address())).expect(1);
    bob.run(&format!("call sip:bob@{} 8603", carrier.address())).expect(1);
    let found = |filter: &str| {
        let out = bob.run(&format!("history --json - {filter}")).expect(0).json();
        let calls = out["calls"].as_array().unwrap().clone();
        calls.iter().map(|call| call["way"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(""), ["out", "out", "in"]);
    assert_eq!(found("--missed"), ["in"]);
    assert_eq!(found("--search busy"), ["out"]);
    assert_eq!(found("--limit 1"), ["out"]);
    assert_eq!(found("--trunk nobody"), [""; 0]);
}

#[test]
fn a_profile_is_named() {
    let user = Milliwatt::new();
    let line = "trunk add office sip:alice@sip.example.net --profile";
    let out = user.run(&format!("{line} nobody")).expect(2);
    assert!(out.stderr.contains("nobody"), "{}", out.stderr);
    user.run(&format!("{line} telnyx")).expect(0);
    let stored = fs::read_to_string(user.folder().join("config/trunks/office.toml")).unwrap();
    assert!(stored.contains("profile = \"telnyx\""), "{stored}");
    let shown = Running::start(&mut user.command(["trunk", "show", "office"]));
    assert!(finish(shown).expect(0).stderr.contains("from the profile"));
}
