//! Ctrl-C, and calls that did not come.

use std::{fs, thread, time::Duration};

use crate::harness::{Carrier, Milliwatt, finish, trace::messages};

const SECOND: Duration = Duration::from_secs(1);

fn hangs_up_and_reports(signal: &str) {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let trace = alice.folder().join("trace.pcap");
    let mut call = alice.start(&format!(
        "call {} 9000 --duration 100s --json - --trace {}",
        carrier.alice(),
        trace.display()
    ));
    call.wait_for("answered", 30 * SECOND);
    call.signal(signal);
    let out = finish(call).expect(130).json();
    assert_eq!((&out["outcome"], &out["hangup_by"]), (&"answered".into(), &"local".into()));
    let sent = String::from_utf8_lossy(&fs::read(trace).unwrap()).into_owned();
    assert!(sent.contains("BYE sip:"), "no BYE");
}

#[test]
fn ctrl_c_hangs_up_and_reports() {
    hangs_up_and_reports("INT");
}

/// Unless whoever runs the tests has it ignored, as `nohup` does: then so does the program.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_that_is_closed_hangs_up_and_reports() {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    if u64::from_str_radix(ignored.trim(), 16).unwrap() & 1 == 0 {
        hangs_up_and_reports("HUP");
    }
}

/// Whatever a verb was registered for: the trunk is told that nobody is there any more, and agrees.
#[test]
fn ctrl_c_gives_the_registration_back() {
    let carrier = Carrier::start("");
    for (line, state) in [
        ("register TRUNK --for 600s", "registered for"),
        ("call TRUNK 9000 --duration 100s", "answered"),
        ("answer TRUNK", "waiting for calls"),
    ] {
        let alice = Milliwatt::with_password("alice-secret");
        let trace = alice.folder().join("trace.pcap");
        let line = line.replace("TRUNK", &carrier.alice());
        let mut running = alice.start(&format!("{line} --trace {}", trace.display()));
        running.wait_for(state, 30 * SECOND);
        running.interrupt();
        finish(running).expect(130);
        let trace = messages(&trace);
        let last = trace.iter().rposition(|message| message.asks("REGISTER")).unwrap();
        let text = &trace[last].text;
        assert!(text.contains("Expires: 0\r\n"), "{line}: {text}");
        let agreed = trace[last..].iter().any(|message| message.answers(200, "REGISTER"));
        assert!(agreed, "{line}: the trunk still has it");
    }
}

#[test]
fn ctrl_c_takes_a_ringing_call_back() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let mut call = alice.start(&format!("call {} 9006 --json -", carrier.alice()));
    call.wait_for("180", 30 * SECOND);
    call.interrupt();
    let out = finish(call).expect(130).json();
    assert_eq!(out["outcome"], "cancelled");
}

/// A call to bob, who answers with these arguments, is up until bob ends. The call as bob tells it.
fn ended_by_the_callee(arguments: &str, interrupt: bool, code: i32) -> serde_json::Value {
    let carrier = Carrier::start("");
    let bob = Milliwatt::with_password("bob-secret");
    let trunk = format!("sip:bob@{}", carrier.address());
    let mut answer = bob.start(&format!("answer {trunk} --echo --json - {arguments}"));
    answer.wait_for("waiting for calls", 30 * SECOND);
    let alice = Milliwatt::with_password("alice-secret");
    let line = format!("call {} +15550110 --duration 100s --json -", carrier.alice());
    let mut call = alice.start(&line);
    call.wait_for("answered", 30 * SECOND);
    if interrupt {
        answer.interrupt();
    }
    let all = finish(answer).expect(code).json();
    assert_eq!(all["calls"].as_array().unwrap().len(), 1, "{all}");
    assert_eq!(finish(call).expect(0).json()["hangup_by"], "remote");
    all["calls"][0].clone()
}

/// The times are far longer than any machine needs for a call, and are waited for together.
#[test]
fn a_call_that_is_up_is_hung_up_and_told() {
    thread::scope(|scope| {
        for (arguments, interrupt, code) in
            [("", true, 130), ("--for 20s", false, 0), ("--timeout 20s", false, 6)]
        {
            scope.spawn(move || {
                let call = ended_by_the_callee(arguments, interrupt, code);
                let how = (&call["way"], &call["outcome"], &call["hangup_by"]);
                assert_eq!(how, (&"in".into(), &"answered".into(), &"local".into()), "{call}");
                assert!(call["media"]["received"].as_u64().is_some(), "{call}");
            });
        }
    });
}

#[test]
fn ctrl_c_ends_the_embedded_trunk() {
    let user = Milliwatt::new();
    let mut trunk = user.start("test-trunk --listen 127.0.0.1:0");
    trunk.wait_for("\"ready\"", 30 * SECOND);
    trunk.interrupt();
    finish(trunk).expect(130);
}

#[test]
fn fewer_calls_than_hoped_for() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let out =
        alice.run(&format!("answer {} --count 2 --for 1s --jsonl -", carrier.alice())).expect(1);
    assert!(out.stdout.contains("\"ready\""), "{}", out.stdout);
    assert!(out.stderr.contains("0 of 2"), "{}", out.stderr);
}
