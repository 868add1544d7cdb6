//! baresip 1.0: a real phone at the far end, a call each way with sound and digits.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};

use super::keys;
use crate::harness::{Hosts, Milliwatt, Running, finish, peer, sound};

const SECOND: Duration = Duration::from_secs(1);

/// Seconds of the call in which nobody presses a key: they do so at its beginning, we at its end.
const OURS: Range<usize> = 0..8;
const THEIRS: Range<usize> = 2..10;

/// baresip at 10.77.0.2, with its control port.
pub(super) struct Baresip {
    running: Running,
    control: Running,
    folder: tempfile::TempDir,
}

fn start(hosts: &Hosts, command: &[&str]) -> Option<Baresip> {
    let account = "<sip:b@10.77.0.2>;regint=0;answermode=auto;audio_codecs=PCMU/8000/1";
    start_as(hosts, 5060, account, command)
}

/// Starts one of that account and SIP port.
pub(super) fn start_as(
    hosts: &Hosts,
    port: u16,
    account: &str,
    command: &[&str],
) -> Option<Baresip> {
    let program = peer("baresip")?;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    sound::write(&at.join("theirs.wav"), &sound::speech_like(14.0, 2));
    let modules = ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"]
        .into_iter()
        .find(|m| Path::new(m).is_dir())
        .expect("baresip's modules");
    let mut config = format!(
        "sip_listen 10.77.0.2:{port}\nmodule_path {modules}\naudio_source aufile,{0}/theirs.wav\n\
         ausrc_srate 8000\nausrc_channels 1\nsnd_path {0}\nctrl_tcp_listen 10.77.0.2:4444\n",
        at.display()
    );
    let wanted =
        ["account", "aufile", "auconv", "auresamp", "g711", "sndfile", "uuid", "menu", "ctrl_tcp"];
    for module in wanted {
        config.push_str(&format!("module {module}.so\n"));
    }
    fs::write(at.join("config"), config).unwrap();
    fs::write(at.join("accounts"), format!("{account}\n")).unwrap();
    let mut running = Running::start(hosts.command(1, program).arg("-f").arg(at).arg("-v"));
    running.wait_for("baresip is ready", 10 * SECOND);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/baresip_control.py");
    let mut client = hosts.command(1, "python3");
    client.arg(script).args(["10.77.0.2", "4444", "159#", "12"]).args(command);
    let mut control = Running::start(&mut client);
    control.wait_for("connected", 10 * SECOND);
    Some(Baresip { running, control, folder })
}

impl Baresip {
    /// Waits until it has said this.
    pub(super) fn wait_for(&mut self, text: &str) {
        self.running.wait_for(text, 10 * SECOND);
    }

    /// The file of what it heard.
    fn heard(&self) -> PathBuf {
        fs::read_dir(self.folder.path())
            .unwrap()
            .map(|e| e.unwrap().path())
            .find(|p| p.to_string_lossy().ends_with("-dec.wav"))
            .expect("baresip dumps what it hears")
    }

    /// Digits that it was sent, as its events tell.
    fn digits(&self) -> String {
        self.control
            .stdout()
            .lines()
            .filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok())
            .filter(|e| e["type"] == "CALL_DTMF_START")
            .filter_map(|e| e["param"].as_str().map(str::to_owned))
            .collect()
    }

    /// Ends it; the digits must be those that it was sent, and the sound what we played.
    fn finish(mut self, sent: &str) {
        std::thread::sleep(SECOND / 2);
        assert_eq!(self.digits(), sent, "{}", self.control.stdout());
        let heard = self.heard();
        self.running.signal("TERM");
        self.running.finish(10 * SECOND);
        sound::heard(&heard, 1, OURS);
    }
}

#[test]
fn we_call_it() {
    let Some(hosts) = Hosts::new() else { return };
    let Some(phone) = start(&hosts, &[]) else { return };
    let user = Milliwatt::new();
    let at = user.folder().display().to_string();
    sound::write(&user.folder().join("ours.wav"), &sound::speech_like(14.0, 1));
    let line = format!(
        "call sip:alice@10.77.0.2:5060 sip:b@10.77.0.2 --no-register --duration 30s --dtmf ,,,,,,,,,2468 --play {at}/ours.wav --record {at}/heard.wav --json -"
    );
    let running = Running::start(&mut user.command_in(&hosts.names[0], line.split_whitespace()));
    let out = finish(running).expect(0).json();
    assert_eq!((&out["dtmf_received"], &out["outcome"]), (&"159#".into(), &"answered".into()));
    sound::heard(&user.folder().join("heard.wav"), 2, THEIRS);
    phone.finish("2468");
}

#[test]
fn it_calls_us() {
    let Some(hosts) = Hosts::new() else { return };
    let user = Milliwatt::new();
    let at = user.folder().display().to_string();
    sound::write(&user.folder().join("ours.wav"), &sound::speech_like(14.0, 1));
    let line = format!(
        "answer sip:alice@10.77.0.2:5060 --no-register --bind 10.77.0.1:5062 --count 1 --for 60s --play {at}/ours.wav --record {at}/heard.wav --jsonl -"
    );
    let mut answer = Running::start(&mut user.command_in(&hosts.names[0], line.split_whitespace()));
    answer.wait_for("\"ready\"", 10 * SECOND);
    let target = ["dial", "sip:alice@10.77.0.1:5062"];
    let Some(phone) = start(&hosts, &target) else { return };
    let out = finish(answer).expect(0);
    let call: serde_json::Value = serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(call["dtmf_received"], "159#", "{call}");
    sound::heard(&user.folder().join("heard.wav"), 2, THEIRS);
    phone.finish("");
}

#[test]
fn it_calls_us_and_we_press_keys() {
    let Some(hosts) = Hosts::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ours.wav");
    sound::write(&ours, &sound::speech_like(14.0, 1));
    let run = |program: &Path| hosts.command(0, program);
    let us = keys::start(run, "10.77.0.1:5062", "10.77.0.2:5060", &ours, ",,,,,,,,,2468");
    let Some(phone) = start(&hosts, &["dial", "sip:alice@10.77.0.1:5062"]) else { return };
    keys::finish(us);
    phone.finish("2468");
}
