//! `check` against trunks that let it down, and its ends before the time.

use std::{
    fs,
    net::UdpSocket,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::harness::{
    Carrier, Milliwatt, Running, finish,
    trace::{Message, messages},
};

const SECOND: Duration = Duration::from_secs(1);

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn verdict<'a>(report: &'a Value, id: &str) -> &'a str {
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["id"] == id);
    found.unwrap_or_else(|| panic!("no {id} in {report}"))["verdict"].as_str().unwrap()
}

#[test]
fn a_wrong_password_is_tried_twice_at_most() {
    let carrier = Carrier::start("");
    let calls = "--no-register --only out.answer,in.route";
    for more in ["", "--no-register", "--suite full", "--only out.answer,dtmf.send", calls] {
        let user = Milliwatt::with_password("wrong");
        let trace = user.folder().join("trace.pcap");
        let line = format!(
            "check {} --did +15550100 {more} --json - --trace {}",
            carrier.alice(),
            trace.display()
        );
        let out = user.run(&line).expect(4);
        assert!(out.stderr.contains("password"), "{more}: {}", out.stderr);
        let trace = String::from_utf8_lossy(&fs::read(trace).unwrap()).into_owned();
        let tries = trace.matches("Authorization: Digest").count();
        assert!((1..=2).contains(&tries), "{more}: {tries} tries");
        let report = out.json();
        assert!(report["obstacle"].as_str().is_some_and(|o| o.contains("refused")), "{report}");
        assert!(!report.to_string().contains("is not routed"), "{report}");
    }
}

/// Nothing is proved by calls that were not placed.
#[test]
fn a_run_that_has_no_number_to_call_is_not_good() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    let line = format!("check {} --only reach.options,out.answer --json -", carrier.alice());
    let report = user.run(&line).expect(1).json();
    assert_eq!(
        (verdict(&report, "reach.options"), verdict(&report, "out.answer")),
        ("pass", "skip")
    );
    let skipped = report["checks"].as_array().unwrap().iter().find(|c| c["id"] == "out.answer");
    assert_eq!(skipped.unwrap()["required"], true, "{report}");
    assert!(report.to_string().contains("--did"), "{report}");
}

#[test]
fn a_dead_trunk_is_told_in_a_sentence() {
    let port = crate::harness::free_port();
    for transport in ["udp", "tcp", "tls"] {
        let user = Milliwatt::with_password("secret");
        let line = format!("check sip:alice@127.0.0.1:{port};transport={transport} --json -");
        let out = user.run(&line).expect(3);
        assert!(out.stderr.contains("the trunk does not answer"), "{}", out.stderr);
        assert_eq!(verdict(&out.json(), "reach.options"), "fail");
    }
}

#[test]
fn a_silent_trunk_is_given_up() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let trunk = format!("sip:alice@{}", server.local_addr().unwrap());
    let user = Milliwatt::with_password("secret");
    // A time-out of RFC 3261 for OPTIONS and a short try of REGISTER.
    let start = Instant::now();
    let out = user.run(&format!("check {trunk} --json -")).expect(3);
    let took = start.elapsed();
    assert!(out.stderr.contains("the trunk does not answer"), "{}", out.stderr);
    // What the manual says, and the start of the program on a busy computer.
    assert!(took < (45 + 10) * SECOND, "{took:?}");
    assert_eq!(verdict(&out.json(), "reach.options"), "fail");
    // The same where the user's patience ends first.
    let out = user.run(&format!("check {trunk} --timeout 3s --json -")).expect(3);
    assert!(out.stderr.contains("the trunk does not answer"), "{}", out.stderr);
}

#[test]
fn a_time_that_is_up_leaves_reports() {
    let carrier = Carrier::start("--fault options-delay=900ms");
    let user = Milliwatt::with_password("alice-secret");
    let file = |name: &str| user.folder().join(name);
    let line = format!(
        "check {} --timeout 4s --only reach.rtt,reg.basic,dns.addr --json {} --junit {} --jsonl {}",
        carrier.alice(),
        file("report.json").display(),
        file("junit.xml").display(),
        file("lines.jsonl").display(),
    );
    user.run(&line).expect(6);
    let report = json(&file("report.json"));
    assert_eq!(report["interrupted"], true);
    assert_eq!(verdict(&report, "reach.rtt"), "error");
    assert!(fs::read_to_string(file("junit.xml")).unwrap().contains("reach.rtt"));
    assert_eq!(fs::read_to_string(file("lines.jsonl")).unwrap().lines().count(), 3);
}

/// The first message of a step in a capture file of ours.
fn message<'a>(trace: &'a [Message], evidence: &Value) -> &'a str {
    let frame = evidence.as_str().and_then(|text| text.strip_prefix("seen.pcap#"));
    let frame: usize = frame.unwrap_or_else(|| panic!("{evidence}")).parse().unwrap();
    &trace[frame - 1].text
}

#[test]
fn evidence_is_a_frame_of_the_trace() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    let trace = user.folder().join("seen.pcap");
    let line = format!(
        "check {} --did +15550100 --only reach.options,reg.basic,auth.invite,dns.addr --json - --trace {}",
        carrier.alice(),
        trace.display()
    );
    let report = user.run(&line).expect(0).json();
    let trace = messages(&trace);
    for check in report["checks"].as_array().unwrap() {
        let method = match check["id"].as_str().unwrap() {
            "reach.options" => "OPTIONS sip:",
            "reg.basic" => "REGISTER sip:",
            "auth.invite" => "INVITE sip:",
            _ => {
                assert_eq!(check["evidence"], Value::Null);
                continue;
            }
        };
        let message = message(&trace, &check["evidence"]);
        assert!(message.contains(method), "{}: {message}", check["evidence"]);
    }
    let line = format!("check {} --only reach.options --json -", carrier.alice());
    let report = user.run(&line).expect(0).json();
    assert_eq!(report["checks"][0]["evidence"], Value::Null, "there is no file");
}

/// Each check is told when its step is done, and Ctrl-C in the middle of a call hangs up and leaves a
/// report.
#[test]
fn ctrl_c_leaves_reports() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    let file = |name: &str| user.folder().join(name);
    let mut check = user.start(&format!(
        "check {} --did +15550100 --suite trunk --json {} --junit {} --jsonl - --trace {} -v",
        carrier.alice(),
        file("report.json").display(),
        file("junit.xml").display(),
        file("trace.pcap").display(),
    ));
    check.wait_for("a call to ourselves, ", 60 * SECOND);
    // Both sides of it are up.
    check.wait_for_times(2, "\"event\":\"answered\"", 60 * SECOND);
    let so_far = check.stdout();
    assert!(so_far.contains("\"reg.basic\""), "nothing was told as it happened: {so_far}");
    check.interrupt();
    let out = finish(check).expect(130);
    let report = json(&file("report.json"));
    assert_eq!(report["interrupted"], true);
    assert_eq!(verdict(&report, "reg.basic"), "pass");
    assert_eq!(verdict(&report, "mq.loss"), "error");
    assert!(fs::read_to_string(file("junit.xml")).unwrap().contains("mq.loss"));
    let lines = out.stdout.lines().count();
    assert_eq!(lines, report["checks"].as_array().unwrap().len());
    let trace = messages(&file("trace.pcap"));
    let sent = |method: &str| trace.iter().filter(|message| message.asks(method)).count();
    assert!(sent("BYE") > 0, "the call was not hung up");
    assert!(trace.iter().any(|message| message.answers(200, "BYE")), "the call goes on");
    let given_back = |m: &Message| m.asks("REGISTER") && m.text.contains("Expires: 0");
    assert!(trace.iter().any(given_back), "the registration was not given back");
}

/// What a terminal shows, without the sequences that colour it and move its cursor.
fn plain(screen: &str) -> String {
    let mut plain = String::new();
    let mut rest = screen.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => drop(rest.by_ref().find(|c| c.is_ascii_alphabetic())),
            '\r' => plain.push('\n'),
            c => plain.push(c),
        }
    }
    plain
}

/// A person at a terminal sees each row once, as it is judged, then the ending and no second table.
#[test]
fn a_terminal_shows_the_table_once() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    let ids = ["reach.options", "reg.basic", "reg.unregister"];
    let mut command =
        user.at_terminal(&format!("check {} --only {}", carrier.alice(), ids.join(",")));
    let out = finish(Running::start(command.env("TERM", "xterm"))).expect(0);
    assert!(out.stdout.contains('\u{1b}'), "nothing was live: {}", out.stdout);
    let screen = plain(&out.stdout);
    let rows: Vec<&str> = screen.lines().map(str::trim).collect();
    let of = |part: &str| {
        let found = rows.iter().enumerate().filter(|(_, row)| row.contains(part));
        found.map(|(at, _)| at).collect::<Vec<_>>()
    };
    let [ending] = of("0 failed")[..] else { panic!("not one ending: {screen}") };
    for id in ids {
        let [row] = of(&format!(" {id} "))[..] else { panic!("{id} not once: {screen}") };
        assert!(rows[row].starts_with("pass ") && row < ending, "{id}: {screen}");
    }
}
