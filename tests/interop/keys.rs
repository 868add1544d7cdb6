//! A phone of ours that presses keys in a call that it has taken, which `milliwatt answer` does not. It
//! is a process of its own, so that it can stand in a network namespace.

use std::{env, path::Path, process::Command, time::Duration};

use milliwatt_engine::{
    Config, Engine,
    api::{Command as Ask, Dtmf, Event, Sound, Source},
    settings::Trunk,
};

use crate::harness::Running;

/// Where it listens, whose calls it takes, the file that it plays and the keys.
const LINE: &str = "MILLIWATT_TEST_KEYS";

/// Digits that it must be sent itself.
const SENT: &str = "159#";

/// Takes a command that runs the program it is given, and starts one that takes a call at `at` from
/// `far`; it is ready to be called.
pub(super) fn start(
    run: impl FnOnce(&Path) -> Command,
    at: &str,
    far: &str,
    play: &Path,
    keys: &str,
) -> Running {
    let mut command = run(&env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "--nocapture", "interop::keys::takes_a_call"]);
    command.env(LINE, format!("{at} {far} {} {keys}", play.display()));
    let mut phone = Running::start(&mut command);
    phone.wait_for("ready", Duration::from_secs(20));
    phone
}

/// Waits for its end: it was sent the digits, and nothing went wrong.
pub(super) fn finish(mut phone: Running) {
    let status = phone.finish(Duration::from_secs(60));
    assert!(status.success(), "{}\n{}", phone.stdout(), phone.stderr());
}

/// The child's side.
#[tokio::test]
#[ignore = "the child's side of the tests of baresip and pjsua, which start it"]
async fn takes_a_call() {
    let Ok(line) = env::var(LINE) else { return };
    let [at, far, play, keys] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
    let engine = Engine::start(Config { media_threads: Some(1), ..Config::default() }).unwrap();
    let mut events = engine.subscribe();
    let mut trunk = Trunk::default();
    trunk.trunk.name = "line".into();
    trunk.trunk.domain = far.into();
    trunk.trunk.user = "alice".into();
    trunk.trunk.transport = "udp".into();
    trunk.trunk.register = false;
    trunk.trunk.bind = Some(at.into());
    engine.command(Ask::AddTrunk { trunk: Box::new(trunk) });
    let sound = Sound { source: Source::File(play.into()), ..Sound::default() };
    let (digits, mode) = (keys.to_owned(), Dtmf::Rfc4733);
    let report = loop {
        match events.next().await.expect("the engine runs") {
            Event::TrunkReady { .. } => eprintln!("ready"),
            Event::TrunkFailed { why, .. } => panic!("{why}"),
            Event::Incoming { call, .. } => {
                engine.command(Ask::Answer { call, sound: sound.clone(), codecs: Vec::new() });
            }
            Event::Answered { call, .. } => {
                let digits = digits.clone();
                engine.command(Ask::SendDtmf { call, digits, mode, on_ms: 100, off_ms: 100 });
            }
            Event::Ended { report } => break report,
            _ => {}
        }
    };
    assert!(engine.shutdown(Duration::from_secs(10)).await, "the engine does not end");
    assert_eq!(report.dtmf_received, SENT, "{report:?}");
}
