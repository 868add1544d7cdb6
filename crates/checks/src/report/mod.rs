//! What a run found, as one value and in the forms that people and programs read.

mod html;
mod json;
mod junit;
mod text;

pub use html::html;
pub use json::{line as json_line, object as json_object};
pub use junit::junit;
pub use text::{row, text};

use crate::{
    check::Check,
    verdict::{Finding, Outcome},
};

/// One check of a run.
#[derive(Clone)]
pub struct Entry {
    /// The check.
    pub check: &'static dyn Check,
    /// What it found.
    pub finding: Finding,
    /// Time that its plan took, s.
    pub seconds: f64,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("id", &self.check.id())
            .field("finding", &self.finding)
            .finish()
    }
}

/// A whole run.
#[derive(Clone, Debug)]
pub struct Report {
    /// Name of the trunk.
    pub trunk: String,
    /// Name of the suite.
    pub suite: String,
    /// When it began, RFC 3339, UTC.
    pub started: String,
    /// How long it took, s.
    pub seconds: f64,
    /// All checks, in the catalogue's order.
    pub entries: Vec<Entry>,
    /// It was interrupted before its end.
    pub interrupted: bool,
}

impl Report {
    /// Points reached and points to reach: a check that ran counts one, a warning half.
    pub fn score(&self) -> (f64, f64) {
        self.entries.iter().fold((0.0, 0.0), |(points, of), entry| match entry.finding.outcome {
            Outcome::Pass => (points + 1.0, of + 1.0),
            Outcome::Warn => (points + 0.5, of + 1.0),
            Outcome::Error | Outcome::Fail => (points, of + 1.0),
            Outcome::Fact | Outcome::Skip => (points, of),
        })
    }

    /// Gates that failed.
    pub fn gates_failed(&self) -> Vec<&'static str> {
        let failed = |e: &&Entry| e.check.gate() && e.finding.outcome == Outcome::Fail;
        self.entries.iter().filter(failed).map(|e| e.check.id()).collect()
    }

    /// The exit code of the contract: 0, 1, 3 or 4.
    pub fn exit_code(&self, strict: bool) -> i32 {
        let found = |outcome| self.entries.iter().any(|e| e.finding.outcome == outcome);
        let failed: Vec<&Entry> =
            self.entries.iter().filter(|e| e.finding.outcome == Outcome::Fail).collect();
        let gates: Vec<&&Entry> = failed.iter().filter(|e| e.check.gate()).collect();
        let refused = |e: &&&Entry| e.finding.measured.contains_key(REFUSED);
        if found(Outcome::Error) {
            3
        } else if !gates.is_empty() && gates.iter().all(refused) {
            4
        } else if self.entries.iter().any(|e| e.finding.is_bad()) || strict && found(Outcome::Warn)
        {
            1
        } else {
            0
        }
    }
}

/// The measured value that marks a failure as a refused log-in.
pub const REFUSED: &str = "authentication_refused";
