//! Clocks that are wrong, and clocks that are set during a call (`faketime`).

use std::{fs, path::PathBuf, process::Command, time::Duration};

use crate::harness::{Carrier, Milliwatt, Running, finish, peer, skipped};

const SECOND: Duration = Duration::from_secs(1);

/// The library that lies about the time of day, where it is installed. Time that only measures is
/// left alone: no clock that is set changes it.
fn faketime() -> Option<String> {
    let faketime = peer("faketime")?;
    let told = Command::new(faketime).args(["-f", "+0", "printenv", "LD_PRELOAD"]).output();
    let library = String::from_utf8(told.unwrap().stdout).unwrap();
    let library = Some(library.trim().to_owned()).filter(|library| !library.is_empty());
    library.or_else(|| skipped("faketime names no library"))
}

fn lie(command: &mut Command, library: &str) {
    command.env("LD_PRELOAD", library).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
}

#[test]
fn a_tls_refusal_by_a_wrong_clock_says_clock() {
    let Some(library) = faketime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let carrier = Carrier::start(&format!("--ca-out {}", ca.display()));
    let user = Milliwatt::with_password("alice-secret");
    let line =
        format!("register sip:alice@{};transport=tls --ca {}", carrier.tls_address(), ca.display());
    finish(Running::start(&mut user.command(line.split(' ')))).expect(0);
    for (offset, word) in [("-2y", "valid from"), ("+20y", "expired")] {
        let mut command = user.command(line.split(' '));
        lie(&mut command, &library);
        let out = finish(Running::start(command.env("FAKETIME", offset))).expect(3);
        assert!(out.stderr.contains("clock") && out.stderr.contains(word), "{}", out.stderr);
    }
}

#[test]
fn a_clock_that_is_set_in_a_call_does_not_change_its_length() {
    let Some(library) = faketime() else { return };
    for jump in ["+2y", "-2y"] {
        let carrier = Carrier::start("");
        let user = Milliwatt::with_password("alice-secret");
        let clock: PathBuf = user.folder().join("clock");
        fs::write(&clock, "+0\n").unwrap();
        let line = format!("call {} 9000 --duration 3s --json -", carrier.alice());
        let mut command = user.command(line.split(' '));
        lie(&mut command, &library);
        command.env("FAKETIME_TIMESTAMP_FILE", &clock).env("FAKETIME_NO_CACHE", "1");
        let mut call = Running::start(&mut command);
        call.wait_for("answered", 30 * SECOND);
        fs::write(&clock, format!("{jump}\n")).unwrap();
        let told = finish(call).expect(0).json();
        let rows = user.run("history --json -").expect(0).json();
        let row = &rows["calls"][0];
        assert_eq!(row["call_id"], told["call_id"]);
        let at = |key: &str| row[key].as_f64().unwrap();
        let time = |key: &str| told["timing_ms"][key].as_f64().unwrap();
        let kept = at("ended_at_ms") - at("answered_at_ms");
        let measured = time("total") - time("answered");
        assert!((2_900.0..20_000.0).contains(&measured), "{told}");
        // The row is dated some moments after what it tells of by a busy computer, and a jump is hours.
        assert!(
            (kept - measured).abs() < 60_000.0,
            "{jump}: {kept} ms kept, {measured} ms measured"
        );
    }
}
