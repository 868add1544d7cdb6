//! `doctor`: what is wrong with this computer is told, and found in the exit code.

use std::fs;

use crate::harness::{Milliwatt, Output};

/// The word that stands before what was looked at.
fn word<'a>(out: &'a Output, what: &str) -> &'a str {
    let rows = out.stdout.lines().filter_map(|row| row.split_once(' '));
    let found = rows.into_iter().find(|(_, rest)| rest.trim_start().starts_with(what));
    found.unwrap_or_else(|| panic!("nothing of {what}: {}", out.stdout)).0
}

#[test]
fn a_computer_that_has_all_it_needs() {
    let out = Milliwatt::new().run("doctor").expect(0);
    for what in ["settings folder", "data folder", "trunks", "history", "UDP over IPv4"] {
        assert_eq!(word(&out, what), "good", "{what}: {}", out.stdout);
    }
    assert!(!out.stdout.contains("BAD"), "{}", out.stdout);
}

#[test]
fn a_data_folder_that_cannot_be_written_to() {
    let user = Milliwatt::new();
    fs::write(user.folder().join("data"), "a file").unwrap();
    let out = user.run("doctor").expect(3);
    assert_eq!(
        (word(&out, "data folder"), word(&out, "history")),
        ("BAD", "BAD"),
        "{}",
        out.stdout
    );
    assert_eq!(word(&out, "settings folder"), "good");
    assert!(out.stdout.contains("cannot be made"), "{}", out.stdout);
}

#[test]
fn a_trunk_that_cannot_be_read() {
    let user = Milliwatt::new();
    let trunks = user.folder().join("config/trunks");
    fs::create_dir_all(&trunks).unwrap();
    fs::write(trunks.join("office.toml"), "[trunk]\nname = \"office\"\ndomain =\n").unwrap();
    // Settings that are wrong, as everywhere else.
    let out = user.run("doctor").expect(2);
    assert_eq!(word(&out, "trunks"), "BAD", "{}", out.stdout);
    assert!(out.stdout.contains("office.toml") && out.stdout.contains('3'), "{}", out.stdout);
    assert_eq!(word(&out, "history"), "good");
}
