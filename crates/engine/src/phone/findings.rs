//! What is noticed in a call: told when it is seen, and kept for the report.

use std::time::Duration;

use milliwatt_media::session::{OneWay, Quality};

use super::{Phone, advice, ms};
use crate::api::{CallId, CallReport, Finding, Outcome};

impl Phone {
    /// Tells something about a call, and keeps it for its report.
    pub(super) fn finding(
        &mut self,
        now: Duration,
        id: CallId,
        kind: &str,
        text: impl Into<String>,
    ) {
        let text = text.into();
        if let Some(call) = self.calls.get_mut(&id) {
            let at_ms = ms(now.saturating_sub(call.began));
            keep(&mut call.report.findings, kind, &text, at_ms);
        }
        self.notice(Some(id), kind, text);
    }

    /// The same, but told no more than once in a call.
    pub(super) fn finding_once(&mut self, now: Duration, id: CallId, kind: &str, text: &str) {
        let known = |report: &CallReport| report.findings.iter().any(|found| found.kind == kind);
        if self.calls.get(&id).is_some_and(|call| !known(&call.report)) {
            self.finding(now, id, kind, text);
        }
    }

    /// What the far end's reports tell of one second.
    pub(super) fn heard_by_them(&mut self, now: Duration, id: CallId, quality: &Quality) {
        if matches!(quality.one_way, Some(OneWay::Both | OneWay::Out)) {
            self.finding_once(now, id, UNHEARD, THEY_HEAR_NOTHING);
        }
    }

    /// What the figures of a whole call say in words.
    pub(super) fn judge_sound(&mut self, now: Duration, id: CallId, total: &Quality) {
        let Some(call) = self.calls.get(&id) else { return };
        if call.answered.is_none() {
            return;
        }
        if total.received == 0 && matches!(total.one_way, Some(OneWay::Both | OneWay::In)) {
            self.finding_once(now, id, NOTHING_CAME, "No sound came in the whole call.");
        }
        self.heard_by_them(now, id, total);
        if total.received >= SOME && total.silence_percent >= ALL_SILENCE {
            self.finding_once(now, id, SILENCE, "All that was heard was silence.");
        }
        if total.clipped_percent >= MUCH_CLIPPED {
            let text = format!(
                "{:.1} % of what was heard is clipped: it is too loud.",
                total.clipped_percent
            );
            self.finding_once(now, id, CLIPPED, &text);
        }
    }
}

/// A report whose advice comes from what was found, when the end of the call gave none.
pub(super) fn with_advice(report: CallReport) -> CallReport {
    if report.advice.is_some() || report.outcome != Outcome::Answered {
        return report;
    }
    let kinds: Vec<&str> = report.findings.iter().map(|found| found.kind.as_str()).collect();
    let advice = advice::for_findings(&kinds).map(Into::into);
    CallReport { advice, ..report }
}

fn keep(findings: &mut Vec<Finding>, kind: &str, text: &str, at_ms: f64) {
    let alike = |found: &&mut Finding| found.kind == kind && found.text == text;
    let of_kind = findings.iter().filter(|found| found.kind == kind).count();
    let full = of_kind >= MOST_OF_A_KIND || findings.len() >= MOST;
    let known = match findings.iter_mut().find(alike) {
        None if full => findings.iter_mut().rfind(|found| found.kind == kind),
        known => known,
    };
    match known {
        Some(found) => found.count = found.count.saturating_add(1),
        None if full => {}
        None => {
            let (kind, text) = (kind.to_owned(), text.to_owned());
            findings.push(Finding { kind, text, at_ms, count: 1 });
        }
    }
}

/// No packet came at all.
pub(super) const NOTHING_CAME: &str = "one-way-in";
/// The far end reports that it hears nothing.
pub(super) const UNHEARD: &str = "one-way-out";
/// Packets came, and no sound in them.
pub(super) const SILENCE: &str = "silence";
/// Too loud.
pub(super) const CLIPPED: &str = "clipped";

const THEY_HEAR_NOTHING: &str = "The far end reports that it hears nothing of what we send.";

/// Packets that say something about the sound in them: a second.
const SOME: u64 = 50;
/// Per cent. What lies before the first packet counts as silence, comfort tones do not.
const ALL_SILENCE: f32 = 99.5;
/// Per cent of samples at full scale that nobody takes for a loud vowel.
const MUCH_CLIPPED: f32 = 1.0;
/// Findings kept of one kind, each with a text of its own; a stranger can make many addresses.
const MOST_OF_A_KIND: usize = 4;
/// Findings kept of a call.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_findings_are_counted_and_many_of_a_kind_stay_few() {
        let mut findings = Vec::new();
        for n in 0..10 {
            keep(&mut findings, "intruder", &format!("from {n}"), f64::from(n));
            keep(&mut findings, "no-sound", "No sound.", f64::from(n));
        }
        let counts: Vec<_> = findings.iter().map(|f| (f.kind.as_str(), f.count)).collect();
        let one = ("intruder", 1);
        assert_eq!(counts, [one, ("no-sound", 10), one, one, ("intruder", 7)]);
        assert_eq!(findings[1].at_ms, 0.0);
        for n in 0..100 {
            keep(&mut findings, &n.to_string(), "x", 0.0);
        }
        assert_eq!(findings.len(), MOST);
    }
}
