//! Kills, floods, full disks, strangers.

use std::{
    fs,
    net::UdpSocket,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::harness::{Carrier, Milliwatt, Running, finish, skipped, sound};

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
    assert!(call["media"]["received"].as_u64().unwrap() > 300, "{call}");
    sound::read(&record);
}

/// A minimal trunk that calls once, is answered and stays silent; `--no-register` trusts it.
struct Caller {
    sip: UdpSocket,
    rtp: UdpSocket,
}

impl Caller {
    fn new() -> Self {
        let bound = || UdpSocket::bind("127.0.0.1:0").unwrap();
        let (sip, rtp) = (bound(), bound());
        sip.set_read_timeout(Some(20 * SECOND)).unwrap();
        Self { sip, rtp }
    }

    fn request(&self, method: &str, to: &str, more: &str, body: &str) -> String {
        let us = self.sip.local_addr().unwrap();
        let number = if method == "BYE" { 2 } else { 1 };
        format!(
            "{method} sip:alice@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {us};branch=z9hG4bK{method}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:caller@{us}>;tag=a\r\nTo: <sip:alice@{to}>{more}\r\n\
             Call-ID: one@{us}\r\nCSeq: {number} {method}\r\nContact: <sip:caller@{us}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Calls; returns the tag of the dialog and the port that the phone hears sound on.
    fn call(&self, phone: &str) -> (String, u16) {
        let port = self.rtp.local_addr().unwrap().port();
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0\r\n"
        );
        self.send(&self.request("INVITE", phone, "", &offer), phone);
        let answer = self.await_answer();
        let tag = answer.lines().find(|line| line.starts_with("To:")).unwrap();
        let tag = format!(";tag={}", tag.split(";tag=").nth(1).unwrap());
        self.send(&self.request("ACK", phone, &tag, ""), phone);
        let media = answer.lines().find(|line| line.starts_with("m=audio")).unwrap();
        (tag, media.split(' ').nth(1).unwrap().parse().unwrap())
    }

    fn await_answer(&self) -> String {
        let mut buffer = [0; 4096];
        loop {
            let length = self.sip.recv(&mut buffer).expect("the call is answered");
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.starts_with("SIP/2.0 200") {
                return text;
            }
        }
    }

    /// Waits for a BYE, and answers it.
    fn goodbye(&self) -> bool {
        let mut buffer = [0; 4096];
        while let Ok((length, phone)) = self.sip.recv_from(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if let Some((_, rest)) = text.split_once("\r\n").filter(|(l, _)| l.starts_with("BYE "))
            {
                self.send(&format!("SIP/2.0 200 OK\r\n{rest}"), &phone.to_string());
                return true;
            }
        }
        false
    }

    fn send(&self, text: &str, to: &str) {
        self.sip.send_to(text.as_bytes(), to).unwrap();
    }
}

fn answering(alice: &Milliwatt, caller: &Caller, more: &str) -> (Running, String) {
    let trunk = caller.sip.local_addr().unwrap();
    let line = format!(
        "answer sip:alice@{trunk} --no-register --bind 127.0.0.1:0 --count 1 --for 60s --jsonl - {more}"
    );
    let mut answer = alice.start(&line);
    answer.wait_for("\"ready\"", 20 * SECOND);
    let printed = answer.stdout();
    let ready: Value = serde_json::from_str(printed.lines().next().unwrap()).unwrap();
    let listen = ready["listen"][0].as_str().unwrap().strip_prefix("udp:").unwrap().to_owned();
    (answer, listen)
}

fn rtp(sequence: u16, ssrc: u32, payload: u8) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(&(u32::from(sequence) * 160).to_be_bytes());
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(&[payload; 160]);
    packet
}

/// Silence and full scale in G.711 µ-law.
const SILENCE: u8 = 0xff;
const LOUD: u8 = 0x80;

#[test]
fn a_stranger_does_not_get_into_the_recording() {
    let caller = Caller::new();
    let alice = Milliwatt::new();
    let record = alice.folder().join("heard.wav");
    let (answer, phone) = answering(&alice, &caller, &format!("--record {}", record.display()));
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

/// Sends 5,000 OPTIONS a second until told to stop.
fn flood(phone: &str, stop: &AtomicBool) {
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let us = stranger.local_addr().unwrap();
    let start = Instant::now();
    for n in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let text = format!(
            "OPTIONS sip:alice@{phone} SIP/2.0\r\nVia: SIP/2.0/UDP {us};branch=z9hG4bK{n}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:x@{us}>;tag={n}\r\nTo: <sip:alice@{phone}>\r\n\
             Call-ID: {n}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        // Once the phone has gone, the port refuses.
        let _ = stranger.send_to(text.as_bytes(), phone);
        let due = start + Duration::from_micros(n * 200);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

#[test]
fn a_flood_does_not_keep_a_call_up() {
    let caller = Caller::new();
    let alice = Milliwatt::new();
    let (mut answer, phone) = answering(&alice, &caller, "");
    caller.call(&phone);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| flood(&phone, &stop));
        std::thread::sleep(SECOND);
        answer.interrupt();
        let ended = caller.goodbye();
        stop.store(true, Ordering::Relaxed);
        assert!(ended, "no BYE while the flood goes on");
    });
    assert_eq!(answer.finish(20 * SECOND).code(), Some(130), "{}", answer.stderr());
}
