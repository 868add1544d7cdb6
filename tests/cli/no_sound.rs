//! Sound that does not come: told, and the call is ended by the trunk's own time.

use std::{fs, time::Duration};

use serde_json::Value;

use crate::harness::{Carrier, Milliwatt, finish};

/// A call to a carrier that sends no sound, on a trunk with this time-out, s: as it is told to a
/// program and to a person, and as the history keeps it.
fn silent_call(rtp_timeout: u32, arguments: &str) -> (Value, String, Value) {
    let carrier = Carrier::start("--fault no-rtp");
    let user = Milliwatt::with_password("alice-secret");
    let file = user.folder().join("office.toml");
    let text = format!(
        "[trunk]\nname = \"office\"\ndomain = \"{}\"\nuser = \"alice\"\n\
         [media]\nrtp_timeout = {rtp_timeout}\n",
        carrier.address()
    );
    fs::write(&file, text).unwrap();
    let out = user.run(&format!("call {} 9000 {arguments} --json -", file.display())).expect(0);
    let kept = user.run("history --json -").expect(0).json();
    assert_eq!(kept["calls"].as_array().unwrap().len(), 1, "{kept}");
    (out.json(), out.stderr, kept["calls"][0].clone())
}

fn kinds(call: &Value) -> Vec<&str> {
    let findings = call["findings"].as_array().unwrap();
    findings.iter().map(|found| found["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_call_without_rtp_is_ended_by_its_time() {
    let (call, told, kept) = silent_call(7, "--duration 100s");
    assert_eq!((&call["outcome"], &call["hangup_by"]), (&"answered".into(), &"local".into()));
    assert_eq!(call["cause"], 102, "recovery on timer expiry (Q.850)");
    for name in ["call_id", "outcome", "code", "cause", "hangup_by"] {
        assert_eq!(kept[name], call[name], "{name}: {kept}");
    }
    assert_eq!((&kept["cause"], &kept["code"]), (&102.into(), &200.into()), "{kept}");
    assert_eq!(kinds(&kept), kinds(&call), "{kept}");
    assert_eq!(call["media"]["one_way"], "in");
    assert_eq!(kinds(&call), ["no-sound", "rtp-timeout", "one-way-in"], "{call}");
    let up = call["timing_ms"]["answered"].as_f64().unwrap();
    let after = |n: usize| call["findings"][n]["at_ms"].as_f64().unwrap() - up;
    assert!(after(0) >= 4_900.0 && after(1) >= 6_900.0, "{call}");
    assert!(call["advice"].as_str().unwrap().contains("RTP"), "{call}");
    for sentence in ["No sound has come for 5 s.", "the call is ended"] {
        assert!(told.contains(sentence), "{told}");
    }
}

#[test]
fn a_time_of_zero_ends_no_call() {
    let (call, told, kept) = silent_call(0, "--duration 7s");
    assert_eq!(kinds(&call), ["no-sound", "one-way-in"], "{call}");
    assert!(call["cause"] != 102 && kept["cause"] == call["cause"], "{kept}");
    assert!(told.contains("No sound has come for 5 s."), "{told}");
}

/// The carrier lets nothing of ours through, and its reports say so.
#[test]
fn a_callee_that_hears_nothing_is_told() {
    let carrier = Carrier::start("--fault one-way=out");
    let user = Milliwatt::with_password("alice-secret");
    let line = format!("call {} 9001 --duration 100s --json -", carrier.alice());
    let mut call = user.start(&line);
    // The second report that tells of nothing, some five seconds after the first (RFC 3550 §6.2).
    call.wait_for("hears nothing of what we send", Duration::from_secs(60));
    call.interrupt();
    let call = finish(call).expect(130).json();
    assert_eq!(kinds(&call), ["one-way-out"], "{call}");
    assert_eq!(call["media"]["one_way"], "out", "{call}");
    assert!(call["advice"].as_str().unwrap().contains("lets RTP out"), "{call}");
}
