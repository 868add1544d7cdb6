//! Files that results are written to.

use std::{fs, time::Duration};

use crate::harness::{Carrier, Milliwatt, finish, sound};

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
    running.wait_for("registered for", Duration::from_secs(30));
    drop(carrier);
    running.wait_for("not registered", Duration::from_secs(60));
    running.interrupt();
    finish(running).expect(130);
    let told: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!((&told["state"], &told["lost"]), (&"failed".into(), &1.into()), "{told}");
}

#[test]
fn each_call_that_is_answered_has_a_recording_of_its_own() {
    let carrier = Carrier::start("");
    let [alice, bob] = ["alice-secret", "bob-secret"].map(Milliwatt::with_password);
    let file = |name: &str| bob.folder().join(name);
    let mut answer = bob.start(&format!(
        "answer sip:bob@{} --count 3 --jsonl - --record {}",
        carrier.address(),
        file("heard.wav").display()
    ));
    answer.wait_for("\"ready\"", Duration::from_secs(30));
    let line = format!("call {} +15550110 --duration 2s --play tone", carrier.alice());
    // Two at once, one after them.
    let both = [alice.start(&line), alice.start(&line)];
    for call in both {
        finish(call).expect(0);
    }
    alice.run(&line).expect(0);
    finish(answer).expect(0);
    for name in ["heard.wav", "heard-2.wav", "heard-3.wav"] {
        let (samples, rate) = sound::read(&file(name));
        assert!(samples.len() > rate as usize, "{name}: {} samples", samples.len());
        assert!(samples.iter().any(|s| s.unsigned_abs() > 1000), "{name}: only silence");
    }
    let history = bob.run("history --json -").expect(0).json();
    let calls = history["calls"].as_array().unwrap().iter();
    let mut kept: Vec<_> = calls.map(|call| call["recording"].as_str().unwrap()).collect();
    kept.sort_unstable();
    let names = ["heard-2.wav", "heard-3.wav", "heard.wav"].map(file);
    assert_eq!(kept, names.each_ref().map(|name| name.to_str().unwrap()));
}
