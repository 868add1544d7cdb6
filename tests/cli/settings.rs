//! Trunks in the settings, and what is kept of calls.

use std::{fs, path::PathBuf};

use crate::harness::{Carrier, Milliwatt};

fn file_of(user: &Milliwatt, name: &str) -> PathBuf {
    user.folder().join("config/trunks").join(format!("{name}.toml"))
}

#[test]
fn a_trunk_that_cannot_be_read_hides_no_other() {
    let user = Milliwatt::with_password("alice-secret");
    for name in ["able", "baker", "charlie", "dog"] {
        user.run(&format!("trunk add {name} sip:alice@sip.example.net")).expect(0);
    }
    for name in ["baker", "dog"] {
        fs::write(file_of(&user, name), "[trunk\n").unwrap();
    }
    let list = user.run("trunk list").expect(2);
    assert!(list.stdout.contains("able") && list.stdout.contains("charlie"), "{}", list.stdout);
    for word in ["baker.toml", "dog.toml", "line 1"] {
        assert!(list.stderr.contains(word), "{}", list.stderr);
    }
}

#[test]
fn a_trunk_comes_stays_and_goes() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    user.run(&format!("trunk add office {} --did +15550100", carrier.alice())).expect(0);
    let path = file_of(&user, "office");
    let mut text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("alice-secret"), "{text}");
    text.push_str("\n[colours]\ndoor = \"green\" # ours\n");
    fs::write(&path, text).unwrap();

    let list = user.run("trunk list --json -").expect(0).json();
    assert_eq!(list["trunks"][0]["name"], "office");
    let shown = user.run("trunk show office").expect(0).stdout;
    let shown: toml::Table = shown.parse().unwrap();
    assert_eq!(shown["trunk"]["user"].as_str(), Some("alice"));
    user.run("call office 9000 --duration 1s").expect(0);

    let again = format!("trunk add office {} --did +15550101", carrier.alice());
    user.run(&again).expect(2);
    user.run(&format!("{again} --replace")).expect(0);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("door = \"green\" # ours") && text.contains("+15550101"), "{text}");

    user.run("trunk remove office").expect(0);
    assert!(!path.exists());
    user.run("trunk show office").expect(2);
}

#[test]
fn a_file_is_stored_as_it_is_written() {
    let user = Milliwatt::new();
    let file = user.folder().join("mine.toml");
    let text = "# ours\n[trunk]\ndomain = \"sip.example.net\" # theirs\nuser = \"alice\"\n\
                profile = \"telnyx\"\n\n[colours]\ndoor = \"green\"\n";
    fs::write(&file, text).unwrap();
    user.run(&format!("trunk add office {} --did +15550100", file.display())).expect(0);
    let stored = fs::read_to_string(file_of(&user, "office")).unwrap();
    let rest: Vec<&str> = stored
        .lines()
        .filter(|line| !line.starts_with("name = ") && !line.contains("+15550100"))
        .filter(|line| !line.is_empty() && *line != "[numbers]")
        .collect();
    let written: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(rest, written, "{stored}");
    assert!(stored.contains("name = \"office\"") && stored.contains("+15550100"), "{stored}");
    user.run(&format!("trunk add office {}", file.display())).expect(2);
    user.run(&format!("trunk add office {} --replace --user bob", file.display())).expect(0);
    let stored = fs::read_to_string(file_of(&user, "office")).unwrap();
    assert!(stored.contains("user = \"bob\"") && !stored.contains("+15550100"), "{stored}");
}

#[test]
fn a_password_that_would_be_lost_is_refused() {
    let user = Milliwatt::new();
    let out = user.run("trunk add office sip:alice@sip.example.net --password-fd 0").expect(2);
    assert!(out.stderr.contains("--keyring"), "{}", out.stderr);
    assert!(!file_of(&user, "office").exists());
    let file = user.folder().join("password");
    user.run(&format!("trunk add office sip:alice@127.0.0.1:9 --password-file {}", file.display()))
        .expect(0);
    let stored = fs::read_to_string(file_of(&user, "office")).unwrap();
    assert!(stored.contains(&file.display().to_string()), "{stored}");
}

#[test]
fn the_history_shows_calls() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    assert!(user.run("history").expect(0).stderr.contains("no calls"));
    user.run(&format!("call {} 9000 --duration 1s", carrier.alice())).expect(0);
    user.run(&format!("call {} 9005", carrier.alice())).expect(1);
    let calls = user.run("history --json -").expect(0).json();
    let calls = calls["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!((&calls[0]["to"], &calls[0]["code"]), (&"9005".into(), &486.into()));
    let failed = user.run("history --failed").expect(0).stdout;
    assert!(failed.contains("486 Busy Here") && !failed.contains("9000"), "{failed}");
}
