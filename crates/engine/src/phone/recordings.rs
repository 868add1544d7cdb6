//! Names for the recordings of calls that are taken without anybody's act: they share one path, and
//! none may overwrite another's.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// How many recordings there have been by each path, since the phone began.
#[derive(Debug, Default)]
pub struct Recordings(BTreeMap<PathBuf, u32>);

impl Recordings {
    /// A file for the next call that is to be recorded into `path`: itself, then `call-2.wav`,
    /// `call-3.wav` and so on for `call.wav`.
    pub fn next(&mut self, path: &Path) -> PathBuf {
        let count = self.0.entry(path.to_owned()).or_default();
        *count = count.saturating_add(1);
        if *count == 1 { path.to_owned() } else { numbered(path, *count) }
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_is_numbered_on_its_own_before_its_extension() {
        let mut recordings = Recordings::default();
        let mut next = |path: &str| recordings.next(Path::new(path)).display().to_string();
        assert_eq!(next("a/call.wav"), "a/call.wav");
        assert_eq!(next("a/call.wav"), "a/call-2.wav");
        assert_eq!(next("b/call.tar.wav"), "b/call.tar.wav");
        assert_eq!(next("b/call.tar.wav"), "b/call.tar-2.wav");
        assert_eq!(next("a/call.wav"), "a/call-3.wav");
        assert_eq!((next("call"), next("call")), ("call".into(), "call-2".into()));
    }
}
