//! Each back end that was built in synthetic rooms: echo return loss enhancement (ITU-T G.168 §3.9)
//! within the first three seconds of speech and steady, and what double talk costs of the
//! intelligibility of the near end. Each figure is the worst of several voices and rooms; one that
//! misses its limit is an error. Run by `scripts/bench echo`.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(missing_docs, reason = "a bench")]

mod room;
mod stoi;

use std::{ops::Range, process::ExitCode, time::Instant};

use milliwatt_audio::{BLOCK, BackEnd, Cleaning, Noise, RATE};

use self::room::{ROOMS, Room, SECONDS, echo, speech};

/// Voices and rooms, none of which the settings of a back end were tried with.
const SEEDS: Range<u32> = 11..15;
/// Least enhancement in the third second, dB.
const EARLY: f64 = 18.0;
/// Most that double talk may cost of the intelligibility.
const LOSS: f64 = 0.20;
/// Seconds before the near end speaks in double talk.
const BEFORE_TALK: usize = 6;

fn main() -> ExitCode {
    println!("back end  band    room     at 3 s    steady    STOI loss  cpu of a core");
    let mut missed = false;
    for back_end in BackEnd::ALL {
        for band in [48_000, 16_000] {
            let voices: Vec<Voices> = SEEDS.map(|seed| Voices::new(band, seed)).collect();
            for room in &ROOMS {
                let all = voices.iter().map(|voices| figures(*back_end, room, voices));
                let worst = all.reduce(Figures::worse).unwrap_or_default();
                missed |= !worst.reach(room);
                worst.print(back_end.name(), band, room);
            }
        }
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What is said at both ends.
struct Voices {
    seed: u32,
    far: Vec<f32>,
    near: Vec<f32>,
}

impl Voices {
    fn new(band: u32, seed: u32) -> Self {
        let mut near = speech(band, seed + 100);
        near[..BEFORE_TALK * RATE as usize].fill(0.0);
        Self { seed, far: speech(band, seed), near }
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

    fn print(&self, back_end: &str, band: u32, room: &Room) {
        let Self { early, steady, loss, load } = self;
        let verdict = if self.reach(room) { "" } else { "  not reached" };
        println!(
            "{back_end:<9} {:>2} kHz  {:<7} {early:>5.1} dB  {steady:>5.1} dB  {loss:>5.2}      \
             {load:>5.2} %{verdict}",
            band / 1000,
            room.name,
        );
    }
}

fn figures(back_end: BackEnd, room: &Room, voices: &Voices) -> Figures {
    let near = echo(&voices.far, room, voices.seed);
    #[expect(clippy::disallowed_methods, reason = "a bench takes the time")]
    let start = Instant::now();
    let out = cleaned(back_end, &voices.far, &near);
    #[expect(clippy::disallowed_methods, reason = "a bench takes the time")]
    let load = start.elapsed().as_secs_f64() / SECONDS as f64 * 100.0;
    let between = |from: usize, to: usize| {
        let span = from * RATE as usize..to * RATE as usize;
        let energy = |sound: &[f32]| -> f64 {
            sound[span.clone()].iter().map(|s| f64::from(*s).powi(2)).sum()
        };
        10.0 * (energy(&near) / energy(&out).max(1e-12)).log10()
    };
    let loss = intelligibility_loss(back_end, &near, voices);
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

/// The near end speaks as loud as the far end, while that speaks too: how much of the intelligibility
/// that it has alone is lost.
fn intelligibility_loss(back_end: BackEnd, echo: &[f32], voices: &Voices) -> f64 {
    let Voices { far, near: talk, .. } = voices;
    let near: Vec<f32> = echo.iter().zip(talk).map(|(a, b)| (a + b).clamp(-1.0, 1.0)).collect();
    let alone = cleaned(back_end, &vec![0.0; far.len()], talk);
    let both = cleaned(back_end, far, &near);
    let start = (BEFORE_TALK + 1) * RATE as usize;
    let delay = latency(&talk[start..], &alone[start..]);
    let heard = |sound: &[f32]| {
        let sound = &sound[start + delay..];
        stoi::stoi(&talk[start..start + sound.len()], sound)
    };
    heard(&alone) - heard(&both)
}

/// Samples by which a back end delays what it lets through, whatever its sign.
fn latency(said: &[f32], heard: &[f32]) -> usize {
    let product = |delay: usize| -> f32 {
        said.iter().zip(&heard[delay..]).step_by(3).map(|(a, b)| a * b).sum::<f32>().abs()
    };
    (0..2400).max_by(|a, b| product(*a).total_cmp(&product(*b))).unwrap_or(0)
}
