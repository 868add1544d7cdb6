//! A history that another program holds: told once, and nothing lost.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::harness::{Carrier, Milliwatt, finish, peer};

const SECOND: Duration = Duration::from_secs(1);

/// Takes the lock of a database and keeps it until a line comes.
const HOLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/hold.py");

/// The program that holds it; ended by its id.
struct Holder {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Holder {
    /// Holds the history; `None` where there is no Python.
    fn start(history: &Path) -> Option<Self> {
        let python = peer("python3")?;
        let mut command = Command::new(python);
        command.arg(HOLD).arg(history).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut holder = Self { child, said };
        holder.hear("held");
        Some(holder)
    }

    fn hear(&mut self, word: &str) {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), word);
    }

    fn let_go(&mut self) {
        writeln!(self.child.stdin.as_mut().unwrap()).unwrap();
        self.hear("free");
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

/// A user who has called before, so that there is a history.
fn user(carrier: &Carrier) -> Milliwatt {
    let user = Milliwatt::with_password("alice-secret");
    user.run(&format!("call {} 9005 --expect 486", carrier.alice())).expect(0);
    user
}

#[test]
fn a_history_that_comes_free_in_the_call_has_all_of_it() {
    let carrier = Carrier::start("");
    let user = user(&carrier);
    let Some(mut holder) = Holder::start(&user.folder().join("data/history.sqlite")) else {
        return;
    };
    let mut call = user.start(&format!("call {} 9000 --duration 100s --json -", carrier.alice()));
    call.wait_for("call history cannot be written", 30 * SECOND);
    call.wait_for("answered", 30 * SECOND);
    holder.let_go();
    call.wait_for("written again", 30 * SECOND);
    call.interrupt();
    let out = finish(call).expect(130);
    assert_eq!(count(&out.stderr, "history"), 2, "{}", out.stderr);
    let rows = user.run("history --json -").expect(0).json();
    let row = &rows["calls"][0];
    assert_eq!((&row["state"], &row["call_id"]), (&"ended".into(), &out.json()["call_id"]));
}

#[test]
fn rows_that_cannot_be_written_at_the_end_are_told() {
    let carrier = Carrier::start("");
    let user = user(&carrier);
    let Some(_holder) = Holder::start(&user.folder().join("data/history.sqlite")) else { return };
    let out = user.run(&format!("call {} 9000 --duration 1s", carrier.alice())).expect(0);
    assert_eq!(count(&out.stderr, "cannot be written"), 2, "{}", out.stderr);
    assert!(out.stderr.contains("may be missing from the history"), "{}", out.stderr);
}

/// What concerns no check is told of beside them.
#[test]
fn checks_tell_of_it_too() {
    let carrier = Carrier::start("");
    let user = user(&carrier);
    let Some(_holder) = Holder::start(&user.folder().join("data/history.sqlite")) else { return };
    let line = format!("check {} --only reach.options", carrier.alice());
    let mut check = user.start(&line);
    check.wait_for("call history cannot be written", 60 * SECOND);
    finish(check).expect(0);
}
