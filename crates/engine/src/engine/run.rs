//! The one loop: a phone between real sockets, media threads, the history and the handle.

use std::{
    collections::BTreeMap,
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use milliwatt_sip::agent::Password;
use milliwatt_store::{
    secret::{Secret, SecretError},
    settings::Trunk,
};
use tokio::sync::{broadcast, mpsc, watch};

use super::{
    Config, StartError, Wanted,
    awake::Awake,
    dropped::Told,
    held::{Held, Search},
    log,
    past::Past,
    tap::Tap,
};
use crate::{
    api::{CallId, Command, Dropped, Event, TrunkState},
    clock::{Clock, SystemClock},
    ledger::{Ledger, Moment},
    media_io::{MediaThreads, News, Ports, SocketPair},
    net::{Net, NetConfig, NetEvent, Sockets},
    phone::{HistoryWrite, Input, MediaNotice, Output, Phone},
    ports::{Files, Readers},
    sounds::{Attached, Sounds},
    trace::Traces,
};

/// What the loop shares with its handles.
pub(super) struct Outside {
    pub(super) wanted: mpsc::UnboundedReceiver<Wanted>,
    pub(super) events: broadcast::Sender<Event>,
    pub(super) past: Past,
    pub(super) ports: Attached,
    pub(super) traces: Traces,
    /// Dropped when everything has ended.
    pub(super) alive: watch::Sender<()>,
}

/// Network events taken in one turn, before commands are looked at again: a flood delays a
/// hang-up by some milliseconds at most.
const TURN: usize = 32;

/// What comes back from other threads.
pub(super) enum Reply {
    /// How the writing of the history goes.
    History(Result<(), String>),
    /// What became of the recordings of calls that the last run left open.
    Repaired(String),
    Row(CallId, Result<(), String>),
    Secret(Search, Box<Trunk>, Result<Option<Secret>, SecretError>),
}

pub(super) struct Loop {
    pub(super) phone: Phone,
    net: Sockets,
    tap: Tap,
    pub(super) clock: Arc<dyn Clock>,
    config: Config,
    wanted: mpsc::UnboundedReceiver<Wanted>,
    events: broadcast::Sender<Event>,
    replies: (mpsc::UnboundedSender<Reply>, mpsc::UnboundedReceiver<Reply>),
    past: Past,
    ledger: Option<Ledger>,
    news: News,
    pub(super) media: MediaThreads,
    pub(super) sounds: Sounds,
    /// Ports of calls whose session has not started.
    pub(super) sockets: BTreeMap<CallId, SocketPair>,
    pub(super) ports: Ports,
    /// What the history is to keep and the listeners are to hear, at the end of a turn.
    rows: Vec<(CallId, HistoryWrite)>,
    told: Vec<Event>,
    /// What is told to have been thrown away.
    dropped: Told,
    awake: Awake,
    /// Commands for trunks whose password is being looked for.
    held: Held,
    stopped: bool,
    /// When the loop ends whatever is still open.
    leave_by: Option<Duration>,
}

/// Starts the loop on a thread of its own and waits until it runs.
///
/// # Errors
/// When the system gives no thread or descriptor.
pub(super) fn start(config: Config, outside: Outside) -> Result<(), StartError> {
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("engine".into()).spawn(move || {
        runtime.block_on(async move {
            let Outside { wanted, events, past, ports, traces, alive } = outside;
            match Loop::new(config, (wanted, events), past, ports, traces).await {
                Ok(mut running) => {
                    drop(tell.send(Ok(())));
                    running.run_to_its_end().await;
                    // Media threads and recordings end here, before `alive` tells so.
                    drop(running);
                }
                Err(error) => drop(tell.send(Err(error))),
            }
            drop(alive);
        });
    })?;
    let told: Result<(), io::Error> =
        told.recv().unwrap_or_else(|_| Err(io::Error::other("the loop did not start")));
    Ok(told?)
}

impl Loop {
    async fn new(
        config: Config,
        (wanted, events): (mpsc::UnboundedReceiver<Wanted>, broadcast::Sender<Event>),
        past: Past,
        ports: Attached,
        traces: Traces,
    ) -> io::Result<Self> {
        let seed = match config.seed {
            Some(seed) => seed,
            None => system_seed()?,
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let (reporter, news) = News::channel();
        let since_1970 = clock.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let replies = mpsc::unbounded_channel();
        past.tend(&replies.0);
        let net = NetConfig { nameservers: config.dns.clone(), ..NetConfig::default() };
        Ok(Self {
            phone: Phone::new(seed, &config.user_agent, since_1970.saturating_sub(clock.now())),
            net: Sockets::new(net).await.map_err(io::Error::other)?,
            tap: Tap::new(traces, Arc::clone(&clock)),
            media: MediaThreads::start(config.media_threads, &clock, &reporter)?,
            sounds: Sounds::new(&reporter, ports, Files::Elsewhere(Readers::new(&reporter)))?,
            clock,
            config,
            wanted,
            events,
            replies,
            ledger: past.history().cloned().map(Ledger::new),
            past,
            news,
            sockets: BTreeMap::new(),
            ports: Ports::new(seed),
            rows: Vec::new(),
            told: Vec::new(),
            dropped: Told::default(),
            awake: Awake::default(),
            held: Held::default(),
            stopped: false,
            leave_by: None,
        })
    }

    pub(super) async fn run(&mut self) {
        while !self.stopped {
            if self.turn() {
                // Let the runtime read its sockets between two turns of a flood.
                tokio::task::yield_now().await;
                continue;
            }
            self.ports.prepare();
            let now = self.clock.now();
            if self.leave_by.is_some_and(|by| by <= now) {
                return;
            }
            let due = [self.phone.wake_at(), self.net.wake_at(), self.leave_by];
            let due = due.into_iter().flatten().min();
            self.awake.rest(due);
            let sleep = due.map(|at| at.saturating_sub(now));
            tokio::select! {
                biased;
                wanted = self.wanted.recv(), if self.leave_by.is_none() => match wanted {
                    Some(wanted) => self.wanted(wanted),
                    None => self.abandoned(),
                },
                Some(reply) = self.replies.1.recv() => self.reply(reply),
                Some(news) = self.news.next() => {
                    let (call, notice) = MediaNotice::of(news);
                    self.input(Input::Media(call, notice));
                }
                () = self.net.ready() => {}
                // The next turn wakes the phone, once the network has looked at its addresses.
                () = sleep_for(sleep) => {}
            }
        }
    }

    /// Takes what waits: commands first, then some of the rest. True when more may wait.
    fn turn(&mut self) -> bool {
        let mut busy = false;
        if self.look_awake() {
            self.input(Input::Wake);
            busy = true;
        }
        while let Ok(wanted) = self.wanted.try_recv() {
            self.wanted(wanted);
            busy = true;
        }
        while let Ok(reply) = self.replies.1.try_recv() {
            self.reply(reply);
            busy = true;
        }
        for _ in 0..TURN {
            let Some(news) = self.news.poll() else { break };
            let (call, notice) = MediaNotice::of(news);
            self.input(Input::Media(call, notice));
            busy = true;
        }
        self.tell_dropped();
        for _ in 0..TURN {
            let Some(event) = self.net.poll(self.clock.now()) else { break };
            self.network(event);
            busy = true;
        }
        if self.phone.wake_at().is_some_and(|at| at <= self.clock.now()) {
            self.input(Input::Wake);
        }
        busy
    }

    fn wanted(&mut self, wanted: Wanted) {
        match wanted {
            Wanted::Command(command) => self.command(command),
            #[cfg(test)]
            Wanted::Panic => panic!("a surprise"),
            Wanted::Snapshot(tell) => {
                let mut snapshot = self.phone.snapshot(self.clock.now());
                // A trunk whose password is being looked for is not the phone's yet, nor are its calls.
                let known = |name: &str| snapshot.trunks.iter().any(|known| known.trunk == name);
                let coming = self.held.trunks().filter(|name| !known(name));
                let coming: Vec<_> = coming.cloned().map(TrunkState::coming).collect();
                snapshot.trunks.extend(coming);
                snapshot.calls.extend(self.held.calls());
                snapshot.dropped = self.thrown_away();
                // Whoever asked has gone away.
                drop(tell.send(snapshot));
            }
        }
    }

    fn command(&mut self, command: Command) {
        self.give_up(&command);
        let Some(command) = self.held.keep(command) else { return };
        log::command(&command);
        if let Command::AddTrunk { trunk } = command {
            self.find_secret(trunk);
        } else {
            self.input(Input::Command(command));
        }
    }

    /// What waits for a password and is wanted no more ends now: nobody knows how long a keyring waits.
    fn give_up(&mut self, after: &Command) {
        for waiting in self.held.give_up(after) {
            if let Command::Dial { call, trunk, dial } = waiting {
                self.input(Input::GivenUp(call, trunk, dial));
            } else if matches!(waiting, Command::Request { .. }) {
                // Each is answered.
                self.input(Input::Command(waiting));
            }
        }
    }

    /// Looks for a trunk's password off the loop: a keyring may ask its user first.
    fn find_secret(&mut self, trunk: Box<Trunk>) {
        let secrets = Arc::clone(&self.config.secrets);
        let tell = self.replies.0.clone();
        let search = self.held.hold(&trunk.trunk.name);
        tokio::task::spawn_blocking(move || {
            let secret = secrets.password(&trunk.trunk);
            // The loop has ended: nobody wants it any more.
            drop(tell.send(Reply::Secret(search, trunk, secret)));
        });
    }

    fn reply(&mut self, reply: Reply) {
        match reply {
            Reply::History(state) => self.input(Input::History(state)),
            Reply::Repaired(text) => {
                let kind = "recording-repaired".to_owned();
                self.tell(Event::Notice { call: None, kind, text });
            }
            Reply::Row(call, row) => self.input(Input::Row(call, row)),
            Reply::Secret(search, trunk, secret) => self.secret(search, trunk, secret),
        }
    }

    /// A trunk's password was found, or why it was not: what waits for it goes on.
    fn secret(
        &mut self,
        search: Search,
        trunk: Box<Trunk>,
        secret: Result<Option<Secret>, SecretError>,
    ) {
        let name = trunk.trunk.name.clone();
        let Some(mut waiting) = self.held.release(&name, search) else { return };
        match secret {
            Ok(secret) => {
                let password = secret.map(|secret| Password::new(secret.expose().to_owned()));
                self.input(Input::Trunk(trunk, password));
            }
            Err(error) => {
                self.tell(Event::TrunkFailed { trunk: name.clone(), why: error.to_string() });
            }
        }
        // That there is no such trunk to register would hide why.
        while !self.phone.has_line(&name)
            && matches!(waiting.front(), Some(Command::Register { .. }))
        {
            waiting.pop_front();
        }
        for command in waiting {
            self.command(command);
        }
    }

    fn network(&mut self, event: NetEvent) {
        self.tap.back(&self.phone, &event);
        self.input(Input::Net(event));
    }

    /// Gives the phone an input and does what follows from it: wire and sound first, for which a
    /// far end waits; then those who read.
    fn input(&mut self, input: Input) {
        self.look_awake();
        self.phone.handle(self.clock.now(), input);
        while let Some(output) = self.phone.poll() {
            match output {
                Output::Net(request) => {
                    self.tap.out(&self.phone, &request);
                    self.net.perform(self.clock.now(), request);
                }
                Output::Media(call, command) => self.sound(call, command),
                Output::History(call, write) => self.rows.push((call, write)),
                Output::Event(event) => self.told.push(*event),
                Output::Heard(account, fault) => self.tap.heard(&self.phone, account, fault),
                Output::Gone(trunk) => self.tap.gone(&trunk),
            }
        }
        for (call, write) in std::mem::take(&mut self.rows) {
            self.row(call, write);
        }
        for event in std::mem::take(&mut self.told) {
            self.tell(event);
        }
    }

    /// A sleep comes before whatever has woken us. True where there was one.
    fn look_awake(&mut self) -> bool {
        let Some(time) = self.awake.look(&*self.clock) else { return false };
        self.phone.handle(self.clock.now(), Input::Slept(time));
        true
    }

    fn tell(&mut self, event: Event) {
        log::event(&event);
        if let Event::Ended { report } = &event {
            // What it was given and has not used goes with it.
            self.sounds.forget(report.call);
        }
        if matches!(event, Event::Stopped) {
            self.stopped = true;
            self.write_all();
        }
        // Nobody listens: an engine without a reader still takes calls.
        drop(self.events.send(event));
    }

    fn row(&mut self, call: CallId, write: HistoryWrite) {
        let begins = matches!(write, HistoryWrite::Begin { .. });
        let tell = self.replies.0.clone();
        match &mut self.ledger {
            Some(ledger) => {
                let at = Moment { now: self.clock.now(), wall: self.clock.wall() };
                ledger.write(at, call, write, move |row| {
                    drop(tell.send(Reply::Row(call, row)));
                });
            }
            None if begins => drop(tell.send(Reply::Row(call, self.past.unwritten()))),
            None => {}
        }
    }

    fn thrown_away(&self) -> Dropped {
        Dropped { requests: self.phone.refused(), ..self.net.dropped() }
    }

    /// Figures and tones that found the queue full, and what the network threw away.
    fn tell_dropped(&mut self) {
        let now = self.clock.now();
        for (kind, text) in self.dropped.look(now, self.news.dropped(), self.thrown_away()) {
            self.tell(Event::Notice { call: None, kind: kind.into(), text });
        }
    }

    /// All calls are over: their rows are to be on disk when the end is told.
    fn write_all(&mut self) {
        let Some(Err(why)) = self.ledger.as_ref().map(Ledger::flush) else { return };
        let text = format!("The last calls may be missing from the history: {why}.");
        let kind = "history-lost".to_owned();
        drop(self.events.send(Event::Notice { call: None, kind, text }));
    }

    /// The last handle was dropped: calls are hung up, and the answers are waited for no longer
    /// than a second.
    pub(super) fn abandoned(&mut self) {
        self.leave_by = Some(self.clock.now() + Duration::from_secs(1));
        self.input(Input::Command(Command::Shutdown));
    }
}

/// A seed from the system.
fn system_seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut seed).map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(seed)
}

async fn sleep_for(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}
