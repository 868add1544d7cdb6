//! stdout carries results only; everything else goes to stderr.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the one place that prints")]

use std::{
    fs,
    io::{IsTerminal, Write},
    path::Path,
};

use serde_json::Value;

use crate::exit::Failure;

/// Tells a person what goes on.
pub(crate) fn note(text: impl AsRef<str>) {
    eprintln!("{}", shown(text.as_ref()));
}

/// Tells a person what went wrong and what to do.
pub(crate) fn complain(text: impl AsRef<str>) {
    eprintln!("milliwatt: {}", shown(text.as_ref()));
}

/// Prints a result for a person.
pub(crate) fn say(text: impl AsRef<str>) {
    // A reader that has gone away (`| head`) is no reason to panic.
    drop(writeln!(std::io::stdout(), "{}", text.as_ref().trim_end()));
}

/// True when a person watches the progress.
pub(crate) fn watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Where `--json` and `--jsonl` write: a file, or stdout for `-`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sinks {
    /// One object at the end.
    pub(crate) json: Option<String>,
    /// One object a line as things happen.
    pub(crate) jsonl: Option<String>,
}

impl Sinks {
    /// Looks whether the files can be written, before anything is sent.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        for path in [&self.json, &self.jsonl].into_iter().flatten().filter(|p| *p != "-") {
            writable(Path::new(path))?;
        }
        if self.json.as_deref() == Some("-") && self.jsonl.as_deref() == Some("-") {
            return Err(Failure::usage("--json - and --jsonl - cannot share stdout"));
        }
        Ok(())
    }

    /// True when stdout belongs to a program, not to a person.
    pub(crate) fn own_stdout(&self) -> bool {
        [&self.json, &self.jsonl].into_iter().flatten().any(|p| p == "-")
    }

    /// Writes a line as something happens.
    pub(crate) fn line(&self, value: &Value) -> Result<(), Failure> {
        match self.jsonl.as_deref() {
            None => Ok(()),
            Some("-") => {
                let mut out = std::io::stdout();
                drop(writeln!(out, "{value}").and_then(|()| out.flush()));
                Ok(())
            }
            Some(path) => append(Path::new(path), &format!("{value}\n")),
        }
    }

    /// Writes the object at the end.
    pub(crate) fn object(&self, value: &Value) -> Result<(), Failure> {
        match self.json.as_deref() {
            None => Ok(()),
            Some("-") => {
                say(value.to_string());
                Ok(())
            }
            Some(path) => write(Path::new(path), format!("{value:#}\n").as_bytes()),
        }
    }
}

/// Writes a whole file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes)
        .map_err(|e| Failure::could_not_run(format!("{} cannot be written: {e}", path.display())))
}

fn append(path: &Path, text: &str) -> Result<(), Failure> {
    fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|e| Failure::could_not_run(format!("{} cannot be written: {e}", path.display())))
}

/// Looks whether a file can be made, without leaving one behind that was not there.
pub(crate) fn writable(path: &Path) -> Result<(), Failure> {
    let was_there = path.exists();
    let opened = fs::OpenOptions::new().append(true).create(true).open(path);
    match opened {
        Ok(_) if was_there => Ok(()),
        Ok(_) => {
            drop(fs::remove_file(path));
            Ok(())
        }
        Err(e) => Err(Failure::usage(format!("{} cannot be written: {e}", path.display()))),
    }
}

/// Wire text is shown as text: control, direction and zero-width characters as marks.
pub(crate) fn shown(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_text_cannot_move_the_cursor() {
        assert_eq!(shown("a\u{1b}[2Jb\rc\u{202e}d\ne"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\ne");
    }

    #[test]
    fn a_look_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new");
        writable(&file).unwrap();
        assert!(!file.exists());
        assert!(writable(&folder.path().join("no/such/folder")).is_err());
    }
}
