//! What leaves the process says no secret, whatever is asked for.

use std::{fs, time::Duration};

use crate::harness::{Carrier, Milliwatt, finish};

/// Passwords that the embedded trunk knows, and what a proof of one looks like.
const SECRETS: [&str; 2] = ["alice-secret", "bob-secret"];

#[test]
fn no_log_and_no_output_says_a_password() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let log = alice.folder().join("all.log");
    let lines = [
        format!("demo -vv --log {} --json -", log.display()),
        format!("call {} 9000 --duration 1s -vv --log {} --json -", carrier.alice(), log.display()),
        format!("register {} -vv --log {} --json -", carrier.alice(), log.display()),
    ];
    for line in lines {
        let out = alice.run(&line).expect(0);
        let told = [out.stdout, out.stderr, fs::read_to_string(&log).unwrap()];
        assert!(told[2].contains("REGISTER sip:"), "{line}: everything is logged: {}", told[2]);
        for (text, secret) in told.iter().flat_map(|text| SECRETS.map(|secret| (text, secret))) {
            assert!(!text.contains(secret), "{line} says {secret}:\n{text}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_crash_leaves_no_memory_behind() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let line = format!("answer {} --no-register --bind 127.0.0.1:0 --for 60s", carrier.alice());
    let mut phone = alice.start(&line);
    phone.wait_for("waiting for calls", Duration::from_secs(20));
    let limits = fs::read_to_string(format!("/proc/{}/limits", phone.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    phone.interrupt();
    finish(phone);
}
