//! The engine as a verb uses it: one trunk, its events, and a proper end.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use milliwatt_engine::{
    Config, Engine, Events,
    api::{Command, Event, Registration},
    trace,
};
use milliwatt_store::{folders::Folders, secret::SecretStore};

use crate::{
    args::Outputs,
    exit::{Exit, Failure},
    output,
    target::Target,
};

/// Time for BYE and unregistration at the end.
const FAREWELL: Duration = Duration::from_secs(5);
/// Time for a socket and a first look at the settings.
const LOCAL: Duration = Duration::from_secs(5);
/// A registrar that is silent for Timer F of RFC 3261 stays silent.
const REGISTRAR: Duration = Duration::from_secs(35);

/// What is told of a far end that says nothing.
const SILENCE: &str = "the trunk does not answer: check its address, port and transport, and \
                       whether a firewall drops the packets";

/// A running engine with one trunk.
pub(crate) struct Phone {
    /// The engine.
    pub(crate) engine: Engine,
    /// What it tells.
    pub(crate) events: Events,
    /// Name of the trunk.
    pub(crate) trunk: String,
    /// Where the trunk listens, `udp:ADDR:PORT`.
    pub(crate) listen: Vec<String>,
    trace: Option<PathBuf>,
}

/// Starts an engine that keeps a history.
pub(crate) fn engine(
    dns: Vec<SocketAddr>,
    secrets: Arc<dyn SecretStore>,
) -> Result<Engine, Failure> {
    let folders = Folders::locate().map_err(Failure::usage)?;
    let config = Config { history: Some(folders.history()), dns, secrets, ..Config::default() };
    Engine::start(config).map_err(Failure::could_not_run)
}

impl Phone {
    /// Starts an engine and gives it the trunk.
    pub(crate) async fn start(target: Target, outputs: &Outputs) -> Result<Self, Failure> {
        crate::target::log(outputs)?;
        let engine = engine(Vec::new(), target.secrets)?;
        let mut phone = Self {
            events: engine.subscribe(),
            engine,
            trunk: target.trunk.trunk.name.clone(),
            listen: Vec::new(),
            trace: outputs.trace.clone(),
        };
        phone.engine.command(Command::AddTrunk { trunk: Box::new(target.trunk) });
        let up = phone.until(LOCAL, |event| match event {
            Event::TrunkReady { listen, .. } => Some(Ok(listen.clone())),
            Event::TrunkFailed { why, .. } => Some(Err(why.clone())),
            _ => None,
        });
        match up.await {
            Some(Ok(listen)) => {
                phone.listen = listen;
                Ok(phone)
            }
            Some(Err(why)) => Err(Failure::could_not_run(why)),
            None => Err(Failure::internal("the engine does not answer")),
        }
    }

    /// Waits for an event that `wanted` makes something of; `None` when the time is up.
    pub(crate) async fn until<T>(
        &mut self,
        limit: Duration,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Option<T> {
        let wait = async {
            while let Some(event) = self.events.next().await {
                if let Some(found) = wanted(&event) {
                    return Some(found);
                }
            }
            None
        };
        tokio::time::timeout(limit, wait).await.unwrap_or(None)
    }

    /// Registers and waits for the outcome, which is told to the user when it is bad.
    pub(crate) async fn register(&mut self) -> Result<Registration, Failure> {
        self.engine.command(Command::Register { trunk: self.trunk.clone() });
        let outcome = self.until(REGISTRAR, |event| match event {
            Event::Registration { registration, .. } => match registration {
                Registration::Registering | Registration::Unregistered => None,
                Registration::Failed { .. }
                | Registration::Refused { .. }
                | Registration::Registered { .. } => Some(registration.clone()),
            },
            _ => None,
        });
        let outcome = outcome.await;
        outcome.ok_or_else(|| Failure::could_not_run(SILENCE))
    }

    /// Why a run that `early` ended before its time could not do better: a trunk that has not said a
    /// word is told before the time that is up.
    pub(crate) fn cut_short(&self, early: Exit) -> Exit {
        let trace = self.engine.trace().of(&self.trunk);
        let heard = trace.entries().any(|entry| entry.direction == trace::Direction::In);
        if early != Exit::TimeUp || heard {
            return early;
        }
        output::complain(SILENCE);
        early.worst(Exit::CouldNotRun)
    }

    /// Hangs up, unregisters, writes the trace.
    pub(crate) async fn finish(self) -> Result<(), Failure> {
        self.engine.shutdown(FAREWELL).await;
        match &self.trace {
            Some(path) => write_trace(path, &self.engine, &self.trunk),
            None => Ok(()),
        }
    }
}

/// Writes all messages of a trunk for Wireshark, secrets masked.
pub(crate) fn write_trace(path: &Path, engine: &Engine, trunk: &str) -> Result<(), Failure> {
    let trace = engine.trace().of(trunk);
    let mut file = Vec::new();
    trace::write_pcap(&mut file, trace.entries(), trace::Numbers::Shown)
        .map_err(Failure::internal)?;
    output::write(path, &file)
}

/// How a registration that is not one ends the program, and what the user is told.
pub(crate) fn judge(registration: &Registration) -> Exit {
    match registration {
        Registration::Registered { .. } => Exit::Good,
        Registration::Refused { code, reason, advice } => {
            output::complain(format!("registration refused: {code} {reason}. {advice}"));
            if matches!(code, 401 | 403 | 407) { Exit::Refused } else { Exit::Failed }
        }
        Registration::Failed { code, why, .. } => {
            output::complain(format!("not registered: {why}"));
            if code.is_some() { Exit::Failed } else { Exit::CouldNotRun }
        }
        Registration::Registering | Registration::Unregistered => Exit::Internal,
    }
}
