//! The one thread that writes, many rows in one commit.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::live::{Batch, Next, Shared};
use super::session::Session;
use super::{HistoryError, columns, session, story};

/// How long seconds of sound are gathered before they are written together.
const GATHER: Duration = Duration::from_secs(1);
/// After how long rows that could not be written are tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How long the last owner of the history waits for the last rows.
const FAREWELL: Duration = Duration::from_secs(2);

/// Owner of the writer thread.
pub(super) struct Writer {
    shared: Arc<Shared>,
    stopped: std::sync::Mutex<mpsc::Receiver<()>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        path: &Path,
        session: Option<Session>,
        shared: Arc<Shared>,
    ) -> io::Result<Self> {
        let (stopping, stopped) = mpsc::channel();
        let mut desk = Desk { connection, path: path.into(), session };
        let seen = Arc::clone(&shared);
        thread::Builder::new().name("history".into()).spawn(move || {
            desk.work(&seen);
            // Who waits for the end finds the database closed.
            drop(desk);
            drop(stopping);
        })?;
        Ok(Self { shared, stopped: std::sync::Mutex::new(stopped) })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.close();
        let stopped = self.stopped.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Either it has stopped (its end of the channel is gone) or the disk hangs.
        let _ = stopped.recv_timeout(FAREWELL);
    }
}

struct Desk {
    connection: Connection,
    path: PathBuf,
    session: Option<Session>,
}

impl Desk {
    fn work(&mut self, shared: &Shared) {
        let mut retry = None;
        loop {
            let mut work = match shared.next(GATHER, retry) {
                Next::Stop => break,
                Next::Write(work) => work,
            };
            match self.write(&mut work, shared) {
                Ok(()) => {
                    retry = None;
                    shared.wrote(work);
                }
                Err(error) => {
                    retry = Some(RETRY);
                    if shared.failed(work, describe(&error)) {
                        return;
                    }
                }
            }
        }
        if let Some(session) = self.session.take() {
            session.end(&self.connection);
        }
    }

    /// Writes all rows and stories in one commit, or none.
    fn write(&mut self, work: &mut Batch, shared: &Shared) -> Result<(), HistoryError> {
        let session = match &self.session {
            Some(session) => session.id(),
            None => {
                let begun = session::begin(&mut self.connection, &self.path)?;
                self.session.insert(shared.begun(begun)).id()
            }
        };
        if work.is_empty() {
            return Ok(());
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO second (call, at_ms, figures) VALUES (?, ?, ?)",
            )?;
            for row in &mut work.rows {
                let id = columns::upsert(&transaction, session, row.seq, &row.call)?;
                for second in &row.seconds {
                    let figures = second.figures.to_string();
                    insert.execute((id, second.at_ms.cast_signed(), figures))?;
                }
                row.id = Some(id);
            }
        }
        for waiting in &work.stories {
            story::write(&transaction, session, waiting)?;
        }
        Ok(transaction.commit()?)
    }
}

/// One sentence for the user.
pub(super) fn describe(error: &HistoryError) -> String {
    let code = if let HistoryError::Database(why) = error { why.sqlite_error_code() } else { None };
    let cause = match code {
        // A file size limit shows as an I/O failure.
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
            "the disk is full or failing".to_owned()
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program holds it".to_owned()
        }
        _ => error.to_string(),
    };
    format!(
        "the call history cannot be written ({cause}): calls go on, their records are kept in \
         memory and written as soon as it works again"
    )
}
