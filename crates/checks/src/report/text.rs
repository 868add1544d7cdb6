//! A table for people.

use std::fmt::Write as _;

use super::{Entry, Report};
use crate::verdict::Outcome;

/// The whole report: advice first, then the table, then the sum.
pub fn text(report: &Report) -> String {
    let mut out = advice(report);
    for entry in &report.entries {
        let _ = writeln!(out, "{}", row(entry));
    }
    out.push_str(&sum(report));
    out
}

/// The report for one who has seen the table grow: advice and the sum.
pub fn ending(report: &Report) -> String {
    advice(report) + sum(report).trim_start()
}

fn advice(report: &Report) -> String {
    let mut out = String::new();
    let bad: Vec<&Entry> = report.entries.iter().filter(|e| e.finding.is_bad()).collect();
    if !bad.is_empty() {
        out.push_str("What to do\n");
        for entry in &bad {
            let advice = entry.finding.advice.as_deref().unwrap_or(entry.check.page().why);
            let _ = writeln!(out, "  {:<16} {}", entry.check.id(), plain(advice));
        }
        out.push('\n');
    }
    out
}

fn sum(report: &Report) -> String {
    let (points, of) = report.score();
    let count = |outcome| report.entries.iter().filter(|e| e.finding.outcome == outcome).count();
    format!(
        "\n{} of {} points, {} passed, {} warned, {} failed, {} skipped, {} could not run, {:.1} s\n",
        points,
        of,
        count(Outcome::Pass),
        count(Outcome::Warn),
        count(Outcome::Fail),
        count(Outcome::Skip),
        count(Outcome::Error),
        report.seconds
    )
}

/// One line of the table.
pub fn row(entry: &Entry) -> String {
    let finding = &entry.finding;
    let word = match finding.outcome {
        Outcome::Error => "ERROR",
        Outcome::Fact => "fact",
        Outcome::Fail => "FAIL",
        Outcome::Pass => "pass",
        Outcome::Skip => "skip",
        Outcome::Warn => "warn",
    };
    let mut line = format!("{word:<6} {:<16} {:<44}", entry.check.id(), entry.check.page().title);
    for (name, value) in &finding.measured {
        let shown = value.as_str().map_or_else(|| value.to_string(), plain);
        let _ = write!(line, " {name}={shown}");
    }
    if let (Some(advice), Outcome::Skip | Outcome::Fact | Outcome::Pass | Outcome::Warn) =
        (&finding.advice, finding.outcome)
    {
        let _ = write!(line, "  {}", plain(advice));
    }
    line.trim_end().to_owned()
}

/// Wire text is shown as text: what cannot be seen as marks, and cut.
pub(super) fn plain(text: &str) -> String {
    let cut: String = text.chars().map(seen).take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() { cut + "…" } else { cut }
}

/// A character, or a mark in the place of one that controls, gives a direction, has no width, or is
/// none.
pub(super) fn seen(c: char) -> char {
    let hidden = c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    if hidden { '\u{fffd}' } else { c }
}

/// Advice is ours and may be longer than a value of the wire; this bounds both.
const LONGEST: usize = 320;
