//! pjsua2: a phone of another make, a call each way with sound and digits.

use std::{ops::Range, path::Path, process::Command, time::Duration};

use serde_json::Value;

use super::keys;
use crate::harness::{Milliwatt, Running, finish, free_port, peers_python, sound};

const SECOND: Duration = Duration::from_secs(1);

/// Seconds of the call in which nobody presses a key: they do so at its beginning, we at its end.
const OURS: Range<usize> = 0..8;
const THEIRS: Range<usize> = 2..10;

fn phone(mode: &str, port: u16, uri: &str, folder: &Path) -> Option<Running> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/pjsua_phone.py");
    sound::write(&folder.join("theirs.wav"), &sound::speech_like(14.0, 2));
    sound::write(&folder.join("ours.wav"), &sound::speech_like(14.0, 1));
    let mut command = Command::new(peers_python()?);
    command.arg(script).args([mode, &port.to_string(), uri]);
    command.arg(folder.join("theirs.wav")).arg(folder.join("they_heard.wav"));
    Some(Running::start(command.args(["159#", "12"])))
}

/// What each side heard of the other.
fn heard(at: &Path) {
    sound::heard(&at.join("we_heard.wav"), 2, THEIRS);
    sound::heard(&at.join("they_heard.wav"), 1, OURS);
}

/// Digits that it was sent.
fn pressed(phone: &Running) -> String {
    let told = phone.stdout();
    let told = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    told.filter_map(|said| Some(said["digit"].as_str()?.to_owned())).collect()
}

#[test]
fn we_call_it() {
    let user = Milliwatt::new();
    let port = free_port();
    let Some(mut phone) = phone("answer", port, "-", user.folder()) else { return };
    phone.wait_for("ready", 20 * SECOND);
    let at = user.folder().display();
    let out = user
        .run(&format!(
            "call sip:alice@127.0.0.1:{port} 5550100 --no-register --duration 30s --dtmf ,,,,,,,,,2468* --play {at}/ours.wav --record {at}/we_heard.wav --json -"
        ))
        .expect(0)
        .json();
    assert_eq!((&out["dtmf_received"], &out["hangup_by"]), (&"159#".into(), &"remote".into()));
    assert_eq!(out["media"]["lost"], 0, "{out}");
    phone.finish(20 * SECOND);
    assert_eq!(pressed(&phone), "2468*");
    heard(user.folder());
}

#[test]
fn it_calls_us() {
    let user = Milliwatt::new();
    let (ours, theirs) = (free_port(), free_port());
    let at = user.folder().display().to_string();
    sound::write(&user.folder().join("ours.wav"), &sound::speech_like(14.0, 1));
    let mut answer = user.start(&format!(
        "answer sip:alice@127.0.0.1:{theirs} --no-register --bind 127.0.0.1:{ours} --count 1 --for 60s --play {at}/ours.wav --record {at}/we_heard.wav --jsonl -"
    ));
    answer.wait_for("\"ready\"", 10 * SECOND);
    let uri = format!("sip:alice@127.0.0.1:{ours}");
    let Some(mut phone) = phone("call", theirs, &uri, user.folder()) else { return };
    let out = finish(answer).expect(0);
    let call: Value = serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&call["dtmf_received"], &call["outcome"]), (&"159#".into(), &"answered".into()));
    phone.finish(20 * SECOND);
    heard(user.folder());
}

#[test]
fn it_calls_us_and_we_press_keys() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (free_port(), free_port());
    let [at, far] = [ours, theirs].map(|port| format!("127.0.0.1:{port}"));
    let play = folder.path().join("ours.wav");
    sound::write(&play, &sound::speech_like(14.0, 1));
    let run = |program: &Path| Command::new(program);
    let us = keys::start(run, &at, &far, &play, ",,,,,,,,,2468*");
    let Some(mut phone) = phone("call", theirs, &format!("sip:alice@{at}"), folder.path()) else {
        return;
    };
    keys::finish(us);
    phone.finish(20 * SECOND);
    assert_eq!(pressed(&phone), "2468*");
    sound::heard(&folder.path().join("they_heard.wav"), 1, OURS);
}
