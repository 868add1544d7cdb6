//! A disk without room loses nothing either: rows wait in memory and are written when there is.
//!
//! A limit on the size of files stands in for the disk: it needs no rights and can be
//! lifted (by `prlimit`, a tool of Linux).

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Command;

use milliwatt_store::history::{Filter, History, State};

use super::child;

/// Room for each file, blocks of 512 bytes. The settings file is longer than that.
const BLOCKS: u32 = 512;

#[test]
fn rows_wait_for_room_and_settings_stay_whole() {
    let here = tempfile::tempdir().unwrap();
    let comment = "# a comment that makes the file long\n".repeat(10_000);
    let text = format!("{comment}[trunk]\nname = \"office\"\nuser = \"user0\"\n");
    fs::write(child::settings(here.path()), text).unwrap();

    let mut child = child::start("full", here.path(), Some(BLOCKS));
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let full = said.find(|line| line.starts_with("full ")).expect("it met the limit");
    let rows: usize = full.trim_start_matches("full ").parse().unwrap();
    let lifted = Command::new("prlimit")
        .args(["--pid", &child.id().to_string(), "--fsize=unlimited:unlimited"])
        .status();
    assert!(lifted.unwrap().success());
    writeln!(child.stdin.take().unwrap()).unwrap();
    assert!(said.any(|line| line == "written"), "the rows were not written");
    assert!(child.wait().unwrap().success());

    let history = History::open(&child::database(here.path())).unwrap();
    let found = history.find(&Filter::default()).unwrap();
    assert_eq!(found.len(), rows);
    assert!(found.iter().all(|row| row.state == State::Ended && row.code == Some(200)));
}

#[test]
fn a_history_that_was_never_written_holds_calls_all_the_same() {
    let here = tempfile::tempdir().unwrap();
    let child = child::start("no room", here.path(), Some(0));
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("in memory"));
}
