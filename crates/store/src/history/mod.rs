//! The history: every call and every second of its sound, in SQLite.
//!
//! A call's row is changed in memory and written by one thread, many rows in one commit, so that
//! nothing here stalls a call: [`History::begin`] alone waits for its row, [`ROW_WAIT`] at most.
//! When the disk is full, rows stay in memory, are found by queries all the same, and are written
//! as soon as there is room. A row that its process left open (it was killed) is marked
//! interrupted by the next process that opens the history.
//!
//! ```text
//!   begin/update/end/second -> live rows (memory) -> writer thread -> SQLite (WAL, one commit)
//!                                    |                                   |
//!                                    +------------- find <---------------+
//! ```

mod columns;
mod filter;
mod live;
mod query;
mod row;
mod schema;
mod session;
mod story;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;

use self::live::{Batch, Shared};

pub use self::filter::Filter;
pub use self::row::{Call, CallKey, ELSEWHERE, Outcome, POOR_MOS, Second, Side, State, Way};
pub use self::story::{Message, Story};

/// How long an INVITE waits for its row.
pub const ROW_WAIT: Duration = Duration::from_millis(100);

/// Where a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// On disk: it survives whatever happens to this process.
    OnDisk,
    /// In memory: it is written later, and lost if the process dies before.
    InMemory {
        /// A sentence for the user.
        warning: String,
    },
}

/// How the writing goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Rows that wait to be written.
    pub unsaved: usize,
    /// Why they wait, a sentence for the user; `None` when all is well.
    pub trouble: Option<String>,
    /// Rows, seconds and stories given up because too many waited (20 000 rows, 100 000 seconds, 64
    /// stories).
    pub lost: u64,
}

/// The history of one user. Clones share it; the last one dropped writes what waits.
#[derive(Clone)]
pub struct History {
    shared: Arc<Shared>,
    reader: Arc<Mutex<Connection>>,
    _writer: Arc<writer::Writer>,
}

impl History {
    /// Opens the database, creating it (0600) and its folder (0700) when missing, and marks what
    /// dead processes left open as interrupted. Several processes may have it open at once. A full
    /// disk is no error: see [`health`](Self::health).
    ///
    /// # Errors
    /// [`HistoryError`] when the file is no history, comes from a newer version, or cannot be
    /// opened at all; it is left as it was.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let failed = |why| HistoryError::Open { path: path.into(), why };
        if let Some(folder) = path.parent() {
            crate::private::create_folder(folder).map_err(failed)?;
        }
        drop(crate::private::open_or_create(path).map_err(failed)?);
        let mut connection = schema::connect(path)?;
        let opened = session::begin(&mut connection, path);
        let shared = Arc::new(Shared::default());
        let session = match opened {
            Ok(begun) => Some(shared.begun(begun)),
            Err(error) if error.passes() => {
                shared.failed(Batch::default(), writer::describe(&error));
                None
            }
            Err(error) => return Err(error.of(path)),
        };
        let reader = schema::connect_reader(path)?;
        let writer = writer::Writer::start(connection, path, session, Arc::clone(&shared))
            .map_err(failed)?;
        Ok(Self { shared, reader: Arc::new(Mutex::new(reader)), _writer: Arc::new(writer) })
    }

    /// The calls that were found open and marked as interrupted. Known when the history is open,
    /// unless the disk was full or busy then.
    pub fn interrupted(&self) -> Vec<Call> {
        self.shared.interrupted()
    }

    /// The recordings that dead processes may not have closed: those of interrupted calls, and of
    /// calls that ended shortly before.
    pub(crate) fn torn_recordings(&self) -> Vec<PathBuf> {
        self.shared.recordings()
    }

    /// Enters a call and waits until its row is on disk, [`ROW_WAIT`] at most. Called before the
    /// INVITE leaves, or when one came in.
    pub fn begin(&self, call: Call) -> (CallKey, Kept) {
        let (tell, told) = mpsc::sync_channel(1);
        let key = self.begin_then(call, move |kept| {
            // Nobody listens any more when the row came too late.
            let _ = tell.send(kept);
        });
        let kept = told.recv_timeout(ROW_WAIT).unwrap_or_else(|_| Kept::InMemory {
            warning: self.health().trouble.unwrap_or_else(|| live::SLOW.into()),
        });
        (key, kept)
    }

    /// Enters a call without waiting. `told` is called once, from the writer thread, when the row
    /// is on disk or could not be written; it must not block. A caller that cannot wait either
    /// (an emergency call) ignores it, one with a loop of its own gives up after [`ROW_WAIT`].
    pub fn begin_then(&self, call: Call, told: impl FnOnce(Kept) + Send + 'static) -> CallKey {
        self.shared.begin(call, Box::new(told))
    }

    /// Changes a call's row; written within moments. `false` when the call has ended.
    pub fn update(&self, key: CallKey, change: impl FnOnce(&mut Call)) -> bool {
        self.shared.update(key, change, false)
    }

    /// Changes a call's row a last time and closes it. `false` when it was closed already.
    pub fn end(&self, key: CallKey, change: impl FnOnce(&mut Call)) -> bool {
        self.shared.update(key, change, true)
    }

    /// Adds the figures of a second of sound, `at_ms` after the answer; written within a second or
    /// two. `false` when the call has ended or too many seconds wait.
    pub fn second(&self, key: CallKey, at_ms: u64, figures: Value) -> bool {
        self.shared.second(key, Second { at_ms, figures })
    }

    /// Keeps what went over the wire in a call and what happened in it, beside the row of the last
    /// call of this process with that trunk and Call-ID, in place of what was kept for it before.
    /// Written with the rows. It keeps to its bounds ([`Story`]), those of the last 500 calls are
    /// there, and a call without a row keeps nothing.
    pub fn keep(&self, trunk: &str, call_id: &str, story: Story) {
        let (trunk, call_id) = (trunk.to_owned(), call_id.to_owned());
        self.shared.keep(story::Waiting { trunk, call_id, story: story.bounded() });
    }

    /// Waits until everything told so far is on disk, at most for the time given.
    pub fn flush(&self, patience: Duration) -> Kept {
        self.shared.flush(patience)
    }

    /// How the writing goes.
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Calls `told` from the writer thread whenever writing begins to fail or works again: one
    /// warning for each trouble, however many rows it holds up. Told at once, from here, when
    /// there is trouble already.
    pub fn watch(&self, told: impl FnMut(&Health) + Send + 'static) {
        self.shared.watch(Box::new(told));
    }

    /// The calls that pass a filter, newest first, those that wait in memory among them.
    ///
    /// # Errors
    /// [`HistoryError::Database`] when the database cannot be read.
    pub fn find(&self, filter: &Filter) -> Result<Vec<Call>, HistoryError> {
        let live = self.shared.snapshot();
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        query::find(&reader, filter, &live)
    }

    /// The seconds of a call as far as they are on disk, in order. The call comes from
    /// [`find`](Self::find).
    ///
    /// # Errors
    /// [`HistoryError::Database`] when the database cannot be read.
    pub fn seconds(&self, call: &Call) -> Result<Vec<Second>, HistoryError> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        query::seconds(&reader, call)
    }

    /// What was kept of a call beside its row, as far as it is on disk. The call comes from
    /// [`find`](Self::find).
    ///
    /// # Errors
    /// [`HistoryError::Database`] when the database cannot be read.
    pub fn story(&self, call: &Call) -> Result<Option<Story>, HistoryError> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        story::read(&reader, call)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").field("health", &self.health()).finish_non_exhaustive()
    }
}

/// Why the history cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// SQLite's own complaint.
    #[error("the call history: {0}")]
    Database(#[from] rusqlite::Error),
    /// The lock that tells a living process from a dead one cannot be had.
    #[error("the call history: cannot lock {}: {why}", path.display())]
    Lock {
        /// The lock's file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// Another version wrote it.
    #[error("the call history {} is of version {found}, this program knows {known}: update it, or set MILLIWATT_DATA_DIR to another folder", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// It is something else.
    #[error("{} is no call history, or is damaged: it was left as it is; move it away to begin a new one", path.display())]
    NotAHistory {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder cannot be made or opened.
    #[error("cannot open the call history {}: {why}", path.display())]
    Open {
        /// The database.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
}

impl HistoryError {
    /// The same, in words that name the file where it is damaged.
    fn of(self, path: &Path) -> Self {
        use rusqlite::ErrorCode;
        let code = if let Self::Database(why) = &self { why.sqlite_error_code() } else { None };
        match code {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::NotAHistory { path: path.into() }
            }
            Some(_) | None => self,
        }
    }

    /// Whether it may be gone in a while: the disk is full, the database is busy.
    pub(crate) fn passes(&self) -> bool {
        use rusqlite::ErrorCode;
        match self {
            Self::Database(rusqlite::Error::SqliteFailure(why, _)) => matches!(
                why.code,
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::OutOfMemory
                    | ErrorCode::SystemIoFailure
            ),
            Self::Lock { .. } => true,
            Self::Database(_)
            | Self::Newer { .. }
            | Self::NotAHistory { .. }
            | Self::Open { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests;
