//! JSON for programs, as the command line contract writes it.

use serde_json::{Value, json};

use super::{Entry, Report};

/// The whole report.
pub fn object(report: &Report) -> Value {
    let (points, of) = report.score();
    json!({
        "version": 1,
        "trunk": report.trunk,
        "suite": report.suite,
        "started": report.started,
        "seconds": report.seconds,
        "interrupted": report.interrupted,
        "obstacle": report.obstacle.as_ref().map(ToString::to_string),
        "score": { "points": points, "of": of, "gates_failed": report.gates_failed() },
        "checks": report.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

/// One check as a line of JSONL.
pub fn line(one: &Entry) -> Value {
    let mut value = entry(one);
    if let Some(object) = value.as_object_mut() {
        object.insert("version".into(), 1.into());
        object.insert("event".into(), "check".into());
    }
    value
}

fn entry(entry: &Entry) -> Value {
    let finding = &entry.finding;
    json!({
        "id": entry.check.id(),
        "verdict": finding.outcome,
        "required": finding.required,
        "gate": entry.check.gate(),
        "fault": finding.fault,
        "measured": finding.measured,
        "limit": finding.limit,
        "advice": finding.advice,
        "reference": entry.check.page().reference,
        "seconds": entry.seconds,
        "evidence": finding.evidence,
    })
}
