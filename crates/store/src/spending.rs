//! What tests have spent on trunks that bill: one line a call, on disk before the call is placed, so
//! that no crash and no restart renews a budget.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{atomic, private};

/// The ledger's file. Other processes may write to it at the same time.
#[derive(Clone, Debug)]
pub struct Ledger {
    path: PathBuf,
}

/// Calls and the time that they are paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    /// Calls.
    pub calls: u32,
    /// Time of all of them.
    pub time: Duration,
}

/// The ledger cannot be used: a call that would not stand in it must not be placed.
#[derive(Debug, thiserror::Error)]
#[error(
    "what tests spend cannot be written down: {path}: {why}; check the disk and who owns the file"
)]
pub struct LedgerError {
    path: String,
    why: io::Error,
}

/// One call.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    at_ms: u64,
    trunk: String,
    ms: u64,
}

/// A file of this size is rid of what is old.
const LARGE: u64 = 256 << 10;
/// Nobody asks for more than this.
const OLD: Duration = Duration::from_secs(86_400);

impl Ledger {
    /// The ledger of that file, which is made with the first line.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// What was spent on a trunk since a time of day. A line that a crash tore counts nothing: its
    /// call was not placed.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn spent(&self, trunk: &str, since: SystemTime) -> Result<Spending, LedgerError> {
        let since = unix_ms(since);
        let counts = |line: &Line| line.trunk == trunk && line.at_ms >= since;
        let lines = self.text()?.lines().map(read).collect::<Vec<_>>();
        let lines = lines.iter().flatten().filter(|line| counts(line));
        Ok(lines.fold(Spending::default(), |sum, line| Spending {
            calls: sum.calls.saturating_add(1),
            time: sum.time.saturating_add(Duration::from_millis(line.ms)),
        }))
    }

    /// Writes one call down. It is on disk when this returns.
    ///
    /// # Errors
    /// When it is not.
    pub fn enter(&self, trunk: &str, at: SystemTime, time: Duration) -> Result<(), LedgerError> {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let line = Line { at_ms: unix_ms(at), trunk: trunk.to_owned(), ms };
        self.append(&line, at).map_err(|why| self.broken(why))
    }

    fn append(&self, line: &Line, now: SystemTime) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            private::create_folder(folder)?;
        }
        self.forget_the_old(now)?;
        let mut file = private::open_or_create(&self.path)?;
        let end = file.seek(SeekFrom::End(0))?;
        // A line that a crash tore ends here.
        let mut text =
            if end == 0 || ends_a_line(&mut file)? { String::new() } else { "\n".into() };
        text.push_str(&serde_json::to_string(line)?);
        text.push('\n');
        file.seek(SeekFrom::End(0))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    fn forget_the_old(&self, now: SystemTime) -> io::Result<()> {
        if fs::metadata(&self.path).map_or(0, |metadata| metadata.len()) < LARGE {
            return Ok(());
        }
        let since = unix_ms(now).saturating_sub(u64::try_from(OLD.as_millis()).unwrap_or(u64::MAX));
        let text = fs::read_to_string(&self.path)?;
        let young = text.lines().filter(|line| read(line).is_some_and(|line| line.at_ms >= since));
        let kept: String = young.flat_map(|line| [line, "\n"]).collect();
        atomic::replace(&self.path, &kept)
    }

    fn text(&self) -> Result<String, LedgerError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(text),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(why) => Err(self.broken(why)),
        }
    }

    fn broken(&self, why: io::Error) -> LedgerError {
        LedgerError { path: self.path.display().to_string(), why }
    }
}

fn read(line: &str) -> Option<Line> {
    serde_json::from_str(line).ok()
}

fn ends_a_line(file: &mut fs::File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn unix_ms(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Duration = Duration::from_secs(15);

    fn at(minute: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(60 * (1_000_000 + minute))
    }

    fn spending(calls: u32) -> Spending {
        Spending { calls, time: CALL * calls }
    }

    #[test]
    fn what_was_spent_is_known_after_a_restart_and_by_trunk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/spending.jsonl");
        assert_eq!(Ledger::at(&path).spent("office", at(0)).unwrap(), Spending::default());
        for minute in 0..3 {
            Ledger::at(&path).enter("office", at(minute), CALL).unwrap();
        }
        Ledger::at(&path).enter("home", at(3), CALL).unwrap();
        let ledger = Ledger::at(&path);
        assert_eq!(ledger.spent("office", at(0)).unwrap(), spending(3));
        assert_eq!(ledger.spent("office", at(2)).unwrap(), spending(1));
        assert_eq!(ledger.spent("home", at(0)).unwrap(), spending(1));
    }

    #[test]
    fn a_torn_line_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(folder.path().join("spending.jsonl"));
        ledger.enter("office", at(0), CALL).unwrap();
        let mut text = fs::read_to_string(&ledger.path).unwrap();
        text.push_str("{\"at_ms\":6000");
        fs::write(&ledger.path, text).unwrap();
        ledger.enter("office", at(1), CALL).unwrap();
        assert_eq!(ledger.spent("office", at(0)).unwrap(), spending(2));
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(folder.path().join("spending.jsonl"));
        ledger.enter("office", at(0), CALL).unwrap();
        let line = fs::read_to_string(&ledger.path).unwrap();
        let count = usize::try_from(LARGE).unwrap() / line.len() + 1;
        fs::write(&ledger.path, line.repeat(count)).unwrap();
        ledger.enter("office", at(2000), CALL).unwrap();
        assert_eq!(ledger.spent("office", at(0)).unwrap(), spending(1));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(folder.path());
        let why = ledger.enter("office", at(0), CALL).unwrap_err().to_string();
        assert!(why.contains(&folder.path().display().to_string()), "{why}");
        assert!(ledger.spent("office", at(0)).is_err());
    }
}
