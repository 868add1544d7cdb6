//! The engine as a verb uses it: one trunk, its events, and a proper end.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
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
    results::Results,
    target::Target,
    wait::Enough,
};

/// Time for BYE and unregistration at the end.
const FAREWELL: Duration = Duration::from_secs(5);
/// Time for a socket and a first look at the settings.
const LOCAL: Duration = Duration::from_secs(5);
/// A registrar that is silent for Timer F of RFC 3261 stays silent.
const REGISTRAR: Duration = Duration::from_secs(35);

/// What is told of a far end that says nothing.
pub(crate) const SILENCE: &str = "the trunk does not answer: check its address, port and transport, and \
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
    /// The trunk wants a registration.
    pub(crate) registers: bool,
    trace: Option<PathBuf>,
    /// Of calls, and told while something else was waited for.
    passed: VecDeque<Event>,
}

/// The engine of this process, for an end that nobody planned.
static RUNNING: Mutex<Option<Engine>> = Mutex::new(None);

/// Starts an engine.
pub(crate) fn engine(config: Config) -> Result<Engine, Failure> {
    let engine = Engine::start(config).map_err(Failure::could_not_run)?;
    *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(engine.clone());
    Ok(engine)
}

/// Starts an engine that keeps the user's history. Where that cannot be opened, a person's calls go
/// on, and are told so.
pub(crate) fn user_engine(secrets: Arc<dyn SecretStore>) -> Result<Engine, Failure> {
    let folders = Folders::locate().map_err(Failure::usage)?;
    engine(Config { history: Some(folders.history()), secrets, ..Config::default() })
}

/// Hangs up whatever a verb left behind.
pub(crate) async fn leave_nothing() {
    let engine = RUNNING.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(engine) = engine {
        engine.shutdown(FAREWELL).await;
    }
}

impl Phone {
    /// Starts an engine and gives it the trunk.
    pub(crate) async fn start(target: Target, outputs: &Outputs) -> Result<Self, Failure> {
        let engine = user_engine(target.secrets)?;
        let mut phone = Self {
            events: engine.subscribe(),
            engine,
            trunk: target.trunk.trunk.name.clone(),
            listen: Vec::new(),
            registers: target.trunk.trunk.register,
            passed: VecDeque::new(),
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

    /// Waits for an event that `wanted` makes something of; `None` when the time is up. What
    /// concerns no single call, such as trouble with the history, is told once and passes here.
    pub(crate) async fn until<T>(
        &mut self,
        limit: Duration,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Option<T> {
        let wait = async {
            while let Some(event) = self.events.next().await {
                if let Event::Notice { call: None, text, .. } = &event {
                    output::note(text);
                }
                if let Some(found) = wanted(&event) {
                    return Some(found);
                }
                if matches!(event, Event::Incoming { .. } | Event::Ended { .. }) {
                    self.passed.push_back(event);
                }
            }
            None
        };
        tokio::time::timeout(limit, wait).await.unwrap_or(None)
    }

    /// The next event; first those of calls that came while something else was waited for.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        match self.passed.pop_front() {
            Some(event) => Some(event),
            None => self.events.next().await,
        }
    }

    /// Registers and waits for the outcome; an error says why there is none.
    pub(crate) async fn register(&mut self, enough: &mut Enough) -> Result<Registration, Failure> {
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
        let early = tokio::select! {
            outcome = outcome => return outcome.ok_or_else(|| Failure::could_not_run(SILENCE)),
            early = enough.wait() => early,
        };
        Err(self.cut_short(early).unwrap_or_else(|| Failure::early(early)))
    }

    /// Registers, when the trunk is one that wants it; an error says why the verb ends here.
    pub(crate) async fn log_in(&mut self, enough: &mut Enough) -> Result<(), Failure> {
        if self.registers { judge(&self.register(enough).await?) } else { Ok(()) }
    }

    /// Why a run that `early` ended before its time could not do better: a trunk that has not said a
    /// word is told before the time that is up.
    pub(crate) fn cut_short(&self, early: Exit) -> Option<Failure> {
        let trace = self.engine.trace().of(&self.trunk);
        let heard = trace.entries().any(|entry| entry.direction == trace::Direction::In);
        (early == Exit::TimeUp && !heard).then(|| Failure::could_not_run(SILENCE))
    }

    /// Hangs up, unregisters, writes the trace. Results are written before.
    pub(crate) async fn finish(mut self, results: &Results) {
        shut_down(&self.engine, &mut self.events).await;
        if let Some(path) = &self.trace {
            results.keep(write_trace(path, &self.engine, &self.trunk));
        }
    }
}

/// Ends an engine, and tells what its end had to tell.
pub(crate) async fn shut_down(engine: &Engine, events: &mut Events) {
    if engine.shutdown(FAREWELL).await {
        // It has come, nothing is waited for.
        while let Some(event) = events.next().await {
            if let Event::Notice { call: None, text, .. } = event {
                output::complain(text);
            }
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

/// How a registration that is not one ends the program.
pub(crate) fn judge(registration: &Registration) -> Result<(), Failure> {
    match registration {
        Registration::Registered { .. } => Ok(()),
        Registration::Refused { code, reason, advice } => {
            let why = format!("registration refused: {code} {reason}. {advice}");
            let refused = matches!(code, 401 | 403 | 407);
            Err(if refused { Failure::refused(why) } else { Failure::failed(why) })
        }
        Registration::Failed { code, why, .. } => {
            let why = format!("not registered: {why}");
            Err(if code.is_some() { Failure::failed(why) } else { Failure::could_not_run(why) })
        }
        Registration::Registering | Registration::Unregistered => {
            Err(Failure::internal("not registered"))
        }
    }
}
