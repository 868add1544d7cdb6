//! The sound of a person's calls: the handset, which is microphone, speaker and ring, and what is done
//! with it beside calls.

mod check;
mod delay;
mod play;
mod ringtones;
mod tape;
mod tones;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use milliwatt_audio::{
    Audio, CallPort, CallSound, Cards, Change, Choice, Cleaning, Event as SoundEvent, Profiles,
    Region,
};
use milliwatt_engine::api::{CallId, Event, Sound, Source};
use milliwatt_store::preferences::{self, Devices, Preferences};

pub(crate) use self::{
    check::check,
    delay::delay,
    play::{play, stop_playing, try_ringtone},
    tape::{record, torn},
};
use self::{
    play::Player,
    ringtones::{Ring, Ringtones},
    tones::{Tone, Tones},
};
use crate::api::{Device, ShellEvent};

/// How often the handset is looked after while it is in use.
pub(crate) const TENTH: Duration = Duration::from_millis(100);
/// How long a choice waits for its devices when a profile has taken its place: those of a sound server that
/// starts come one by one.
const RETURN: Duration = Duration::from_secs(5);
/// What a meter shows of silence, dBov.
const SILENCE: f64 = -127.0;

/// Microphone, speaker and ring of the phone, with what goes through them.
pub(crate) struct Handset {
    audio: Audio,
    lines: Mutex<BTreeMap<CallId, Line>>,
    tones: Mutex<Tones>,
    player: Player,
    pub(crate) ringtones: Ringtones,
    /// Whose turn it is to begin or stop a recording.
    taping: tokio::sync::Mutex<()>,
    /// What the user prefers of sound.
    wanted: Mutex<Wanted>,
    displaced: Mutex<Option<Displaced>>,
}

/// A choice whose devices were away when a profile took its place.
struct Displaced {
    choice: Choice,
    by: Choice,
    /// It comes back with its devices until then, on the phone's clock.
    until: Duration,
}

struct Wanted {
    cleaning: preferences::Cleaning,
    profiles: Profiles,
    /// By line; under the empty name, that of the others.
    rings: BTreeMap<String, Ring>,
}

/// A call that goes through the handset.
struct Line {
    sound: CallSound,
    muted: bool,
    held: bool,
}

impl Handset {
    /// Looks for the devices and takes those that the user prefers. What happens to them is told to
    /// `tell`, from another thread. Sounds to ring with are kept in `ringtones`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(
        cards: Box<dyn Cards>,
        preferences: &Preferences,
        ringtones: PathBuf,
        tell: impl FnMut(SoundEvent) + Send + 'static,
    ) -> io::Result<Self> {
        let ringtones = Ringtones::at(ringtones);
        let audio = Audio::start(cards, words::choice(&preferences.devices), tell)?;
        let handset = Self {
            audio,
            lines: Mutex::default(),
            tones: Mutex::default(),
            player: Player::default(),
            taping: tokio::sync::Mutex::default(),
            wanted: Mutex::new(Wanted::of(preferences, &ringtones)),
            ringtones,
            displaced: Mutex::default(),
        };
        handset.set_volumes(preferences);
        Ok(handset)
    }

    /// The sound devices.
    pub(crate) fn devices(&self) -> Vec<Device> {
        self.audio.devices().into_iter().map(words::device).collect()
    }

    /// Does what the user prefers from here on, in calls that are up too.
    pub(crate) fn prefer(&self, before: &Preferences, preferences: &Preferences) {
        let wanted = Wanted::of(preferences, &self.ringtones);
        *lock(&self.wanted) = wanted;
        self.set_volumes(preferences);
        if before.devices != preferences.devices {
            self.audio.choose(words::choice(&preferences.devices));
        }
        if before.cleaning != preferences.cleaning {
            let cleaning = words::cleaning(preferences.cleaning);
            lock(&self.lines).values().for_each(|line| line.sound.clean(cleaning));
        }
    }

    fn set_volumes(&self, preferences: &Preferences) {
        for (role, percent) in words::volumes(preferences.volumes) {
            self.audio.set_volume(role, percent);
        }
    }

    /// The devices of the first profile that fits, where those that are chosen are not all there: what
    /// the phone starts with.
    pub(crate) fn fitting(&self, now: Duration) -> Option<Devices> {
        let chosen = self.audio.choice();
        let choice = self.profile(|_| !chosen.fits(&self.audio.snapshot()))?;
        Some(self.taken(choice, now))
    }

    /// The devices of the first profile that fits, if one of them has just come, and none of those that
    /// are chosen: all come at once when a sound server starts anew, or those that are chosen a moment
    /// later, with which they are taken back.
    pub(crate) fn brought(&self, event: &SoundEvent, now: Duration) -> Option<Devices> {
        let SoundEvent::Devices(changes) = event else { return None };
        let came = |choice: &Choice| {
            changes.iter().any(|change| match change {
                Change::Appeared(device) => choice.names(device),
                Change::DefaultChanged { .. } | Change::Vanished(_) => false,
            })
        };
        if let Some(choice) = self.returned(now).filter(came) {
            return Some(words::devices(choice));
        }
        let choice = self.profile(|choice| came(choice) && !came(&self.audio.choice()))?;
        Some(self.taken(choice, now))
    }

    /// The devices of a profile that takes the place of what is chosen.
    fn taken(&self, by: Choice, now: Duration) -> Devices {
        let choice = self.audio.choice();
        let is_away = !choice.fits(&self.audio.snapshot());
        let displaced = Displaced { choice, by: by.clone(), until: now + RETURN };
        *lock(&self.displaced) = is_away.then_some(displaced);
        words::devices(by)
    }

    /// The choice that a profile has just taken the place of, if all its devices are there again.
    fn returned(&self, now: Duration) -> Option<Choice> {
        let displaced = lock(&self.displaced);
        let Displaced { choice, by, until } = displaced.as_ref()?;
        let is_back = now <= *until && choice.fits(&self.audio.snapshot());
        (is_back && *by == self.audio.choice()).then(|| choice.clone())
    }

    /// The choice of the first profile whose devices are all there, if it is not in force and `wanted`.
    fn profile(&self, wanted: impl FnOnce(&Choice) -> bool) -> Option<Choice> {
        let snapshot = self.audio.snapshot();
        let choice = lock(&self.wanted).profiles.fitting(&snapshot)?.choice.clone();
        (choice != self.audio.choice() && wanted(&choice)).then_some(choice)
    }

    /// What the window is told of the devices.
    pub(crate) fn told(&self, event: &SoundEvent) -> ShellEvent {
        let chosen = words::devices(self.audio.choice());
        ShellEvent::Devices { devices: self.devices(), chosen, news: words::news(event) }
    }

    /// The port of a call, its sound from here on; `None` for a call that has one.
    pub(crate) fn port(&self, call: CallId) -> Option<CallPort> {
        let mut lines = lock(&self.lines);
        if lines.contains_key(&call) {
            return None;
        }
        let (port, sound) = self.audio.call(self.cleaning());
        lines.insert(call, Line { sound, muted: false, held: false });
        Some(port)
    }

    /// What is done to the microphone's sound.
    fn cleaning(&self) -> Cleaning {
        words::cleaning(lock(&self.wanted).cleaning)
    }

    /// A call is over that nobody has told the end of, or will: its devices and tones go.
    pub(crate) fn put_down(&self, call: CallId) {
        let mut lines = lock(&self.lines);
        lock(&self.tones).forget(call);
        if let Some(line) = lines.remove(&call) {
            line.sound.end();
        }
    }

    /// The calls that go through it, or ring.
    pub(crate) fn calls(&self) -> BTreeSet<CallId> {
        let lines = lock(&self.lines);
        lines.keys().copied().chain(lock(&self.tones).calls()).collect()
    }

    /// The engine sends silence for this call, or does so no more: its meter says so.
    pub(crate) fn mute(&self, call: CallId, on: bool) {
        if let Some(line) = lock(&self.lines).get_mut(&call) {
            line.muted = on;
        }
    }

    /// Takes what happens to calls: tones follow it, and a call that is over lets its devices go.
    #[expect(clippy::wildcard_enum_match_arm, reason = "what does not move a line is passed over")]
    pub(crate) fn take(&self, event: &Event) {
        let mut lines = lock(&self.lines);
        lock(&self.tones).take(event, |call| lines.contains_key(&call));
        match event {
            Event::Ended { report } => {
                if let Some(line) = lines.remove(&report.call) {
                    line.sound.end();
                }
            }
            Event::Held { call, local, remote, .. } => {
                if let Some(line) = lines.get_mut(call) {
                    // Whoever holds: nothing is sent.
                    line.held = *local || *remote;
                }
            }
            _ => {}
        }
    }

    /// Stops the ring until the next call.
    pub(crate) fn silence_ring(&self) {
        lock(&self.tones).silence();
    }

    /// There is something to look after, every [`TENTH`].
    pub(crate) fn is_in_use(&self) -> bool {
        !lock(&self.lines).is_empty() || lock(&self.tones).are_wanted()
    }

    /// A tenth of a second has passed: tones begin and end.
    pub(crate) fn tend(&self, region: Region) {
        lock(&self.tones).tend(|tone| match tone {
            Tone::Ring(line) => self.ring(line).play(&self.audio, region),
            Tone::Tune(tune) => self.audio.play(*tune, region),
        });
    }

    /// How a call on this line rings.
    fn ring(&self, line: &str) -> Ring {
        let wanted = lock(&self.wanted);
        wanted.rings.get(line).or_else(|| wanted.rings.get("")).cloned().unwrap_or_default()
    }

    /// How loud each call is.
    pub(crate) fn levels(&self) -> Vec<ShellEvent> {
        lock(&self.lines).iter().map(|(call, line)| line.levels(*call)).collect()
    }

    /// The call goes through the handset.
    pub(crate) fn has(&self, call: CallId) -> bool {
        lock(&self.lines).contains_key(&call)
    }
}

impl Line {
    fn levels(&self, call: CallId) -> ShellEvent {
        let figures = self.sound.figures();
        let silent = self.muted || self.held;
        let out_dbov = if silent { SILENCE } else { f64::from(figures.out_dbov) };
        ShellEvent::Levels { call, in_dbov: f64::from(figures.in_dbov), out_dbov }
    }
}

impl Wanted {
    fn of(preferences: &Preferences, ringtones: &Ringtones) -> Self {
        let profiles = words::profiles(&preferences.profiles);
        let named = |(line, name): (&String, &String)| (line.clone(), ringtones.named(name));
        let rings = preferences.ringtones.iter().map(named).collect();
        Self { cleaning: preferences.cleaning, profiles, rings }
    }
}

/// What a call of a person plays and keeps. The window asks for its port, and for nothing else: it
/// names no file to read or to write.
///
/// # Errors
/// A sentence, for any other sound.
pub(crate) fn of_a_person(asked: &Sound) -> Result<(), String> {
    if *asked == handset() {
        return Ok(());
    }
    Err("the window may ask for the sound card only".into())
}

/// The sound of a call that goes through the handset.
pub(crate) fn handset() -> Sound {
    Sound { source: Source::Port, ..Sound::default() }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
