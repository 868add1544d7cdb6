//! Trunks in the settings, and what is kept of calls.

use std::{fs, path::PathBuf};

use crate::harness::{Carrier, Milliwatt};

fn file_of(user: &Milliwatt, name: &str) -> PathBuf {
    user.folder().join("config/trunks").join(format!("{name}.toml"))
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
