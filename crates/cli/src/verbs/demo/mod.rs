//! `demo`: the whole of it with nothing but this computer.

mod round;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use milliwatt_checks::{
    subject::Subject,
    suite::{self, Suite},
};
use milliwatt_engine::api::{Command, Event};
use milliwatt_store::{
    secret::{Given, Referenced, Secret},
    settings::Trunk,
};
use milliwatt_test_trunk::{Config, TestTrunk};

use super::check::{Session, exit, publish};
use crate::{
    args::Demo,
    exit::{Exit, Failure},
    output, phone, target, wait,
};

/// Name of the embedded trunk in reports and in the history.
const NAME: &str = "demo";

pub(super) async fn run(arguments: Demo) -> Result<Exit, Failure> {
    let sinks = arguments.outputs.sinks();
    sinks.check()?;
    target::log(&arguments.outputs)?;
    if let Some(path) = &arguments.junit {
        output::writable(path)?;
    }
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = Config { listen, dns: Some(listen), ..Config::default() };
    let carrier = TestTrunk::start(config).await.map_err(Failure::could_not_run)?;
    let folder = Scratch::new()?;
    let ca = folder.0.join("ca.pem");
    output::write(&ca, carrier.ca_pem().as_bytes())?;
    let dns: Vec<SocketAddr> = carrier.dns_address().into_iter().collect();
    let secret = Secret::new("alice-secret".into());
    let engine = phone::engine(dns.clone(), Arc::new(Given::over(Referenced).with(NAME, secret)))?;
    output::note(
        "embedded trunk: alice registers, calls her own number +15550100 and hears herself",
    );

    let trunk = settings(&ca);
    let enough = wait::enough(arguments.outputs.timeout);
    let called = tokio::select! {
        called = round::call(&engine, trunk.clone()) => called,
        early = enough => Err(Failure::could_not_run("ended before its end").with_exit(early)),
    };
    let outcome = match called {
        Ok(report) => {
            output::note(super::call::summary(&report));
            let checks = suite::choose(Suite::Smoke, &[], &[]).map_err(Failure::internal)?;
            let subject = Subject::new(trunk);
            let session = Session { engine: engine.clone(), subject, suite: "smoke", checks, dns };
            session.perform(&sinks, arguments.outputs.timeout).await
        }
        Err(failure) => Err(failure),
    };
    if let Some(path) = &arguments.outputs.trace {
        phone::write_trace(path, &engine, NAME)?;
    }
    engine.shutdown(Duration::from_secs(3)).await;
    carrier.stop().await;
    let (report, early) = outcome?;
    publish(&report, &sinks, arguments.junit.as_deref())?;
    Ok(early.worst(exit(&report, false)))
}

fn settings(ca: &std::path::Path) -> Trunk {
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

fn register(engine: &milliwatt_engine::Engine) {
    engine.command(Command::Register { trunk: NAME.into() });
}
