//! `check`: the acceptance book, run on a trunk.

use std::{cell::RefCell, path::Path, time::Duration};

use milliwatt_checks::{
    guard::{self, Refusal, Spent},
    plan::Plan,
    report::{self, Report},
    runner::{Progress, Run, needed},
    subject::Subject,
    suite::{self, Suite},
};
use milliwatt_engine::Engine;
use tokio::sync::watch;

use crate::{
    args::Check,
    exit::{Exit, Failure},
    output::{self, Sinks},
    phone,
    target::{self, Target},
    wait,
};

pub(super) async fn run(arguments: Check) -> Result<Exit, Failure> {
    let sinks = arguments.outputs.sinks();
    sinks.check()?;
    if let Some(path) = &arguments.junit {
        output::writable(path)?;
    }
    let name = if arguments.only.is_empty() { arguments.suite.as_str() } else { "only" };
    let suite =
        Suite::from_name(&arguments.suite).ok_or_else(|| Failure::usage("no such suite"))?;
    let checks = suite::choose(suite, &arguments.only, &arguments.skip).map_err(Failure::usage)?;
    let target = Target::resolve(&arguments.trunk)?.with_media(&arguments.media)?;
    let subject = Subject::new(target.trunk.clone());
    let plans = needed(&checks, &subject);
    if arguments.dry_run {
        output::say(listing(&subject, &plans));
        return Ok(Exit::Good);
    }
    guard::examine(&subject, &plans, arguments.yes_billed, arguments.budget).map_err(refused)?;
    target::log(&arguments.outputs)?;
    let engine = phone::engine(Vec::new(), target.secrets)?;
    let session = Session { engine: engine.clone(), subject, suite: name, checks, dns: Vec::new() };
    let (report, early) = session.perform(&sinks, arguments.outputs.timeout).await?;
    if let Some(path) = &arguments.outputs.trace {
        phone::write_trace(path, &engine, &report.trunk)?;
    }
    engine.shutdown(Duration::from_secs(5)).await;
    publish(&report, &sinks, arguments.junit.as_deref())?;
    Ok(early.worst(exit(&report, arguments.strict)))
}

/// One run of checks, told to the user as it goes.
pub(super) struct Session<'a> {
    pub(super) engine: Engine,
    pub(super) subject: Subject,
    pub(super) suite: &'a str,
    pub(super) checks: Vec<&'static dyn milliwatt_checks::check::Check>,
    pub(super) dns: Vec<std::net::SocketAddr>,
}

impl Session<'_> {
    /// Runs the checks; a second value other than [`Exit::Good`] says what ended them early.
    pub(super) async fn perform(
        self,
        sinks: &Sinks,
        limit: Option<Duration>,
    ) -> Result<(Report, Exit), Failure> {
        let (stop, stopped) = watch::channel(false);
        let run = Run {
            engine: self.engine,
            subject: self.subject,
            suite: self.suite,
            checks: self.checks,
            dns: self.dns,
            clock: wait::clock(),
            stop: stopped,
        };
        let live = Live::new();
        let broken = RefCell::new(None);
        let perform = run.perform(|progress| match progress {
            Progress::Begins(plan, left) => live.begins(plan, left),
            Progress::Judged(entry) => {
                if let Err(failure) = sinks.line(&report::json_line(entry)) {
                    broken.replace(Some(failure));
                }
            }
        });
        tokio::pin!(perform);
        let enough = wait::enough(limit);
        tokio::pin!(enough);
        let mut early = Exit::Good;
        let report = loop {
            tokio::select! {
                report = &mut perform => break report,
                why = &mut enough, if early == Exit::Good => {
                    early = why;
                    stop.send_replace(true);
                }
            }
        };
        live.clear();
        broken.take().map_or(Ok((report, early)), Err)
    }
}

/// What a person sees while the run goes on: the step under way. The table comes at the end.
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
        let text = format!("{} ({left} more to do)", describe(plan));
        match &self.0 {
            Some(bar) => bar.set_message(text),
            None => output::note(text),
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn describe(plan: &Plan) -> String {
    use milliwatt_checks::plan::Callee;
    match plan {
        Plan::Call(call) => match call.callee {
            Callee::Answers => format!("a call to ourselves, {} s of talk", call.talk.as_secs()),
            Callee::Busy => "a call to ourselves that is refused as busy".into(),
            Callee::Rings => "a call to ourselves that is taken back".into(),
        },
        Plan::Challenge => "an INVITE that is taken back when it rings".into(),
        Plan::Dns => "DNS: NAPTR, SRV, addresses".into(),
        Plan::Options(count) => format!("{count} OPTIONS"),
        Plan::Registration => "registration with three different times".into(),
        Plan::Tls => "TLS handshakes and the certificate".into(),
    }
}

fn listing(subject: &Subject, plans: &[Plan]) -> String {
    let mut text = format!("on trunk {}\n", subject.name());
    for plan in plans {
        text.push_str(&format!("  {}\n", describe(plan)));
    }
    let spent = Spent::of(plans);
    let number = subject.own_number().or(subject.destination()).unwrap_or("nobody");
    let money = if subject.is_billed() { "which may cost money" } else { "which cost nothing" };
    text.push_str(&format!("{spent} to {number}, {money}"));
    text
}

fn refused(refusal: Refusal) -> Failure {
    Failure::guard(refusal)
}

/// Writes the report in every form that was asked for.
pub(super) fn publish(report: &Report, sinks: &Sinks, junit: Option<&Path>) -> Result<(), Failure> {
    if let Some(path) = junit {
        output::write(path, &report::junit(report).map_err(Failure::internal)?)?;
    }
    sinks.object(&report::json_object(report))?;
    if !sinks.own_stdout() {
        output::say(report::text(report));
    }
    Ok(())
}

/// The exit code of a report.
pub(super) fn exit(report: &Report, strict: bool) -> Exit {
    match report.exit_code(strict) {
        0 => Exit::Good,
        3 => Exit::CouldNotRun,
        4 => Exit::Refused,
        _ => Exit::Failed,
    }
}
