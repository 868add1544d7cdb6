//! Looks at a trunk that is being set up: the checks that cost nothing, told step by step, with the
//! change that would help.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc, time::Duration};

use milliwatt_checks::{
    guard::{Budget, Purse},
    report::Entry,
    runner::{Progress, Run, Sounds},
    subject::Subject,
    suite::{self, Suite},
    verdict::Outcome,
};
use milliwatt_engine::{Config, Engine};
use milliwatt_store::{
    secret::{Given, Secret},
    settings::Trunk,
};
use tokio::sync::{oneshot, watch};

use crate::{
    api::{Change, Fix, ProbeStep, Said, Step, StepState},
    phone::Phone,
    trunks,
};

/// The checks of each step.
const CHECKS: [(&str, Step); 7] = [
    ("dns.addr", Step::Dns),
    ("reach.options", Step::Transport),
    ("tls.chain", Step::Tls),
    ("tls.name", Step::Tls),
    ("tls.expiry", Step::Tls),
    ("reg.basic", Step::Register),
    ("nat.mapping", Step::Nat),
];
/// Time for the trunk to take its registration back.
const FAREWELL: Duration = Duration::from_secs(3);

/// Runs until all steps are told or `cancelled`.
///
/// # Errors
/// A sentence, when the settings are not allowed or nothing could be asked.
pub(crate) async fn run(
    phone: &Phone,
    trunk: Trunk,
    password: Option<Secret>,
    cancelled: oneshot::Receiver<()>,
    mut tell: impl FnMut(ProbeStep) + Send,
) -> Result<(), String> {
    let trunk = trunks::checked(trunk)?;
    let mut secrets = Given::over(Arc::clone(&phone.passwords));
    if let Some(password) = password {
        secrets = secrets.with(trunk.trunk.name.clone(), password);
    }
    // An engine of its own, so that a trunk of the same name that is in use stays in use.
    let config = Config { secrets: Arc::new(secrets), ..Config::default() };
    let engine = Engine::start(config).map_err(|why| why.to_string())?;
    let only: Vec<String> = CHECKS.iter().map(|(id, _)| (*id).to_owned()).collect();
    let checks = suite::choose(Suite::Smoke, &only, &[])?;
    let (stop, stopped) = watch::channel(false);
    let run = Run {
        engine: engine.clone(),
        subject: Subject::new(trunk.clone()),
        suite: "probe",
        checks,
        dns: Vec::new(),
        clock: &phone.clock,
        // None of these checks places a call.
        purse: Purse { budget: Budget::default(), ledger: None, clock: &phone.clock },
        capture: None,
        sounds: Sounds::default(),
        stop: stopped,
    };
    let mut steps = Steps::new(&trunk);
    tell(running(Step::Dns));
    let report = {
        let performed = run.perform(|progress| {
            if let Progress::Judged(entry) = progress {
                steps.judged(entry).into_iter().for_each(&mut tell);
            }
        });
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
    if !report.interrupted {
        tell(codecs(&trunk, report.obstacle.is_none()));
    }
    Ok(())
}

/// What was found so far.
struct Steps<'a> {
    trunk: &'a Trunk,
    found: BTreeMap<Step, ProbeStep>,
    /// Checks of a step that are not judged yet.
    left: BTreeMap<Step, usize>,
}

impl<'a> Steps<'a> {
    fn new(trunk: &'a Trunk) -> Self {
        let mut left = BTreeMap::new();
        for (_, step) in CHECKS {
            *left.entry(step).or_default() += 1;
        }
        Self { trunk, found: BTreeMap::new(), left }
    }

    /// Takes a check's finding in; answers its step when that is complete, and the next as running.
    fn judged(&mut self, entry: &Entry) -> Vec<ProbeStep> {
        let id = entry.check.id();
        let Some((_, step)) = CHECKS.into_iter().find(|(known, _)| *known == id) else {
            return Vec::new();
        };
        let one = match self.found.remove(&step) {
            Some(before) => worse(before, self.one(step, entry)),
            None => self.one(step, entry),
        };
        self.found.insert(step, one.clone());
        let left = self.left.entry(step).or_default();
        *left = left.saturating_sub(1);
        if *left > 0 {
            return Vec::new();
        }
        let next = CHECKS.into_iter().map(|(_, step)| step);
        let next = next.filter(|_| entry.reached).find(|next| !self.found.contains_key(next));
        std::iter::once(one).chain(next.map(running)).collect()
    }

    fn one(&self, step: Step, entry: &Entry) -> ProbeStep {
        if step == Step::Tls && self.trunk.trunk.transport != "tls" {
            let (state, said) = (StepState::Warn, vec![Said::Clear]);
            return ProbeStep { step, state, said, code: None, fix: self.encrypted() };
        }
        let finding = &entry.finding;
        let state = match finding.outcome {
            _ if !entry.reached => StepState::Skipped,
            Outcome::Pass | Outcome::Fact => StepState::Good,
            Outcome::Warn => StepState::Warn,
            Outcome::Error | Outcome::Fail => StepState::Bad,
            Outcome::Skip => StepState::Skipped,
        };
        let figures: Vec<String> =
            finding.measured.iter().filter(|(_, value)| !value.is_null()).map(figure).collect();
        let text = sentence(finding.advice.as_deref().unwrap_or(entry.check.page().title));
        let said = Said::Advice { text, figures: figures.join(", ") };
        let code = finding.measured.get("code").and_then(serde_json::Value::as_u64);
        let code = code.and_then(|code| u16::try_from(code).ok());
        let fix = (state == StepState::Bad && step == Step::Transport).then(|| self.encrypted());
        ProbeStep { step, state, said: vec![said], code, fix: fix.flatten() }
    }

    /// The same trunk over TLS, unless it is.
    fn encrypted(&self) -> Option<Fix> {
        let mut trunk = self.trunk.clone();
        if trunk.trunk.transport == "tls" {
            return None;
        }
        trunk.trunk.transport = "tls".into();
        Some(Fix { change: Change::Tls, trunk: Box::new(trunk) })
    }
}

fn running(step: Step) -> ProbeStep {
    ProbeStep { step, state: StepState::Running, said: Vec::new(), code: None, fix: None }
}

/// The worse of two findings speaks for a step; of equal ones both do.
fn worse(one: ProbeStep, other: ProbeStep) -> ProbeStep {
    match one.state.cmp(&other.state) {
        Ordering::Greater => one,
        Ordering::Less => other,
        Ordering::Equal if one.said == other.said => one,
        Ordering::Equal => ProbeStep { said: [one.said, other.said].concat(), ..one },
    }
}

/// What is agreed shows in the first call; nobody is called for it here.
fn codecs(trunk: &Trunk, good: bool) -> ProbeStep {
    let (state, said) = if good {
        (StepState::Good, vec![Said::Offered { codecs: trunk.media.codecs.join(", ") }])
    } else {
        (StepState::Skipped, Vec::new())
    };
    ProbeStep { step: Step::Codecs, state, said, code: None, fix: None }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "all others print as JSON does")]
fn figure((name, value): (&String, &serde_json::Value)) -> String {
    let shown = match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(list) => {
            let each =
                list.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), Into::into));
            each.collect::<Vec<String>>().join(", ")
        }
        other => other.to_string(),
    };
    match name.strip_suffix("_ms") {
        Some(name) => format!("{} {shown} ms", name.replace('_', " ")),
        None => format!("{} {shown}", name.replace('_', " ")),
    }
}

/// With a capital letter in front and a full stop behind.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}
