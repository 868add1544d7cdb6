//! The sound of each call between its command and its session: ports are built here and changed
//! here, for the threads and for the wire in memory alike.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use milliwatt_media::{
    frame::AudioPort,
    session::{Control, MediaPlan},
};

use crate::{
    api::{CallId, Sound, Source},
    gate::{Gate, Key, Part},
    media_io::Reporter,
    ports::{self, Files, Recorders, Tape, Wanted},
};

/// Ports that a shell has attached to calls, until they are used.
pub(crate) type Attached = Arc<Mutex<Vec<(CallId, Box<dyn AudioPort>)>>>;

/// The sounds of all calls.
pub(crate) struct Sounds {
    files: Files,
    recorders: Recorders,
    reporter: Reporter,
    attached: Attached,
    held: BTreeMap<CallId, Held>,
}

struct Held {
    key: Key,
    sound: Sound,
    rate: u32,
    /// File of its tape.
    tape: Option<PathBuf>,
}

/// Samples per second where a plan names no codec.
const NARROW: u32 = 8000;

impl Sounds {
    /// No call yet; files are read as `files` says. Failures are told to `reporter`.
    ///
    /// # Errors
    /// When the system gives no thread for recordings.
    pub(crate) fn new(reporter: &Reporter, attached: Attached, files: Files) -> io::Result<Self> {
        let recorders = Recorders::start(reporter)?;
        Ok(Self { files, recorders, reporter: reporter.clone(), attached, held: BTreeMap::new() })
    }

    /// The gate of a call whose session starts: closed, or as it was left by a session before, whose
    /// sound goes on.
    pub(crate) fn start(&mut self, call: CallId, plan: &MediaPlan, sound: Sound) -> Gate {
        let sends = plan.direction.sends();
        if let Some(held) = self.held.get(&call).filter(|held| held.sound == sound) {
            held.key.sends(sends);
            return held.key.gate();
        }
        let rate = plan.codecs.first().map_or(NARROW, |codec| codec.clock_rate);
        let (gate, key) = Gate::new(self.build(call, rate, &sound));
        key.sends(sends);
        self.held.insert(call, Held { key, sound, rate, tape: None });
        gate
    }

    /// Lets a call's sound out, another one than before if it differs.
    pub(crate) fn open(&mut self, call: CallId, sound: Sound) {
        let Some(held) = self.held.get(&call) else { return };
        let (key, rate) = (held.key.clone(), held.rate);
        let same_ear = held.sound.record == sound.record && held.sound.listen == sound.listen;
        if same_ear && held.sound.source != sound.source {
            // The recording goes on in the port that began it.
            let source = Sound { source: sound.source.clone(), ..Sound::default() };
            key.change(Part::Source, self.build(call, rate, &source));
        } else if !same_ear {
            key.change(Part::All, self.build(call, rate, &sound));
        }
        key.open();
        if let Some(held) = self.held.get_mut(&call) {
            held.sound = sound;
        }
    }

    /// Heeds what a session is told, as far as the sound before it must know.
    pub(crate) fn heed(&self, call: CallId, control: &Control) {
        let Some(held) = self.held.get(&call) else { return };
        match control {
            Control::Mute(on) => held.key.mute(*on),
            Control::Plan(plan) => held.key.sends(plan.direction.sends()),
            Control::Dtmf { .. } | Control::Stop => {}
        }
    }

    /// Records both sides of a call into a file, or stops that with `None`. The file that a call is
    /// recorded into already goes on after a stop.
    pub(crate) fn record(&mut self, call: CallId, into: Option<&Path>) {
        let Some(held) = self.held.get_mut(&call) else { return };
        if let Some(path) = into.filter(|path| held.tape.as_deref() != Some(path)) {
            let rates = (held.key.rate(), held.rate);
            held.key.put_in(Tape::new(&self.recorders, call, path, rates));
            held.tape = Some(path.to_owned());
        }
        held.key.tape(into.is_some());
    }

    /// A call is over.
    pub(crate) fn forget(&mut self, call: CallId) {
        self.held.remove(&call);
        self.attached.lock().unwrap_or_else(PoisonError::into_inner).retain(|(of, _)| *of != call);
    }

    /// A call's port; silence, told to the user, where it cannot be had.
    fn build(&self, call: CallId, rate: u32, sound: &Sound) -> Box<dyn AudioPort> {
        let attached = {
            let mut attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
            let at =
                attached.iter().position(|(of, _)| *of == call && sound.source == Source::Port);
            at.map(|at| attached.swap_remove(at).1)
        };
        let wanted = Wanted { call, rate, sound, attached };
        match ports::build(wanted, (&self.files, &self.recorders), &self.reporter) {
            Ok(port) => port,
            Err(error) => {
                self.reporter.tell(ports::failed(call, &error));
                Box::new(Silence(rate))
            }
        }
    }
}

/// What takes the place of a sound that cannot be had.
struct Silence(u32);

impl AudioPort for Silence {
    fn sample_rate(&self) -> u32 {
        self.0
    }

    fn capture(&mut self, _now: std::time::Duration, frame: &mut [i16]) -> bool {
        frame.fill(0);
        true
    }

    fn playout(&mut self, _now: std::time::Duration, _frame: &[i16]) {}
}
