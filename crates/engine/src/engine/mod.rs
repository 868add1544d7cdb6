//! The handle: commands in, events out. The loop behind it runs on a thread of its own.

mod awake;
mod dropped;
mod held;
mod log;
mod panicked;
mod past;
mod run;
mod sound;
mod tap;

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use milliwatt_media::frame::AudioPort;
use milliwatt_store::{
    history::History,
    secret::{Referenced, SecretStore},
};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use self::past::Past;
use crate::{
    api::{CallId, Command, Event, Snapshot},
    sounds::Attached,
    trace::{Bounds, Traces},
};

/// How an engine is started.
#[derive(Clone)]
pub struct Config {
    /// Seed of all chance (tags, branches, SSRCs); from the system when `None`.
    pub seed: Option<[u8; 32]>,
    /// User-Agent and Server text.
    pub user_agent: String,
    /// Where the passwords of trunks come from.
    pub secrets: Arc<dyn SecretStore>,
    /// History database; `None` keeps no history. One that cannot be opened keeps nobody from calling:
    /// it is told in a notice `history`, and by `Engine::unkept`.
    pub history: Option<PathBuf>,
    /// DNS servers to ask; the system's when empty.
    pub dns: Vec<SocketAddr>,
    /// Media threads; one a core when `None`.
    pub media_threads: Option<usize>,
    /// What the trace keeps for each trunk; the oldest messages go first.
    pub trace: Bounds,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: None,
            user_agent: format!("Milliwatt/{}", env!("CARGO_PKG_VERSION")),
            secrets: Arc::new(Referenced),
            history: None,
            dns: Vec::new(),
            media_threads: None,
            trace: Bounds::default(),
        }
    }
}

/// Why an engine could not be started: a thread or a descriptor could not be had.
#[derive(Debug, thiserror::Error)]
#[error("the engine cannot start: {0}")]
pub struct StartError(#[from] io::Error);

/// The running phone. Clones are handles to the same one; it ends with `shutdown`, or when the
/// last handle is dropped (calls are then hung up, without waiting for an answer).
#[derive(Clone, Debug)]
pub struct Engine(Arc<Shared>);

impl Engine {
    /// Starts the loop. Trunks are added by `Command::AddTrunk`.
    ///
    /// # Errors
    /// When the system gives no thread or descriptor.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let past = Past::open(config.history.as_deref());
        let (commands, wanted) = mpsc::unbounded_channel();
        let (events, first) = broadcast::channel(EVENTS);
        let (alive, ended) = watch::channel(());
        let ports = Attached::default();
        let traces = Traces::new(config.trace);
        let outside = run::Outside {
            wanted,
            events: events.clone(),
            past: past.clone(),
            ports: Attached::clone(&ports),
            traces: traces.clone(),
            alive,
        };
        run::start(config, outside)?;
        let next_call = AtomicU64::new(1);
        let first = Mutex::new(Some(first));
        let shared = Shared { commands, events, first, next_call, ports, past, traces, ended };
        Ok(Self(Arc::new(shared)))
    }

    /// Asks for something. Never waits and is never dropped; after `shutdown` it does nothing.
    pub fn command(&self, command: Command) {
        // The loop has ended: there is nobody left to ask.
        drop(self.0.commands.send(Wanted::Command(command)));
    }

    /// Makes the loop panic.
    #[cfg(test)]
    fn panic(&self) {
        drop(self.0.commands.send(Wanted::Panic));
    }

    /// What is under way, after all commands given so far; `None` when the engine has ended.
    pub async fn snapshot(&self) -> Option<Snapshot> {
        let (tell, told) = oneshot::channel();
        self.0.commands.send(Wanted::Snapshot(tell)).ok()?;
        told.await.ok()
    }

    /// A name for a call to dial.
    pub fn next_call(&self) -> CallId {
        CallId(self.0.next_call.fetch_add(1, Ordering::Relaxed))
    }

    /// All events from here on; the first to ask hears those since the start too.
    pub fn subscribe(&self) -> Events {
        let first = self.0.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let receiver = first.unwrap_or_else(|| self.0.events.subscribe());
        Events { receiver, ended: self.0.ended.clone(), missed: 0 }
    }

    /// Gives the sound card, or anything else, to a call: what `Source::Port` stands for. Before
    /// `Dial` or `Answer`; it is dropped when the call ends.
    pub fn attach_port(&self, call: CallId, port: Box<dyn AudioPort>) {
        self.0.ports.lock().unwrap_or_else(PoisonError::into_inner).push((call, port));
    }

    /// Every message on the wire, by name of the trunk.
    pub fn trace(&self) -> &Traces {
        &self.0.traces
    }

    /// The calls of before; `None` when none are kept.
    pub fn history(&self) -> Option<&History> {
        self.0.past.history()
    }

    /// Why calls are not kept although they were to be, and what to do about it, in a sentence.
    pub fn unkept(&self) -> Option<&str> {
        self.0.past.trouble()
    }

    /// Hangs up every call, gives back every registration, and waits until the far ends have
    /// answered and recordings are written, `limit` at most. True when all was answered.
    pub async fn shutdown(&self, limit: Duration) -> bool {
        self.command(Command::Shutdown);
        let mut ended = self.0.ended.clone();
        // The sender says nothing: it is dropped when the loop has ended.
        let stopped = async { while ended.changed().await.is_ok() {} };
        tokio::time::timeout(limit, stopped).await.is_ok()
    }
}

/// What the handles want of the loop.
enum Wanted {
    Command(Command),
    /// For the test of what follows from it.
    #[cfg(test)]
    Panic,
    Snapshot(oneshot::Sender<Snapshot>),
}

/// A bounded stream of events: a reader that falls behind by more than 8192 loses the oldest, and
/// reads a notice `events-missed` in their place.
#[derive(Debug)]
pub struct Events {
    receiver: broadcast::Receiver<Event>,
    ended: watch::Receiver<()>,
    missed: u64,
}

impl Events {
    /// The next event; `None` when the engine has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                biased;
                received = self.receiver.recv() => match received {
                    Ok(event) => return Some(event),
                    Err(broadcast::error::RecvError::Lagged(n)) => {
                        self.missed += n;
                        return Some(missed(n));
                    }
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                changed = self.ended.changed() => if changed.is_err() {
                    return self.receiver.try_recv().ok();
                },
            }
        }
    }

    /// How many events were lost because this reader was too slow.
    pub fn missed(&self) -> u64 {
        self.missed
    }
}

fn missed(events: u64) -> Event {
    let text = format!(
        "{events} events were lost because they were read too slowly: what is under way has to be \
         asked for anew."
    );
    Event::Notice { call: None, kind: "events-missed".into(), text }
}

/// Events kept for a slow reader: a minute of 100 calls.
const EVENTS: usize = 8192;

struct Shared {
    commands: mpsc::UnboundedSender<Wanted>,
    events: broadcast::Sender<Event>,
    /// For the first who subscribes.
    first: Mutex<Option<broadcast::Receiver<Event>>>,
    next_call: AtomicU64,
    ports: Attached,
    past: Past,
    traces: Traces,
    ended: watch::Receiver<()>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
