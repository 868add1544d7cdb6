//! A child process that ends with the test that started it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A running program; its output is in files of its own. Dropping it ends it, by its process id.
pub(crate) struct Running {
    child: Child,
    folder: TempDir,
    name: String,
}

impl Running {
    /// Starts a program; its output goes to files.
    pub(crate) fn start(command: &mut Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let out = File::create(folder.path().join("stdout")).unwrap();
        let err = File::create(folder.path().join("stderr")).unwrap();
        let name = format!("{command:?}");
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        Self { child: child.unwrap_or_else(|e| panic!("{name}: {e}")), folder, name }
    }

    /// What it has printed so far.
    pub(crate) fn stdout(&self) -> String {
        read(&self.folder.path().join("stdout"))
    }

    /// What it has complained of so far.
    pub(crate) fn stderr(&self) -> String {
        read(&self.folder.path().join("stderr"))
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until stdout or stderr holds a text.
    pub(crate) fn wait_for(&mut self, text: &str, limit: Duration) {
        self.wait_for_times(1, text, limit);
    }

    /// Waits until stdout and stderr hold a text so many times.
    pub(crate) fn wait_for_times(&mut self, times: usize, text: &str, limit: Duration) {
        let start = Instant::now();
        while (self.stdout() + &self.stderr()).matches(text).count() < times {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("{} ended with {status} before '{text}':\n{}", self.name, self.told());
            }
            assert!(start.elapsed() < limit, "{}: no '{text}':\n{}", self.name, self.told());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until somebody in its network namespace has this port of 127.0.0.1.
    #[cfg(target_os = "linux")]
    pub(crate) fn wait_until_bound(&self, port: u16) {
        let start = Instant::now();
        let place = format!(" 0100007F:{port:04X} ");
        let tables = ["udp", "tcp"].map(|name| format!("/proc/{}/net/{name}", self.id()));
        while !tables.iter().any(|t| fs::read_to_string(t).unwrap_or_default().contains(&place)) {
            let limit = Duration::from_secs(20);
            assert!(start.elapsed() < limit, "{}: no port {port}:\n{}", self.name, self.told());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end.
    pub(crate) fn finish(&mut self, limit: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < limit, "{} runs on:\n{}", self.name, self.told());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it: asked, as by Ctrl-C, where there are signals.
    pub(crate) fn end(&mut self, limit: Duration) -> ExitStatus {
        #[cfg(unix)]
        self.interrupt();
        #[cfg(not(unix))]
        self.child.kill().unwrap();
        self.finish(limit)
    }

    /// Asks it to end, as Ctrl-C does.
    #[cfg(unix)]
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    /// Sends it a signal by name.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.id().to_string()).status();
        assert!(sent.unwrap().success());
    }

    fn told(&self) -> String {
        format!("stdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(PathBuf::from(path)).unwrap_or_default()).into_owned()
}
