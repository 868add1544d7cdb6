//! Each check is judged once, as soon as its plan was carried out.

use super::Progress;
use crate::{
    check::Check,
    observation::{self, Observation},
    plan::Plan,
    report::{Entry, Obstacle, REFUSED},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// The checks of a run, and what is known of them so far.
pub(super) struct Judging<'a> {
    subject: &'a Subject,
    /// The file in which frames of the trace can be looked up.
    capture: Option<&'a str>,
    places: Vec<Place>,
}

/// One check's place in the report.
struct Place {
    check: &'static dyn Check,
    /// What it needs to see; `None` where it does not apply.
    wants: Option<Plan>,
    entry: Option<Entry>,
}

impl<'a> Judging<'a> {
    /// Tells at once of the checks that do not apply.
    pub(super) fn new(
        checks: &[&'static dyn Check],
        subject: &'a Subject,
        capture: Option<&'a str>,
        progress: &mut impl FnMut(Progress<'_>),
    ) -> Self {
        let places = checks.iter().map(|check| {
            let (wants, entry) = match check.plan(subject) {
                Ok(plan) => (Some(plan), None),
                Err(finding) => (None, Some(Entry::new(*check, finding, 0.0))),
            };
            if let Some(entry) = &entry {
                progress(Progress::Judged(entry));
            }
            Place { check: *check, wants, entry }
        });
        Self { subject, capture, places: places.collect() }
    }

    /// Judges every check that a plan was carried out for: in how many seconds, and from which frame
    /// of the trace on.
    pub(super) fn judge(
        &mut self,
        plan: &Plan,
        seen: &Observation,
        (seconds, frame): (f64, Option<u64>),
        progress: &mut impl FnMut(Progress<'_>),
    ) {
        for place in self.places.iter_mut().filter(|place| place.entry.is_none()) {
            if place.wants.as_ref().is_none_or(|wants| plan.merge(wants).is_none()) {
                continue;
            }
            let mut finding = refused(plan, seen)
                .unwrap_or_else(|| place.check.judge(seen, limits(self.subject, place.check)));
            let shown = self.capture.zip(frame).map(|(file, frame)| format!("{file}#{frame}"));
            let recordings = seen.recordings(plan).map(|file| file.display().to_string());
            let evidence: Vec<String> =
                finding.evidence.take().or(shown).into_iter().chain(recordings).collect();
            finding.evidence = (!evidence.is_empty()).then(|| evidence.join(", "));
            if let Some(cut) = seen.cut_short(plan) {
                finding = finding
                    .measured("paid_s", cut.paid.as_secs_f64())
                    .measured("hung_up_after_s", cut.after.as_secs_f64());
            }
            let entry = place.entry.insert(Entry::new(place.check, finding, seconds));
            progress(Progress::Judged(entry));
        }
    }

    /// All entries; what is not judged by now never will be.
    pub(super) fn finish(
        self,
        obstacle: Option<&Obstacle>,
        progress: &mut impl FnMut(Progress<'_>),
    ) -> Vec<Entry> {
        let entries = self.places.into_iter().map(|Place { check, wants, entry }| {
            entry.unwrap_or_else(|| {
                let entry = left_over(check, wants.as_ref(), obstacle);
                progress(Progress::Judged(&entry));
                entry
            })
        });
        entries.collect()
    }
}

/// What is said of a call that was not let in, whatever a check wanted to see of it.
fn refused(plan: &Plan, seen: &Observation) -> Option<Finding> {
    let refused = match plan {
        Plan::Call(call) => seen.is_refused(call.callee),
        Plan::Dids(_) => seen.dids.iter().any(observation::Call::is_refused),
        Plan::Challenge
        | Plan::Dns
        | Plan::Nat
        | Plan::Options(_)
        | Plan::Registration
        | Plan::Tls
        | Plan::Unregistration => false,
    };
    refused.then(|| {
        Finding::fail(
            Fault::OurConfig,
            "The call was not let in: check the password, and the authentication name, which may differ from the number.",
        )
        .measured(REFUSED, true)
    })
}

/// What is said of a check that was not reached.
fn left_over(
    check: &'static dyn Check,
    wants: Option<&Plan>,
    obstacle: Option<&Obstacle>,
) -> Entry {
    let blocks = |obstacle: &&Obstacle| wants.is_some_and(|plan| obstacle.blocks(plan));
    match obstacle.filter(blocks) {
        Some(Obstacle::Refused(_)) => {
            let why = "not tried: the log-in was refused, and another try may lock the account";
            Entry::new(check, Finding::nothing_to_see(why), 0.0)
        }
        obstacle => Entry::not_run(check, obstacle),
    }
}

/// The trunk's own limits over those of the check.
fn limits(subject: &Subject, check: &dyn Check) -> Limits {
    let own = subject.trunk.limits.get(check.id());
    own.map(|own| Limits { pass: own.pass, warn: own.warn })
        .or(check.limits())
        .unwrap_or(Limits { pass: 0.0, warn: 0.0 })
}
