//! Trunk checks for the window: what there is, what a run would do, and a run.

use std::{collections::VecDeque, sync::Mutex};

use milliwatt_checks::{
    catalogue::CATALOGUE,
    check::{Check, Level},
    guard::{self, Budget, Purse, Spent, Terms},
    report::{self, JsonReport, Report},
    runner::{Progress, Run, Sounds, needed},
    subject::Subject,
    suite::{self, SUITES, Suite},
};
use milliwatt_engine::{Config, Engine};
use milliwatt_store::spending::Ledger;
use std::sync::Arc;
use tokio::sync::{oneshot, watch};

use crate::{
    api::{
        CheckBook, CheckForm, CheckOrder, CheckPage, CheckPlan, CheckReport, CheckTold, SuiteOf,
    },
    phone::Phone,
};

/// Reports that can be kept as files, at most.
const KEPT: usize = 16;
/// Time for goodbyes at the end of a run.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(5);

/// The reports of this run of the program, by number.
#[derive(Default)]
pub(crate) struct Reports(Mutex<(u64, VecDeque<(u64, Report)>)>);

impl Reports {
    fn keep(&self, report: Report) -> u64 {
        let mut all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.0 += 1;
        let id = all.0;
        all.1.push_back((id, report));
        if all.1.len() > KEPT {
            all.1.pop_front();
        }
        id
    }

    /// A report as a file.
    ///
    /// # Errors
    /// A sentence, when it is not kept any more or cannot be written.
    pub(crate) fn file(&self, id: u64, form: CheckForm) -> Result<Vec<u8>, String> {
        let all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let found = all.1.iter().find(|(kept, _)| *kept == id);
        let (_, report) = found.ok_or("this report is not kept any more: run the checks again")?;
        match form {
            CheckForm::Html => Ok(report::html(report).into_bytes()),
            CheckForm::Json => serde_json::to_vec_pretty(&report::json_object(report))
                .map_err(|why| why.to_string()),
            CheckForm::Junit => report::junit(report).map_err(|why| why.to_string()),
        }
    }
}

/// All checks and suites.
pub(crate) fn book() -> CheckBook {
    let suites = SUITES.into_iter().map(|suite| SuiteOf {
        name: suite.name(),
        checks: suite.checks().iter().map(|check| check.id()).collect(),
    });
    let checks = CATALOGUE.iter().map(|check| {
        let page = check.page();
        CheckPage {
            id: check.id(),
            title: page.title,
            what: page.what,
            why: page.why,
            pass: page.pass,
            reference: page.reference,
            gate: check.gate(),
            level: match check.level() {
                Level::Free => "free",
                Level::OnNet => "on-net",
                Level::Billed => "billed",
                Level::Load => "load",
            },
        }
    });
    CheckBook { suites: suites.collect(), checks: checks.collect() }
}

/// A run that was looked at and not begun.
struct Prepared<'a> {
    subject: Subject,
    checks: Vec<&'static dyn Check>,
    purse: Purse<'a>,
}

fn prepare<'a>(phone: &'a Phone, order: &CheckOrder) -> Result<Prepared<'a>, String> {
    let suite = Suite::from_name(&order.suite).ok_or("there is no such suite")?;
    let checks = suite::choose(suite, &order.only, &[])?;
    let trunk = phone.watch().settings(&order.trunk).cloned();
    let trunk = trunk.ok_or_else(|| format!("there is no trunk named {}", order.trunk))?;
    let free_suite = order.only.is_empty() && suite.is_free();
    let subject = Subject::new(trunk);
    let ledger = Some(Ledger::at(phone.folders.ledger()));
    let budget = Budget::default();
    let purse = Purse { budget, ledger, clock: &phone.clock };
    let mut terms = Terms { yes_billed: order.yes_billed, free_suite, left: None };
    if free_suite && order.yes_billed {
        terms.left = Some((budget, purse.spent(&subject).map_err(|why| why.to_string())?));
    }
    let subject = subject.with_terms(terms);
    Ok(Prepared { subject, checks, purse })
}

/// What a run would do; nothing is sent for it.
///
/// # Errors
/// A sentence, when the order names what is not there.
pub(crate) fn plan(phone: &Phone, order: &CheckOrder) -> Result<CheckPlan, String> {
    let mut agreed = order.clone();
    // What it would do if the user agreed, so that the user can.
    agreed.yes_billed = true;
    let Prepared { subject, checks, purse } = prepare(phone, &agreed)?;
    let plans = needed(&checks, &subject);
    let spent = Spent::of(&plans);
    Ok(CheckPlan {
        steps: plans.iter().map(ToString::to_string).collect(),
        calls: spent.calls,
        minutes: spent.time.as_secs_f64() / 60.0,
        numbers: guard::all_dialled(&subject, &plans).into_iter().map(str::to_owned).collect(),
        billed: subject.is_billed(),
        refused: guard::examine(&subject, &plans, &purse).err().map(|why| why.to_string()),
    })
}

/// Runs checks until they are judged, `cancelled`, or somebody calls on their trunk; the report
/// says which. The trunk is taken out of use meanwhile, so that calls to our own numbers ring nobody.
///
/// # Errors
/// A sentence, when the run may not begin.
pub(crate) async fn run(
    phone: &Phone,
    order: &CheckOrder,
    cancelled: oneshot::Receiver<()>,
    mut tell: impl FnMut(CheckTold) + Send,
) -> Result<CheckReport, String> {
    let Prepared { subject, checks, purse } = prepare(phone, order)?;
    guard::examine(&subject, &needed(&checks, &subject), &purse).map_err(|why| why.to_string())?;
    let config = Config { secrets: Arc::clone(&phone.passwords) as _, ..Config::default() };
    let engine = Engine::start(config).map_err(|why| why.to_string())?;
    let (stop, stopped) = watch::channel(false);
    phone.lend(&order.trunk, &stop).await?;
    let run = Run {
        engine: engine.clone(),
        subject,
        suite: if order.only.is_empty() { &order.suite } else { "only" },
        checks,
        dns: Vec::new(),
        clock: &phone.clock,
        purse,
        capture: None,
        sounds: Sounds::default(),
        stop: stopped,
    };
    let report = {
        let performed = run.perform(|progress| tell(told(progress)));
        tokio::pin!(performed);
        tokio::select! {
            report = &mut performed => report,
            _ = cancelled => {
                stop.send_replace(true);
                performed.await
            }
        }
    };
    engine.shutdown(FAREWELL).await;
    phone.give_back(&order.trunk, &stop);
    let told = JsonReport::from(&report);
    Ok(CheckReport { id: phone.reports.keep(report), report: told })
}

/// How a run goes on, for the window.
fn told(progress: Progress<'_>) -> CheckTold {
    match progress {
        Progress::Begins(plan, left) => CheckTold::Step { text: plan.to_string(), left },
        Progress::CutShort(plan, paid) => CheckTold::Step {
            text: format!(
                "{plan} was hung up after {} s: no more was paid for from the budget",
                paid.as_secs()
            ),
            left: 0,
        },
        Progress::Judged(entry) => CheckTold::Entry { entry: entry.into() },
    }
}
