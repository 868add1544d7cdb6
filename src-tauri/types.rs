//! The types that the window reads are generated from ours, and committed.

use std::{fs, path::Path};

use milliwatt_engine::api::{Command, Event};
use milliwatt_store::{contacts::Contact, history::Filter, profile::Profile};
use ts_rs::{Config, TS};

use crate::api::{
    CallPage, CheckBook, CheckForm, CheckOrder, CheckPlan, CheckReport, CheckTold, DelayCheck,
    Kept, ProbeStep, ShellEvent, SoundCheck, Start, TraceLine, TracePart, TryNow,
};

/// Where they are committed.
const PLACE: &str = "ui/src/host/generated";
/// Set it to write them.
const WRITE: &str = "MILLIWATT_WRITE_TYPES";

fn export(into: &Path) {
    let config = Config::new().with_large_int("number").with_out_dir(into);
    let all = [
        CallPage::export_all(&config),
        CheckBook::export_all(&config),
        CheckForm::export_all(&config),
        CheckOrder::export_all(&config),
        CheckPlan::export_all(&config),
        CheckReport::export_all(&config),
        CheckTold::export_all(&config),
        Command::export_all(&config),
        Contact::export_all(&config),
        DelayCheck::export_all(&config),
        Event::export_all(&config),
        Filter::export_all(&config),
        ProbeStep::export_all(&config),
        Profile::export_all(&config),
        ShellEvent::export_all(&config),
        SoundCheck::export_all(&config),
        Kept::export_all(&config),
        Start::export_all(&config),
        TraceLine::export_all(&config),
        TracePart::export_all(&config),
        TryNow::export_all(&config),
    ];
    all.into_iter().for_each(Result::unwrap);
}

#[test]
fn what_the_window_reads_is_what_we_write() {
    let here = tempfile::tempdir().unwrap();
    export(here.path());
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(PLACE);
    for name in ["checks.ts", "engine.ts", "shell.ts", "store.ts"] {
        let made = fs::read_to_string(here.path().join(name)).unwrap();
        if std::env::var_os(WRITE).is_some() {
            fs::create_dir_all(&place).unwrap();
            fs::write(place.join(name), &made).unwrap();
        }
        let kept = fs::read_to_string(place.join(name)).unwrap_or_default();
        assert!(
            made == kept.replace("\r\n", "\n"),
            "{PLACE}/{name} is old: run {WRITE}=1 cargo test -p milliwatt-desktop --lib types"
        );
    }
}

/// No type that the window gets holds a password; the one that it sends is an argument of a command.
#[test]
fn no_type_of_the_window_holds_a_password() {
    let here = tempfile::tempdir().unwrap();
    export(here.path());
    let text = fs::read_to_string(here.path().join("store.ts")).unwrap();
    for line in text.lines().filter(|line| line.contains("password")) {
        let says_where = line.contains("SecretRef") || line.trim_start().starts_with('*');
        assert!(says_where || line.contains("Where the password is"), "{line}");
    }
}
