//! Files that results are written to.

use std::fs;

use crate::harness::{Carrier, Milliwatt, finish};

#[test]
fn a_full_disk_ends_no_call() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let line = format!("call {} 9000 --duration 3s --jsonl /dev/full", carrier.alice());
    let out = alice.run(&format!("{line} --json -")).expect(3);
    assert_eq!(out.stderr.matches("/dev/full cannot be written").count(), 1, "{}", out.stderr);
    let call = out.json();
    assert_eq!(call["outcome"], "answered");
    assert!(call["timing_ms"]["total"].as_f64().unwrap() > 2_900.0, "{call}");
    for option in ["json", "trace", "log"] {
        let line = format!("call {} 9000 --duration 1s --{option} /dev/full -v", carrier.alice());
        let out = alice.run(&line);
        assert_eq!(out.stderr.matches("/dev/full cannot be").count(), 1, "{}", out.stderr);
        assert!(out.stdout.contains("answered 200"), "{}", out.stdout);
        out.expect(if option == "log" { 0 } else { 3 });
    }
}

#[test]
fn nobody_reads_what_is_said() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let line = format!("call {} 9000 --duration 1s -vv", carrier.alice());
    let mut command = alice.command(line.split(' '));
    let status = command.stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_check_is_reported_in_every_form() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let file = |name: &str| alice.folder().join(name);
    let line = format!(
        "check {} --only *.opt*,reg.b?sic --skip reg.* --junit {} --html {} --pcap {} --json {}",
        carrier.alice(),
        file("junit").display(),
        file("html").display(),
        file("pcap").display(),
        file("json").display(),
    );
    let out = alice.run(&line).expect(0);
    assert!(out.stdout.contains("reach.options") && !out.stdout.contains("reg.basic"));
    let read = |name: &str| String::from_utf8_lossy(&fs::read(file(name)).unwrap()).into_owned();
    assert!(read("junit").contains("<testcase"), "{}", read("junit"));
    assert!(read("html").starts_with("<!doctype html>") && read("html").contains("reach.options"));
    assert!(read("pcap").contains("OPTIONS sip:"));
    assert!(read("json").contains("\"checks\""));
}

#[test]
fn a_registration_that_is_lost_is_told() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let file = alice.folder().join("registration.json");
    let trunk = format!("{};transport=tcp", carrier.alice());
    let line = format!("register {trunk} --for 100s --json {}", file.display());
    let mut running = alice.start(&line);
    running.wait_for("registered for", std::time::Duration::from_secs(30));
    drop(carrier);
    running.wait_for("not registered", std::time::Duration::from_secs(60));
    running.interrupt();
    finish(running).expect(130);
    let told: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!((&told["state"], &told["lost"]), (&"failed".into(), &1.into()), "{told}");
}
