//! Calls to each answerer of the embedded trunk.

use std::fs;

use serde_json::Value;

use crate::harness::{Carrier, Milliwatt, Output};

fn call(line: &str) -> Output {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    alice.run(&format!("call {} {line} --json -", carrier.alice()))
}

fn answered(line: &str) -> Value {
    let out = call(line).expect(0).json();
    assert_eq!((&out["outcome"], &out["code"]), (&"answered".into(), &200.into()), "{out}");
    assert_eq!(out["version"], 1);
    out
}

#[test]
fn busy_is_busy() {
    let out = call("9005").expect(1);
    assert!(out.stderr.contains("busy"), "{}", out.stderr);
    let out = out.json();
    assert_eq!((&out["outcome"], &out["code"]), (&"rejected".into(), &486.into()));
    call("9005 --expect 486").expect(0);
    call("9005 --expect answered,603").expect(1);
}

#[test]
fn any_code_can_be_expected() {
    let out = call("8603 --expect 603").expect(0).json();
    assert_eq!(out["code"], 603);
}

#[test]
fn nobody_answers() {
    let out = call("9006 --ring-timeout 1s").expect(1);
    assert!(out.stderr.contains("Nobody answered"), "{}", out.stderr);
    let out = out.json();
    assert_eq!((&out["outcome"], &out["hangup_by"]), (&"timed-out".into(), &"local".into()));
    assert!(out["timing_ms"]["ringing"].is_number(), "{out}");
}

#[test]
fn the_menu_reads_our_digits_back() {
    let out = answered("9003 --dtmf ,,1590 --duration 12s");
    assert_eq!(out["dtmf_received"], "1590");
}

/// How digits travel is said by the trunk's settings, or by an argument.
#[test]
fn digits_travel_as_the_settings_say() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let file = alice.folder().join("office.toml");
    let trace = alice.folder().join("trace.pcap");
    for (settings, argument, info, events) in [
        ("info", "", 4, false),
        ("inband", "", 0, false),
        ("rfc4733", "--dtmf-mode info", 4, false),
        ("info", "--dtmf-mode rfc4733", 0, true),
    ] {
        let text = format!(
            "[trunk]\nname = \"office\"\ndomain = \"{}\"\nuser = \"alice\"\n[media]\ndtmf = \"{settings}\"\n",
            carrier.address()
        );
        fs::write(&file, text).unwrap();
        let (file, path) = (file.display(), trace.display());
        let line = format!("call {file} 9003 --dtmf ,,1590 --duration 12s {argument}");
        let out = alice.run(&format!("{line} --trace {path} --json -")).expect(0).json();
        let (settings, told) = (format!("{settings} {argument}"), &out["dtmf_received"]);
        assert_eq!(*told, "1590", "{settings}");
        let wire = String::from_utf8_lossy(&fs::read(&trace).unwrap()).into_owned();
        assert_eq!(wire.matches("INFO sip:").count(), info, "{settings}");
        assert_eq!(wire.contains("telephone-event"), events, "{settings}");
    }
}

#[test]
fn a_milliwatt_is_a_milliwatt() {
    // 0 dBm0 of a sine is 3.17 dB under its overload (G.711), which is 3.01 dB under a square wave.
    let out = answered("9001 --duration 3s");
    let level = out["media"]["level_in_dbov"].as_f64().unwrap();
    assert!((level + 6.2).abs() < 1.0, "{level} dBov");
    assert_eq!(out["media"]["one_way"], Value::Null);
}

#[test]
fn the_far_end_hangs_up() {
    let out = answered("9007 --duration 40s");
    assert_eq!(out["hangup_by"], "remote");
    assert!(out["timing_ms"]["total"].as_f64().unwrap() < 30_000.0, "{out}");
}

#[test]
fn an_offer_that_comes_late() {
    let out = answered("9008 --duration 2s");
    assert!(out["media"]["received"].as_u64().unwrap() > 50, "{out}");
}

#[test]
fn provisional_responses_that_must_be_acknowledged() {
    let out = answered("9009 --duration 2s");
    assert!(out["media"]["received"].as_u64().unwrap() > 50, "{out}");
}

#[test]
fn the_time_of_the_verb_is_up() {
    let out = call("9000 --duration 60s --timeout 2s").expect(6).json();
    assert_eq!((&out["outcome"], &out["hangup_by"]), (&"answered".into(), &"local".into()));
}
