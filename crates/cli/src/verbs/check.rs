//! `check`: the acceptance book, run on a trunk.

use std::{path::Path, time::Duration};

use milliwatt_checks::{
    guard::{self, Purse, Refusal, Spent, Terms},
    plan::Plan,
    report::{self, Entry, Report},
    runner::{Progress, Run, Sounds, needed},
    subject::Subject,
    suite::{self, Suite},
};
use milliwatt_engine::{Engine, Events, api::Event};
use milliwatt_store::{folders::Folders, spending::Ledger};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    args::Check,
    device,
    exit::{Exit, Failure},
    output, phone,
    results::Results,
    target::{self, Target},
    wait::{self, Enough},
};

pub(super) async fn run(arguments: Check, results: &Results) -> Result<Exit, Failure> {
    let (junit, html) = (arguments.junit.clone(), arguments.html.clone());
    let files = Files { junit: junit.as_deref(), html: html.as_deref() };
    files.check()?;
    let suite = arguments.suite.clone();
    let ended = book(arguments, results, files).await;
    if let (Err(failure), Some(path)) = (&ended, files.junit) {
        let xml = report::junit_of_none(&suite, failure.why()).map_err(Failure::internal);
        results.keep(xml.and_then(|xml| output::write(path, &xml)));
    }
    ended
}

async fn book(arguments: Check, results: &Results, files: Files<'_>) -> Result<Exit, Failure> {
    let mut enough = Enough::after(arguments.outputs.timeout);
    let name = if arguments.only.is_empty() { arguments.suite.as_str() } else { "only" };
    let suite =
        Suite::from_name(&arguments.suite).ok_or_else(|| Failure::usage("no such suite"))?;
    let checks = suite::choose(suite, &arguments.only, &arguments.skip).map_err(Failure::usage)?;
    let target = Target::resolve(&arguments.trunk)?.with_media(&arguments.media)?;
    let sound = target::sound(&arguments.played, false)?;
    device::none_here(&sound)?;
    let play = arguments.played.play.is_some().then_some(sound.source);
    let sounds = Sounds { play, record: sound.record };
    let mut terms = Terms {
        yes_billed: arguments.yes_billed,
        free_suite: arguments.only.is_empty() && suite.is_free(),
        left: None,
    };
    let subject = Subject::new(target.trunk.clone());
    let purse = Purse {
        budget: arguments.budget.unwrap_or_default().granted(&subject).map_err(refused)?,
        ledger: Some(Ledger::at(Folders::locate().map_err(Failure::usage)?.ledger())),
        clock: wait::clock(),
    };
    if terms.free_suite && terms.yes_billed {
        terms.left = Some((purse.budget, purse.spent(&subject).map_err(refused)?));
    }
    let subject = subject.with_terms(terms);
    let plans = needed(&checks, &subject);
    if arguments.dry_run {
        dry(&subject, name, &plans, results);
        return Ok(Exit::Good);
    }
    guard::examine(&subject, &plans, &purse).map_err(refused)?;
    let engine = phone::user_engine(target.secrets)?;
    if let Some(why) = engine.unkept() {
        return Err(Failure::could_not_run(why));
    }
    let mut events = engine.subscribe();
    let session = Session {
        engine: engine.clone(),
        subject,
        suite: name,
        checks,
        dns: Vec::new(),
        purse,
        capture: arguments.outputs.capture(),
        sounds,
    };
    let (report, early) = session.perform(results, &mut enough, &mut events).await;
    publish(&report, &report::json_object(&report), results, files);
    phone::shut_down(&engine, &mut events).await;
    if let Some(path) = &arguments.outputs.trace {
        results.keep(phone::write_trace(path, &engine, &report.trunk));
    }
    Ok(early.worst(exit(&report, arguments.strict)))
}

/// One run of checks, told to the user as it goes.
pub(super) struct Session<'a> {
    pub(super) engine: Engine,
    pub(super) subject: Subject,
    pub(super) suite: &'a str,
    pub(super) checks: Vec<&'static dyn milliwatt_checks::check::Check>,
    pub(super) dns: Vec<std::net::SocketAddr>,
    pub(super) purse: Purse<'static>,
    /// Name of the file that the trace is written to.
    pub(super) capture: Option<String>,
    pub(super) sounds: Sounds,
}

impl Session<'_> {
    /// Runs the checks; a second value other than [`Exit::Good`] says what ended them early. Of the
    /// engine's events those are told that concern no check.
    pub(super) async fn perform(
        self,
        results: &Results,
        enough: &mut Enough,
        events: &mut Events,
    ) -> (Report, Exit) {
        let (stop, stopped) = watch::channel(false);
        let run = Run {
            engine: self.engine,
            subject: self.subject,
            suite: self.suite,
            checks: self.checks,
            dns: self.dns,
            clock: wait::clock(),
            purse: self.purse,
            capture: self.capture,
            sounds: self.sounds,
            stop: stopped,
        };
        let live = Live::new();
        let perform = run.perform(|progress| match progress {
            Progress::Begins(plan, left) => live.begins(plan, left),
            Progress::CutShort(plan, paid) => live.says(&format!(
                "{plan} was hung up after {} s: no more was paid for from the budget",
                paid.as_secs()
            )),
            Progress::Judged(entry) => {
                live.judged(entry);
                results.line(&report::json_line(entry));
            }
        });
        tokio::pin!(perform);
        let mut early = Exit::Good;
        let report = loop {
            tokio::select! {
                report = &mut perform => break report,
                Some(event) = events.next() => live.notes(&event),
                why = enough.wait(), if early == Exit::Good => {
                    early = why;
                    stop.send_replace(true);
                }
            }
        };
        live.clear();
        (report, early)
    }
}

/// What a person sees while the run goes on: the step under way, and the table as it grows.
struct Live(Option<indicatif::ProgressBar>);

impl Live {
    fn new() -> Self {
        Self(output::watched().then(|| {
            let bar = indicatif::ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        }))
    }

    fn begins(&self, plan: &Plan, left: usize) {
        let text = format!("{plan} ({left} more to do)");
        match &self.0 {
            Some(bar) => bar.set_message(text),
            None => output::note(text),
        }
    }

    /// A line of the table. Where nobody watches, the report has them all.
    fn judged(&self, entry: &Entry) {
        if let Some(bar) = &self.0 {
            bar.println(output::shown(&report::row(entry)));
        }
    }

    /// What concerns the whole phone, and recordings that are not whole.
    fn notes(&self, event: &Event) {
        if let Event::Notice { call, kind, text } = event
            && (call.is_none() || SOUND_TROUBLE.contains(&kind.as_str()))
        {
            self.says(text);
        }
    }

    fn says(&self, text: &str) {
        match &self.0 {
            Some(bar) => bar.println(output::shown(text)),
            None => output::note(text),
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// How the engine calls trouble with what is played and recorded.
const SOUND_TROUBLE: [&str; 4] = ["disk-full", "recording-failed", "recording-gap", "sound"];

/// Tells what a run would do.
fn dry(subject: &Subject, suite: &str, plans: &[Plan], results: &Results) {
    let spent = Spent::of(plans);
    let numbers = guard::all_dialled(subject, plans);
    let step = |plan: &Plan| {
        let dialled = guard::dialled(subject, plan, plans);
        let to = if dialled.is_empty() { "" } else { ", to " };
        format!("{plan}{to}{}", dialled.join(", "))
    };
    let steps: Vec<String> = plans.iter().map(step).collect();
    let object = json!({
        "version": 1, "event": "plan", "trunk": subject.name(), "suite": suite, "steps": steps,
        "calls": spent.calls, "minutes": spent.time.as_secs_f64() / 60.0, "numbers": numbers,
        "billed": subject.is_billed(),
    });
    results.line(&object);
    results.object(&object);
    let money = if subject.is_billed() { "which may cost money" } else { "which cost nothing" };
    let to = if numbers.is_empty() { "nobody".to_owned() } else { numbers.join(", ") };
    results.say(format!(
        "on trunk {}\n  {}\n{spent} to {to}, {money}",
        subject.name(),
        steps.join("\n  "),
    ));
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::NoLedger(why) => Failure::could_not_run(why),
        refusal => Failure::guard(refusal),
    }
}

/// Files for the report besides JSON.
#[derive(Clone, Copy, Default)]
pub(super) struct Files<'a> {
    /// JUnit XML.
    pub(super) junit: Option<&'a Path>,
    /// HTML.
    pub(super) html: Option<&'a Path>,
}

impl Files<'_> {
    /// Looks whether they can be written.
    pub(super) fn check(self) -> Result<(), Failure> {
        [self.junit, self.html].into_iter().flatten().try_for_each(output::writable)
    }
}

/// Writes the report in every form that was asked for; `object` is the one for programs.
pub(super) fn publish(report: &Report, object: &Value, results: &Results, files: Files<'_>) {
    results.object(object);
    if let Some(path) = files.junit {
        let xml = report::junit(report).map_err(Failure::internal);
        results.keep(xml.and_then(|xml| output::write(path, &xml)));
    }
    if let Some(path) = files.html {
        results.keep(output::write(path, report::html(report).as_bytes()));
    }
    // One who watches has seen the table grow.
    let seen = output::watched() && output::read();
    results.say(if seen { report::ending(report) } else { report::text(report) });
    if let Some(obstacle) = &report.obstacle {
        output::complain(obstacle.to_string());
    }
}

/// The exit code of a report.
pub(super) fn exit(report: &Report, strict: bool) -> Exit {
    match report.exit_code(strict) {
        0 => Exit::Good,
        3 => Exit::CouldNotRun,
        4 => Exit::Refused,
        5 => Exit::Guard,
        _ => Exit::Failed,
    }
}
