//! A phone that is killed at any moment: each call whose INVITE left has a row that names it and its
//! recording, and each recording plays once it is repaired.
//!
//! The phone is this very program, started again as a child. The carrier is one socket for signalling
//! and sound; the child is killed when so many datagrams of it have come as a seed says, which is in
//! the middle of whatever it does then.

use std::{
    collections::BTreeSet,
    env, fs,
    net::{SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command as Program, Stdio},
    time::Duration,
};

use milliwatt_engine::{
    Config, Engine,
    api::{Command, Dial, Event, Sound, Source},
};
use milliwatt_store::{
    history::{Filter, History, State},
    recording::{self, Repair},
};

use crate::{
    loopback::until,
    support::{notices_of, trunk},
};

/// How often a phone is killed, by how many threads at once.
const KILLS: u64 = 200;
const THREADS: u64 = 8;
/// A child is killed after so many datagrams at most: in its third call or so.
const MOST: u64 = 30;
/// Longer than a child takes to say something on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const CARRIER: &str = "MILLIWATT_ENGINE_TEST_CARRIER";
const FOLDER: &str = "MILLIWATT_ENGINE_TEST_FOLDER";
/// How long a child talks, ms.
const TALK: &str = "MILLIWATT_ENGINE_TEST_TALK";
const SHORT: u64 = 120;
const LONG: u64 = 100_000;

/// A carrier that answers every call and sends the sound back.
struct Carrier {
    socket: UdpSocket,
    /// Call-IDs of the INVITEs that came.
    invited: BTreeSet<String>,
}

impl Carrier {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, invited: BTreeSet::new() }
    }

    fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Takes a datagram and does what follows from it.
    fn serve(&mut self) {
        let mut buffer = [0; 4096];
        let (length, from) = self.socket.recv_from(&mut buffer).expect("the phone goes on");
        self.take(&buffer[..length], from);
    }

    fn take(&mut self, bytes: &[u8], from: SocketAddr) {
        if bytes.first().is_some_and(|first| first >> 6 == 2) {
            drop(self.socket.send_to(bytes, from));
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            value.unwrap_or_default().to_owned()
        };
        if text.starts_with("INVITE ") {
            self.invited.insert(field("Call-ID"));
        }
        if text.starts_with("INVITE ") || text.starts_with("BYE ") {
            let (port, host) = (self.address().port(), self.address().ip());
            let sdp = format!(
                "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
            );
            let body = if text.starts_with("INVITE ") { sdp.as_str() } else { "" };
            let tag = if field("To").contains("tag=") { "" } else { ";tag=1" };
            let answer = format!(
                "SIP/2.0 200 OK\r\nVia: {}\r\nFrom: {}\r\nTo: {}{tag}\r\nCall-ID: {}\r\nCSeq: {}\r\nContact: <sip:{}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
                field("Via"),
                field("From"),
                field("To"),
                field("Call-ID"),
                field("CSeq"),
                self.address(),
                body.len(),
            );
            drop(self.socket.send_to(answer.as_bytes(), from));
        }
    }

    /// Takes what was sent before the phone died.
    fn drain(&mut self) {
        self.socket.set_nonblocking(true).unwrap();
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            self.take(&buffer[..length], from);
        }
    }
}

fn database(folder: &Path) -> PathBuf {
    folder.join("history.sqlite")
}

/// The child: call after call, each recorded.
#[test]
#[ignore = "the child's side of the other tests, which start it"]
fn calls() {
    let (Ok(carrier), Some(folder)) = (env::var(CARRIER), env::var_os(FOLDER)) else { return };
    let folder = PathBuf::from(folder);
    let talk = Duration::from_millis(env::var(TALK).unwrap().parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let history = Some(database(&folder));
        let config = Config { history, media_threads: Some(1), ..Config::default() };
        let engine = Engine::start(config).unwrap();
        let mut events = engine.subscribe();
        let mut settings = trunk("line", "alice", &carrier);
        settings.trunk.bind = Some("127.0.0.1:0".into());
        engine.command(Command::AddTrunk { trunk: Box::new(settings) });
        for n in 0.. {
            let call = engine.next_call();
            let record = Some(folder.join(format!("{n}.wav")));
            let sound = Sound { source: Source::Tone(440.0), record, ..Sound::default() };
            // A person's call goes out without its row when the disk is slow; this one waits for it.
            let dial = Dial { to: "9000".into(), sound, unattended: true, ..Dial::default() };
            engine.command(Command::Dial { call, trunk: "line".into(), dial: Box::new(dial) });
            let answered = until(&mut events, |event| match event {
                Event::Answered { .. } => Some(true),
                Event::Ended { .. } => Some(false),
                _ => None,
            });
            if !answered.await {
                continue;
            }
            tokio::time::sleep(talk).await;
            engine.command(Command::HangUp { call });
            until(&mut events, |event| matches!(event, Event::Ended { .. }).then_some(())).await;
        }
    });
}

fn phone(carrier: SocketAddr, folder: &Path, talk: u64) -> Child {
    Program::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--quiet", "killed::calls"])
        .env(CARRIER, carrier.to_string())
        .env(FOLDER, folder)
        .env(TALK, talk.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Starts a phone, kills it after so many datagrams, and gives the Call-IDs of its calls.
fn kill_after(datagrams: u64, folder: &Path, talk: u64) -> BTreeSet<String> {
    let mut carrier = Carrier::new();
    let mut phone = phone(carrier.address(), folder, talk);
    for _ in 0..datagrams {
        carrier.serve();
    }
    phone.kill().unwrap();
    phone.wait().unwrap();
    carrier.drain();
    carrier.invited
}

fn look(kill: u64, folder: &Path, invited: &BTreeSet<String>) {
    let history = History::open(&database(folder)).unwrap();
    let rows = history.find(&Filter::default()).unwrap();
    for call_id in invited {
        let row = rows.iter().find(|row| row.call_id == *call_id);
        let row = row.unwrap_or_else(|| panic!("kill {kill}: no row for {call_id}"));
        assert!(matches!(row.state, State::Ended | State::Interrupted), "kill {kill}: {row:?}");
        let recording = row.recording.as_ref().unwrap_or_else(|| panic!("kill {kill}: {row:?}"));
        assert!(recording.is_absolute() && recording.starts_with(folder), "{recording:?}");
    }
    let open = rows.iter().filter(|row| row.state == State::Interrupted).count();
    assert!((open <= 1) && (open == history.interrupted().len()), "kill {kill}: {rows:?}");
    for (path, repair) in recording::repair_interrupted(&history) {
        match repair {
            Ok(Repair::Headless) => {}
            Ok(Repair::Mended { .. } | Repair::Sound) => plays(&path),
            // Killed between its INVITE and its sound.
            Err(why) => assert_eq!(why.kind(), std::io::ErrorKind::NotFound, "kill {kill}: {why}"),
        }
    }
    // A call whose row came too late was not placed, and has no recording.
    let ended = rows.iter().filter(|row| row.state == State::Ended);
    ended.filter_map(|row| row.recording.as_ref()).for_each(|path| plays(path));
}

/// A whole WAV file: the lengths in its header are those of the file.
fn plays(path: &Path) {
    let bytes = fs::read(path).unwrap_or_default();
    if bytes.is_empty() {
        // Killed before the recorder came to write its header.
        return;
    }
    let told = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!((told(4) + 8, told(40) + 44), (bytes.len(), bytes.len()), "{path:?}");
}

/// Calls of one and a half to three seconds, by the packets that they sent: of each at most the last
/// second is missing.
#[test]
fn a_killed_call_has_all_but_the_last_second_on_disk() {
    let kill = |n: u64| {
        let folder = tempfile::tempdir().unwrap();
        let datagrams = 75 + 10 * n;
        let invited = kill_after(datagrams, folder.path(), LONG);
        assert_eq!(invited.len(), 1);
        look(n, folder.path(), &invited);
        let bytes = fs::read(folder.path().join("0.wav")).unwrap();
        let channels = u64::from(bytes[22]);
        let samples = (bytes.len() as u64 - 44) / 2 / channels;
        // INVITE, ACK and a report are no sound.
        let sent = (datagrams - 3) * 160;
        assert!(samples + 8000 >= sent, "{samples} of {sent} samples are on disk");
    };
    // A phone writes when its thread comes to it: no more of them at once than two processors carry.
    std::thread::scope(|scope| {
        let half = |first: u64| scope.spawn(move || (first..8).step_by(2).for_each(kill));
        for thread in [0, 1].map(half) {
            thread.join().unwrap();
        }
    });
}

#[test]
fn every_call_whose_invite_left_has_a_row_after_a_kill() {
    let kills = |thread: u64| {
        for kill in (thread..KILLS).step_by(THREADS as usize) {
            let folder = tempfile::tempdir().unwrap();
            // Knuth's MMIX generator, one step from the number of the kill.
            let drawn = kill.wrapping_mul(6_364_136_223_846_793_005) >> 33;
            let invited = kill_after(1 + drawn % MOST, folder.path(), SHORT);
            assert!(!invited.is_empty(), "the first datagram is an INVITE");
            look(kill, folder.path(), &invited);
        }
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || kills(thread))).collect();
        for thread in all {
            thread.join().unwrap();
        }
    });
}

#[tokio::test]
async fn the_next_start_repairs_what_a_killed_phone_recorded() {
    let folder = tempfile::tempdir().unwrap();
    // INVITE, ACK, and sound.
    let invited = kill_after(4, folder.path(), SHORT);
    assert_eq!(invited.len(), 1);
    let recording = folder.path().join("0.wav");
    // As a writer leaves it that died between its sound and its header.
    let mut bytes = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0".to_vec();
    bytes.extend([7; 1601]);
    fs::write(&recording, bytes).unwrap();
    let history = Some(database(folder.path()));
    let engine = Engine::start(Config { history, ..Config::default() }).unwrap();
    let mut events = engine.subscribe();
    let text = until(&mut events, notices_of("recording-repaired")).await;
    assert!(text.contains("0.wav"), "{text}");
    plays(&recording);
    assert_eq!(fs::read(&recording).unwrap().len(), 44 + 1600);
    assert!(engine.shutdown(PATIENCE).await);
}
