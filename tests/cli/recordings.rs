//! `check --play` and `--record`: what the calls of checks play and keep.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Carrier, Milliwatt, sound};

/// The test tone of telephone engineers, Hz.
const MILLIWATT: f64 = 1004.0;
/// The first tone that checks play of their own, each way.
const CALLING: f64 = 550.0;
const CALLED: f64 = 600.0;

/// The share of a file's power that is at one frequency.
fn share(file: &Path, hz: f64) -> f64 {
    let (samples, rate) = sound::read(file);
    let (mut cosine, mut sine, mut power) = (0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let (sample, angle) =
            (f64::from(*sample), n as f64 * hz * std::f64::consts::TAU / f64::from(rate));
        cosine += sample * angle.cos();
        sine += sample * angle.sin();
        power += sample * sample;
    }
    2.0 * (cosine * cosine + sine * sine) / (power * samples.len() as f64)
}

/// What checks report of a call that is recorded into `heard.wav`.
fn checked(user: &Milliwatt, arguments: &str) -> Value {
    let carrier = Carrier::start("");
    let file = user.folder().join("heard.wav");
    let trace = user.folder().join("trace.pcap");
    let line = format!(
        "check {} --did +15550100 {arguments} --record {} --trace {} --json -",
        carrier.alice(),
        file.display(),
        trace.display()
    );
    user.run(&line).expect(0).json()
}

#[test]
fn both_sides_play_what_the_user_says_and_are_recorded() {
    let user = Milliwatt::with_password("alice-secret");
    let report = checked(&user, "--only mq.loss,reach.options --play milliwatt");
    let [calling, called] = ["heard.wav", "heard-called.wav"].map(|name| user.folder().join(name));
    for file in [&calling, &called] {
        assert!(share(file, MILLIWATT) > 0.5, "{}: {}", file.display(), share(file, MILLIWATT));
    }
    let evidence = |n: usize| report["checks"][n]["evidence"].as_str().unwrap();
    let named = format!(", {}, {}", calling.display(), called.display());
    assert!(evidence(1).starts_with("trace.pcap#") && evidence(1).ends_with(&named), "{report}");
    assert!(!evidence(0).contains("wav"), "{report}");
}

/// Where a check listens for tones of its own, they are played whatever the user says; and so they are
/// where the user says nothing.
#[test]
fn a_check_that_prescribes_its_sound_gets_it() {
    for arguments in ["--only mq.loss,loop.audio --play milliwatt", "--only mq.loss"] {
        let user = Milliwatt::with_password("alice-secret");
        let report = checked(&user, arguments);
        for (name, hz) in [("heard.wav", CALLED), ("heard-called.wav", CALLING)] {
            let file = user.folder().join(name);
            let (wanted, other) = (share(&file, hz), share(&file, MILLIWATT));
            assert!(wanted > 0.05 && other < 0.01, "{name}: {wanted} {other}");
        }
        for check in report["checks"].as_array().unwrap() {
            assert_eq!(check["verdict"], "pass", "{check}");
        }
    }
}

/// A call that is not answered leaves no recording, and none is named.
#[test]
fn what_was_not_heard_is_not_named() {
    let user = Milliwatt::with_password("alice-secret");
    let report = checked(&user, "--only out.busy,out.cancel,auth.invite");
    for check in report["checks"].as_array().unwrap() {
        assert!(!check["evidence"].as_str().unwrap().contains("wav"), "{check}");
    }
    let left = std::fs::read_dir(user.folder()).unwrap().map(|file| file.unwrap().file_name());
    let recordings: Vec<_> = left.filter(|name| name.to_string_lossy().contains("wav")).collect();
    assert!(recordings.is_empty(), "{recordings:?}");
}

#[test]
fn files_are_looked_at_before_anything_is_sent() {
    let user = Milliwatt::new();
    for wrong in ["--play /nonexistent/a.wav", "--record /nonexistent/folder/a.wav"] {
        let out = user.run(&format!("check sip:alice@127.0.0.1:9 {wrong}")).expect(2);
        assert!(out.stderr.contains("/nonexistent"), "{}", out.stderr);
    }
}
