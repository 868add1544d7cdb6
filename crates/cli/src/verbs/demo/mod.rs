//! `demo`: the whole of it with nothing but this computer.

mod round;

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use milliwatt_checks::{
    guard::{Budget, Purse},
    report::json_object,
    runner::Sounds,
    subject::Subject,
    suite::{self, Suite},
};
use milliwatt_engine::{
    Config, Engine,
    api::{Command, Event},
};
use milliwatt_store::{
    secret::{Given, Referenced, Secret},
    settings::Trunk,
};
use milliwatt_test_trunk::{Config as CarrierConfig, TestTrunk};

use super::{
    call,
    check::{Files, Session, exit, publish},
};
use crate::{
    args::Demo,
    exit::{Exit, Failure},
    output, phone,
    results::Results,
    wait::{self, Enough},
};

/// Name of the embedded trunk in reports.
const NAME: &str = "demo";

pub(super) async fn run(arguments: Demo, results: &Results) -> Result<Exit, Failure> {
    let mut enough = Enough::after(arguments.outputs.timeout);
    let files = Files { junit: arguments.junit.as_deref(), ..Files::default() };
    files.check()?;
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
    let capture = arguments.outputs.capture();
    let show = Show { engine: engine.clone(), trunk: settings(&ca), dns, capture };
    let ended = show.perform(files, results, &mut enough).await;
    engine.shutdown(Duration::from_secs(3)).await;
    carrier.stop().await;
    if let Some(path) = &arguments.outputs.trace {
        results.keep(phone::write_trace(path, &engine, NAME));
    }
    ended
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
    capture: Option<String>,
}

impl Show {
    async fn perform(
        self,
        files: Files<'_>,
        results: &Results,
        enough: &mut Enough,
    ) -> Result<Exit, Failure> {
        let call = tokio::select! {
            called = round::call(&self.engine, self.trunk.clone()) => called?,
            early = enough.wait() => return Err(Failure::early(early)),
        };
        results.say(call::summary(&call));
        let call = call::object(&call);
        results.line(&call);
        let checks = suite::choose(Suite::Smoke, &[], &[]).map_err(Failure::internal)?;
        let subject = Subject::new(self.trunk.clone());
        let purse = Purse { budget: Budget::default(), ledger: None, clock: wait::clock() };
        let Self { engine, dns, capture, .. } = self;
        let (suite, sounds) = ("smoke", Sounds::default());
        let session = Session { engine, subject, suite, checks, dns, purse, capture, sounds };
        let (report, early) = session.perform(results, enough).await;
        let mut object = json_object(&report);
        object["call"] = call;
        publish(&report, &object, results, files);
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
            _ => {}
        }
    }
    Err(Failure::internal("the engine ended"))
}

fn register(engine: &Engine) {
    engine.command(Command::Register { trunk: NAME.into() });
}
