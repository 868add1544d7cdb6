//! The history of calls, in the words of the store.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use milliwatt_store::history::{self, Call, CallKey, History, Kept, State};

use crate::{
    api::{CallId, CallReport, Outcome, Secure, Side, Way},
    phone::HistoryWrite,
};

/// The calls of one engine that the history has open.
pub(crate) struct Ledger {
    history: History,
    open: HashMap<CallId, CallKey>,
}

impl Ledger {
    /// Writes to `history`.
    pub(crate) fn new(history: History) -> Self {
        Self { history, open: HashMap::new() }
    }

    /// Does what the phone wants written. `told` hears about the row of a new call, from another
    /// thread, once it is on disk or cannot be.
    pub(crate) fn write(
        &mut self,
        wall: SystemTime,
        call: CallId,
        write: HistoryWrite,
        told: impl FnOnce(Result<(), String>) + Send + 'static,
    ) {
        let at_ms = unix_ms(wall);
        match write {
            HistoryWrite::Begin { trunk, way, from, to, did } => {
                let way = match way {
                    Way::In => history::Way::In,
                    Way::Out => history::Way::Out,
                };
                let row =
                    Call { started_at_ms: at_ms, trunk, way, from, to, did, ..Call::default() };
                let key = self.history.begin_then(row, move |kept| {
                    told(match kept {
                        Kept::OnDisk => Ok(()),
                        Kept::InMemory { warning } => Err(warning),
                    });
                });
                self.open.insert(call, key);
            }
            HistoryWrite::Answered => {
                self.update(call, |row| {
                    row.answered_at_ms = Some(at_ms);
                    row.state = State::Answered;
                });
            }
            HistoryWrite::Second(at, media) => {
                if let (Some(key), Ok(figures)) =
                    (self.open.get(&call), serde_json::to_value(&*media))
                {
                    self.history.second(*key, u64::from(at) * 1000, figures);
                }
            }
            HistoryWrite::End(report) => {
                if let Some(key) = self.open.remove(&call) {
                    self.history.end(key, |row| close(row, at_ms, &report));
                }
            }
        }
    }

    fn update(&self, call: CallId, change: impl FnOnce(&mut Call)) {
        if let Some(key) = self.open.get(&call) {
            self.history.update(*key, change);
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
    row.advice.clone_from(&report.advice);
}

fn unix_ms(wall: SystemTime) -> i64 {
    let since = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
