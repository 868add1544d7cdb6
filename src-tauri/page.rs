//! One call's page: its row, its seconds, what was noticed, and its messages as far as the trace
//! still holds them.

use std::{collections::HashSet, time::SystemTime};

use milliwatt_engine::{
    Engine,
    api::Finding,
    trace::{Entry, Numbers, masked},
};
use milliwatt_store::history::{Call, Filter};

use crate::{
    api::{CallPage, LadderLine, Marker, MarkerKind},
    wire::went,
};

/// Looks a call up.
///
/// # Errors
/// A sentence, when it is not there or the history cannot be read.
pub(crate) fn page(engine: &Engine, id: i64) -> Result<CallPage, String> {
    let history = engine.history().ok_or("no history is kept")?;
    let filter = Filter { id: Some(id), ..Filter::default() };
    let found = history.find(&filter).map_err(|why| why.to_string())?;
    let call = found.into_iter().next().ok_or("this call is not in the history any more")?;
    let seconds = history.seconds(&call).map_err(|why| why.to_string())?;
    let trace = engine.trace().of(&call.trunk);
    let ladder = ladder(trace.entries().filter(|one| one.call_id() == Some(&call.call_id)));
    let markers = markers(&call);
    Ok(CallPage { call, seconds, markers, ladder })
}

/// Messages as lines, secrets masked.
fn ladder<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<LadderLine> {
    let mut seen = HashSet::new();
    let mut first = None;
    entries
        .map(|entry| {
            let since = *first.get_or_insert(entry.at);
            let shown = masked(&entry.bytes, Numbers::Shown);
            let raw = String::from_utf8_lossy(&shown).into_owned();
            LadderLine {
                at_ms: entry.at.saturating_sub(since).as_secs_f64() * 1000.0,
                way: went(entry.direction),
                summary: raw.lines().next().unwrap_or_default().to_owned(),
                raw,
                retransmission: !seen.insert((entry.direction, entry.bytes.clone())),
            }
        })
        .collect()
}

/// What was noticed while the call was up, on the time scale of its seconds.
fn markers(call: &Call) -> Vec<Marker> {
    let Some(answered) = call.answered_at_ms else { return Vec::new() };
    let findings = serde_json::from_value::<Vec<Finding>>(call.findings.clone());
    let before = answered - call.started_at_ms;
    findings
        .unwrap_or_default()
        .into_iter()
        .map(|found| Marker {
            at_ms: (found.at_ms - before as f64).max(0.0),
            kind: MarkerKind::Notice,
            text: found.text,
        })
        .collect()
}

/// Milliseconds since 1970.
pub(crate) fn wall_ms(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_noticed_is_told_in_the_time_of_the_sound() {
        let finding =
            |at_ms| json!({ "kind": "no-sound", "text": "silent", "at_ms": at_ms, "count": 1 });
        let mut call = Call {
            started_at_ms: 1000,
            answered_at_ms: Some(3500),
            findings: json!([finding(4500.0), finding(10.0)]),
            ..Call::default()
        };
        let found = markers(&call);
        let at: Vec<f64> = found.iter().map(|marker| marker.at_ms).collect();
        assert_eq!(at, [2000.0, 0.0]);
        assert_eq!(found[0].text, "silent");
        call.answered_at_ms = None;
        assert_eq!(markers(&call), []);
    }
}
