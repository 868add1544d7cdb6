//! The rows of calls in the history: before the INVITE, in time, and what keeps them from the disk.

use std::{path::PathBuf, time::Duration};

use super::{HistoryWrite, Output, Phone, call::Stage};
use crate::api::{CallId, CallReport, Outcome};

/// How long an INVITE waits for its row in the history.
pub(super) const ROW_WAIT: Duration = Duration::from_millis(100);

/// How long a row that is late is not told of. What keeps it is known by then, such as a lock of
/// another program, on which the history gives up after half a second: one warning says that.
const SLOW_AFTER: Duration = Duration::from_secs(2);

/// What is told of a disk that is only slow.
const SLOW: &str = "the history is slow: the call is kept in memory until it is written";

impl Phone {
    /// Asks the history for the row of a call.
    pub(super) fn begin_row(&mut self, report: &CallReport, recording: Option<PathBuf>) {
        let write = HistoryWrite::Begin {
            trunk: report.trunk.clone(),
            way: report.way,
            from: report.from.clone(),
            to: report.to.clone(),
            did: report.did.clone(),
            call_id: report.call_id.clone(),
            recording,
        };
        self.out.push_back(Output::History(report.call, write));
    }

    /// Writes into the row what the call is recorded into, once that is known.
    pub(super) fn name_recording(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.sounded) else { return };
        let into = call.tape.as_ref().or(call.sound.record.as_ref());
        if call.recording.as_ref() != into {
            call.recording = into.cloned();
            let write = HistoryWrite::Recording(call.recording.clone());
            self.out.push_back(Output::History(id, write));
        }
    }

    /// The history has answered for a call.
    pub(super) fn row(&mut self, now: Duration, id: CallId, row: Result<(), String>) {
        let failed = row.is_err();
        self.history_state(row);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Stage::Preparing(preparing) = &mut call.stage else { return };
        let refused = failed && preparing.dial.unattended && !call.emergency;
        preparing.row_by = None;
        if refused {
            return self.without_row(now, id);
        }
        self.invite_if_ready(now, id);
    }

    /// The history was waited for long enough.
    pub(super) fn row_late(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Stage::Preparing(preparing) = &mut call.stage else { return };
        if preparing.row_by.is_none_or(|by| by > now) {
            return;
        }
        preparing.row_by = None;
        if preparing.dial.unattended {
            return self.without_row(now, id);
        }
        if self.trouble.is_none() {
            self.slow_at = self.slow_at.or(Some(now + SLOW_AFTER));
        }
        self.invite_if_ready(now, id);
    }

    /// A row is late, and nothing is known of what keeps it.
    pub(super) fn history_timer(&mut self, now: Duration) {
        if self.slow_at.is_some_and(|at| at <= now) {
            self.history_state(Err(SLOW.into()));
        }
    }

    /// Tells trouble with the history once, however many calls it holds up, and its end. A reason
    /// that comes later is for those who ask.
    pub(super) fn history_state(&mut self, state: Result<(), String>) {
        self.slow_at = None;
        match state {
            Ok(()) => {
                if self.trouble.take().is_some() {
                    self.notice(None, "history-again", "The call history is written again.");
                }
            }
            Err(why) => {
                if self.trouble.is_none() {
                    self.notice(None, "history", sentence(&why));
                }
                self.trouble = Some(why);
            }
        }
    }

    fn without_row(&mut self, now: Duration, id: CallId) {
        self.notice(Some(id), "not-placed", NO_ROW);
        self.unsent(now, id, |report| {
            report.outcome = Outcome::Failed;
            report.advice = Some(NO_ROW.into());
        });
    }
}

/// What is told of a call that nobody would know of afterwards.
const NO_ROW: &str =
    "The call was not placed because its history row cannot be written: check the disk.";

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", rest.as_str().trim_end_matches('.'))
}
