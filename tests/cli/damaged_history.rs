//! A history that is damaged: the phone works and says once that nothing is kept; what must keep its
//! calls does not run; and the file is left as it is.

use std::{fs, path::PathBuf, time::Duration};

use crate::harness::{Carrier, Milliwatt, Output, finish};

const DAMAGED: &str = "this was a history, and long enough to have had a header";

/// A user whose history is damaged.
fn user(password: &str) -> (Milliwatt, PathBuf) {
    let user = Milliwatt::with_password(password);
    let data = user.folder().join("data");
    fs::create_dir(&data).unwrap();
    let path = data.join("history.sqlite");
    fs::write(&path, DAMAGED.repeat(20)).unwrap();
    (user, path)
}

fn told_once(out: &Output, path: &PathBuf) {
    let told = |part: &str| out.stderr.matches(part).count();
    let parts = ["alls are not kept", "is damaged", "move it away", &path.display().to_string()];
    assert_eq!(parts.map(told), [1; 4], "{}", out.stderr);
    assert_eq!(fs::read_to_string(path).unwrap(), DAMAGED.repeat(20));
}

#[test]
fn a_call_goes_on_without_it() {
    let carrier = Carrier::start("");
    let (alice, path) = user("alice-secret");
    let out = alice.run(&format!("call {} 9000 --duration 1s --json -", carrier.alice())).expect(0);
    told_once(&out, &path);
    let call = out.json();
    assert_eq!(call["outcome"], "answered");
    assert!(call["media"]["received"].as_u64().unwrap() > 0, "{call}");
}

#[test]
fn calls_are_answered_and_a_trunk_is_registered_at_without_it() {
    let carrier = Carrier::start("");
    let (bob, path) = user("bob-secret");
    let trunk = format!("sip:bob@{}", carrier.address());
    let mut answer = bob.start(&format!("answer {trunk} --count 1 --jsonl -"));
    answer.wait_for("\"ready\"", Duration::from_secs(30));
    let alice = Milliwatt::with_password("alice-secret");
    alice.run(&format!("call {} +15550110 --duration 1s", carrier.alice())).expect(0);
    told_once(&finish(answer).expect(0), &path);
    for verb in ["register", "options"] {
        told_once(&bob.run(&format!("{verb} {trunk}")).expect(0), &path);
    }
}

#[test]
fn checks_do_not_run_without_it_and_it_cannot_be_looked_at() {
    let carrier = Carrier::start("");
    let (alice, path) = user("alice-secret");
    let check = alice.run(&format!("check {} --only reach.options", carrier.alice())).expect(3);
    told_once(&check, &path);
    let history = alice.run("history").expect(3);
    assert!(history.stderr.contains("is damaged") && history.stdout.is_empty());
    assert_eq!(fs::read_to_string(path).unwrap(), DAMAGED.repeat(20));
}
