//! `demo`: the whole of it with nothing but this computer.

mod round;

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use milliwatt_checks::{
    check::Check,
    guard::{Budget, Purse},
    report::{Obstacle, Report, json_line, json_object},
    runner::Sounds,
    subject::Subject,
    suite::{self, Suite},
};
use milliwatt_engine::{
    Config, Engine,
    api::{Command, Event},
    clock::Clock,
};
use milliwatt_store::{
    secret::{Given, Referenced, Secret},
    settings::Trunk,
};
use milliwatt_test_trunk::{Config as CarrierConfig, TestTrunk};
use serde_json::Value;

use super::{
    call,
    check::{Files, Session, exit, publish},
};
use crate::{
    args::{Demo, Outputs},
    exit::{Exit, Failure},
    output, phone,
    results::Results,
    wait::{self, Enough},
};

/// Name of the embedded trunk in reports.
const NAME: &str = "demo";
/// Name of its suite.
const SUITE: &str = "smoke";

pub(super) async fn run(arguments: Demo, results: &Results) -> Result<Exit, Failure> {
    let mut enough = Enough::after(arguments.outputs.timeout);
    let files = Files { junit: arguments.junit.as_deref(), ..Files::default() };
    files.check()?;
    let checks = suite::choose(Suite::Smoke, &[], &[]).map_err(Failure::internal)?;
    let told = Told { checks, files, outputs: &arguments.outputs, results };
    match on_stage(&told, &mut enough).await {
        Ok(exit) => Ok(exit),
        Err(failure) => Ok(told.unreached(&failure)),
    }
}

/// Sets up the carrier and the phone, and has them perform.
async fn on_stage(told: &Told<'_>, enough: &mut Enough) -> Result<Exit, Failure> {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = CarrierConfig { listen, dns: Some(listen), ..CarrierConfig::default() };
    let carrier = TestTrunk::start(config).await.map_err(Failure::could_not_run)?;
    let folder = Scratch::new()?;
    let ca = folder.0.join("ca.pem");
    output::write(&ca, carrier.ca_pem().as_bytes())?;
    let dns: Vec<SocketAddr> = carrier.dns_address().into_iter().collect();
    let engine = engine(&folder.0, dns.clone())?;
    output::note(
        "embedded trunk: alice registers, calls her own number +15550100 and hears herself",
    );
    let show = Show { engine: engine.clone(), trunk: settings(&ca), dns };
    let ended = show.perform(told, enough).await;
    engine.shutdown(Duration::from_secs(3)).await;
    carrier.stop().await;
    if let Some(path) = &told.outputs.trace {
        told.results.keep(phone::write_trace(path, &engine, NAME));
    }
    ended
}

/// The checks, and where their report goes.
struct Told<'a> {
    checks: Vec<&'static dyn Check>,
    files: Files<'a>,
    outputs: &'a Outputs,
    results: &'a Results,
}

impl Told<'_> {
    /// Writes every report that was asked for.
    fn publish(&self, report: &Report, call: Option<Value>) {
        let mut object = json_object(report);
        if let Some(call) = call {
            object["call"] = call;
        }
        publish(report, &object, self.results, self.files);
    }

    /// The same where the end came before the checks.
    fn unreached(&self, failure: &Failure) -> Exit {
        let early = matches!(failure.exit, Exit::Interrupted | Exit::TimeUp);
        let obstacle = (!early).then(|| Obstacle::Here(failure.why().to_owned()));
        let ended = wait::clock().wall();
        let report = Report::unreached((NAME, SUITE), &self.checks, ended, obstacle);
        report.entries.iter().for_each(|entry| self.results.line(&json_line(entry)));
        self.publish(&report, None);
        if early {
            failure.tell();
        }
        failure.exit
    }
}

/// A phone of its own: what it does stays out of the user's history.
fn engine(folder: &Path, dns: Vec<SocketAddr>) -> Result<Engine, Failure> {
    let secret = Secret::new("alice-secret".into());
    let secrets = Arc::new(Given::over(Referenced).with(NAME, secret));
    let history = Some(folder.join("history.sqlite"));
    phone::engine(Config { history, dns, secrets, ..Config::default() })
}

/// What is shown: a call, then the checks.
struct Show {
    engine: Engine,
    trunk: Trunk,
    dns: Vec<SocketAddr>,
}

impl Show {
    async fn perform(self, told: &Told<'_>, enough: &mut Enough) -> Result<Exit, Failure> {
        let call = tokio::select! {
            called = round::call(&self.engine, self.trunk.clone()) => called?,
            early = enough.wait() => return Err(Failure::early(early)),
        };
        told.results.say(call::summary(&call));
        let call = call::object(&call);
        told.results.line(&call);
        let mut events = self.engine.subscribe();
        let session = Session {
            engine: self.engine,
            subject: Subject::new(self.trunk),
            suite: SUITE,
            checks: told.checks.clone(),
            dns: self.dns,
            purse: Purse { budget: Budget::default(), ledger: None, clock: wait::clock() },
            capture: told.outputs.capture(),
            sounds: Sounds::default(),
        };
        let (report, early) = session.perform(told.results, enough, &mut events).await;
        told.publish(&report, Some(call));
        Ok(early.worst(exit(&report, false)))
    }
}

fn settings(ca: &Path) -> Trunk {
    let mut trunk = Trunk::default();
    trunk.trunk.name = NAME.into();
    trunk.trunk.domain = "test-trunk.invalid".into();
    trunk.trunk.transport = "tls".into();
    trunk.trunk.user = "alice".into();
    trunk.numbers.dids = vec!["+15550100".into()];
    trunk.numbers.did_in = "to".into();
    trunk.tls.ca = Some(ca.display().to_string());
    trunk.test.billed = Some(false);
    trunk
}

/// A folder that is gone when the demo ends.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new() -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("milliwatt-demo-{}", std::process::id()));
        std::fs::create_dir(&folder)
            .map_err(|e| Failure::could_not_run(format!("{}: {e}", folder.display())))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Waits until the trunk is in use.
async fn ready(events: &mut milliwatt_engine::Events) -> Result<(), Failure> {
    while let Some(event) = events.next().await {
        match event {
            Event::TrunkReady { .. } => return Ok(()),
            Event::TrunkFailed { why, .. } => return Err(Failure::could_not_run(why)),
            Event::Notice { call: None, text, .. } => output::note(text),
            _ => {}
        }
    }
    Err(Failure::internal("the engine ended"))
}

fn register(engine: &Engine) {
    engine.command(Command::Register { trunk: NAME.into() });
}
