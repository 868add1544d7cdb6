//! The child's side: what it does when it is started, one line on stdout for each thing that it
//! believes to be on disk.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use milliwatt_store::history::{Call, History, Kept, State};
use milliwatt_store::recording;
use milliwatt_store::settings::TrunkFile;
use serde_json::json;

const ROLE: &str = "MILLIWATT_STORE_TEST_ROLE";
const FOLDER: &str = "MILLIWATT_STORE_TEST_FOLDER";
const LONG: Duration = Duration::from_secs(60);

/// Starts the child; with `limit`, no file of it may grow over so many blocks of 512 bytes.
pub(super) fn start(role: &str, folder: &Path, limit: Option<u32>) -> Child {
    let program = env::current_exe().unwrap();
    let arguments = ["--ignored", "--exact", "--nocapture", "faults::child::works"];
    let mut command = match limit {
        // The signal that comes with the limit would kill the child before it sees the error.
        Some(blocks) => {
            let mut shell = Command::new("sh");
            let script = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" \"$@\"");
            shell.args([OsStr::new("-c"), script.as_ref(), program.as_os_str()]);
            shell
        }
        None => Command::new(program),
    };
    command
        .args(arguments)
        .env(ROLE, role)
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

pub(super) fn database(folder: &Path) -> PathBuf {
    folder.join("history.sqlite")
}

pub(super) fn settings(folder: &Path) -> PathBuf {
    folder.join("office.toml")
}

#[test]
#[ignore = "the child's side of the other tests, which start it"]
fn works() {
    let (Ok(role), Some(folder)) = (env::var(ROLE), env::var_os(FOLDER)) else { return };
    let folder = PathBuf::from(folder);
    match role.as_str() {
        "calls" => place_calls(&folder),
        "settings" => rewrite_settings(&folder),
        "full" => fill_the_disk(&folder),
        "no room" => begin_without_room(&folder),
        _ => panic!("{role}"),
    }
}

fn say(line: &str) {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "\n{line}").unwrap();
    stdout.flush().unwrap();
}

/// Call after call, each with a recording whose header is never finished.
fn place_calls(folder: &Path) {
    let history = History::open(&database(folder)).unwrap();
    for number in 0.. {
        let (mut file, path) =
            recording::create(&folder.join("recordings"), number, &number.to_string()).unwrap();
        let call = Call {
            started_at_ms: number,
            call_id: number.to_string(),
            recording: Some(path),
            ..Call::default()
        };
        let (key, kept) = history.begin(call);
        if kept == Kept::OnDisk {
            say(&format!("begun {number}"));
        }
        file.write_all(&header(0)).unwrap();
        history.update(key, |call| call.state = State::Answered);
        for second in 0..3_u16 {
            let samples = [second.to_le_bytes(), second.to_le_bytes()].concat();
            file.write_all(&samples.repeat(200)).unwrap();
            history.second(key, u64::from(second) * 1_000, json!({"lost": second}));
        }
        say(&format!("sounded {number}"));
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&header(2_400)).unwrap();
        history.end(key, |call| call.code = Some(200));
        if number % 4 == 3 && history.flush(LONG) == Kept::OnDisk {
            say(&format!("ended {number}"));
        }
    }
}

/// 8 kHz, 16 bits, one channel.
fn header(bytes: u32) -> Vec<u8> {
    let mut header = b"RIFF".to_vec();
    header.extend((bytes + 36).to_le_bytes());
    header.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    header.extend(bytes.to_le_bytes());
    header
}

/// Changes a long settings file over and over.
fn rewrite_settings(folder: &Path) {
    for number in 1.. {
        let mut file = TrunkFile::open(&settings(folder)).unwrap();
        let before = file.written().clone();
        let mut after = before.clone();
        after.trunk.user = format!("user{number}");
        file.change(&before, &after).unwrap();
        file.save().unwrap();
        say(&format!("saved {number}"));
    }
}

/// Works until the disk is full, then until there is room again.
fn fill_the_disk(folder: &Path) {
    let history = History::open(&database(folder)).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    history.watch(move |health| tell.send(health.trouble.is_some()).unwrap());
    let mut number = 0;
    let mut kept = Kept::OnDisk;
    while kept == Kept::OnDisk {
        let advice = Some("x".repeat(2_000));
        let call = Call { started_at_ms: number, advice, ..Call::default() };
        let key = history.begin_then(call, |_| ());
        history.end(key, |call| call.code = Some(200));
        kept = history.flush(LONG);
        number += 1;
    }
    let Kept::InMemory { warning } = kept else { unreachable!() };
    assert!(warning.contains("full"), "{warning}");
    let more = 10;
    for extra in 0..more {
        let key =
            history.begin_then(Call { started_at_ms: number + extra, ..Call::default() }, |_| ());
        history.end(key, |call| call.code = Some(200));
    }
    assert!(matches!(history.flush(LONG), Kept::InMemory { .. }));
    let rows = usize::try_from(number + more).unwrap();
    assert_eq!(history.find(&Default::default()).unwrap().len(), rows, "all are seen");
    settings_stay_whole(folder);
    say(&format!("full {rows}"));

    // There is room when the parent says so.
    io::stdin().lock().read_line(&mut String::new()).unwrap();
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [true, false], "one warning, one recovery");
    say("written");
}

/// The disk was full before there was a history.
fn begin_without_room(folder: &Path) {
    let history = History::open(&database(folder)).unwrap();
    let (key, kept) = history.begin(Call::default());
    assert!(matches!(kept, Kept::InMemory { .. }), "{kept:?}");
    assert!(history.update(key, |call| call.state = State::Answered));
    assert_eq!(history.find(&Default::default()).unwrap().len(), 1);
    say("in memory");
}

fn settings_stay_whole(folder: &Path) {
    let path = settings(folder);
    let text = fs::read_to_string(&path).unwrap();
    let mut file = TrunkFile::open(&path).unwrap();
    let before = file.written().clone();
    let mut after = before.clone();
    after.trunk.user = "new".into();
    after.trunk.proxy = Some("proxy.example.net".into());
    file.change(&before, &after).unwrap();
    let error = file.save().unwrap_err().to_string();
    assert!(error.contains("it is as it was"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}
