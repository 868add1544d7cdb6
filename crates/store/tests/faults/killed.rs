//! A process that is killed at any moment loses nothing that it had been told to be on disk.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use milliwatt_store::history::{Filter, History, State};
use milliwatt_store::recording::{self, Repair};
use milliwatt_store::settings::TrunkFile;

use super::child;

/// How often a process is killed. After which of its lines is drawn from a fixed seed; where
/// exactly it is then, chance decides.
const KILLS: u32 = 200;
/// A child says about as many lines before it is killed.
const MOST_LINES: u64 = 40;

/// A draw of 0 to `below` - 1 (Knuth's MMIX generator).
fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

/// Starts the child, kills it after some lines, and gives all that it said.
fn kill_after(role: &str, folder: &Path, lines: u64) -> HashSet<String> {
    let mut child = child::start(role, folder, None);
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut heard = HashSet::new();
    let ours = |line: &String| {
        ["begun ", "sounded ", "ended ", "saved "].iter().any(|word| line.starts_with(word))
    };
    while heard.len() < usize::try_from(lines).unwrap() {
        heard.extend(Some(said.next().unwrap().unwrap()).filter(ours));
    }
    child.kill().unwrap();
    heard.extend(said.map_while(Result::ok).filter(ours));
    child.wait().unwrap();
    heard
}

#[test]
fn calls_of_a_killed_process_are_interrupted_and_their_recordings_play() {
    let mut seed = 1;
    for kill in 0..KILLS {
        let here = tempfile::tempdir().unwrap();
        let said = kill_after("calls", here.path(), 1 + draw(&mut seed, MOST_LINES));
        let history = History::open(&child::database(here.path())).unwrap();
        let rows = history.find(&Filter::default()).unwrap();
        for word in ["begun", "ended"] {
            for line in said.iter().filter(|line| line.starts_with(word)) {
                let id = line.split_once(' ').unwrap().1;
                let row = rows.iter().find(|row| row.call_id == id);
                let row = row.unwrap_or_else(|| panic!("kill {kill}: {line}, but no row"));
                assert!(word == "begun" || row.state == State::Ended, "kill {kill}: {line}");
            }
        }
        let open = rows.iter().filter(|row| row.state == State::Interrupted).count();
        assert_eq!(open, history.interrupted().len(), "kill {kill}");
        for row in &rows {
            let whole = row.state == State::Ended && row.code == Some(200);
            assert!(whole || row.state == State::Interrupted, "kill {kill}: {row:?}");
        }
        for (path, repair) in recording::repair_interrupted(&history) {
            let repair = repair.unwrap();
            let id = rows.iter().find(|row| row.recording.as_ref() == Some(&path)).unwrap();
            let sounded = said.contains(&format!("sounded {}", id.call_id));
            assert!(!sounded || repair != Repair::Headless, "kill {kill}: {path:?}");
            if repair != Repair::Headless {
                check_wave(&fs::read(&path).unwrap(), sounded);
            }
        }
    }
}

fn check_wave(bytes: &[u8], sounded: bool) {
    let told = |at: usize| {
        let field: [u8; 4] = bytes[at..at + 4].try_into().unwrap();
        usize::try_from(u32::from_le_bytes(field)).unwrap()
    };
    assert_eq!(told(4) + 8, bytes.len());
    assert_eq!(told(40) + 44, bytes.len());
    assert_eq!(told(40) % 2, 0);
    assert!(!sounded || told(40) == 2_400);
}

#[test]
fn settings_of_a_killed_process_are_the_old_or_the_new_ones() {
    let here = tempfile::tempdir().unwrap();
    let path = child::settings(here.path());
    let comment = "# a comment that makes the file long\n".repeat(500);
    let text = format!("{comment}[trunk]\nname = \"office\"\nuser = \"user0\"\nfuture = 1\n");
    let mut seed = 2;
    for kill in 0..KILLS / 4 {
        fs::write(&path, &text).unwrap();
        let said = kill_after("settings", here.path(), 1 + draw(&mut seed, MOST_LINES));
        let file = TrunkFile::open(&path).unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        let user: usize = file.written().trunk.user.strip_prefix("user").unwrap().parse().unwrap();
        assert!(user == said.len() || user == said.len() + 1, "kill {kill}: {user}");
        assert_eq!(file.text(), text.replace("user0", &format!("user{user}")), "kill {kill}");
    }
}
