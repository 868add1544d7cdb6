//! What a run found, as one value and in the forms that people and programs read.

mod html;
mod json;
mod junit;
mod obstacle;
#[cfg(test)]
mod tests;
mod text;

pub use html::html;
pub use json::{JsonEntry, JsonLine, JsonReport, Score, line as json_line, object as json_object};
pub use junit::{junit, junit_of_none};
pub use obstacle::Obstacle;
pub use text::{ending, row, text};

use std::time::SystemTime;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

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
    /// False when the run was ended before this check could run.
    pub reached: bool,
}

impl Entry {
    /// A check that was reached.
    pub fn new(check: &'static dyn Check, finding: Finding, seconds: f64) -> Self {
        Self { check, finding, seconds, reached: true }
    }

    /// A check that did not run: for an obstacle, or because the run was ended before it.
    pub(crate) fn not_run(check: &'static dyn Check, obstacle: Option<&Obstacle>) -> Self {
        let ended = || "the run was ended before this check".to_owned();
        let why = obstacle.map_or_else(ended, ToString::to_string);
        Self { reached: obstacle.is_some(), ..Self::new(check, Finding::error(why), 0.0) }
    }
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
    /// What kept it from doing all that it should.
    pub obstacle: Option<Obstacle>,
}

impl Report {
    /// A run of a trunk and a suite that ended before its first check: for an obstacle, or because
    /// the user ended it.
    pub fn unreached(
        (trunk, suite): (&str, &str),
        checks: &[&'static dyn Check],
        ended: SystemTime,
        obstacle: Option<Obstacle>,
    ) -> Self {
        Self {
            trunk: trunk.to_owned(),
            suite: suite.to_owned(),
            started: time_of_day(ended),
            seconds: 0.0,
            entries: checks.iter().map(|check| Entry::not_run(*check, obstacle.as_ref())).collect(),
            interrupted: obstacle.is_none(),
            obstacle,
        }
    }

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
        let failed = self.entries.iter().filter(|entry| entry.has_failed_as_gate());
        failed.map(|entry| entry.check.id()).collect()
    }

    /// The exit code of the contract: 0, 1, 3, 4 or 5. Only gates fail a run; what else is not as
    /// it should be counts as a warning. What was not reached says nothing.
    pub fn exit_code(&self, strict: bool) -> i32 {
        let reached = || self.entries.iter().filter(|entry| entry.reached);
        let found = |outcome| reached().any(|entry| entry.finding.outcome == outcome);
        let refused = matches!(self.obstacle, Some(Obstacle::Refused(_)));
        let mut gates = reached().filter(|entry| entry.has_failed_as_gate()).peekable();
        let some_gate = gates.peek().is_some();
        match &self.obstacle {
            Some(Obstacle::Guard(_)) => return 5,
            Some(Obstacle::Here(_) | Obstacle::Silent(_)) => return 3,
            Some(Obstacle::Refused(_)) | None => {}
        }
        if found(Outcome::Error) {
            3
        } else if (refused || some_gate) && gates.all(Entry::is_refused) {
            4
        } else if some_gate || reached().any(Entry::is_missed) {
            1
        } else {
            i32::from(strict && (found(Outcome::Warn) || found(Outcome::Fail)))
        }
    }
}

impl Entry {
    fn has_failed_as_gate(&self) -> bool {
        self.check.gate() && self.finding.outcome == Outcome::Fail
    }

    fn is_refused(&self) -> bool {
        self.finding.measured.contains_key(REFUSED)
    }

    /// A skip that a complete run must not have.
    fn is_missed(&self) -> bool {
        self.finding.outcome == Outcome::Skip && self.finding.required
    }
}

/// A time of day in the form of reports, UTC.
pub(crate) fn time_of_day(wall: SystemTime) -> String {
    OffsetDateTime::from(wall).format(&Rfc3339).unwrap_or_default()
}

/// The measured value that marks a failure as a refused log-in.
pub const REFUSED: &str = "authentication_refused";
