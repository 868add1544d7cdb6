//! The real Secret Service: gnome-keyring on a message bus of the test's own, unlocked, locked and
//! slow.

use std::{env, path::Path, process::Command, time::Duration};

use milliwatt_store::secret::{Keyring, Secret, SecretError};

use crate::harness::{Milliwatt, peer};

/// What the child is to do.
const ROLE: &str = "MILLIWATT_TEST_KEYRING";

/// Longer than a keyring takes that answers at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts the keyring, with its password or locked, and then the child.
const UNLOCKED: &str = "printf 'of the keyring' | gnome-keyring-daemon --unlock --components=secrets && exec \"$0\" \"$@\"";
const LOCKED: &str = "gnome-keyring-daemon --start --components=secrets && exec \"$0\" \"$@\"";

/// Runs the child on a bus of its own. False where there is no keyring to be tried.
fn on_a_bus(role: &str, keyring: &str, home: &Path) -> bool {
    let programs = ["dbus-run-session", "gnome-keyring-daemon", "dbus-send"].map(peer);
    let [Some(session), Some(_), Some(_)] = programs else { return false };
    let mut session = Command::new(session);
    session.args(["--", "sh", "-c", keyring]).arg(env::current_exe().unwrap());
    session.args(["--ignored", "--exact", "interop::keyring::works"]).env(ROLE, role);
    // Where the keyring keeps its files and its socket, and no screen to ask on.
    for name in ["HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
        session.env(name, home);
    }
    let ran = session.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("1 passed"), "{said}");
    true
}

#[test]
fn a_real_keyring_keeps_a_secret_over_its_restart() {
    let home = tempfile::tempdir().unwrap();
    if on_a_bus("keeps", UNLOCKED, home.path()) {
        on_a_bus("kept", UNLOCKED, home.path());
    }
}

#[test]
fn a_password_goes_with_its_trunk() {
    let home = tempfile::tempdir().unwrap();
    on_a_bus("removed", UNLOCKED, home.path());
}

#[test]
fn a_locked_keyring_is_an_error_with_a_remedy() {
    let home = tempfile::tempdir().unwrap();
    if on_a_bus("keeps", UNLOCKED, home.path()) {
        on_a_bus("locked", LOCKED, home.path());
    }
}

#[test]
fn a_keyring_that_does_not_answer_is_waited_for_no_longer_than_told() {
    let home = tempfile::tempdir().unwrap();
    on_a_bus("slow", UNLOCKED, home.path());
}

/// The child's side.
#[test]
#[ignore = "the child's side of the other tests, which start it"]
fn works() {
    let keyring = Keyring::with_patience(PATIENCE);
    match env::var(ROLE).as_deref() {
        Ok("keeps") => keeps(keyring),
        Ok("kept") => {
            assert_eq!(keyring.read("office").ok().unwrap().expose(), "\u{fc} 2");
        }
        Ok("locked") => {
            let refused = keyring.read("office").err().unwrap();
            assert!(!matches!(refused, SecretError::NoEntry { .. }), "{refused}");
            assert!(refused.to_string().contains("--password-file"), "{refused}");
        }
        Ok("slow") => slow(keyring),
        Ok("removed") => removed(keyring),
        _ => {}
    }
}

fn keeps(keyring: Keyring) {
    keyring.check().unwrap();
    assert!(
        matches!(keyring.read("office"), Err(SecretError::NoEntry { name }) if name == "office")
    );
    for text in ["first", "\u{fc} 2"] {
        keyring.write("office", &Secret::new(text.to_owned())).unwrap();
        assert_eq!(keyring.read("office").ok().unwrap().expose(), text);
    }
    keyring.write("home", &Secret::new("x".to_owned())).unwrap();
    keyring.forget("home").unwrap();
    keyring.forget("home").unwrap();
    assert!(matches!(keyring.read("home"), Err(SecretError::NoEntry { .. })));
    assert_eq!(keyring.read("office").ok().unwrap().expose(), "\u{fc} 2", "others stay");
}

fn removed(keyring: Keyring) {
    let user = Milliwatt::with_password("of the trunk");
    user.run("trunk add office sip:alice@trunk.example --keyring").expect(0);
    assert_eq!(keyring.read("office").ok().unwrap().expose(), "of the trunk");
    user.run("trunk remove office").expect(0);
    assert!(matches!(keyring.read("office"), Err(SecretError::NoEntry { .. })));
}

/// The keyring is stopped, as one that swaps or waits for somebody is.
fn slow(keyring: Keyring) {
    keyring.write("office", &Secret::new("x".to_owned())).unwrap();
    let daemon = daemon();
    signal("STOP", &daemon);
    let hasty = Keyring::with_patience(Duration::from_secs(1));
    let refused = hasty.read("office").err().unwrap();
    assert!(matches!(refused, SecretError::Slow { seconds: 1 }), "{refused}");
    assert!(refused.to_string().contains("--password-file"), "{refused}");
    signal("CONT", &daemon);
    assert_eq!(keyring.read("office").ok().unwrap().expose(), "x", "it is asked anew");
}

/// The process that answers for the Secret Service on this bus.
fn daemon() -> String {
    let asked = Command::new("dbus-send")
        .args(["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/"])
        .args(["org.freedesktop.DBus.GetConnectionUnixProcessID", "string:org.freedesktop.secrets"])
        .output()
        .unwrap();
    let answer = String::from_utf8(asked.stdout).unwrap();
    answer.split_whitespace().last().unwrap().to_owned()
}

fn signal(name: &str, process: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), process]).status().unwrap().success());
}
