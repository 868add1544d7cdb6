//! What tests have spent on trunks that bill: one line a call, on disk before the call is placed, so
//! that no crash and no restart renews a budget.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{atomic, private};

/// The ledger's file. Other processes may write to it at the same time.
#[derive(Clone, Debug)]
pub struct Ledger {
    path: PathBuf,
}

/// A call that is to be placed.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The name of its trunk.
    pub trunk: &'a str,
    /// The time of day.
    pub at: SystemTime,
    /// What it may take.
    pub time: Duration,
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

    /// Writes one call down if `allowed` by what was spent on its trunk since a time of day. It is
    /// on disk when this returns. No other process spends meanwhile: two that each see room for one
    /// more call cannot both place it.
    ///
    /// # Errors
    /// What `allowed` says, or that the call is not on disk.
    pub fn enter<E: From<LedgerError>>(
        &self,
        entry: Entry<'_>,
        since: SystemTime,
        allowed: impl FnOnce(Spending) -> Result<(), E>,
    ) -> Result<(), E> {
        let locked = self.lock().map_err(|why| self.broken(why))?;
        allowed(self.spent(entry.trunk, since)?)?;
        let Entry { trunk, at, time } = entry;
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let line = Line { at_ms: unix_ms(at), trunk: trunk.to_owned(), ms };
        self.append(&line, at).map_err(|why| self.broken(why))?;
        drop(locked);
        Ok(())
    }

    /// Waits until no other process is at it. The lock is a file of its own, since the ledger's is
    /// replaced when it is rid of what is old; it ends with the file that is given back.
    fn lock(&self) -> io::Result<fs::File> {
        if let Some(folder) = self.path.parent() {
            private::create_folder(folder)?;
        }
        let mut path = self.path.as_os_str().to_owned();
        path.push("-lock");
        let file = private::open_or_create(Path::new(&path))?;
        file.lock()?;
        Ok(file)
    }

    fn append(&self, line: &Line, now: SystemTime) -> io::Result<()> {
        self.forget_the_old(now)?;
        let mut file = private::open_to_append(&self.path)?;
        let end = file.seek(SeekFrom::End(0))?;
        // A line that a crash tore ends here.
        let mut text =
            if end == 0 || ends_a_line(&mut file)? { String::new() } else { "\n".into() };
        text.push_str(&serde_json::to_string(line)?);
        text.push('\n');
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

    fn enter(ledger: &Ledger, trunk: &str, at: SystemTime) -> Result<(), LedgerError> {
        ledger.enter(Entry { trunk, at, time: CALL }, at, |_| Ok(()))
    }

    #[test]
    fn what_was_spent_is_known_after_a_restart_and_by_trunk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/spending.jsonl");
        assert_eq!(Ledger::at(&path).spent("office", at(0)).unwrap(), Spending::default());
        for minute in 0..3 {
            enter(&Ledger::at(&path), "office", at(minute)).unwrap();
        }
        enter(&Ledger::at(&path), "home", at(3)).unwrap();
        let ledger = Ledger::at(&path);
        assert_eq!(ledger.spent("office", at(0)).unwrap(), spending(3));
        assert_eq!(ledger.spent("office", at(2)).unwrap(), spending(1));
        assert_eq!(ledger.spent("home", at(0)).unwrap(), spending(1));
    }

    #[test]
    fn a_torn_line_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(folder.path().join("spending.jsonl"));
        enter(&ledger, "office", at(0)).unwrap();
        let mut text = fs::read_to_string(&ledger.path).unwrap();
        text.push_str("{\"at_ms\":6000");
        fs::write(&ledger.path, text).unwrap();
        enter(&ledger, "office", at(1)).unwrap();
        assert_eq!(ledger.spent("office", at(0)).unwrap(), spending(2));
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(folder.path().join("spending.jsonl"));
        enter(&ledger, "office", at(0)).unwrap();
        let line = fs::read_to_string(&ledger.path).unwrap();
        let count = usize::try_from(LARGE).unwrap() / line.len() + 1;
        fs::write(&ledger.path, line.repeat(count)).unwrap();
        enter(&ledger, "office", at(2000)).unwrap();
        assert_eq!(ledger.spent("office", at(0)).unwrap(), spending(1));
    }

    #[derive(Debug)]
    enum Unpaid {
        Ledger,
        Spent,
    }

    impl From<LedgerError> for Unpaid {
        fn from(_: LedgerError) -> Self {
            Self::Ledger
        }
    }

    /// Each thread opens the files anew, as a process of its own does.
    #[test]
    fn those_who_spend_at_once_spend_no_more_than_is_allowed() {
        const ALLOWED: u32 = 20;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spending.jsonl");
        // Large, so that the old is forgotten while others write.
        enter(&Ledger::at(&path), "office", at(0)).unwrap();
        let line = fs::read_to_string(&path).unwrap();
        fs::write(&path, line.repeat(usize::try_from(LARGE).unwrap() / line.len() + 1)).unwrap();
        let spend = || {
            let entry = Entry { trunk: "office", at: at(2000), time: CALL };
            let enough = |spent: Spending| match spent.calls {
                ..ALLOWED => Ok(()),
                _ => Err(Unpaid::Spent),
            };
            let pay = || Ledger::at(&path).enter(entry, at(2000), enough);
            let paid: Vec<_> = (0..ALLOWED).map(|_| pay()).collect();
            assert!(!paid.iter().any(|paid| matches!(paid, Err(Unpaid::Ledger))), "{paid:?}");
            paid.iter().filter(|paid| paid.is_ok()).count()
        };
        let paid: usize = std::thread::scope(|threads| {
            let spenders: Vec<_> = (0..4).map(|_| threads.spawn(spend)).collect();
            spenders.into_iter().map(|spender| spender.join().unwrap()).sum()
        });
        assert_eq!(paid, usize::try_from(ALLOWED).unwrap());
        assert_eq!(Ledger::at(&path).spent("office", at(2000)).unwrap(), spending(ALLOWED));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(folder.path());
        let why = enter(&ledger, "office", at(0)).unwrap_err().to_string();
        assert!(why.contains(&folder.path().display().to_string()), "{why}");
        assert!(ledger.spent("office", at(0)).is_err());
    }
}
