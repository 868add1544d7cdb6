//! What is under way, told at once.

use std::time::Duration;

use super::{
    Phone,
    call::{Call, Stage, blank_report},
    ms,
    trunk::Line,
};
use crate::api::{CallId, CallStage, CallState, Dial, Dropped, Snapshot, TrunkState, Way};

impl Phone {
    /// Requests that were refused because too many are under way.
    pub fn refused(&self) -> u64 {
        self.agent.counters().overloaded
    }

    /// Everything that is under way at `now`.
    pub fn snapshot(&self, now: Duration) -> Snapshot {
        let mut calls: Vec<&Call> = self.calls.values().collect();
        calls.sort_by_key(|call| call.began);
        Snapshot {
            trunks: self.lines.values().map(|line| self.trunk(now, line)).collect(),
            calls: calls.into_iter().map(|call| state(now, call)).collect(),
            history_trouble: self.trouble.clone(),
            dropped: Dropped::default(),
        }
    }

    fn trunk(&self, now: Duration, line: &Line) -> TrunkState {
        let (registration, refresh_in_ms) = self.registration_at(now, line);
        TrunkState {
            trunk: line.settings.trunk.name.clone(),
            listen: line.listen.clone(),
            registration,
            rtt_ms: line.rtt_ms,
            refresh_in_ms,
            seen: line.seen.map(|seen| seen.to_string()),
        }
    }
}

/// A call that is not the phone's yet.
pub(crate) fn coming(call: CallId, trunk: &str, dial: &Dial) -> CallState {
    let mut report = blank_report(call, trunk, Way::Out);
    report.to.clone_from(&dial.to);
    report.from = dial.from.clone().unwrap_or_default();
    CallState {
        stage: CallStage::Dialling,
        age_ms: 0.0,
        up_ms: None,
        held_local: false,
        held_remote: false,
        muted: false,
        media: None,
        report,
    }
}

fn state(now: Duration, call: &Call) -> CallState {
    let stage = match &call.stage {
        _ if call.hung_up || call.over => CallStage::Ending,
        Stage::Dialling if call.report.timing_ms.ringing.is_some() => CallStage::Ringing,
        Stage::Preparing(_) | Stage::Dialling => CallStage::Dialling,
        Stage::Offered | Stage::Deciding(_) => CallStage::Offered,
        Stage::Accepting | Stage::Up => CallStage::Up,
    };
    CallState {
        stage,
        age_ms: ms(now.saturating_sub(call.began)),
        up_ms: call.answered.map(|answered| ms(now.saturating_sub(answered))),
        held_local: call.hold.local,
        held_remote: call.hold.remote,
        muted: call.muted,
        media: call.second.as_deref().cloned(),
        report: call.report.clone(),
    }
}
