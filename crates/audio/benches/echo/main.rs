//! Each back end that was built in synthetic rooms: echo return loss enhancement (ITU-T G.168 §3.9)
//! within the first three seconds of speech and steady, and what double talk costs of the
//! intelligibility of the near end. Each figure is the worst of several voices and rooms; one that
//! misses its limit is an error. Run by `scripts/bench echo`, with recorded voices from the folder that
//! `MILLIWATT_SPEECH` names.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(clippy::unwrap_used, reason = "a bench ends at its first surprise")]
#![allow(missing_docs, reason = "a bench")]

mod call;
mod people;
mod room;
mod stoi;
mod time;

use std::{ops::Range, path::PathBuf, process::ExitCode};

use milliwatt_audio::{BLOCK, BackEnd, Cleaning, Noise, RATE};

use self::{
    people::People,
    room::{ROOMS, Room, SECONDS, echo, speech},
    time::processor_time,
};

/// Numeric voices and rooms, none of which the settings of a back end were tried with.
const SEEDS: Range<u32> = 11..15;
/// Least enhancement in the third second, dB.
const EARLY: f64 = 18.0;
/// Most that double talk may cost of the intelligibility.
const LOSS: f64 = 0.20;
/// Most that a call's sound may take of a core, per cent.
const LOAD: f64 = 5.0;
/// Seconds before the near end speaks in double talk.
const BEFORE_TALK: usize = 6;
/// The sample from which on double talk is judged: a second later.
const TALK: usize = (BEFORE_TALK + 1) * RATE as usize;

fn main() -> ExitCode {
    let choirs = choirs();
    println!("back end  voices          room     at 3 s    steady    STOI loss  cpu of a core");
    let mut missed = false;
    for back_end in BackEnd::ALL {
        for choir in &choirs {
            let alone: Vec<Alone> =
                each(&choir.voices, |voices| Alone::new(*back_end, &voices.near));
            let pairs: Vec<_> = choir.voices.iter().zip(&alone).collect();
            for room in &ROOMS {
                let all = each(&pairs, |pair| figures(*back_end, room, *pair));
                let worst = all.into_iter().reduce(Figures::worse).unwrap_or_default();
                missed |= !worst.reach(room);
                worst.print(back_end.name(), choir.name, room);
            }
        }
        let (talking, held) = call::shares(*back_end, &choirs[0].voices[0].far);
        missed |= talking > LOAD;
        println!(
            "{:<9} a call's sound at 48 kHz: {talking:.2} % of a core, on hold {held:.2} %",
            back_end.name()
        );
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Does the same with each, on a thread of its own.
fn each<T: Sync, U: Send>(all: &[T], work: impl Fn(&T) -> U + Sync) -> Vec<U> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = all.iter().map(|one| scope.spawn(move || work(one))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Voices of one kind.
struct Choir {
    name: &'static str,
    voices: Vec<Voices>,
}

/// What is said at both ends.
struct Voices {
    seed: u32,
    far: Vec<f32>,
    near: Vec<f32>,
}

/// People who were recorded, by a line of 16 kHz and by one of a telephone's 8 kHz, and voices made of
/// numbers, up to half of 48 and of 16 kHz.
fn choirs() -> Vec<Choir> {
    let mut choirs = Vec::new();
    if let Some(folder) = std::env::var_os("MILLIWATT_SPEECH").map(PathBuf::from) {
        let people = People::read(&folder).unwrap();
        for (name, rate) in [("people 16 kHz", 16_000), ("people 8 kHz", 8000)] {
            let each = (0..people.len()).map(|n| Voices::recorded(&people, n, rate));
            choirs.push(Choir { name, voices: each.collect() });
        }
    }
    for (name, band) in [("numbers 48 kHz", 48_000), ("numbers 16 kHz", 16_000)] {
        let voices = SEEDS.map(|seed| Voices::numeric(band, seed)).collect();
        choirs.push(Choir { name, voices });
    }
    choirs
}

impl Voices {
    fn numeric(band: u32, seed: u32) -> Self {
        Self::new(seed, speech(band, seed), speech(band, seed + 100))
    }

    /// A speaker at the far end of a line, another in the room.
    fn recorded(people: &People, speaker: usize, rate: u32) -> Self {
        let near = people.speech(speaker + 1, SECONDS, 16_000);
        Self::new(11 + speaker as u32, people.speech(speaker, 0, rate), near)
    }

    fn new(seed: u32, far: Vec<f32>, mut near: Vec<f32>) -> Self {
        near[..BEFORE_TALK * RATE as usize].fill(0.0);
        Self { seed, far, near }
    }
}

#[derive(Default)]
struct Figures {
    early: f64,
    steady: f64,
    loss: f64,
    load: f64,
}

impl Figures {
    fn worse(self, other: Self) -> Self {
        Self {
            early: self.early.min(other.early),
            steady: self.steady.min(other.steady),
            loss: self.loss.max(other.loss),
            load: self.load.max(other.load),
        }
    }

    fn reach(&self, room: &Room) -> bool {
        self.early >= EARLY && self.steady >= room.steady && self.loss <= LOSS
    }

    fn print(&self, back_end: &str, voices: &str, room: &Room) {
        let Self { early, steady, loss, load } = self;
        let verdict = if self.reach(room) { "" } else { "  not reached" };
        println!(
            "{back_end:<9} {voices:<14}  {:<7} {early:>5.1} dB  {steady:>5.1} dB  {loss:>5.2}      \
             {load:>5.2} %{verdict}",
            room.name,
        );
    }
}

fn figures(back_end: BackEnd, room: &Room, (voices, alone): (&Voices, &Alone)) -> Figures {
    let near = echo(&voices.far, room, voices.seed);
    let start = processor_time();
    let out = cleaned(back_end, &voices.far, &near);
    let load = (processor_time() - start).as_secs_f64() / SECONDS as f64 * 100.0;
    let between = |from: usize, to: usize| {
        let span = from * RATE as usize..to * RATE as usize;
        let energy = |sound: &[f32]| -> f64 {
            sound[span.clone()].iter().map(|s| f64::from(*s).powi(2)).sum()
        };
        10.0 * (energy(&near) / energy(&out).max(1e-12)).log10()
    };
    let loss = alone.intelligibility - alone.intelligibility_with(back_end, voices, &near);
    Figures { early: between(2, 3), steady: between(10, SECONDS), loss, load }
}

fn cleaned(back_end: BackEnd, far: &[f32], near: &[f32]) -> Vec<f32> {
    let mut voice = back_end.voice(Cleaning { echo: true, noise: Noise::Off, gain: false });
    let size = BLOCK as usize;
    let mut out = near.to_vec();
    for (render, capture) in far.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
        voice.render(render);
        voice.capture(capture);
    }
    out
}

/// The near end while the far end is silent.
struct Alone {
    delay: usize,
    intelligibility: f64,
}

impl Alone {
    fn new(back_end: BackEnd, talk: &[f32]) -> Self {
        let heard = cleaned(back_end, &vec![0.0; talk.len()], talk);
        let delay = latency(&talk[TALK..], &heard[TALK..]);
        Self { delay, intelligibility: intelligibility(talk, &heard, delay) }
    }

    /// What of the near end is understood while the far end speaks too, as loud.
    fn intelligibility_with(&self, back_end: BackEnd, voices: &Voices, echo: &[f32]) -> f64 {
        let sum = echo.iter().zip(&voices.near).map(|(a, b)| (a + b).clamp(-1.0, 1.0));
        let heard = cleaned(back_end, &voices.far, &sum.collect::<Vec<f32>>());
        intelligibility(&voices.near, &heard, self.delay)
    }
}

fn intelligibility(talk: &[f32], heard: &[f32], delay: usize) -> f64 {
    let heard = &heard[TALK + delay..];
    stoi::stoi(&talk[TALK..TALK + heard.len()], heard)
}

/// Samples by which a back end delays what it lets through, whatever its sign.
fn latency(said: &[f32], heard: &[f32]) -> usize {
    let product = |delay: usize| -> f32 {
        let pairs = said.iter().zip(&heard[delay..]).take(RATE as usize);
        pairs.step_by(3).map(|(a, b)| a * b).sum::<f32>().abs()
    };
    (0..2400).max_by(|a, b| product(*a).total_cmp(&product(*b))).unwrap_or(0)
}
