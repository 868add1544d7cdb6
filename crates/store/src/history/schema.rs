//! The database: how it is opened and how older ones are brought up to date.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::HistoryError;

/// Each step takes the database one version up; `PRAGMA user_version` counts them. A step that was
/// ever released is not changed any more.
const STEPS: [&str; 4] = [
    "CREATE TABLE session (id INTEGER PRIMARY KEY AUTOINCREMENT, ended INTEGER NOT NULL DEFAULT 0);
     CREATE TABLE call (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         session INTEGER NOT NULL REFERENCES session(id),
         seq INTEGER NOT NULL,
         started_at INTEGER NOT NULL,
         answered_at INTEGER,
         ended_at INTEGER,
         trunk TEXT NOT NULL,
         way TEXT NOT NULL,
         from_ TEXT NOT NULL,
         to_ TEXT NOT NULL,
         did TEXT NOT NULL,
         call_id TEXT NOT NULL,
         state TEXT NOT NULL,
         outcome TEXT,
         code INTEGER,
         reason TEXT,
         cause INTEGER,
         timing TEXT NOT NULL,
         codec TEXT,
         remote TEXT,
         secure TEXT,
         media TEXT NOT NULL,
         hangup_by TEXT,
         advice TEXT,
         recording TEXT,
         text TEXT NOT NULL,
         UNIQUE (session, seq));
     CREATE INDEX call_started_at ON call(started_at);
     CREATE INDEX call_open ON call(session) WHERE state IN ('ringing', 'answered');",
    "CREATE TABLE second (
         call INTEGER NOT NULL REFERENCES call(id) ON DELETE CASCADE,
         at_ms INTEGER NOT NULL,
         figures TEXT NOT NULL,
         PRIMARY KEY (call, at_ms)) WITHOUT ROWID;",
    "ALTER TABLE call ADD COLUMN findings TEXT NOT NULL DEFAULT 'null';",
    "CREATE TABLE story (
         call INTEGER PRIMARY KEY REFERENCES call(id) ON DELETE CASCADE,
         messages TEXT NOT NULL,
         cut INTEGER NOT NULL,
         markers TEXT NOT NULL);",
];

/// The version that this program writes.
const VERSION: u32 = STEPS.len() as u32;

/// Longer than another process's commit takes, shorter than anyone waits.
const BUSY: Duration = Duration::from_millis(500);

/// The writer's connection; nothing is written yet.
pub(super) fn connect(path: &Path) -> Result<Connection, HistoryError> {
    let (connection, version) =
        configure(path).map_err(|error| HistoryError::from(error).of(path))?;
    if version > VERSION {
        return Err(HistoryError::Newer { path: path.into(), found: version, known: VERSION });
    }
    Ok(connection)
}

fn configure(path: &Path) -> Result<(Connection, u32), rusqlite::Error> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    // FULL: with NORMAL a power cut could take back a row that an INVITE waited for.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let version = version(&connection)?;
    Ok((connection, version))
}

/// A connection that cannot write.
pub(super) fn connect_reader(path: &Path) -> Result<Connection, HistoryError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Brings the tables up to date, each step whole or not at all.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), HistoryError> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Immediate, so that of two processes that start together one waits for the other.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = version(&transaction)?;
    for step in STEPS.iter().skip(done as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

/// 0: no tables yet.
pub(super) fn version(connection: &Connection) -> Result<u32, rusqlite::Error> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_leads_from_the_version_before() {
        for from in 0..=STEPS.len() {
            let mut connection = Connection::open_in_memory().unwrap();
            for step in STEPS.iter().take(from) {
                connection.execute_batch(step).unwrap();
            }
            connection.pragma_update(None, "user_version", from as u32).unwrap();
            migrate(&mut connection).unwrap();
            assert_eq!(version(&connection).unwrap(), VERSION);
            connection.prepare("SELECT figures FROM second").unwrap();
            connection.prepare("SELECT text, findings FROM call").unwrap();
            connection.prepare("SELECT messages, cut, markers FROM story").unwrap();
        }
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE second (x)").unwrap();
        assert!(migrate(&mut connection).is_err());
        assert_eq!(version(&connection).unwrap(), 0);
        assert!(connection.prepare("SELECT text FROM call").is_err());
    }
}
