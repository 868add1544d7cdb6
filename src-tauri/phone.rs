//! The phone behind the window: the engine, what is kept on disk, and what was seen so far. It goes
//! on when the window is closed, reloaded or crashes.

mod drawn;
mod help;
mod keys;
mod loans;
mod missed;
mod network;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use milliwatt_audio::{Cards, Event as SoundEvent, Region, System};
use milliwatt_engine::{
    Config, Engine,
    api::{CallId, Command},
    clock::{Clock, SystemClock},
};
use milliwatt_store::{
    contacts::Contacts,
    folders::Folders,
    preferences::{Devices, NumberLook, Preferences},
    secret::Secret,
};
use milliwatt_test_trunk::TestTrunk;
use serde_json::{Map, Value};
use tokio::sync::{Notify, mpsc, oneshot};

use self::{drawn::Window, help::Help, loans::Loan};
use crate::{
    api::{Kept, Place, ShellEvent},
    bench::Reports,
    events::Heard,
    outbox::Outbox,
    page::Trails,
    secrets::Passwords,
    sound::{self, Handset},
    trunks,
    watch::Watch,
    words::{Language, Spoken},
};

/// Everything that commands of the window act on.
pub(crate) struct Phone {
    pub(crate) engine: Engine,
    pub(crate) handset: Handset,
    pub(crate) folders: Folders,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) contacts: Contacts,
    pub(crate) clock: SystemClock,
    /// Reports of checks that can be kept as files.
    pub(crate) reports: Reports,
    /// The carrier in a box, once it was asked for.
    pub(crate) carrier: tokio::sync::Mutex<Option<TestTrunk>>,
    /// Something new waits in the outbox.
    pub(crate) news: Notify,
    /// All that the engine has told was heard: it has ended.
    pub(crate) heard_out: Notify,
    watch: Mutex<Watch>,
    outbox: Mutex<Outbox>,
    trails: Mutex<Trails>,
    /// Locked while they are written: whoever holds it may lock nothing but the handset and what is at hand.
    preferences: Mutex<Preferences>,
    /// Their file could not be read: what stands in it is not to be lost.
    unread: AtomicBool,
    at_hand: Mutex<AtHand>,
    warnings: Mutex<Vec<String>>,
    /// A window is drawn, or what waits for one.
    window: Mutex<Window>,
    /// What can be cancelled, by the name of its command.
    running: Mutex<HashMap<String, oneshot::Sender<()>>>,
    /// Calls for help, with the lines that are left to try.
    help: Mutex<HashMap<CallId, Help>>,
    /// Trunks that runs of checks have, by name.
    loans: Mutex<HashMap<String, Loan>>,
    /// There was a network when that was last looked at.
    online: AtomicBool,
    /// Held while a person's command is done: the handset has no call that the engine was not told of,
    /// and no run of checks takes a trunk away meanwhile.
    ordering: Mutex<()>,
}

/// What is asked for with each thing that is told. It is apart from the preferences, so that nobody waits
/// for those while they are being written.
#[derive(Default)]
struct AtHand {
    /// The language that the user has chosen.
    language: Option<String>,
    /// What the system asks for, the best first, as the last window knew it.
    system: Vec<String>,
    country: Option<String>,
    /// How our numbers are shown.
    numbers: BTreeMap<String, NumberLook>,
}

impl AtHand {
    fn take(&mut self, preferences: &Preferences) {
        self.language.clone_from(&preferences.language);
        self.country.clone_from(&preferences.country);
        self.numbers.clone_from(&preferences.numbers);
    }
}

impl Phone {
    /// Starts the engine and the sound. A history or settings that cannot be read are told in the window and keep
    /// nobody from a call.
    ///
    /// # Errors
    /// A sentence, when the system gives no thread.
    pub(crate) fn open(folders: Folders) -> Result<(Self, Heard), String> {
        Self::on(folders, Box::new(System::new()))
    }

    /// The same on these folders and sound cards.
    pub(crate) fn on(folders: Folders, cards: Box<dyn Cards>) -> Result<(Self, Heard), String> {
        let (waits, waiting) = mpsc::unbounded_channel();
        let passwords = Arc::new(Passwords::beside(folders.passwords()).telling(waits));
        let mut warnings = Vec::new();
        let config = Config {
            secrets: Arc::clone(&passwords) as _,
            history: Some(folders.history()),
            ..Config::default()
        };
        let engine = Engine::start(config).map_err(|why| why.to_string())?;
        if let Some(why) = engine.unkept() {
            warnings.push(format!("From here on {why}."));
        }
        let preferences = Preferences::read(&folders.preferences());
        let unread = preferences.is_err();
        let preferences = preferences.unwrap_or_else(|why| {
            warnings.push(why.to_string());
            Preferences::default()
        });
        let mut at_hand = AtHand::default();
        at_hand.take(&preferences);
        let (tell, sound) = mpsc::unbounded_channel();
        // Nobody is left to be told at the end.
        let tell = move |event| drop(tell.send(event));
        let handset = Handset::start(cards, &preferences, folders.ringtones(), tell);
        let heard = Heard { engine: engine.subscribe(), sound, waiting };
        let phone = Self {
            engine,
            handset: handset.map_err(|why| format!("there is no sound: {why}"))?,
            contacts: Contacts::at(folders.contacts()),
            folders,
            passwords,
            clock: SystemClock::new(),
            reports: Reports::default(),
            carrier: tokio::sync::Mutex::default(),
            news: Notify::new(),
            heard_out: Notify::new(),
            watch: Mutex::default(),
            outbox: Mutex::default(),
            trails: Mutex::default(),
            at_hand: Mutex::new(at_hand),
            preferences: Mutex::new(preferences),
            unread: AtomicBool::new(unread),
            warnings: Mutex::new(warnings),
            window: Mutex::default(),
            running: Mutex::default(),
            help: Mutex::default(),
            loans: Mutex::default(),
            online: AtomicBool::new(true),
            ordering: Mutex::default(),
        };
        if let Some(devices) = phone.handset.fitting(phone.clock.now()) {
            phone.take_devices(devices);
        }
        phone.count_missed();
        Ok((phone, heard))
    }

    /// What was seen so far.
    pub(crate) fn watch(&self) -> MutexGuard<'_, Watch> {
        lock(&self.watch)
    }

    /// What waits to be told to the window.
    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }

    /// What happens in calls that are up.
    pub(crate) fn trails(&self) -> MutexGuard<'_, Trails> {
        lock(&self.trails)
    }

    /// Tells the window something as soon as it can draw it.
    pub(crate) fn tell(&self, event: ShellEvent) {
        self.outbox().put_shell(event);
        self.news.notify_one();
    }

    /// Devices came or went, or sound goes through others. A profile whose devices have come is taken as
    /// if the user had chosen it.
    pub(crate) fn devices_changed(&self, event: &SoundEvent) {
        if let Some(devices) = self.handset.brought(event, self.clock.now()) {
            self.take_devices(devices);
        }
        self.tell(self.handset.told(event));
    }

    fn take_devices(&self, devices: Devices) {
        if let Err(why) = self.change(|kept| Ok(Preferences { devices, ..kept.clone() })) {
            tracing::warn!("the devices are not kept: {why}");
        }
    }

    /// Passes a person's command on. The calls that it begins go through the handset.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others are the engine's alone")]
    pub(crate) fn order(&self, command: Command) {
        // A line that the engine could not take is given to it once more.
        if let Command::Register { trunk } = &command
            && self.watch().is_in_trouble(trunk)
        {
            return trunks::bring_up_again(self, trunk);
        }
        let _ordered = lock(&self.ordering);
        match &command {
            Command::Dial { call, trunk, .. } => {
                self.claim(trunk);
                // A name that is another call's already: the engine refuses it.
                if !self.watch().knows(*call) {
                    self.pick_up(*call);
                }
            }
            // One that is over rings no more: nobody would ever put the handset down again.
            Command::Answer { call, .. } if self.watch().rings(*call) => {
                self.pick_up(*call);
                // It may have ended meanwhile, and nobody tells that twice.
                if !self.watch().rings(*call) {
                    self.handset.put_down(*call);
                }
            }
            Command::Mute { call, on } => {
                self.handset.mute(*call, *on);
                self.watch().muted(*call, *on);
            }
            Command::SendDtmf { call, digits, .. } => self.watch().sent(*call, digits),
            _ => {}
        }
        self.engine.command(command);
    }

    /// Gives a call the handset, which does nothing else from there on.
    fn pick_up(&self, call: CallId) {
        if let Some(port) = self.handset.port(call) {
            self.engine.attach_port(call, Box::new(port));
        }
        self.cancel("sound_check");
        self.cancel("delay_check");
        sound::stop_playing(self);
    }

    /// Events were missed, the end of calls among them: those that are over are let go.
    pub(crate) async fn catch_up(&self) {
        // What comes later is not in the snapshot, and goes on.
        let (held, seen, helped) = {
            let _ordered = lock(&self.ordering);
            let helped: Vec<CallId> = lock(&self.help).keys().copied().collect();
            (self.handset.calls(), self.watch().known(), helped)
        };
        // What was ordered before is in the snapshot; an engine that has ended has no calls.
        let running = self.engine.snapshot().await.map(|snapshot| snapshot.calls);
        let running = running.unwrap_or_default();
        let is_over = |call: &CallId| !running.iter().any(|state| state.report.call == *call);
        held.into_iter().filter(is_over).for_each(|call| self.handset.put_down(call));
        seen.into_iter().filter(is_over).for_each(|call| self.watch().let_go(call));
        helped.iter().filter(|call| is_over(call)).for_each(|call| self.forget_help(*call));
        self.news.notify_one();
    }

    /// Whose tones a person expects: those of the country that numbers are read in.
    pub(crate) fn region(&self) -> Region {
        let chosen = lock(&self.at_hand).country.clone();
        let country = chosen.or_else(|| self.watch().country());
        country.map_or_else(Region::default, |country| Region::of_country(&country))
    }

    /// What the user prefers.
    pub(crate) fn preferences(&self) -> Preferences {
        lock(&self.preferences).clone()
    }

    /// A window knows which languages the system asks for.
    pub(crate) fn asked_for_in(&self, languages: Vec<String>) {
        lock(&self.at_hand).system = languages;
        self.news.notify_one();
    }

    /// The window's language.
    pub(crate) fn language(&self) -> Language {
        let at_hand = lock(&self.at_hand);
        Language::of(at_hand.language.as_deref(), &at_hand.system)
    }

    /// What the window is told, in its language.
    pub(crate) fn spoken<T>(&self, told: T) -> Spoken<T> {
        Spoken::new(told, self.language())
    }

    /// What the window is answered, in its language.
    ///
    /// # Errors
    /// The same, in its language.
    pub(crate) fn reply<T>(&self, answer: Result<T, String>) -> Result<Spoken<T>, String> {
        answer.map(|told| self.spoken(told)).map_err(|why| self.language().say(why))
    }

    /// One of our numbers as the user calls it.
    pub(crate) fn own_number(&self, number: &str) -> String {
        let at_hand = lock(&self.at_hand);
        let label = at_hand.numbers.get(number).map_or("", |look| &look.label);
        if label.is_empty() { number.to_owned() } else { format!("{label} ({number})") }
    }

    /// Keeps what the user has changed of what they prefer, by its keys; the rest may have changed by itself,
    /// as devices do. What cannot be written is in force all the same until the end.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn prefer(&self, changed: Map<String, Value>) -> Result<(), String> {
        self.change(|kept| kept.with(changed).map_err(|why| why.to_string()))
    }

    fn change(
        &self,
        changed: impl FnOnce(&Preferences) -> Result<Preferences, String>,
    ) -> Result<(), String> {
        let mut kept = lock(&self.preferences);
        let after = changed(&kept)?;
        let before = std::mem::replace(&mut *kept, after);
        lock(&self.at_hand).take(&kept);
        let written = self.write(&kept);
        self.handset.prefer(&before, &kept);
        let looked = before.missed_seen_ms != kept.missed_seen_ms;
        // The lock lasts until here: handset and file have the same.
        drop(kept);
        if looked {
            self.looked_at();
        }
        self.news.notify_one();
        written
    }

    /// Writes what the user prefers; a file that could not be read is put aside first.
    fn write(&self, kept: &Preferences) -> Result<(), String> {
        let path = self.folders.preferences();
        if self.unread.load(Ordering::Relaxed) {
            Preferences::put_aside(&path).map_err(|why| why.to_string())?;
            self.unread.store(false, Ordering::Relaxed);
        }
        kept.write(&path).map_err(|why| why.to_string())
    }

    /// How passwords are kept, and which have to be asked for. May wait for the keyring.
    pub(crate) fn kept(&self) -> Kept {
        let (place, why) = self.passwords.place(self.preferences().asks_at_start);
        let lacking = match place {
            Place::Asked | Place::Open => self.lacking(),
            Place::Closed | Place::Keyring | Place::Undecided => Vec::new(),
        };
        Kept { place, why, lacking }
    }

    /// The trunks whose passwords are not at hand.
    fn lacking(&self) -> Vec<String> {
        let watch = self.watch();
        let lacking = watch.settings_of_all().filter(|t| self.passwords.lacks(&t.trunk));
        lacking.map(|trunk| trunk.trunk.name.clone()).collect()
    }

    /// Opens or makes the file of passwords, and tries the trunks again whose passwords are in it.
    /// Takes a second or two.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn keep_passwords(&self, passphrase: Secret) -> Result<(), String> {
        let waiting = self.lacking();
        self.passwords.open(passphrase)?;
        waiting.iter().for_each(|name| trunks::bring_up_again(self, name));
        Ok(())
    }

    /// Notes that a command can be cancelled; one of the same name that still runs is.
    pub(crate) fn can_be_cancelled(&self, command: &str) -> oneshot::Receiver<()> {
        let (cancel, cancelled) = oneshot::channel();
        lock(&self.running).insert(command.to_owned(), cancel);
        cancelled
    }

    /// Cancels a command; one that has ended is none.
    pub(crate) fn cancel(&self, command: &str) {
        if let Some(cancel) = lock(&self.running).remove(command) {
            // It has ended meanwhile.
            let _ = cancel.send(());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
