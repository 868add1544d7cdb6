//! Looks at a trunk that is being set up: the checks that cost nothing, told step by step, with the
//! change that would help where one is known.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc, time::Duration};

use milliwatt_checks::{
    guard::{Budget, Purse},
    report::{Entry, Report},
    runner::{Progress, Run, Sounds},
    subject::Subject,
    suite::{self, Suite},
    verdict::Outcome,
};
use milliwatt_engine::{Config, Engine};
use milliwatt_store::{
    secret::{Given, Secret},
    settings::{self, Trunk},
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
/// The transports that are tried where the trunk does not answer on its own, the best first.
const OTHERS: [Change; 3] = [Change::Tls, Change::Tcp, Change::Udp];
/// Time for each of them: for a handshake, or for a request that is lost twice.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time for the trunk to take its registration back.
const FAREWELL: Duration = Duration::from_secs(3);

/// Runs until all steps are told or `cancelled`.
///
/// # Errors
/// A sentence, when the settings are not allowed or nothing could be asked.
pub(crate) async fn run(
    phone: &Phone,
    mut trunk: Trunk,
    password: Option<Secret>,
    cancelled: oneshot::Receiver<()>,
    mut tell: impl FnMut(ProbeStep) + Send,
) -> Result<(), String> {
    trunk.trunk.name = settings::name(&trunk.trunk.name);
    let trunk = trunks::checked(trunk)?;
    let mut secrets = Given::over(Arc::clone(&phone.passwords));
    if let Some(password) = password {
        secrets = secrets.with(trunk.trunk.name.clone(), password);
    }
    // An engine of its own, so that a trunk of the same name that is in use stays in use.
    let config = Config { secrets: Arc::new(secrets), ..Config::default() };
    let engine = Engine::start(config).map_err(|why| why.to_string())?;
    let (stop, stopped) = watch::channel(false);
    let all = CHECKS.map(|(id, _)| id);
    let run = free_run(phone, &engine, trunk.clone(), &all, stopped.clone())?;
    let report = {
        let performed = perform(phone, run, &trunk, &stopped, &mut tell);
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

/// A run of some checks that cost nothing: none of them places a call.
fn free_run<'a>(
    phone: &'a Phone,
    engine: &Engine,
    trunk: Trunk,
    checks: &[&str],
    stop: watch::Receiver<bool>,
) -> Result<Run<'a>, String> {
    let only: Vec<String> = checks.iter().map(|id| (*id).to_owned()).collect();
    Ok(Run {
        engine: engine.clone(),
        subject: Subject::new(trunk),
        suite: "probe",
        checks: suite::choose(Suite::Smoke, &only, &[])?,
        dns: Vec::new(),
        clock: &phone.clock,
        purse: Purse { budget: Budget::default(), ledger: None, clock: &phone.clock },
        capture: None,
        sounds: Sounds::default(),
        stop,
    })
}

/// Tells the steps of a run. A trunk that did not say a word is asked over other transports then.
async fn perform(
    phone: &Phone,
    run: Run<'_>,
    trunk: &Trunk,
    stop: &watch::Receiver<bool>,
    tell: &mut (impl FnMut(ProbeStep) + Send),
) -> Report {
    let mut steps = Steps::new(trunk);
    tell(running(Step::Dns));
    let report = run
        .perform(|progress| {
            if let Progress::Judged(entry) = progress {
                steps.judged(entry).into_iter().for_each(&mut *tell);
            }
        })
        .await;
    let way = steps.found.remove(&Step::Transport);
    if let Some(silent) = way.filter(|way| way.state == StepState::Bad && way.code.is_none())
        && let Some(fix) = elsewhere(phone, trunk, stop).await
    {
        tell(ProbeStep { fix: Some(fix), ..silent });
    }
    report
}

/// The change to a transport on which the trunk answers, if there is one.
async fn elsewhere(phone: &Phone, trunk: &Trunk, stop: &watch::Receiver<bool>) -> Option<Fix> {
    for change in OTHERS {
        if *stop.borrow() {
            return None;
        }
        let fix = changed(trunk, change);
        let is_other = fix.trunk.trunk.transport != trunk.trunk.transport;
        if is_other && answers(phone, (*fix.trunk).clone(), stop.clone()).await {
            return Some(fix);
        }
    }
    None
}

/// True where a trunk answers OPTIONS, be it with a refusal.
async fn answers(phone: &Phone, mut trunk: Trunk, stop: watch::Receiver<bool>) -> bool {
    // It is not asked to log in: a wrong password tried often may lock the account.
    trunk.trunk.password = None;
    let Ok(engine) = Engine::start(Config::default()) else { return false };
    let Ok(run) = free_run(phone, &engine, trunk, &["reach.options"], stop) else { return false };
    let report = tokio::time::timeout(PATIENCE, run.perform(|_| {})).await;
    engine.shutdown(FAREWELL).await;
    let has_code = |entry: &Entry| code(entry).is_some();
    report.is_ok_and(|report| report.entries.iter().any(has_code))
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
        if step == Step::Tls && !matches!(self.trunk.trunk.transport.as_str(), "tls" | "wss") {
            let (state, said) = (StepState::Warn, vec![Said::Clear]);
            let fix = Some(changed(self.trunk, Change::Tls));
            return ProbeStep { step, state, said, code: None, fix };
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
        let code = code(entry);
        let is_refused = state == StepState::Bad && matches!(code, Some(401 | 403 | 407));
        let wants_password = step == Step::Register && is_refused;
        let fix = wants_password.then(|| changed(self.trunk, Change::Password));
        ProbeStep { step, state, said: vec![said], code, fix }
    }
}

/// The status code that a check saw.
fn code(entry: &Entry) -> Option<u16> {
    let code = entry.finding.measured.get("code").and_then(serde_json::Value::as_u64);
    code.and_then(|code| u16::try_from(code).ok())
}

/// A trunk after a change.
fn changed(trunk: &Trunk, change: Change) -> Fix {
    let mut trunk = Box::new(trunk.clone());
    let transport = match change {
        Change::Password => None,
        Change::Tcp => Some("tcp"),
        Change::Tls => Some("tls"),
        Change::Udp => Some("udp"),
    };
    if let Some(transport) = transport {
        trunk.trunk.transport = transport.into();
    }
    Fix { change, trunk }
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
fn codecs(trunk: &Trunk, reached: bool) -> ProbeStep {
    let (state, said) = if reached {
        (StepState::Note, vec![Said::Offered { codecs: trunk.media.codecs.join(", ") }])
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

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use milliwatt_checks::verdict::{Fault, Finding};
    use milliwatt_store::folders::Folders;
    use milliwatt_test_trunk::TestTrunk;

    use super::*;
    use crate::{samples, shelf::Shelf};

    fn over(transport: &str) -> Trunk {
        let mut trunk = samples::trunk("office");
        trunk.trunk.user = "alice".into();
        trunk.trunk.transport = transport.into();
        trunk
    }

    /// What a check's finding makes of its step.
    fn judged(trunk: &Trunk, id: &str, finding: Finding) -> ProbeStep {
        let checks = suite::choose(Suite::Smoke, &[id.to_owned()], &[]).unwrap();
        let (_, step) = CHECKS.into_iter().find(|(known, _)| *known == id).unwrap();
        Steps::new(trunk).one(step, &Entry::new(checks[0], finding, 0.0))
    }

    #[test]
    fn a_log_in_that_is_refused_wants_the_password_again() {
        let refused = |code: u16| {
            let finding = Finding::fail(Fault::OurConfig, "no").measured("code", code);
            judged(&over("udp"), "reg.basic", finding).fix.map(|fix| fix.change)
        };
        assert_eq!([401, 403, 407].map(refused), [Some(Change::Password); 3]);
        assert_eq!([404, 503].map(refused), [None; 2]);
    }

    #[test]
    fn tls_is_offered_where_nothing_is_encrypted() {
        let changes = ["udp", "ws", "tls", "wss"].map(|transport| {
            let step = judged(&over(transport), "tls.chain", Finding::pass());
            step.fix.map(|fix| (fix.change, fix.trunk.trunk.transport))
        });
        let tls = || Some((Change::Tls, "tls".to_owned()));
        assert_eq!(changes, [tls(), tls(), None, None]);
    }

    #[test]
    fn codecs_are_a_note_and_no_success() {
        assert_eq!(codecs(&over("udp"), true).state, StepState::Note);
        assert_eq!(codecs(&over("udp"), false).state, StepState::Skipped);
    }

    /// What is offered with each step that tells of the way to an address over a transport.
    async fn ways(carrier: &TestTrunk, domain: SocketAddr, transport: &str) -> Vec<Option<Change>> {
        let home = tempfile::tempdir().unwrap();
        let ca = home.path().join("ca.pem");
        std::fs::write(&ca, carrier.ca_pem()).unwrap();
        let mut trunk = over(transport);
        trunk.trunk.domain = domain.to_string();
        trunk.tls.ca = Some(ca.display().to_string());
        let folders =
            Folders { config: home.path().join("config"), data: home.path().join("data") };
        let (phone, _heard) = Phone::on(folders, Box::new(Shelf::default())).unwrap();
        let (_cancel, cancelled) = oneshot::channel();
        let mut told = Vec::new();
        let password = Some(Secret::new("alice-secret".into()));
        run(&phone, trunk, password, cancelled, |step| told.push(step)).await.unwrap();
        let of_the_way =
            |one: &ProbeStep| one.step == Step::Transport && one.state != StepState::Running;
        let ways = told.into_iter().filter(of_the_way);
        ways.map(|way| way.fix.map(|fix| fix.change)).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_transport_on_which_the_trunk_answers_is_offered() {
        let config = milliwatt_test_trunk::Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            ..milliwatt_test_trunk::Config::default()
        };
        let carrier = TestTrunk::start(config).await.unwrap();
        let (plain, tls) = (carrier.address(), carrier.tls_address());
        // Nobody listens at the port of TLS for UDP, and at the other for TLS.
        assert_eq!(ways(&carrier, tls, "udp").await, [None, Some(Change::Tls)]);
        assert_eq!(ways(&carrier, plain, "tls").await, [None, Some(Change::Tcp)]);
        assert_eq!(ways(&carrier, plain, "udp").await, [None], "it answers");
    }
}
