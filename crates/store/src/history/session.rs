//! A process that writes the history. Its lock file tells others whether it lives.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::columns;
use super::row::{Call, State};
use super::{HistoryError, schema};
use crate::private;

/// This process's place in the history, held as long as its file is locked.
pub(super) struct Session {
    id: i64,
    lock: PathBuf,
    // Locked; the system lets go of it when the process dies, however it dies.
    _held: File,
}

/// What beginning a session found.
pub(super) struct Begun {
    pub(super) session: Session,
    pub(super) interrupted: Vec<Call>,
    /// What dead processes may have left without its end.
    pub(super) recordings: Vec<PathBuf>,
}

/// Recordings of calls that had ended when their process died, the last ones: a recording is closed
/// some moments after its call.
const LAST_RECORDINGS: i64 = 32;

impl Session {
    pub(super) fn id(&self) -> i64 {
        self.id
    }

    /// Everything is written. With no call left open nobody needs to look at the lock any more;
    /// otherwise the next process finds it free and marks what is open.
    pub(super) fn end(self, connection: &Connection) {
        let ended = connection.execute(
            "UPDATE session SET ended = 1 WHERE id = ?1 AND NOT EXISTS
                 (SELECT 1 FROM call WHERE session = ?1 AND state IN ('ringing', 'answered'))",
            [self.id],
        );
        if ended == Ok(1) {
            // A file that stays is taken away by the next process.
            let _ = fs::remove_file(&self.lock);
        }
    }
}

/// Takes a place and marks what dead processes left open. One transaction under SQLite's write
/// lock, so that two processes that start together do not take each other for dead.
pub(super) fn begin(connection: &mut Connection, path: &Path) -> Result<Begun, HistoryError> {
    schema::migrate(connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut interrupted = Vec::new();
    let mut recordings = Vec::new();
    let mut dead = Vec::new();
    for id in unended(&transaction)? {
        let lock = lock_path(path, id);
        if is_alive(&lock)? {
            continue;
        }
        recordings.extend(last_recordings(&transaction, id)?);
        interrupted.extend(interrupt(&transaction, id)?);
        dead.push(lock);
    }
    transaction.execute("INSERT INTO session DEFAULT VALUES", [])?;
    let id = transaction.last_insert_rowid();
    let lock = lock_path(path, id);
    let held = private::open_or_create(&lock).map_err(|why| locked(&lock, why))?;
    held.try_lock().map_err(|why| locked(&lock, why.into()))?;
    transaction.commit()?;
    for lock in dead {
        // Only litter: the session is marked as ended.
        let _ = fs::remove_file(lock);
    }
    recordings.extend(interrupted.iter().filter_map(|call| call.recording.clone()));
    recordings.sort();
    recordings.dedup();
    Ok(Begun { session: Session { id, lock, _held: held }, interrupted, recordings })
}

fn last_recordings(
    transaction: &Transaction<'_>,
    session: i64,
) -> Result<Vec<PathBuf>, rusqlite::Error> {
    let last = columns::select(
        transaction,
        "session = ? AND recording IS NOT NULL ORDER BY seq DESC LIMIT ?",
        &[session.into(), LAST_RECORDINGS.into()],
    )?;
    Ok(last.into_iter().filter_map(|stored| stored.call.recording).collect())
}

fn unended(transaction: &Transaction<'_>) -> Result<Vec<i64>, rusqlite::Error> {
    let mut select = transaction.prepare("SELECT id FROM session WHERE ended = 0")?;
    select.query_map([], |row| row.get(0))?.collect()
}

fn interrupt(transaction: &Transaction<'_>, session: i64) -> Result<Vec<Call>, HistoryError> {
    let mut open = columns::select(
        transaction,
        "session = ? AND state IN ('ringing', 'answered') ORDER BY seq",
        &[session.into()],
    )?;
    transaction.execute(
        "UPDATE call SET state = 'interrupted'
         WHERE session = ? AND state IN ('ringing', 'answered')",
        [session],
    )?;
    transaction.execute("UPDATE session SET ended = 1 WHERE id = ?", [session])?;
    Ok(open.drain(..).map(|stored| Call { state: State::Interrupted, ..stored.call }).collect())
}

fn is_alive(lock: &Path) -> Result<bool, HistoryError> {
    let file = match OpenOptions::new().read(true).write(true).open(lock) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(why) => return Err(locked(lock, why)),
    };
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(why)) => Err(locked(lock, why)),
    }
}

fn locked(path: &Path, why: io::Error) -> HistoryError {
    HistoryError::Lock { path: path.into(), why }
}

fn lock_path(database: &Path, session: i64) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(format!("-session-{session}"));
    path.into()
}
