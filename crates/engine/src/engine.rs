//! The handle: commands in, events out. The loop behind it runs on a thread of its own.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use milliwatt_media::frame::AudioPort;
use tokio::sync::{broadcast, mpsc};

use crate::api::{CallId, Command, Event};

/// How an engine is started.
#[derive(Clone, Debug)]
pub struct Config {
    /// Seed of all chance (tags, branches, SSRCs); from the system when `None`.
    pub seed: Option<[u8; 32]>,
    /// User-Agent and Server text.
    pub user_agent: String,
    /// History database; `None` keeps no history.
    pub history: Option<PathBuf>,
    /// DNS servers to ask; the system's when empty.
    pub dns: Vec<std::net::SocketAddr>,
    /// Media threads; one a core when `None`.
    pub media_threads: Option<usize>,
    /// Messages that the trace keeps for each trunk; the oldest go first.
    pub trace_messages: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: None,
            user_agent: format!("Milliwatt/{}", env!("CARGO_PKG_VERSION")),
            history: None,
            dns: Vec::new(),
            media_threads: None,
            trace_messages: 10_000,
        }
    }
}

/// Why an engine could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The history database cannot be opened.
    #[error("the history cannot be opened: {0}")]
    History(String),
    /// A thread or a descriptor could not be had.
    #[error("the engine cannot start: {0}")]
    Local(#[from] std::io::Error),
}

/// The running phone. Clones are handles to the same one; it ends with `shutdown`, or when the
/// last handle is dropped (calls are then hung up, without waiting for an answer).
#[derive(Clone, Debug)]
pub struct Engine(Arc<Shared>);

impl Engine {
    /// Starts the loop. Trunks are added by `Command::AddTrunk`.
    ///
    /// # Errors
    /// When the history cannot be opened, or the system gives no thread or descriptor.
    pub fn start(config: Config) -> Result<Self, StartError> {
        tracing::debug!(user_agent = config.user_agent, "engine starts");
        let (commands, _) = mpsc::unbounded_channel();
        let (events, _) = broadcast::channel(EVENTS);
        let ports = Mutex::default();
        let next_call = AtomicU64::new(1);
        Ok(Self(Arc::new(Shared { commands, events, next_call, ports })))
    }

    /// Asks for something. Never waits and is never dropped; after `shutdown` it does nothing.
    pub fn command(&self, command: Command) {
        drop(self.0.commands.send(command));
    }

    /// A name for a call to dial.
    pub fn next_call(&self) -> CallId {
        CallId(self.0.next_call.fetch_add(1, Ordering::Relaxed))
    }

    /// All events from here on.
    pub fn subscribe(&self) -> Events {
        Events { receiver: self.0.events.subscribe(), missed: 0 }
    }

    /// Gives the sound card, or anything else, to a call: what `Source::Port` stands for. Before
    /// `Dial` or `Answer`; it is dropped when the call ends.
    pub fn attach_port(&self, call: CallId, port: Box<dyn AudioPort>) {
        self.0.ports.lock().unwrap_or_else(PoisonError::into_inner).push((call, port));
    }

    /// Hangs up every call, gives back every registration, and waits until the far ends have
    /// answered, `limit` at most. True when all was answered.
    pub async fn shutdown(&self, limit: Duration) -> bool {
        let mut events = self.subscribe();
        self.command(Command::Shutdown);
        let stopped = async {
            while let Some(event) = events.next().await {
                if matches!(event, Event::Stopped) {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout(limit, stopped).await.unwrap_or(false)
    }
}

/// A bounded stream of events: a reader that falls behind by more than 8192 loses the oldest.
#[derive(Debug)]
pub struct Events {
    receiver: broadcast::Receiver<Event>,
    missed: u64,
}

impl Events {
    /// The next event; `None` when the engine has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            match self.receiver.recv().await {
                Ok(event) => return Some(event),
                Err(broadcast::error::RecvError::Lagged(n)) => self.missed += n,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// How many events were lost because this reader was too slow.
    pub fn missed(&self) -> u64 {
        self.missed
    }
}

/// Events kept for a slow reader: a minute of 100 calls.
const EVENTS: usize = 8192;

struct Shared {
    commands: mpsc::UnboundedSender<Command>,
    events: broadcast::Sender<Event>,
    next_call: AtomicU64,
    ports: Mutex<Vec<(CallId, Box<dyn AudioPort>)>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
