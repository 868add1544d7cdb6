//! Ctrl-C, and calls that did not come.

use std::{fs, time::Duration};

use crate::harness::{Carrier, Milliwatt, finish};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn ctrl_c_hangs_up_and_reports() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let trace = alice.folder().join("trace.pcap");
    let mut call = alice.start(&format!(
        "call {} 9000 --duration 100s --json - --trace {}",
        carrier.alice(),
        trace.display()
    ));
    call.wait_for("answered", 30 * SECOND);
    call.interrupt();
    let out = finish(call).expect(130).json();
    assert_eq!((&out["outcome"], &out["hangup_by"]), (&"answered".into(), &"local".into()));
    let sent = String::from_utf8_lossy(&fs::read(trace).unwrap()).into_owned();
    assert!(sent.contains("BYE sip:"), "no BYE");
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

#[test]
fn fewer_calls_than_hoped_for() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let out =
        alice.run(&format!("answer {} --count 2 --for 1s --jsonl -", carrier.alice())).expect(1);
    assert!(out.stdout.contains("\"ready\""), "{}", out.stdout);
    assert!(out.stderr.contains("0 of 2"), "{}", out.stderr);
}
