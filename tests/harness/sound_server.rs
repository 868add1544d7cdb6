//! A private PulseAudio daemon with virtual microphones and speakers, and what is heard in it.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{Running, peer};

/// The daemon. Everything that is to use it runs in a process of its own, see [`SoundServer::run`]:
/// it is found by an environment variable.
pub(crate) struct SoundServer {
    folder: TempDir,
    server: Option<Running>,
}

/// The variable by which a process that runs within the server finds its folder.
const WITHIN: &str = "MILLIWATT_SOUND_SERVER";

/// Virtual devices of two phones: what is played to `say_a` comes in at the microphone `mic_a`, and
/// what phone a plays goes to the speaker `ear_a`.
const TWO_PHONES: &str = "
load-module module-null-sink sink_name=ear_a rate=48000 channels=1
load-module module-null-sink sink_name=ear_b rate=48000 channels=1
load-module module-null-sink sink_name=say_a rate=48000 channels=1
load-module module-null-sink sink_name=say_b rate=48000 channels=1
load-module module-remap-source source_name=mic_a master=say_a.monitor
load-module module-remap-source source_name=mic_b master=say_b.monitor
";

impl SoundServer {
    /// Runs the ignored test of this name within a sound server of its own; without PulseAudio says
    /// that it is skipped.
    pub(crate) fn run(test: &str) {
        if ["pulseaudio", "pactl", "parec", "pacat"].iter().any(|name| peer(name).is_none()) {
            return;
        }
        // One at a time: each moves sound in real time.
        static TURN: Mutex<()> = Mutex::new(());
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "load-module module-native-protocol-unix socket={} auth-anonymous=1\n{TWO_PHONES}",
            socket(folder.path()).display()
        );
        std::fs::write(folder.path().join("script"), script).unwrap();
        let mut server = Self { folder, server: None };
        server.start();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
        let output = server.within(&mut command).stderr(Stdio::inherit()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let passed = output.status.success() && said.contains("1 passed");
        assert!(passed, "{test} within a sound server: {}\n{said}", output.status);
    }

    /// The server that this process runs within; `None` for a test that was not started by
    /// [`SoundServer::run`].
    pub(crate) fn here() -> Option<PathBuf> {
        std::env::var_os(WITHIN).map(PathBuf::from)
    }

    fn start(&mut self) {
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]);
        command.arg("--disable-shm=yes").arg("-F").arg(self.folder.path().join("script"));
        let server = Running::start(self.within(&mut command));
        std::fs::write(self.folder.path().join("pid"), server.id().to_string()).unwrap();
        self.server = Some(server);
        wait_until(|| is_up(self.folder.path()));
    }

    fn within<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let folder = self.folder.path();
        command
            .env("XDG_CONFIG_HOME", folder)
            .env("XDG_RUNTIME_DIR", folder)
            .env("PULSE_SERVER", format!("unix:{}", socket(folder).display()))
            .env("PULSE_COOKIE", folder.join("cookie"))
            .env(WITHIN, folder)
            .env_remove("DISPLAY")
            .env_remove("PULSE_RUNTIME_PATH")
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("native")
}

/// Ends the server of this process at once, and starts another in its place, which ends with what is
/// returned.
pub(crate) fn kill_server(folder: &Path) {
    let pid = std::fs::read_to_string(folder.join("pid")).unwrap();
    let killed = Command::new("kill").args(["-KILL", &pid]).status().unwrap();
    assert!(killed.success());
    wait_until(|| !is_up(folder));
}

/// Starts a server again in the place of the one that was killed.
pub(crate) fn revive_server(folder: &Path) -> Running {
    drop(std::fs::remove_file(socket(folder)));
    let mut command = Command::new("pulseaudio");
    command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]);
    command.arg("--disable-shm=yes").arg("-F").arg(folder.join("script"));
    let server = Running::start(&mut command);
    wait_until(|| is_up(folder));
    server
}

/// Asks the server of this process to do something; its answer.
pub(crate) fn pactl(arguments: &str) -> String {
    let output = Command::new("pactl").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The number of the module that made a sink.
pub(crate) fn module_of(sink: &str) -> String {
    let modules = pactl("list short modules");
    let line = modules.lines().find(|line| line.contains(&format!("sink_name={sink} ")));
    line.unwrap().split('\t').next().unwrap().to_owned()
}

/// Plays raw 16-bit mono sound at 48 kHz to a sink, until it is dropped.
pub(crate) fn play(sink: &str, file: &Path) -> Running {
    let mut command = Command::new("pacat");
    command.args(["--playback", "--raw", "--format=s16le", "--rate=48000", "--channels=1"]);
    command.args(["--latency-msec=20", "--device", sink]).arg(file);
    Running::start(&mut command)
}

/// Records what goes through a source, with the moment at which it began.
pub(crate) struct Recording {
    child: Child,
    reader: Option<JoinHandle<(Vec<i16>, f64)>>,
}

impl Recording {
    /// Records from here on. Moments are seconds since `epoch`.
    pub(crate) fn start(source: &str, epoch: Instant) -> Self {
        let mut child = Command::new("parec")
            .args(["--raw", "--format=s16le", "--rate=48000", "--channels=1", "--latency-msec=5"])
            .args(["--device", source])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let (mut bytes, mut chunk, mut began) = (Vec::new(), [0; 960], f64::MAX);
            loop {
                let read = pipe.read(&mut chunk).unwrap_or(0);
                if read == 0 {
                    break;
                }
                bytes.extend_from_slice(&chunk[..read]);
                // The chunk that was the least late tells when the first sample was.
                let age = bytes.len() as f64 / 2.0 / 48_000.0;
                began = began.min(epoch.elapsed().as_secs_f64() - age);
            }
            let samples = bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]]));
            (samples.collect(), began)
        });
        Self { child, reader: Some(reader) }
    }

    /// All that was heard, and when its first sample was.
    pub(crate) fn finish(mut self) -> (Vec<i16>, f64) {
        self.end();
        self.reader.take().unwrap().join().unwrap()
    }

    fn end(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.end();
    }
}

fn is_up(folder: &Path) -> bool {
    let asked = Command::new("pactl")
        .arg("info")
        .env("PULSE_SERVER", format!("unix:{}", socket(folder).display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.unwrap().success()
}

/// Waits for something that has to happen.
pub(crate) fn wait_until(mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(60), "in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}
