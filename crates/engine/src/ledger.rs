//! The history of calls, in the words of the store.

use std::{
    collections::HashMap,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use milliwatt_store::history::{self, Call, CallKey, History, Kept, State};

use crate::{
    api::{CallId, CallReport, Outcome, Secure, Side, Way},
    phone::HistoryWrite,
};

/// How long the end waits for the last rows.
const LAST_ROWS: Duration = Duration::from_secs(2);

/// The calls of one engine that the history has open.
pub(crate) struct Ledger {
    history: History,
    open: HashMap<CallId, Open>,
}

/// A call that is not over.
struct Open {
    key: CallKey,
    began: Moment,
}

/// A point in time. The time of day dates the beginning of a call; all that follows is dated by the
/// time since then, so that a clock that is set during the call makes it neither longer nor shorter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// On the engine's monotonic clock.
    pub(crate) now: Duration,
    /// The time of day.
    pub(crate) wall: SystemTime,
}

impl Moment {
    fn unix_ms(self, now: Duration) -> i64 {
        unix_ms(self.wall + now.saturating_sub(self.now))
    }
}

impl Ledger {
    /// Writes to `history`.
    pub(crate) fn new(history: History) -> Self {
        Self { history, open: HashMap::new() }
    }

    /// Waits until everything is on disk, or says why it is not.
    pub(crate) fn flush(&self) -> Result<(), String> {
        match self.history.flush(LAST_ROWS) {
            Kept::OnDisk => Ok(()),
            Kept::InMemory { warning } => Err(warning),
        }
    }

    /// Does what the phone wants written. `told` hears about the row of a new call, from another
    /// thread, once it is on disk or cannot be.
    pub(crate) fn write(
        &mut self,
        at: Moment,
        call: CallId,
        write: HistoryWrite,
        told: impl FnOnce(Result<(), String>) + Send + 'static,
    ) {
        match write {
            HistoryWrite::Begin { trunk, way, from, to, did, call_id, recording } => {
                let way = match way {
                    Way::In => history::Way::In,
                    Way::Out => history::Way::Out,
                };
                let started_at_ms = at.unix_ms(at.now);
                let recording = recording.map(whole);
                let row = Call {
                    started_at_ms,
                    trunk,
                    way,
                    from,
                    to,
                    did,
                    call_id,
                    recording,
                    ..Call::default()
                };
                let key = self.history.begin_then(row, move |kept| {
                    told(match kept {
                        Kept::OnDisk => Ok(()),
                        Kept::InMemory { warning } => Err(warning),
                    });
                });
                self.open.insert(call, Open { key, began: at });
            }
            HistoryWrite::Answered => {
                if let Some(open) = self.open.get(&call) {
                    let at_ms = open.began.unix_ms(at.now);
                    self.history.update(open.key, |row| {
                        row.answered_at_ms = Some(at_ms);
                        row.state = State::Answered;
                    });
                }
            }
            HistoryWrite::Recording(path) => {
                if let Some(open) = self.open.get(&call) {
                    self.history.update(open.key, |row| row.recording = path.map(whole));
                }
            }
            HistoryWrite::Second(second, media) => {
                if let (Some(open), Ok(figures)) =
                    (self.open.get(&call), serde_json::to_value(&*media))
                {
                    self.history.second(open.key, u64::from(second) * 1000, figures);
                }
            }
            HistoryWrite::End(report) => {
                if let Some(open) = self.open.remove(&call) {
                    let at_ms = open.began.unix_ms(at.now);
                    self.history.end(open.key, |row| close(row, at_ms, &report));
                }
            }
        }
    }
}

fn close(row: &mut Call, at_ms: i64, report: &CallReport) {
    row.ended_at_ms = Some(at_ms);
    row.state = State::Ended;
    row.outcome = Some(match report.outcome {
        Outcome::Answered => history::Outcome::Answered,
        Outcome::Cancelled => history::Outcome::Cancelled,
        Outcome::Failed => history::Outcome::Failed,
        Outcome::Rejected => history::Outcome::Rejected,
        Outcome::TimedOut => history::Outcome::TimedOut,
    });
    row.call_id.clone_from(&report.call_id);
    row.code = report.code;
    row.reason.clone_from(&report.reason);
    row.cause = report.cause;
    row.timing = serde_json::to_value(&report.timing_ms).unwrap_or_default();
    row.media = serde_json::to_value(&report.media).unwrap_or_default();
    row.codec.clone_from(&report.codec);
    row.remote.clone_from(&report.remote);
    row.secure = Some(match report.secure {
        Secure::Dtls => "dtls".into(),
        Secure::None => "none".into(),
        Secure::Sdes => "sdes".into(),
    });
    row.hangup_by = report.hangup_by.map(|side| match side {
        Side::Local => history::Side::Local,
        Side::Remote => history::Side::Remote,
    });
    row.findings = serde_json::to_value(&report.findings).unwrap_or_default();
    row.advice.clone_from(&report.advice);
}

/// The whole path of a recording: who repairs it may work in another folder.
fn whole(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

fn unix_ms(wall: SystemTime) -> i64 {
    let since = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use milliwatt_store::history::Filter;

    use super::*;
    use crate::api::Media;

    #[test]
    fn a_clock_that_is_set_changes_no_length() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::open(&folder.path().join("history.sqlite")).unwrap();
        let mut ledger = Ledger::new(history.clone());
        let year = Duration::from_secs(31_536_000);
        let base = SystemTime::UNIX_EPOCH + 50 * year;
        for (n, jump) in
            [(1_u64, base + 2 * year), (2, base - 2 * year), (3, SystemTime::UNIX_EPOCH)]
        {
            let call = CallId(n);
            let mut write = |ms, wall, write| {
                let at = Moment { now: Duration::from_millis(ms), wall };
                ledger.write(at, call, write, |_| ());
            };
            let begin = HistoryWrite::Begin {
                trunk: "line".into(),
                way: Way::Out,
                from: String::new(),
                to: n.to_string(),
                did: String::new(),
                call_id: String::new(),
                recording: None,
            };
            write(1_000, base, begin);
            write(3_000, jump, HistoryWrite::Answered);
            write(4_000, jump, HistoryWrite::Second(1, Box::<Media>::default()));
            let report = crate::phone::blank_report(call, "line", Way::Out);
            write(63_000, base + year, HistoryWrite::End(Box::new(report)));
        }
        let rows = history.find(&Filter::default()).unwrap();
        assert_eq!(rows.len(), 3);
        for row in rows {
            assert_eq!(row.started_at_ms, unix_ms(base));
            assert_eq!(row.answered_at_ms, Some(row.started_at_ms + 2_000));
            assert_eq!(row.ended_at_ms, Some(row.started_at_ms + 62_000));
        }
    }
}
