//! Where results go: one object for `--json`, lines for `--jsonl`, text for a person. A result that
//! cannot be written ends no call: it is told once, and the exit code says so.

use std::{
    cell::{Cell, RefCell},
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use serde_json::{Value, json};

use crate::{
    exit::{Exit, Failure},
    output,
};

/// Stands for stdout.
const STDOUT: &str = "-";

/// The results of a verb.
#[derive(Debug, Default)]
pub(crate) struct Results {
    json: Option<String>,
    jsonl: Option<String>,
    /// The file of `jsonl`, open since its first line.
    lines: RefCell<Option<File>>,
    /// The one object is written.
    done: Cell<bool>,
    /// A line was lost, and the user told.
    line_lost: Cell<bool>,
    /// Some result could not be written.
    lost: Cell<bool>,
}

impl Results {
    /// Results for `--json` and `--jsonl`: a file each, or stdout for `-`.
    pub(crate) fn new(json: Option<String>, jsonl: Option<String>) -> Self {
        Self { json, jsonl, ..Self::default() }
    }

    /// Looks whether everything can be written, before anything is sent. What cannot be is let go.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        if self.jsonl.is_some() && self.json == self.jsonl {
            let shared = self.jsonl.take().unwrap_or_default();
            let place = if shared == STDOUT { "stdout" } else { &shared };
            return Err(Failure::usage(format!("--json and --jsonl cannot share {place}")));
        }
        for sink in [&mut self.json, &mut self.jsonl] {
            let file = sink.as_deref().filter(|path| *path != STDOUT);
            if let Some(failure) = file.and_then(|path| output::writable(Path::new(path)).err()) {
                *sink = None;
                return Err(failure);
            }
        }
        // Lines of an earlier run are not of this one. A pipe or a device has nothing to empty.
        let lines = self.jsonl.as_deref().filter(|path| *path != STDOUT).map(Path::new);
        if let Some(path) = lines.filter(|path| path.is_file()) {
            File::create(path).map_err(|e| Failure::usage(output::unwritable(path, &e)))?;
        }
        Ok(())
    }

    /// Prints a result for a person, unless stdout belongs to a program.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        if ![&self.json, &self.jsonl].into_iter().flatten().any(|path| path == STDOUT) {
            output::say(text);
        }
    }

    /// Writes a line as something happens.
    pub(crate) fn line(&self, value: &Value) {
        let Some(path) = self.jsonl.as_deref() else { return };
        let written = if path == STDOUT {
            output::print(&value.to_string())
        } else {
            self.append(Path::new(path), &format!("{value}\n"))
        };
        if let Err(error) = written {
            self.lost.set(true);
            if !self.line_lost.replace(true) {
                output::complain(output::unwritable(Path::new(path), &error));
            }
        }
    }

    /// A line that does not fit is taken back, so that all that is in the file can be read.
    fn append(&self, path: &Path, line: &str) -> io::Result<()> {
        let mut lines = self.lines.borrow_mut();
        let file = match lines.take() {
            Some(file) => file,
            None => OpenOptions::new().append(true).create(true).open(path)?,
        };
        let file = lines.insert(file);
        let before = file.metadata()?;
        let written = file.write_all(line.as_bytes());
        if written.is_err() && before.is_file() {
            file.set_len(before.len())?;
        }
        written
    }

    /// Writes the object at the end.
    pub(crate) fn object(&self, value: &Value) {
        self.done.set(true);
        let Some(path) = self.json.as_deref() else { return };
        self.keep(if path == STDOUT {
            output::print(&value.to_string())
                .map_err(|e| Failure::could_not_run(output::unwritable(Path::new(path), &e)))
        } else {
            output::write(Path::new(path), format!("{value:#}\n").as_bytes())
        });
    }

    /// Notes that a result was written, or tells why it was not.
    pub(crate) fn keep(&self, written: Result<(), Failure>) {
        if let Err(failure) = written {
            self.lost.set(true);
            failure.tell();
        }
    }

    /// Tells how the verb ended to those who have not heard of it yet.
    pub(crate) fn close(&self, ended: Result<Exit, Failure>) -> Exit {
        let exit = ended.unwrap_or_else(|failure| {
            failure.tell();
            if !self.done.get() {
                let object = failure.object();
                self.line(&object);
                self.object(&object);
            }
            failure.exit
        });
        if self.lost.get() { exit.worst(Exit::CouldNotRun) } else { exit }
    }
}

/// How a verb that could not do its work is told to programs.
pub(crate) fn error(exit: Exit, why: &str) -> Value {
    json!({ "version": 1, "event": "error", "exit": exit.code(), "why": why })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &Path) -> Option<String> {
        Some(path.display().to_string())
    }

    #[test]
    fn a_failure_is_the_one_object_unless_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("result");
        let read = || std::fs::read_to_string(&file).unwrap();
        let results = Results::new(at(&file), None);
        let end = results.close(Err(Failure::guard("no")));
        assert_eq!((end, read().contains("\"error\"")), (Exit::Guard, true));
        let results = Results::new(at(&file), None);
        results.object(&json!({ "event": "call" }));
        results.close(Err(Failure::guard("no")));
        assert!(read().contains("\"call\""));
    }

    #[test]
    fn what_is_lost_shows_in_the_exit_code() {
        let folder = tempfile::tempdir().unwrap();
        let results = Results::new(None, at(folder.path()));
        results.line(&json!({}));
        assert_eq!(results.close(Ok(Exit::Good)), Exit::CouldNotRun);
    }

    #[test]
    fn lines_of_an_earlier_run_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lines");
        for run in 1..=2 {
            let mut results = Results::new(None, at(&file));
            results.check().unwrap();
            results.line(&json!({ "run": run }));
            results.line(&json!({ "run": run }));
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"run\":2}\n{\"run\":2}\n");
    }

    #[test]
    fn one_place_takes_one_of_them() {
        let mut results = Results::new(Some("-".into()), Some("-".into()));
        assert!(results.check().is_err());
    }
}
