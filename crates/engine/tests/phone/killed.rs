//! A phone that is killed at any moment: each call whose INVITE left has a row that names it and its
//! recording, and each recording plays once it is repaired.
//!
//! The phone is this very program, started again as a child. The carrier is one socket for signalling
//! and sound; the child is killed when so many datagrams of it have come as a seed says, which is in
//! the middle of whatever it does then.

use std::{
    collections::BTreeMap,
    env, fs,
    net::{SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command as Program, Stdio},
    time::Duration,
};

use milliwatt_engine::{
    Config, Engine, Events,
    api::{CallId, Command, Dial, Event, Sound, Source},
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
/// How often a phone is killed that has so many long calls at once, which makes 200 recordings.
const LONG_KILLS: u64 = 20;
const AT_ONCE: usize = 10;
/// From one of them to the next: together as long as a writer waits between two looks at the header, so
/// that each is at another point of it.
const APART: Duration = Duration::from_millis(53);
/// Longer than a child takes to say something on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const CARRIER: &str = "MILLIWATT_ENGINE_TEST_CARRIER";
const FOLDER: &str = "MILLIWATT_ENGINE_TEST_FOLDER";
/// How long a child talks at most, ms.
const TALK: &str = "MILLIWATT_ENGINE_TEST_TALK";
const SHORT: u64 = 120;
const LONG: u64 = 100_000;

/// A carrier that answers every call and sends the sound back.
struct Carrier {
    socket: UdpSocket,
    /// Datagrams that came while the phone lived.
    served: u64,
    /// Call-IDs of the INVITEs that came, with the port of their sound.
    invited: BTreeMap<String, u16>,
    /// Packets of sound, by the port that they came from.
    sounds: BTreeMap<u16, u64>,
    /// How long the phone had waited for a processor when it was killed.
    waited: Duration,
}

impl Carrier {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let (invited, sounds) = (BTreeMap::new(), BTreeMap::new());
        Self { socket, served: 0, invited, sounds, waited: Duration::ZERO }
    }

    fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Takes a datagram and does what follows from it.
    fn serve(&mut self) {
        let mut buffer = [0; 4096];
        let (length, from) = self.socket.recv_from(&mut buffer).expect("the phone goes on");
        self.served += 1;
        self.take(&buffer[..length], from);
    }

    fn take(&mut self, bytes: &[u8], from: SocketAddr) {
        if bytes.first().is_some_and(|first| first >> 6 == 2) {
            if bytes.get(1).is_some_and(|kind| kind & 0x7f == 0) {
                *self.sounds.entry(from.port()).or_default() += 1;
            }
            drop(self.socket.send_to(bytes, from));
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            value.unwrap_or_default().to_owned()
        };
        if text.starts_with("INVITE ") {
            let mut media = text.lines().filter_map(|line| line.strip_prefix("m=audio "));
            let port = media.next().and_then(|line| line.split(' ').next()?.parse().ok());
            self.invited.insert(field("Call-ID"), port.expect("an offer of sound"));
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

/// The child's phone.
struct Caller {
    engine: Engine,
    events: Events,
    folder: PathBuf,
    placed: u64,
}

impl Caller {
    fn start(carrier: &str, folder: PathBuf) -> Self {
        let history = Some(database(&folder));
        let config = Config { history, media_threads: Some(1), ..Config::default() };
        let engine = Engine::start(config).unwrap();
        let events = engine.subscribe();
        let mut settings = trunk("line", "alice", carrier);
        settings.trunk.bind = Some("127.0.0.1:0".into());
        engine.command(Command::AddTrunk { trunk: Box::new(settings) });
        Self { engine, events, folder, placed: 0 }
    }

    /// Places a call that is recorded; `None` when it was not answered, as one is whose row came too
    /// late.
    async fn place(&mut self) -> Option<CallId> {
        let call = self.engine.next_call();
        let record = Some(self.folder.join(format!("{}.wav", self.placed)));
        self.placed += 1;
        let sound = Sound { source: Source::Tone(440.0), record, ..Sound::default() };
        // A person's call goes out without its row when the disk is slow; this one waits for it.
        let dial = Dial { to: "9000".into(), sound, unattended: true, ..Dial::default() };
        self.engine.command(Command::Dial { call, trunk: "line".into(), dial: Box::new(dial) });
        let answered = until(&mut self.events, |event| match event {
            Event::Answered { .. } => Some(true),
            Event::Ended { .. } => Some(false),
            _ => None,
        });
        answered.await.then_some(call)
    }
}

/// What a child is told: its carrier, its folder, and how long it talks. `None` in a run that is
/// nobody's child.
fn told() -> Option<(String, PathBuf, Duration)> {
    let (carrier, folder) = (env::var(CARRIER).ok()?, env::var_os(FOLDER)?);
    let talk = Duration::from_millis(env::var(TALK).unwrap().parse().unwrap());
    Some((carrier, folder.into(), talk))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The child: call after call, each recorded.
#[test]
#[ignore = "the child's side of the other tests, which start it"]
fn calls() {
    let Some((carrier, folder, talk)) = told() else { return };
    runtime().block_on(async {
        let mut caller = Caller::start(&carrier, folder);
        for _ in 0_u64.. {
            let Some(call) = caller.place().await else { continue };
            tokio::time::sleep(talk).await;
            caller.engine.command(Command::HangUp { call });
            let ended = |event: Event| matches!(event, Event::Ended { .. }).then_some(());
            until(&mut caller.events, ended).await;
        }
    });
}

/// The child: many calls that stay, each recorded.
#[test]
#[ignore = "the child's side of another test, which starts it"]
fn calls_at_once() {
    let Some((carrier, folder, talk)) = told() else { return };
    runtime().block_on(async {
        let mut caller = Caller::start(&carrier, folder);
        let mut up = 0;
        while up < AT_ONCE {
            up += usize::from(caller.place().await.is_some());
            tokio::time::sleep(APART).await;
        }
        tokio::time::sleep(talk).await;
    });
}

fn phone(carrier: SocketAddr, folder: &Path, child: &str, talk: u64) -> Child {
    Program::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--quiet", child])
        .env(CARRIER, carrier.to_string())
        .env(FOLDER, folder)
        .env(TALK, talk.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Starts a phone and kills it when its carrier has had enough.
fn kill_when(
    enough: impl Fn(&Carrier) -> bool,
    folder: &Path,
    (child, talk): (&str, u64),
) -> Carrier {
    let mut carrier = Carrier::new();
    let mut phone = phone(carrier.address(), folder, child, talk);
    while !enough(&carrier) {
        carrier.serve();
    }
    carrier.waited = waited(phone.id());
    phone.kill().unwrap();
    phone.wait().unwrap();
    carrier
}

/// The longest that a thread of a process has waited for a processor that others had; zero where the
/// system does not tell.
fn waited(process: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let waits = tasks.filter_map(|task| {
        let stat = fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
    });
    waits.max().unwrap_or_default()
}

/// Starts a phone, kills it after so many datagrams, and gives the Call-IDs of its calls.
fn kill_after(datagrams: u64, folder: &Path) -> BTreeMap<String, u16> {
    let enough = |carrier: &Carrier| carrier.served >= datagrams;
    let mut carrier = kill_when(enough, folder, ("killed::calls", SHORT));
    carrier.drain();
    carrier.invited
}

/// Looks at what a phone of so many calls at once has left behind, repairs it, and gives the recordings
/// of the calls that were cut off, by their Call-IDs.
fn look(
    kill: u64,
    folder: &Path,
    invited: &BTreeMap<String, u16>,
    at_once: usize,
) -> BTreeMap<String, PathBuf> {
    let history = History::open(&database(folder)).unwrap();
    let rows = history.find(&Filter::default()).unwrap();
    for call_id in invited.keys() {
        let row = rows.iter().find(|row| row.call_id == *call_id);
        let row = row.unwrap_or_else(|| panic!("kill {kill}: no row for {call_id}"));
        assert!(matches!(row.state, State::Ended | State::Interrupted), "kill {kill}: {row:?}");
        let recording = row.recording.as_ref().unwrap_or_else(|| panic!("kill {kill}: {row:?}"));
        assert!(recording.is_absolute() && recording.starts_with(folder), "{recording:?}");
    }
    let open: Vec<_> = rows.iter().filter(|row| row.state == State::Interrupted).collect();
    let few = open.len() <= at_once && open.len() == history.interrupted().len();
    assert!(few, "kill {kill}: {rows:?}");
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
    open.iter().map(|row| (row.call_id.clone(), row.recording.clone().unwrap())).collect()
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

/// Calls of more than a second, each at another point of its recording: each has a row that says that
/// it was cut off, and of its sound at most the last second is missing.
#[test]
fn a_killed_call_has_all_but_the_last_second_on_disk() {
    let kill = |n: u64| {
        let folder = tempfile::tempdir().unwrap();
        // More than a second of the youngest, so that something of each must be there.
        let least = 57 + n;
        let enough = |carrier: &Carrier| {
            carrier.sounds.len() == AT_ONCE && carrier.sounds.values().all(|sent| *sent >= least)
        };
        let mut carrier = kill_when(enough, folder.path(), ("killed::calls_at_once", LONG));
        let sounds = carrier.sounds.clone();
        carrier.drain();
        let cut_off = look(n, folder.path(), &carrier.invited, AT_ONCE);
        assert_eq!(cut_off.len(), AT_ONCE, "kill {n}: {cut_off:?}");
        for (call_id, recording) in cut_off {
            let sent = sounds[&carrier.invited[&call_id]] * 160;
            let bytes = fs::read(&recording).unwrap();
            assert!(bytes.len() > 44, "kill {n}: {recording:?} is empty");
            let channels = u64::from(bytes[22]);
            let samples = (bytes.len() as u64 - 44) / 2 / channels;
            // What its writer waited for is the computer's.
            let missing = Duration::from_secs(1) + carrier.waited;
            assert!(
                samples + missing.as_millis() as u64 * 8 >= sent,
                "kill {n}: {samples} of {sent} samples are in {recording:?}"
            );
        }
    };
    // A phone writes when its thread comes to it: no more of them at once than two processors carry.
    std::thread::scope(|scope| {
        let half = |first: u64| scope.spawn(move || (first..LONG_KILLS).step_by(2).for_each(kill));
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
            let invited = kill_after(1 + drawn % MOST, folder.path());
            assert!(!invited.is_empty(), "the first datagram is an INVITE");
            look(kill, folder.path(), &invited, 1);
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
    let invited = kill_after(4, folder.path());
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
