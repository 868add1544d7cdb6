//! The probe: what is played, and where what is heard is kept.

use std::{
    f32::consts::TAU,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use milliwatt_media::{level::dbov, rate::Converter};
use rtrb::{Consumer, Producer};

use crate::{
    device::Role,
    keeper::{End, Plug},
    port::Volumes,
    stream::{Link, RATE},
};

/// Length of the probe, seconds.
pub(super) const LENGTH: usize = 5;
/// What is listened for after its end, seconds: the longest echo delay.
const TAIL: usize = 1;
/// Samples that a ring of the check holds.
const CAPACITY: usize = 480_000;

/// Noise below 3 kHz at about -26 dBov that swells and fades four times a second, 48 kHz. The same
/// each time.
pub fn probe() -> Vec<f32> {
    let (mut chance, mut low, mut lower) = (1_u32, 0.0_f32, 0.0_f32);
    (0..LENGTH * RATE as usize)
        .map(|n| {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (chance >> 8) as f32 / 8_388_608.0 - 1.0;
            low += (noise - low) * 0.3;
            lower += (low - lower) * 0.3;
            let swell = 0.55 - 0.45 * (n as f32 / RATE as f32 * 4.0 * TAU).cos();
            lower * swell * 0.4
        })
        .collect()
}

/// What was heard, and when: moments are units of 10 µs on the callbacks' clock.
#[derive(Debug, Default)]
pub(super) struct Heard {
    sound: Vec<f32>,
    rate: u32,
    /// When the first sample of `sound` came, by the last block.
    since: Option<u32>,
    /// When the first sample of the probe went, by the last block.
    played: Option<u32>,
}

impl Heard {
    /// All of the probe, and what may come after it.
    pub(super) fn is_whole(&self) -> bool {
        let (Some(since), Some(played)) = (self.since, self.played) else { return false };
        let before = f64::from(played.wrapping_sub(since) as i32) / UNITS;
        let seconds = self.sound.len() as f64 / f64::from(self.rate.max(1));
        seconds > before + (LENGTH + TAIL) as f64
    }

    /// How loud the last tenth of a second was.
    pub(super) fn dbov(&self) -> f32 {
        let tenth = self.sound.len().min(self.rate as usize / 10);
        let last = &self.sound[self.sound.len() - tenth..];
        let squares: f64 = last.iter().map(|sample| f64::from(*sample * FULL).powi(2)).sum();
        dbov(squares / tenth.max(1) as f64)
    }

    /// What was heard from the moment on at which the probe began, 48 kHz.
    pub(super) fn aligned(self) -> Option<Vec<f32>> {
        let before = f64::from(self.played?.wrapping_sub(self.since?) as i32) / UNITS;
        let skipped = (before * f64::from(self.rate)).round();
        let mut sound = self.sound;
        if skipped < 0.0 {
            sound.splice(0..0, vec![0.0; (-skipped) as usize]);
        } else {
            sound.drain(..(skipped as usize).min(sound.len()));
        }
        convert(&sound, self.rate, RATE)
    }
}

/// From one rate to another, delayed by the converter.
fn convert(sound: &[f32], from: u32, to: u32) -> Option<Vec<f32>> {
    if from == to {
        return Some(sound.to_vec());
    }
    let mut converter = Converter::new(from, to).ok()?;
    let (block_in, block_out) = (from as usize / 50, to as usize / 50);
    let mut out = Vec::with_capacity(sound.len() * block_out / block_in.max(1));
    for block in sound.chunks_exact(block_in) {
        let block: Vec<i16> = block.iter().map(|s| (s * FULL) as i16).collect();
        let mut converted = vec![0; block_out];
        converter.convert(&block, &mut converted);
        out.extend(converted.iter().map(|s| f32::from(*s) / FULL));
    }
    Some(out)
}

/// The microphone's plug.
pub(super) struct HeardPlug {
    heard: Arc<Mutex<Heard>>,
    over: Arc<AtomicBool>,
    end: Option<(Consumer<f32>, Arc<Link>)>,
}

impl HeardPlug {
    pub(super) fn new(heard: Arc<Mutex<Heard>>, over: Arc<AtomicBool>) -> Self {
        Self { heard, over, end: None }
    }
}

impl Plug for HeardPlug {
    fn role(&self) -> Role {
        Role::Microphone
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }

    fn plug(&mut self, end: End, link: Arc<Link>, rate: u32) {
        let End::Capture(ring) = end else { return };
        let mut heard = lock(&self.heard);
        // Another device begins anew: what was heard before is of another clock.
        (heard.rate, heard.since) = (rate, None);
        heard.sound.clear();
        self.end = Some((ring, link));
    }

    fn unplug(&mut self) {
        self.end = None;
    }

    fn tend(&mut self) {
        let Some((ring, link)) = &mut self.end else { return };
        let (frames, stamp) = link.pulse();
        let there = ring.slots();
        let Ok(chunk) = ring.read_chunk(there) else { return };
        let mut heard = lock(&self.heard);
        heard.sound.extend(chunk);
        if frames > 0 {
            let units = f64::from(frames) / f64::from(heard.rate.max(1)) * UNITS;
            heard.since = Some(stamp.wrapping_sub(units as u32));
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

/// The speaker's plug.
pub(super) struct ProbePlug {
    heard: Arc<Mutex<Heard>>,
    over: Arc<AtomicBool>,
    volumes: Arc<Volumes>,
    end: Option<(Producer<f32>, Arc<Link>, u32)>,
    /// What is not in the ring yet.
    sound: Vec<f32>,
    written: usize,
}

impl ProbePlug {
    pub(super) fn new(
        heard: Arc<Mutex<Heard>>,
        over: Arc<AtomicBool>,
        volumes: Arc<Volumes>,
    ) -> Self {
        Self { heard, over, volumes, end: None, sound: Vec::new(), written: 0 }
    }
}

impl Plug for ProbePlug {
    fn role(&self) -> Role {
        Role::Speaker
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }

    fn plug(&mut self, end: End, link: Arc<Link>, rate: u32) {
        let End::Playback(ring) = end else { return };
        let gain = self.volumes.gain(Role::Speaker);
        let sound = convert(&probe(), RATE, rate).unwrap_or_default();
        self.sound = sound.iter().map(|s| (s * gain).clamp(-1.0, 1.0)).collect();
        (self.end, self.written) = (Some((ring, link, rate)), 0);
        lock(&self.heard).played = None;
        self.tend();
    }

    fn unplug(&mut self) {
        self.end = None;
    }

    fn tend(&mut self) {
        let Some((ring, link, rate)) = &mut self.end else { return };
        let count = self.sound.len().min(ring.slots());
        if let Ok(chunk) = ring.write_chunk_uninit(count) {
            self.written += chunk.fill_from_iter(self.sound.drain(..count));
        }
        let waiting = ring.buffer().capacity() - ring.slots();
        let gone = self.written - waiting;
        let mut heard = lock(&self.heard);
        // The stamp is of the moment at which the last block was fetched, when what is gone went. It is
        // taken anew each time: a stream may stand still after its first blocks.
        if gone > 0 && waiting > 0 {
            let units = gone as f64 / f64::from(*rate) * UNITS;
            heard.played = Some(link.pulse().1.wrapping_sub(units as u32));
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const FULL: f32 = 32_768.0;
/// Units of a stamp in a second.
const UNITS: f64 = 100_000.0;
