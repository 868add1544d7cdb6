//! stdout carries results only; everything else goes to stderr.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::Path,
};

use crate::exit::Failure;

/// Tells a person what goes on.
pub(crate) fn note(text: impl AsRef<str>) {
    // A stderr that is closed or full is no reason to end a call.
    drop(writeln!(io::stderr(), "{}", shown(text.as_ref())));
}

/// Tells a person what went wrong and what to do.
pub(crate) fn complain(text: impl AsRef<str>) {
    note(format!("milliwatt: {}", text.as_ref()));
}

/// Prints a result for a person.
pub(crate) fn say(text: impl AsRef<str>) {
    // A reader that has gone away (`| head`) is no reason to panic.
    drop(print(text.as_ref().trim_end()));
}

/// Prints one line on stdout at once. A reader that has gone away is no error.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// True when a person watches the progress.
pub(crate) fn watched() -> bool {
    io::stderr().is_terminal()
}

/// True when a person reads the results on the same screen.
pub(crate) fn read() -> bool {
    io::stdout().is_terminal()
}

/// Writes a whole file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|e| Failure::could_not_run(unwritable(path, &e)))
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
        Err(e) => Err(Failure::usage(unwritable(path, &e))),
    }
}

/// What is told of a file that cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}

/// Wire text is shown as text: control, direction and zero-width characters as marks.
pub(crate) fn shown(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// The contract has null for what is not known, the engine an empty text.
pub(crate) fn null_where_empty(object: &mut serde_json::Value, names: &[&str]) {
    for name in names {
        if object[name] == "" {
            object[name] = serde_json::Value::Null;
        }
    }
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
