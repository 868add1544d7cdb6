//! Kills, full disks, strangers.

use std::{
    fs,
    net::UdpSocket,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::harness::{Caller, Carrier, Milliwatt, finish, rtp, skipped, sound};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_call_that_was_killed_is_told_and_its_recording_plays() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let record = alice.folder().join("heard.wav");
    let mut call = alice.start(&format!(
        "call {} 9001 --duration 100s --record {}",
        carrier.alice(),
        record.display()
    ));
    call.wait_for("answered", 30 * SECOND);
    std::thread::sleep(3 * SECOND);
    call.signal("KILL");
    call.finish(10 * SECOND);
    let (samples, rate) = sound::read(&record);
    assert!(samples.len() >= 2 * rate as usize, "{} samples of 3 s at {rate} Hz", samples.len());
    assert!(samples.iter().any(|s| s.unsigned_abs() > 1000), "only silence");
    let history = alice.run("history --json -").expect(0).json();
    assert_eq!(history["calls"][0]["state"], "interrupted", "{history}");
    assert!(alice.run("history").expect(0).stdout.contains("interrupted"));
}

/// A file system of 64 KiB, gone when dropped.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "milliwatt-test"])
            .arg(at)
            .output();
        if !mounted.is_ok_and(|m| m.status.success()) {
            return skipped("mounting needs root");
        }
        Some(Self(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_ends_the_recording_and_not_the_call() {
    let carrier = Carrier::start("");
    let alice = Milliwatt::with_password("alice-secret");
    let folder = alice.folder().join("disk");
    let Some(_disk) = SmallDisk::mount(&folder) else { return };
    let record = folder.join("heard.wav");
    let out = alice
        .run(&format!(
            "call {} 9001 --duration 8s --record {} --json -",
            carrier.alice(),
            record.display()
        ))
        .expect(0);
    let warnings = out.stderr.lines().filter(|line| line.contains("heard.wav")).count();
    assert_eq!(warnings, 1, "{}", out.stderr);
    let call = out.json();
    assert_eq!((&call["outcome"], &call["hangup_by"]), (&"answered".into(), &"local".into()));
    let count = |name: &str| call["media"][name].as_u64().unwrap();
    // Both ends talk for as long, and none of it is lost.
    assert!(count("sent") > 0 && count("received") * 10 >= count("sent") * 9, "{call}");
    assert_eq!(count("lost"), 0, "{call}");
    sound::read(&record);
}

/// Silence and full scale in G.711 µ-law.
const SILENCE: u8 = 0xff;
const LOUD: u8 = 0x80;

#[test]
fn a_stranger_does_not_get_into_the_recording() {
    let caller = Caller::new();
    let alice = Milliwatt::new();
    let record = alice.folder().join("heard.wav");
    let (answer, phone) = caller.phone(&alice, &format!("--record {}", record.display()));
    let (tag, port) = caller.call(&phone);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = ("127.0.0.1", port);
    let start = Instant::now();
    for tick in 0..2000_u16 {
        if tick % 20 == 0 {
            caller.rtp.send_to(&rtp(tick / 20, 1, SILENCE), target).unwrap();
        }
        stranger.send_to(&rtp(tick, 2, LOUD), target).unwrap();
        let due = start + Duration::from_millis(u64::from(tick));
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    caller.send(&caller.request("BYE", &phone, &tag, ""), &phone);
    let out = finish(answer).expect(0);
    let call: Value = serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap();
    assert!((50..=100).contains(&call["media"]["received"].as_u64().unwrap()), "{call}");
    let (samples, rate) = sound::read(&record);
    assert!(samples.len() > rate as usize, "{} samples", samples.len());
    let peak = samples.iter().map(|s| s.unsigned_abs()).max();
    assert!(peak < Some(200), "the stranger is heard: {peak:?}");
}
