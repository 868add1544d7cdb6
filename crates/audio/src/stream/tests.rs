//! Both ways of a sound card on virtual time: clocks that drift, callbacks and threads that are late.

use std::{
    f64::consts::TAU,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{link::Drain, *};

/// A sound card whose clock is off by some parts per million, and a call, both late by chance.
struct Bench {
    now: Arc<AtomicU32>,
    feed: Feed,
    ear: Ear,
    drain: Drain,
    mouth: Mouth,
    block: usize,
    /// Seconds of the card's block and of the call's frame that come next.
    card: f64,
    call: f64,
    step: f64,
    chance: u32,
    late: f64,
    tones: [Tone; 2],
    ears: [Checked; 2],
}

/// A sine, sample by sample: each from the two before it, as an hour has many.
struct Tone {
    last: [f64; 2],
    twice_cosine: f64,
}

/// What comes out, held against a sine.
struct Checked {
    last: [f32; 2],
    twice_cosine: f32,
    samples: u64,
    /// Samples that do not fit to the two before them.
    breaks: u64,
    quiet: u64,
}

const TONE: f64 = 1000.0;

impl Tone {
    fn new(rate: f64) -> Self {
        let turn = TAU * TONE / rate;
        Self { last: [-turn.sin() * 0.5, 0.0], twice_cosine: 2.0 * turn.cos() }
    }

    fn next(&mut self) -> f32 {
        let next = self.twice_cosine * self.last[1] - self.last[0];
        self.last = [self.last[1], next];
        next as f32
    }
}

impl Checked {
    fn new(rate: f64) -> Self {
        let twice_cosine = (2.0 * (TAU * TONE / rate).cos()) as f32;
        Self { last: [0.0; 2], twice_cosine, samples: 0, breaks: 0, quiet: 0 }
    }

    fn add(&mut self, sample: f32) {
        let expected = self.twice_cosine * self.last[1] - self.last[0];
        self.samples += 1;
        self.breaks += u64::from((sample - expected).abs() > 0.01);
        self.quiet += u64::from(sample == 0.0);
        self.last = [self.last[1], sample];
    }
}

impl Bench {
    fn new(rate: u32, ppm: f64, block: usize, late: f64) -> Self {
        let now = Arc::new(AtomicU32::new(0));
        let stamps = Stamps::told(Arc::clone(&now));
        let (feed, ring, link) = capture_ring(rate as usize / 2, &stamps);
        let ear = Ear::new(ring, link, stamps.clone(), rate).unwrap();
        let (drain, ring, link) = playback_ring(rate as usize / 2, &stamps);
        let mouth = Mouth::new(ring, link, stamps, rate).unwrap();
        let step = block as f64 / (f64::from(rate) * (1.0 + ppm / 1e6));
        let (own, call) = (block as f64 / step, f64::from(RATE));
        let tones = [Tone::new(own), Tone::new(call)];
        let ears = [Checked::new(call), Checked::new(own)];
        Self {
            now,
            feed,
            ear,
            drain,
            mouth,
            block,
            card: 0.0,
            call: 0.003,
            step,
            chance: 1,
            late,
            tones,
            ears,
        }
    }

    /// Between 0 and the most that anything is late.
    fn lateness(&mut self) -> f64 {
        self.chance = self.chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.chance >> 16) / 65_536.0 * self.late
    }

    fn run(&mut self, seconds: f64) {
        let end = self.call + seconds;
        let (mut block, mut frame) = (vec![0.0; self.block], [0.0; FRAME]);
        while self.call < end {
            let card_is_next = self.card < self.call;
            let due = if card_is_next { self.card } else { self.call };
            let at = ((due + self.lateness()) * 1e5) as u64 as u32;
            let before = self.now.load(Ordering::Relaxed);
            // Time never goes back, whoever is late.
            let at = if at.wrapping_sub(before) > u32::MAX / 2 { before } else { at };
            self.now.store(at, Ordering::Relaxed);
            if card_is_next {
                self.card += self.step;
                block.iter_mut().for_each(|s| *s = self.tones[0].next());
                self.feed.take(&block, 1, |s| s);
                self.drain.give(&mut block, 1, |s| s);
                block.iter().for_each(|s| self.ears[1].add(*s));
            } else {
                self.call += 0.02;
                self.ear.pull(&mut frame);
                frame.iter().for_each(|s| self.ears[0].add(*s));
                frame.iter_mut().for_each(|s| *s = self.tones[1].next());
                self.mouth.push(Duration::from_secs_f64(due), &frame);
            }
        }
    }

    /// Whatever happened up to here is forgiven.
    fn forget(&mut self) {
        self.ears.iter_mut().for_each(|e| (e.breaks, e.quiet) = (0, 0));
    }

    fn assert_clean(&self) {
        for (ear, way) in self.ears.iter().zip(["capture", "playback"]) {
            assert_eq!(ear.breaks, 0, "{way}: of {} samples", ear.samples);
            assert!(ear.quiet < ear.samples / 100, "{way}");
        }
    }
}

fn an_hour_at(ppm: f64) {
    let mut bench = Bench::new(RATE, ppm, 480, 0.003);
    bench.run(2.0);
    bench.forget();
    for minute in 0..60 {
        bench.run(60.0);
        let (ear, mouth) = (bench.ear.flow(), bench.mouth.flow());
        assert!(ear.delay_ms > 8.0 && ear.delay_ms < 22.0, "{minute}: {ear:?}");
        assert!(mouth.delay_ms > 8.0 && mouth.delay_ms < 22.0, "{minute}: {mouth:?}");
        if minute > 2 {
            assert!((f64::from(ear.drift_ppm) - ppm).abs() < 20.0, "{minute}: {ear:?}");
            assert!((f64::from(mouth.drift_ppm) - ppm).abs() < 20.0, "{minute}: {mouth:?}");
        }
    }
    bench.assert_clean();
    assert_eq!((bench.ear.flow().gaps, bench.mouth.flow().gaps), (0, 0));
}

#[test]
fn an_hour_with_a_fast_sound_card_has_no_break_and_no_growing_delay() {
    an_hour_at(200.0);
}

#[test]
fn an_hour_with_a_slow_sound_card_has_no_break_and_no_growing_delay() {
    an_hour_at(-200.0);
}

#[test]
fn cards_of_other_rates_and_block_sizes_are_heard_whole() {
    for (rate, block) in [(44_100, 441), (16_000, 160), (96_000, 960), (48_000, 2048)] {
        let mut bench = Bench::new(rate, 80.0, block, 0.002);
        bench.run(5.0);
        bench.forget();
        let gaps = (bench.ear.flow().gaps, bench.mouth.flow().gaps);
        bench.run(60.0);
        bench.assert_clean();
        assert_eq!((bench.ear.flow().gaps, bench.mouth.flow().gaps), gaps, "{rate}/{block}");
    }
}

/// A thread that is late once costs one gap; one that always is gets more in hand, and then none.
#[test]
fn more_is_held_in_hand_where_threads_are_late() {
    let mut bench = Bench::new(RATE, 0.0, 480, 0.018);
    bench.run(60.0);
    let gaps = (bench.ear.flow().gaps, bench.mouth.flow().gaps);
    assert!(gaps.0 < 12 && gaps.1 < 12, "{gaps:?}");
    bench.forget();
    bench.run(15.0);
    bench.assert_clean();
}

#[test]
fn a_call_that_stood_still_does_not_stay_late() {
    let mut bench = Bench::new(RATE, 0.0, 480, 0.001);
    bench.run(5.0);
    let before = (bench.ear.flow().delay_ms, bench.mouth.flow().delay_ms);
    // The card goes on for 300 ms alone.
    bench.call += 0.3;
    bench.run(5.0);
    let after = (bench.ear.flow().delay_ms, bench.mouth.flow().delay_ms);
    assert!(after.0 < before.0 + 12.0, "{before:?} {after:?}");
    assert!(after.1 < before.1 + 12.0, "{before:?} {after:?}");
}

#[test]
fn frames_that_move_are_played_as_soon_as_those_before_them() {
    for by in [-0.019, -0.007, 0.007, 0.019] {
        let mut bench = Bench::new(RATE, 0.0, 240, 0.0005);
        bench.run(5.0);
        let before = bench.mouth.flow();
        bench.call += by;
        bench.run(0.5);
        let after = bench.mouth.flow();
        assert!((after.delay_ms - before.delay_ms).abs() < 1.5, "{by}: {before:?} {after:?}");
        assert_eq!(after.gaps, before.gaps, "{by}");
    }
}
