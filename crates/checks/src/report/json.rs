//! JSON for programs, as the command line contract writes it.

use serde::Serialize;
use serde_json::Value;

use super::{Entry, Report};
use crate::verdict::Finding;

/// The whole report.
pub fn object(report: &Report) -> Value {
    value(JsonReport::from(report))
}

/// One check as a line of JSONL.
pub fn line(entry: &Entry) -> Value {
    value(JsonLine::from(entry))
}

/// A form is texts and figures under names of ours, all of which JSON can hold.
fn value(form: impl Serialize) -> Value {
    serde_json::to_value(form).unwrap_or_default()
}

/// A report, as `docs/schemas/check.json` describes it.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "checks.ts"))]
#[derive(Clone, Debug, Serialize)]
pub struct JsonReport {
    /// Version of this form.
    pub version: u8,
    /// Name of the trunk.
    pub trunk: String,
    /// Name of the suite, or `only` when the checks were named one by one.
    pub suite: String,
    /// When the run began, RFC 3339, UTC.
    pub started: String,
    /// How long it took, s.
    pub seconds: f64,
    /// It was interrupted before its end.
    pub interrupted: bool,
    /// What kept it from doing all that it should, as a sentence.
    pub obstacle: Option<String>,
    /// How good the trunk is.
    pub score: Score,
    /// All checks, in the catalogue's order.
    pub checks: Vec<JsonEntry>,
}

impl From<&Report> for JsonReport {
    fn from(report: &Report) -> Self {
        let (points, of) = report.score();
        Self {
            version: VERSION,
            trunk: report.trunk.clone(),
            suite: report.suite.clone(),
            started: report.started.clone(),
            seconds: report.seconds,
            interrupted: report.interrupted,
            obstacle: report.obstacle.as_ref().map(ToString::to_string),
            score: Score { points, of, gates_failed: report.gates_failed() },
            checks: report.entries.iter().map(JsonEntry::from).collect(),
        }
    }
}

/// How good a trunk is. Skips and facts count nothing.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "checks.ts"))]
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    /// Points reached.
    pub points: f64,
    /// Points to reach.
    pub of: f64,
    /// Ids of the gates that failed.
    pub gates_failed: Vec<&'static str>,
}

/// A check with what it found, the same in a report and in a line.
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(export_to = "checks.ts", rename = "CheckEntry")
)]
#[derive(Clone, Debug, Serialize)]
pub struct JsonEntry {
    /// Id of the check.
    pub id: &'static str,
    /// What it found.
    #[serde(flatten)]
    pub finding: Finding,
    /// A trunk that fails this check is not fit for use.
    pub gate: bool,
    /// The document that asks for it.
    pub reference: &'static str,
    /// Time that its step took, s.
    pub seconds: f64,
}

impl From<&Entry> for JsonEntry {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.check.id(),
            finding: entry.finding.clone(),
            gate: entry.check.gate(),
            reference: entry.check.page().reference,
            seconds: entry.seconds,
        }
    }
}

/// A check that was judged, as `docs/schemas/check-line.json` describes it.
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(export_to = "checks.ts", rename = "CheckLine")
)]
#[derive(Clone, Debug, Serialize)]
pub struct JsonLine {
    /// Version of this form.
    pub version: u8,
    /// Which kind of line it is: `check`.
    pub event: &'static str,
    /// The check.
    #[serde(flatten)]
    pub entry: JsonEntry,
}

impl From<&Entry> for JsonLine {
    fn from(entry: &Entry) -> Self {
        Self { version: VERSION, event: "check", entry: entry.into() }
    }
}

/// Version of both forms.
const VERSION: u8 = 1;
