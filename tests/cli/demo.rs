//! `demo`: the whole of it, and the reports that every end of it leaves.

use std::{
    fs, io,
    os::unix::net::UnixListener,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    harness::{Island, Milliwatt, Output, Running, finish},
    schemas::fits,
};

#[test]
fn shows_the_call_and_the_table() {
    let out = Milliwatt::new().run("demo").expect(0);
    assert!(out.stdout.contains("MOS"), "{}", out.stdout);
    assert!(out.stdout.contains("pass   reg.basic"), "{}", out.stdout);
    let user = Milliwatt::new();
    let out = user.run("demo --json -").expect(0).json();
    assert_eq!(out["suite"], "smoke");
    fits("check", &out);
    let media = &out["call"]["media"];
    assert_eq!(media["lost"], 0, "{media}");
    assert!(media["received"].as_i64() > Some(0) && media["mos_cq"].is_number(), "{media}");
    for check in out["checks"].as_array().unwrap() {
        let verdict = check["verdict"].as_str().unwrap();
        // By how long something took is judged what is well otherwise; a busy computer takes longer.
        let timed = ["dns.addr", "reach.options"].contains(&check["id"].as_str().unwrap());
        let slow = timed && verdict == "warn" && check["advice"].to_string().contains("slowly");
        assert!(["pass", "fact"].contains(&verdict) || slow, "{check}");
    }
}

/// It needs no network: a host that has its loopback and nothing else shows all of it, in half a
/// minute.
#[test]
fn needs_no_network() {
    let Some(island) = Island::new() else { return };
    let user = Milliwatt::new();
    let start = Instant::now();
    let out = finish(Running::start(&mut user.command_in(&island.name, ["demo", "--json", "-"])));
    let took = start.elapsed();
    let out = out.expect(0).json();
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(out["call"]["outcome"], "answered", "{out}");
    assert!(out["checks"].as_array().unwrap().len() > 5, "{out}");
}

/// It needs no sound card and looks for none: whoever serves sound here hears nothing of it, where a
/// verb that is told to use the sound card is heard at once.
#[test]
fn needs_no_sound_card() {
    let user = Milliwatt::new();
    let place = user.folder().join("sound");
    let server = UnixListener::bind(&place).unwrap();
    server.set_nonblocking(true).unwrap();
    let start = |command: &mut Command| {
        Running::start(command.env("PULSE_SERVER", format!("unix:{}", place.display())))
    };
    let out = finish(start(&mut user.command(["demo"]))).expect(0);
    assert!(out.stdout.contains("MOS") && out.stdout.contains("0 failed"), "{}", out.stdout);
    let heard = server.accept().map_err(|e| e.kind());
    assert!(matches!(heard, Err(io::ErrorKind::WouldBlock)), "the demo asks for sound: {heard:?}");
    // It ends with the test: whatever else it finds here is not opened before a call comes.
    let line = "answer sip:alice@127.0.0.1:9 --no-register --bind 127.0.0.1:0 --play device";
    let _answer = start(&mut user.command(line.split(' ')));
    let since = Instant::now();
    while server.accept().is_err() {
        assert!(since.elapsed() < Duration::from_secs(60), "nobody asks this server");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The demo is nobody's call.
#[test]
fn leaves_nothing_behind() {
    let user = Milliwatt::new();
    let mut command = user.command(["demo"]);
    command.env_remove("HOME").env("TMPDIR", user.folder());
    let out = finish(Running::start(&mut command)).expect(0);
    assert!(out.stdout.contains("MOS"), "{}", out.stdout);
    let left: Vec<_> = fs::read_dir(user.folder()).unwrap().map(Result::unwrap).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A run whose reports are asked for, in a place of its own.
fn reporting(user: &Milliwatt, temporary: &Path, more: &str) -> Running {
    let junit = user.folder().join("junit.xml");
    let lines = user.folder().join("lines.jsonl");
    let files = format!("--junit {} --jsonl {}", junit.display(), lines.display());
    let line = format!("demo --json - {more} {files}");
    Running::start(user.command(line.split_whitespace()).env("TMPDIR", temporary))
}

/// Looks for every check of the suite in the reports of a run that reached none of them.
fn assert_reports(user: &Milliwatt, out: &Output, interrupted: bool) {
    let report = out.json();
    fits("check", &report);
    assert_eq!(report["interrupted"], interrupted, "{report}");
    assert_eq!(report["obstacle"].is_null(), interrupted, "{report}");
    let junit = fs::read_to_string(user.folder().join("junit.xml")).unwrap();
    for check in report["checks"].as_array().unwrap() {
        assert_eq!(check["verdict"], "error", "{check}");
        assert!(junit.contains(check["id"].as_str().unwrap()), "{junit}");
    }
    assert!(junit.contains("reg.basic") && junit.contains("<error"), "{junit}");
    let lines = fs::read_to_string(user.folder().join("lines.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), report["checks"].as_array().unwrap().len(), "{lines}");
}

#[test]
fn reports_when_the_time_is_up_in_the_call() {
    let user = Milliwatt::new();
    // The call alone takes longer.
    let out = finish(reporting(&user, user.folder(), "--timeout 1s")).expect(6);
    assert_reports(&user, &out, true);
    assert!(out.stderr.contains("time of --timeout is up"), "{}", out.stderr);
}

#[test]
fn reports_when_it_is_interrupted_in_the_call() {
    let user = Milliwatt::new();
    let mut demo = reporting(&user, user.folder(), "");
    demo.wait_for("hears herself", Duration::from_secs(60));
    demo.interrupt();
    let out = finish(demo).expect(130);
    assert_reports(&user, &out, true);
    assert!(out.stderr.contains("interrupted"), "{}", out.stderr);
}

#[test]
fn reports_when_it_cannot_begin() {
    let user = Milliwatt::new();
    let out = finish(reporting(&user, Path::new("/nonexistent"), "")).expect(3);
    assert_reports(&user, &out, false);
    assert_eq!(out.stderr.matches("/nonexistent").count(), 1, "{}", out.stderr);
}
