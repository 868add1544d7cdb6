//! Each back end that was built in synthetic rooms: echo return loss enhancement (ITU-T G.168 §3.9)
//! within the first three seconds of speech and steady, and what double talk costs of the
//! intelligibility of the near end. Run by `scripts/bench echo`.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(missing_docs, reason = "a bench")]

mod stoi;

use std::f32::consts::TAU;

use milliwatt_audio::{BLOCK, BackEnd, Cleaning, Noise, RATE};

/// A room: how late and how loud its echo is, and the band of what is played into it.
struct Room {
    name: &'static str,
    delay_ms: usize,
    gain: f32,
    band: u32,
}

const ROOMS: [Room; 8] = [
    Room { name: "40 ms", delay_ms: 40, gain: 0.3, band: 48_000 },
    Room { name: "100 ms", delay_ms: 100, gain: 0.3, band: 48_000 },
    Room { name: "200 ms", delay_ms: 200, gain: 0.3, band: 48_000 },
    Room { name: "loud", delay_ms: 40, gain: 1.4, band: 48_000 },
    Room { name: "40 ms", delay_ms: 40, gain: 0.3, band: 16_000 },
    Room { name: "100 ms", delay_ms: 100, gain: 0.3, band: 16_000 },
    Room { name: "200 ms", delay_ms: 200, gain: 0.3, band: 16_000 },
    Room { name: "loud", delay_ms: 40, gain: 1.4, band: 16_000 },
];

const SECONDS: usize = 15;

fn main() {
    println!("back end  band    room     at 3 s    steady    STOI loss  cpu of a core");
    for back_end in BackEnd::ALL {
        for room in &ROOMS {
            let figures = enhancement(*back_end, room);
            println!(
                "{:<9} {:>2} kHz  {:<7} {:>5.1} dB  {:>5.1} dB  {:>5.2}      {:>5.2} %",
                back_end.name(),
                room.band / 1000,
                room.name,
                figures.early,
                figures.steady,
                intelligibility_loss(*back_end, room),
                figures.load
            );
        }
    }
}

struct Figures {
    early: f64,
    steady: f64,
    load: f64,
}

fn enhancement(back_end: BackEnd, room: &Room) -> Figures {
    let far = speech(room.band, 0.0);
    let near = echo(&far, room);
    #[expect(clippy::disallowed_methods, reason = "a bench takes the time")]
    let start = std::time::Instant::now();
    let out = cleaned(back_end, &far, &near);
    #[expect(clippy::disallowed_methods, reason = "a bench takes the time")]
    let load = start.elapsed().as_secs_f64() / SECONDS as f64 * 100.0;
    let between = |from: f32, to: f32| {
        let span = (from * RATE as f32) as usize..(to * RATE as f32) as usize;
        let energy = |sound: &[f32]| -> f64 {
            sound[span.clone()].iter().map(|s| f64::from(*s).powi(2)).sum()
        };
        10.0 * (energy(&near) / energy(&out).max(1e-12)).log10()
    };
    Figures { early: between(2.0, 3.0), steady: between(10.0, SECONDS as f32), load }
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

/// Someone speaks at the near end from the sixth second on, as loud as the far end, while the far
/// end speaks too: how much of the intelligibility that the near end has alone is lost.
fn intelligibility_loss(back_end: BackEnd, room: &Room) -> f64 {
    let far = speech(room.band, 0.0);
    let mut talk = speech(room.band, 40.0);
    talk[..6 * RATE as usize].fill(0.0);
    let mut near = echo(&far, room);
    near.iter_mut().zip(&talk).for_each(|(heard, said)| *heard = (*heard + said).clamp(-1.0, 1.0));
    let silence = vec![0.0; far.len()];
    let alone = cleaned(back_end, &silence, &talk);
    let both = cleaned(back_end, &far, &near);
    let span = 7 * RATE as usize..;
    let clean = &talk[span.clone()];
    let delay = latency(clean, &alone[span.clone()]);
    let heard = |sound: &[f32]| {
        let sound = &sound[span.start + delay..];
        stoi::stoi(&clean[..sound.len()], sound)
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

/// Voiced syllables of gliding pitch with breath between them, below half of `band`; another voice
/// at another time.
fn speech(band: u32, from: f32) -> Vec<f32> {
    let (mut phase, mut noise) = (0.0_f32, Noises(1));
    let (mut low, alpha) = ([0.0_f32; 4], if band < RATE { 0.45 } else { 0.9 });
    (0..SECONDS * RATE as usize)
        .map(|n| {
            let t = from + n as f32 / RATE as f32;
            let pitch = 120.0 + 40.0 * (t * 2.1).sin() + 25.0 * (t * 5.3).sin();
            phase = (phase + pitch / RATE as f32).fract();
            let harmonics = if band < RATE { 45 } else { 90 };
            let voiced: f32 =
                (1..harmonics).map(|k| (phase * k as f32 * TAU).sin() / (k as f32).powf(1.2)).sum();
            let syllable = (t * 3.7 * std::f32::consts::PI).sin().max(0.05);
            let mut sample = (voiced * 0.12 + noise.next() * 0.02) * syllable;
            for stage in &mut low {
                *stage += (sample - *stage) * alpha;
                sample = *stage;
            }
            sample
        })
        .collect()
}

/// What the microphone hears: a first arrival, a tail that dies within 150 ms, and a quiet room.
fn echo(far: &[f32], room: &Room) -> Vec<f32> {
    let delay = room.delay_ms * RATE as usize / 1000;
    let mut noise = Noises(77);
    let taps: Vec<(usize, f32)> = (0..60)
        .map(|n| {
            let at = n * n * 2 + n * 7;
            let size = if n == 0 { 1.0 } else { 0.5 * noise.next() };
            (delay + at, room.gain * size * (-(at as f32) / (0.03 * RATE as f32)).exp())
        })
        .collect();
    (0..far.len())
        .map(|n| {
            let heard: f32 = taps
                .iter()
                .filter_map(|(at, gain)| Some(far.get(n.checked_sub(*at)?)? * gain))
                .sum();
            heard.clamp(-1.0, 1.0) + noise.next() * 0.0002
        })
        .collect()
}

/// Chance that is the same each time, -1 to 1.
struct Noises(u32);

impl Noises {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}
