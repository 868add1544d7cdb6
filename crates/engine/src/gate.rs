//! The gate between a call's sound and its session: closed until a person's act opens it, and the
//! place where one sound takes another's place in mid-call.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use milliwatt_media::{frame::AudioPort, rate::Converter};

use crate::ports::Tape;

/// The session's side. What comes is played at once; what goes is silence until the gate is opened.
pub(crate) struct Gate(Arc<Shared>);

/// The owner's side. The sound lasts until it and the gate are gone: a session that takes another's
/// place goes on with it.
#[derive(Clone)]
pub(crate) struct Key(Arc<Shared>);

/// What of a sound is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything.
    All,
    /// What is sent; what was there goes on to hear.
    Source,
}

struct Shared {
    open: AtomicBool,
    /// The session sends silence instead of what it is given.
    muted: AtomicBool,
    /// The session sends nothing, because the far end wants nothing.
    idle: AtomicBool,
    /// The tape takes what comes and goes.
    taping: AtomicBool,
    rate: u32,
    next: Mutex<Option<(Part, Box<dyn AudioPort>)>>,
    next_tape: Mutex<Option<Tape>>,
    /// Taken by the one session that runs, so that nobody waits for it.
    voices: Mutex<Voices>,
}

struct Voices {
    /// What was there first: it hears all, and is the source while there is no other.
    first: Voice,
    source: Option<Voice>,
    tape: Option<Tape>,
}

/// A port, and the way to its rate.
struct Voice {
    port: Box<dyn AudioPort>,
    adapter: Option<Adapter>,
}

/// Between the rate that the session knows and that of a sound that came later.
struct Adapter {
    frame: Vec<i16>,
    to_session: Converter,
    to_sound: Converter,
}

impl Gate {
    /// A closed gate before `port`.
    pub(crate) fn new(port: Box<dyn AudioPort>) -> (Self, Key) {
        let rate = port.sample_rate();
        let shared = Arc::new(Shared {
            open: AtomicBool::new(false),
            muted: AtomicBool::new(false),
            idle: AtomicBool::new(false),
            taping: AtomicBool::new(false),
            rate,
            next: Mutex::new(None),
            next_tape: Mutex::new(None),
            voices: Mutex::new(Voices { first: Voice::new(rate, port), source: None, tape: None }),
        });
        (Self(Arc::clone(&shared)), Key(shared))
    }

    /// The voices, with what the owner has laid down for them; never waits for him.
    fn voices(&self) -> MutexGuard<'_, Voices> {
        let mut voices = self.0.voices.lock().unwrap_or_else(PoisonError::into_inner);
        let next = self.0.next.try_lock().ok().and_then(|mut next| next.take());
        match next {
            None => {}
            Some((Part::All, port)) => {
                voices.first = Voice::new(self.0.rate, port);
                voices.source = None;
            }
            Some((Part::Source, port)) => voices.source = Some(Voice::new(self.0.rate, port)),
        }
        if let Some(tape) = self.0.next_tape.try_lock().ok().and_then(|mut next| next.take()) {
            voices.tape = Some(tape);
        }
        voices
    }

    /// The tape, while it takes what comes and goes.
    fn tape<'v>(&self, voices: &'v mut Voices) -> Option<&'v mut Tape> {
        voices.tape.as_mut().filter(|_| self.0.taping.load(Ordering::Acquire))
    }
}

impl AudioPort for Gate {
    fn sample_rate(&self) -> u32 {
        self.0.rate
    }

    fn capture(&mut self, now: Duration, frame: &mut [i16]) -> bool {
        let mut voices = self.voices();
        let open = self.0.open.load(Ordering::Acquire);
        let more = if open { voices.source().capture(now, frame) } else { true };
        if !open {
            frame.fill(0);
        }
        if let Some(tape) = self.tape(&mut voices) {
            let unheard =
                self.0.muted.load(Ordering::Acquire) || self.0.idle.load(Ordering::Acquire);
            tape.sent((!unheard).then_some(&*frame));
        }
        more
    }

    fn sends(&mut self, on: bool) {
        let on = on && self.0.open.load(Ordering::Acquire);
        self.voices().source().port.sends(on);
    }

    fn playout(&mut self, now: Duration, frame: &[i16]) {
        let mut voices = self.voices();
        voices.first.playout(now, frame);
        if let Some(source) = &mut voices.source {
            source.playout(now, frame);
        }
        if let Some(tape) = self.tape(&mut voices) {
            tape.heard(frame);
        }
    }
}

impl Voices {
    fn source(&mut self) -> &mut Voice {
        self.source.as_mut().unwrap_or(&mut self.first)
    }
}

impl Voice {
    fn new(session: u32, port: Box<dyn AudioPort>) -> Self {
        let adapter = Adapter::new(session, port.sample_rate());
        Self { port, adapter }
    }

    fn capture(&mut self, now: Duration, frame: &mut [i16]) -> bool {
        let Some(adapter) = &mut self.adapter else { return self.port.capture(now, frame) };
        let more = self.port.capture(now, &mut adapter.frame);
        adapter.to_session.fill(&adapter.frame, frame);
        more
    }

    fn playout(&mut self, now: Duration, frame: &[i16]) {
        let Some(adapter) = &mut self.adapter else { return self.port.playout(now, frame) };
        adapter.to_sound.fill(frame, &mut adapter.frame);
        self.port.playout(now, &adapter.frame);
    }
}

impl Adapter {
    /// `None` where the rates are the same.
    fn new(session: u32, sound: u32) -> Option<Self> {
        if session == sound {
            return None;
        }
        let frame = vec![0; usize::try_from(sound / 50).unwrap_or(0)];
        let to_session = Converter::new(sound, session).ok()?;
        let to_sound = Converter::new(session, sound).ok()?;
        Some(Self { frame, to_session, to_sound })
    }
}

impl Key {
    /// The gate for a session that takes the place of one that is over.
    pub(crate) fn gate(&self) -> Gate {
        Gate(Arc::clone(&self.0))
    }

    /// Lets the source out.
    pub(crate) fn open(&self) {
        self.0.open.store(true, Ordering::Release);
    }

    /// Puts another sound in the place of the one that runs.
    pub(crate) fn change(&self, part: Part, port: Box<dyn AudioPort>) {
        *self.0.next.lock().unwrap_or_else(PoisonError::into_inner) = Some((part, port));
    }

    /// Samples per second of what passes.
    pub(crate) fn rate(&self) -> u32 {
        self.0.rate
    }

    /// What the session does with the source, so that the tape holds what the far end hears.
    pub(crate) fn mute(&self, on: bool) {
        self.0.muted.store(on, Ordering::Release);
    }

    /// Whether the session sends at all: where it does not, the tape holds silence.
    pub(crate) fn sends(&self, on: bool) {
        self.0.idle.store(!on, Ordering::Release);
    }

    /// Puts in a tape; the one before is ended.
    pub(crate) fn put_in(&self, tape: Tape) {
        *self.0.next_tape.lock().unwrap_or_else(PoisonError::into_inner) = Some(tape);
    }

    /// Lets the tape take what comes and goes, or stand still.
    pub(crate) fn tape(&self, on: bool) {
        self.0.taping.store(on, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Level(u32, i16, Arc<Mutex<Vec<i16>>>);

    /// Whether what it gives is sent.
    struct Told(Arc<AtomicBool>);

    impl AudioPort for Told {
        fn sample_rate(&self) -> u32 {
            8000
        }

        fn capture(&mut self, _: Duration, _: &mut [i16]) -> bool {
            true
        }

        fn sends(&mut self, on: bool) {
            self.0.store(on, Ordering::Relaxed);
        }

        fn playout(&mut self, _: Duration, _: &[i16]) {}
    }

    #[test]
    fn a_source_is_told_whether_it_is_sent() {
        let told = Arc::new(AtomicBool::new(true));
        let (mut gate, key) = Gate::new(Box::new(Told(Arc::clone(&told))));
        let mut sends = |on| {
            gate.sends(on);
            told.load(Ordering::Relaxed)
        };
        assert!(!sends(true), "nothing of it passes a closed gate");
        key.open();
        assert!(sends(true));
        assert!(!sends(false));
    }

    impl AudioPort for Level {
        fn sample_rate(&self) -> u32 {
            self.0
        }

        fn capture(&mut self, _: Duration, frame: &mut [i16]) -> bool {
            frame.fill(self.1);
            true
        }

        fn playout(&mut self, _: Duration, frame: &[i16]) {
            self.2.lock().unwrap().extend_from_slice(frame);
        }
    }

    #[test]
    fn nothing_goes_out_before_the_gate_is_open_and_all_comes_in() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (mut gate, key) = Gate::new(Box::new(Level(8000, 7, Arc::clone(&heard))));
        let mut frame = [1; 160];
        assert!(gate.capture(Duration::ZERO, &mut frame));
        assert_eq!(frame, [0; 160]);
        gate.playout(Duration::ZERO, &[3; 160]);
        assert_eq!(*heard.lock().unwrap(), [3; 160]);
        key.open();
        gate.capture(Duration::ZERO, &mut frame);
        assert_eq!(frame, [7; 160]);
    }

    #[test]
    fn another_sound_takes_over_at_its_own_rate() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let silent = Arc::new(Mutex::new(Vec::new()));
        let (mut gate, key) = Gate::new(Box::new(Level(8000, 7, silent)));
        key.open();
        key.change(Part::All, Box::new(Level(16_000, 1000, Arc::clone(&heard))));
        let mut frame = [0; 160];
        for _ in 0..20 {
            gate.capture(Duration::ZERO, &mut frame);
            gate.playout(Duration::ZERO, &[500; 160]);
        }
        assert_eq!(gate.sample_rate(), 8000);
        assert!(frame.iter().all(|s| (990..1010).contains(s)), "{frame:?}");
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 20 * 320);
        assert!(heard[5000..].iter().all(|s| (495..505).contains(s)));
    }

    #[test]
    fn a_session_that_takes_anothers_place_goes_on_with_its_sound() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (mut gate, key) = Gate::new(Box::new(Level(8000, 7, Arc::clone(&heard))));
        gate.playout(Duration::ZERO, &[3; 160]);
        drop(gate);
        let mut gate = key.gate();
        let mut frame = [1; 160];
        gate.capture(Duration::ZERO, &mut frame);
        assert_eq!(frame, [0; 160], "it is as closed as it was");
        key.open();
        gate.capture(Duration::ZERO, &mut frame);
        gate.playout(Duration::ZERO, &[4; 160]);
        assert_eq!((frame, heard.lock().unwrap().len()), ([7; 160], 320));
        drop((gate, key));
        assert_eq!(Arc::strong_count(&heard), 1, "the port is gone with the last of them");
    }

    #[test]
    fn another_source_leaves_the_ear_where_it_was() {
        let first = Arc::new(Mutex::new(Vec::new()));
        let second = Arc::new(Mutex::new(Vec::new()));
        let (mut gate, key) = Gate::new(Box::new(Level(8000, 7, Arc::clone(&first))));
        key.open();
        key.change(Part::Source, Box::new(Level(8000, 9, Arc::clone(&second))));
        let mut frame = [0; 160];
        gate.capture(Duration::ZERO, &mut frame);
        gate.playout(Duration::ZERO, &[5; 160]);
        assert_eq!(frame, [9; 160]);
        assert_eq!((first.lock().unwrap().len(), second.lock().unwrap().len()), (160, 160));
    }
}
