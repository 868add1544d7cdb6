//! The command line as a user runs it.

use std::{ffi::OsStr, path::Path, process::Command, time::Duration};

use serde_json::Value;
use tempfile::TempDir;

use super::{Running, milliwatt_binary};

/// One user's `milliwatt`: folders of its own, no other environment that it reads.
pub(crate) struct Milliwatt {
    folder: TempDir,
    password: Option<String>,
}

/// How a run ended.
pub(crate) struct Output {
    /// Exit code.
    pub(crate) code: i32,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it told a person.
    pub(crate) stderr: String,
}

impl Output {
    /// The one JSON object on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}:\n{}\n{}", self.stdout, self.stderr))
    }

    /// Fails with everything that was said unless the run ended with this code.
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

impl Milliwatt {
    /// A user without a password.
    pub(crate) fn new() -> Self {
        // Built before any peer's time limit begins to run.
        milliwatt_binary();
        Self { folder: tempfile::tempdir().unwrap(), password: None }
    }

    /// A user with a password in the environment.
    pub(crate) fn with_password(password: &str) -> Self {
        Self { password: Some(password.to_owned()), ..Self::new() }
    }

    /// A folder that lives as long as this user.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The command with its arguments, to be changed further.
    pub(crate) fn command<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new(milliwatt_binary());
        self.complete(&mut command);
        command.args(arguments);
        command
    }

    /// The command inside a network namespace.
    pub(crate) fn command_in<S: AsRef<OsStr>>(
        &self,
        namespace: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).arg(milliwatt_binary());
        self.complete(&mut command);
        command.args(arguments);
        command
    }

    /// The command as typed at a terminal; its keyboard is the stdin of the returned command.
    pub(crate) fn at_terminal(&self, line: &str) -> Command {
        let mut command = Command::new("script");
        let line = format!("{} {line}", milliwatt_binary().display());
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        self.complete(&mut command);
        command
    }

    /// Runs a line of arguments, split at spaces, to its end.
    pub(crate) fn run(&self, line: &str) -> Output {
        finish(Running::start(&mut self.command(line.split_whitespace())))
    }

    /// Starts a line of arguments, split at spaces.
    pub(crate) fn start(&self, line: &str) -> Running {
        Running::start(&mut self.command(line.split_whitespace()))
    }

    fn complete(&self, command: &mut Command) {
        command
            .env("MILLIWATT_CONFIG_DIR", self.folder.path().join("config"))
            .env("MILLIWATT_DATA_DIR", self.folder.path().join("data"))
            .env_remove("MILLIWATT_PASSWORD");
        if let Some(password) = &self.password {
            command.env("MILLIWATT_PASSWORD", password);
        }
    }
}

/// Waits for the end of a started run.
pub(crate) fn finish(mut running: Running) -> Output {
    let status = running.finish(Duration::from_secs(120));
    Output { code: status.code().unwrap_or(-1), stdout: running.stdout(), stderr: running.stderr() }
}
