//! A call's sound: the port that the media thread drives, and the handle that its owner keeps.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use milliwatt_media::{frame::AudioPort, level::dbov};

use crate::{
    device::Role,
    keeper::{End, Plug},
    stream::{BLOCK, Ear, FRAME, Flow, Link, Mouth, RATE, Stamps},
    voice::{BackEnd, Cleaning, EchoFigures, Voice},
};

/// How loud each role is, per cent; 100 leaves the sound as it is.
#[derive(Debug)]
pub(crate) struct Volumes([AtomicU32; 3]);

impl Default for Volumes {
    fn default() -> Self {
        Self([const { AtomicU32::new(100) }; 3])
    }
}

impl Volumes {
    fn cell(&self, role: Role) -> &AtomicU32 {
        let [microphone, ring, speaker] = &self.0;
        match role {
            Role::Microphone => microphone,
            Role::Ring => ring,
            Role::Speaker => speaker,
        }
    }

    /// Four times as loud is the most.
    pub(crate) fn set(&self, role: Role, percent: u32) {
        self.cell(role).store(percent.min(400), Ordering::Relaxed);
    }

    /// The factor of a role's sound.
    pub(crate) fn gain(&self, role: Role) -> f32 {
        self.cell(role).load(Ordering::Relaxed) as f32 / 100.0
    }
}

/// What the media thread, the keeper's thread and the owner share of one call.
struct Shared {
    /// What is to take the place of the ear, and of the mouth. Nobody waits for these locks.
    ear: Mutex<Option<Option<Ear>>>,
    mouth: Mutex<Option<Option<Mouth>>>,
    stamps: Stamps,
    volumes: Arc<Volumes>,
    cleaning: Mutex<Option<Cleaning>>,
    over: AtomicBool,
    told: Mutex<Figures>,
}

/// How a call's sound does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// What we send, mean level of the last 100 ms, dBov; -127 is silence.
    pub out_dbov: f32,
    /// What we hear, the same.
    pub in_dbov: f32,
    /// The microphone's way; `None` without a microphone.
    pub microphone: Option<Flow>,
    /// The speaker's way; `None` without a speaker.
    pub speaker: Option<Flow>,
    /// The echo canceller.
    pub echo: EchoFigures,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            out_dbov: SILENCE,
            in_dbov: SILENCE,
            microphone: None,
            speaker: None,
            echo: EchoFigures::default(),
        }
    }
}

/// A call's sound card: 48 kHz, silence where there is no device. Dropping it lets the devices go,
/// and what waits in a ring is not played any more.
pub struct CallPort {
    shared: Arc<Shared>,
    ear: Option<Ear>,
    mouth: Option<Mouth>,
    voice: Box<dyn Voice>,
    frame: Box<[f32; FRAME]>,
    /// What is captured is sent.
    sends: bool,
    /// Frames since anything was played.
    quiet: u32,
    /// Nothing is sent, and the echo of what was played is over.
    rests: bool,
    out: Level,
    heard: Level,
    frames: u32,
}

/// What the owner of a call's sound keeps.
#[derive(Clone)]
pub struct CallSound(Arc<Shared>);

impl CallSound {
    /// Changes what is done to the microphone's sound.
    pub fn clean(&self, cleaning: Cleaning) {
        *lock(&self.0.cleaning) = Some(cleaning);
    }

    /// Lets the devices go, of a port too that nobody ever drove.
    pub fn end(&self) {
        self.0.end();
    }

    /// How it does, ten times a second anew.
    pub fn figures(&self) -> Figures {
        *lock(&self.0.told)
    }
}

/// A call's sound, and its two plugs for the keeper.
pub(crate) fn call_port(
    stamps: Stamps,
    volumes: Arc<Volumes>,
    (back_end, cleaning): (BackEnd, Cleaning),
) -> (CallPort, CallSound, [Box<dyn Plug>; 2]) {
    let shared = Arc::new(Shared {
        ear: Mutex::new(None),
        mouth: Mutex::new(None),
        stamps,
        volumes,
        cleaning: Mutex::new(None),
        over: AtomicBool::new(false),
        told: Mutex::new(Figures::default()),
    });
    let plugs: [Box<dyn Plug>; 2] =
        [Box::new(EarPlug(Arc::clone(&shared))), Box::new(MouthPlug(Arc::clone(&shared)))];
    let sound = CallSound(Arc::clone(&shared));
    let port = CallPort {
        shared,
        ear: None,
        mouth: None,
        voice: back_end.voice(cleaning),
        frame: Box::new([0.0; FRAME]),
        sends: true,
        quiet: 0,
        rests: false,
        out: Level::default(),
        heard: Level::default(),
        frames: 0,
    };
    (port, sound, plugs)
}

impl AudioPort for CallPort {
    fn sample_rate(&self) -> u32 {
        RATE
    }

    fn capture(&mut self, _: Duration, frame: &mut [i16]) -> bool {
        self.look();
        match &mut self.ear {
            Some(ear) => ear.pull(&mut self.frame),
            None => self.frame.fill(0.0),
        }
        self.rests = !self.sends && self.quiet > ECHO;
        if self.rests {
            self.frame.fill(0.0);
        } else {
            self.clean();
        }
        let gain = self.shared.volumes.gain(Role::Microphone);
        for (to, from) in frame.iter_mut().zip(self.frame.iter()) {
            // A float cast saturates, which is the limiter that a gain needs.
            *to = (from * gain * FULL).round() as i16;
        }
        self.out.add(frame);
        true
    }

    fn sends(&mut self, on: bool) {
        self.sends = on;
    }

    fn playout(&mut self, at: Duration, frame: &[i16]) {
        self.heard.add(frame);
        let silent = frame.iter().all(|sample| *sample == 0);
        self.quiet = if silent { self.quiet.saturating_add(1) } else { 0 };
        let gain = self.shared.volumes.gain(Role::Speaker) / FULL;
        self.frame.fill(0.0);
        for (to, from) in self.frame.iter_mut().zip(frame) {
            *to = (f32::from(*from) * gain).clamp(-1.0, 1.0);
        }
        // In step with what is captured, so that the canceller need not look for the delay again.
        if !self.rests {
            self.frame.chunks_exact(BLOCK as usize).for_each(|block| self.voice.render(block));
        }
        if let Some(mouth) = &mut self.mouth {
            mouth.push(at, &self.frame);
        }
        self.tell();
    }
}

impl CallPort {
    fn clean(&mut self) {
        for block in self.frame.chunks_exact_mut(BLOCK as usize) {
            self.voice.capture(block);
        }
    }

    /// Takes over what the others laid down; never waits for them.
    fn look(&mut self) {
        if let Some(ear) = self.shared.ear.try_lock().ok().and_then(|mut next| next.take()) {
            self.ear = ear;
        }
        if let Some(mouth) = self.shared.mouth.try_lock().ok().and_then(|mut next| next.take()) {
            self.mouth = mouth;
        }
        if let Some(cleaning) = self.shared.cleaning.try_lock().ok().and_then(|mut c| c.take()) {
            self.voice.set(cleaning);
        }
    }

    /// Lays down the figures every 100 ms; a reader that holds them gets the next ones.
    fn tell(&mut self) {
        self.frames += 1;
        if !self.frames.is_multiple_of(TELL) {
            return;
        }
        if let Ok(mut told) = self.shared.told.try_lock() {
            *told = Figures {
                out_dbov: self.out.take(),
                in_dbov: self.heard.take(),
                microphone: self.ear.as_ref().map(Ear::flow),
                speaker: self.mouth.as_ref().map(Mouth::flow),
                echo: self.voice.echo(),
            };
        }
    }
}

impl Drop for CallPort {
    fn drop(&mut self) {
        self.shared.end();
    }
}

impl Shared {
    fn end(&self) {
        self.over.store(true, Ordering::Release);
        // What was laid down and never taken over ends too.
        *lock(&self.ear) = None;
        *lock(&self.mouth) = None;
    }
}

struct EarPlug(Arc<Shared>);

impl Plug for EarPlug {
    fn role(&self) -> Role {
        Role::Microphone
    }

    fn plug(&mut self, end: End, link: Arc<Link>, rate: u32) {
        let End::Capture(ring) = end else { return };
        match Ear::new(ring, link, self.0.stamps.clone(), rate) {
            Ok(ear) => *lock(&self.0.ear) = Some(Some(ear)),
            Err(why) => tracing::warn!(%why, "a microphone cannot be heard"),
        }
    }

    fn unplug(&mut self) {
        *lock(&self.0.ear) = Some(None);
    }

    fn is_over(&self) -> bool {
        self.0.over.load(Ordering::Acquire)
    }
}

struct MouthPlug(Arc<Shared>);

impl Plug for MouthPlug {
    fn role(&self) -> Role {
        Role::Speaker
    }

    fn plug(&mut self, end: End, link: Arc<Link>, rate: u32) {
        let End::Playback(ring) = end else { return };
        match Mouth::new(ring, link, self.0.stamps.clone(), rate) {
            Ok(mouth) => *lock(&self.0.mouth) = Some(Some(mouth)),
            Err(why) => tracing::warn!(%why, "a speaker cannot be used"),
        }
    }

    fn unplug(&mut self) {
        *lock(&self.0.mouth) = Some(None);
    }

    fn is_over(&self) -> bool {
        self.0.over.load(Ordering::Acquire)
    }
}

/// The mean power since it was last taken.
#[derive(Default)]
struct Level {
    squares: f64,
    samples: u32,
}

impl Level {
    fn add(&mut self, frame: &[i16]) {
        self.squares += frame.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>();
        self.samples += frame.len() as u32;
    }

    fn take(&mut self) -> f32 {
        let Self { squares, samples } = std::mem::take(self);
        dbov(squares / f64::from(samples.max(1)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const FULL: f32 = 32_768.0;
const SILENCE: f32 = -127.0;
/// Frames between two reports.
const TELL: u32 = 5;
/// Frames after which nothing of what was played is heard any more: a second.
const ECHO: u32 = 50;

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts the blocks that it renders and those that it captures.
    #[derive(Clone, Default)]
    struct Counted(Arc<[AtomicU32; 2]>);

    impl Voice for Counted {
        fn render(&mut self, _: &[f32]) {
            self.0[0].fetch_add(1, Ordering::Relaxed);
        }

        fn capture(&mut self, _: &mut [f32]) {
            self.0[1].fetch_add(1, Ordering::Relaxed);
        }

        fn set(&mut self, _: Cleaning) {}

        fn echo(&self) -> EchoFigures {
            EchoFigures::default()
        }
    }

    /// A port, and what its voice has done since it was last asked.
    fn port() -> (CallPort, impl Fn() -> [u32; 2]) {
        let cleaning = (BackEnd::default(), Cleaning::NONE);
        let (mut port, _, _) = call_port(Stamps::system(), Arc::default(), cleaning);
        let counted = Counted::default();
        port.voice = Box::new(counted.clone());
        (port, move || [0, 1].map(|n: usize| counted.0[n].swap(0, Ordering::Relaxed)))
    }

    fn run(port: &mut CallPort, frames: u32, sends: bool, played: i16) {
        for _ in 0..frames {
            port.sends(sends);
            port.capture(Duration::ZERO, &mut [0; FRAME]);
            port.playout(Duration::ZERO, &[played; FRAME]);
        }
    }

    #[test]
    fn a_call_on_hold_costs_no_echo_canceller_once_its_echo_is_over() {
        let (mut port, done) = port();
        run(&mut port, 10, true, 1000);
        assert_eq!(done(), [20, 20]);
        run(&mut port, ECHO + 100, false, 0);
        assert_eq!(done(), [2 * ECHO + 2, 2 * ECHO + 2], "then it rests");
        run(&mut port, 10, true, 0);
        assert_eq!(done(), [20, 20], "and is there with the first frame that is sent");
    }

    #[test]
    fn who_is_muted_and_hears_the_far_end_keeps_the_echo_canceller() {
        let (mut port, done) = port();
        run(&mut port, 200, false, 1000);
        assert_eq!(done(), [400, 400]);
    }

    #[test]
    fn who_sends_while_nothing_is_heard_keeps_it_too() {
        let (mut port, done) = port();
        run(&mut port, 200, true, 0);
        assert_eq!(done(), [400, 400]);
    }
}
