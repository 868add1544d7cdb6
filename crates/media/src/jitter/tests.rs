//! The buffer alone, on virtual time, with a player of frames of 20 ms at 8 kHz.

use super::*;

const FRAME: u32 = 160;

/// What the player met.
#[derive(Default)]
struct Heard {
    played: Vec<u64>,
    concealed: u64,
    paused: u64,
}

struct Player {
    buffer: Buffer,
    now: Duration,
    fifo: u32,
    heard: Heard,
    /// Packets under way, by arrival.
    pending: std::collections::BTreeSet<(u64, u64)>,
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

impl Player {
    fn new() -> Self {
        Self {
            buffer: Buffer::new(8000, ms(10), ms(300)),
            now: ms(0),
            fifo: 0,
            heard: Heard::default(),
            pending: Default::default(),
        }
    }

    fn packet(&mut self, at: Duration, n: u64) -> Inserted {
        self.timed(at, n, (n as u32).wrapping_mul(FRAME))
    }

    fn timed(&mut self, at: Duration, n: u64, timestamp: u32) -> Inserted {
        let kind = Kind::Audio { codec: 0, ticks: FRAME };
        self.buffer.insert(at, n, timestamp, kind, &[0; 160])
    }

    /// One pull of 20 ms at `now`.
    fn frame(&mut self) {
        while self.fifo < FRAME {
            match self.buffer.pull(self.now, FRAME - self.fifo) {
                Step::Play(slot) => {
                    self.heard.played.push(slot.sequence);
                    self.buffer.recycle(slot);
                    // Bends time by 5 ms at most, as a voice of 200 Hz allows.
                    self.fifo += match self.buffer.advice(self.fifo, FRAME) {
                        Advice::Keep => FRAME,
                        Advice::Shrink { most, .. } => FRAME - most.min(40),
                        Advice::Grow => FRAME + 40,
                    };
                }
                Step::Conceal(ticks) => {
                    self.heard.concealed += u64::from(ticks);
                    self.fifo += ticks;
                }
                Step::Pause => {
                    self.heard.paused += 1;
                    self.fifo = FRAME;
                }
                Step::Idle => self.fifo = FRAME,
            }
        }
        self.fifo -= FRAME;
        self.now += ms(20);
    }

    /// Packets `from..to`, sent every 20 ms and `late(n)` ms late, while frames are played.
    fn run(&mut self, from: u64, to: u64, late: impl Fn(u64) -> Option<u64>) {
        self.pending.extend((from..to).filter_map(|n| late(n).map(|late| (n * 20 + late, n))));
        while self.now < ms(to * 20) {
            while let Some(&(at, n)) = self.pending.first()
                && ms(at) <= self.now
            {
                self.pending.pop_first();
                self.packet(ms(at), n);
            }
            self.frame();
        }
    }

    fn delay_ms(&self) -> i64 {
        (self.buffer.last_delay + self.buffer.timeline.micros(i64::from(self.fifo))) / 1000
    }
}

#[test]
fn a_clean_line_is_played_whole_and_never_bent() {
    for phase in [0, 1, 7, 19] {
        let mut player = Player::new();
        player.run(0, 5000, |_| Some(phase));
        assert_eq!(player.buffer.concealed(), 0);
        assert!(player.heard.played.iter().copied().eq(0..player.heard.played.len() as u64));
        assert_eq!(player.fifo, 0);
        assert!(player.delay_ms() < 40, "{} ms", player.delay_ms());
    }
}

#[test]
fn a_missing_packet_is_concealed_for_its_own_time() {
    let mut player = Player::new();
    player.run(0, 100, |n| (n != 50 && n != 51).then_some(5));
    assert_eq!(player.buffer.concealed(), 320);
    assert_eq!((player.buffer.missed(), player.buffer.dropped()), (2, 0));
    assert_eq!(player.fifo, 0);
}

#[test]
fn a_packet_behind_its_time_is_late() {
    let mut player = Player::new();
    player.run(0, 60, |n| (n != 50).then_some(5));
    assert_eq!(player.packet(player.now, 50), Inserted::Late);
    assert_eq!(player.packet(player.now, 49), Inserted::Late);
}

#[test]
fn reordered_packets_are_played_in_order() {
    let mut player = Player::new();
    player.run(0, 500, |n| Some(if n % 4 == 1 { 45 } else { 5 }));
    assert!(player.heard.played.is_sorted());
    player.buffer.missed();
    player.buffer.concealed = 0;
    player.run(500, 1000, |n| Some(if n % 4 == 1 { 45 } else { 5 }));
    assert!(player.heard.played.is_sorted());
    assert_eq!((player.buffer.concealed(), player.buffer.missed()), (0, 0));
}

#[test]
fn jitter_raises_the_delay_and_calm_lowers_it_again() {
    let mut player = Player::new();
    player.run(0, 500, |_| Some(0));
    let calm = player.delay_ms();
    player.run(500, 1000, |n| Some(n * 7919 % 100));
    assert!((95..=150).contains(&player.delay_ms()), "{}", player.delay_ms());
    player.buffer.concealed = 0;
    player.run(1000, 1500, |n| Some(n * 7919 % 100));
    assert!(player.buffer.concealed() < 500 * 160 / 50);
    player.run(1500, 3500, |_| Some(0));
    assert!((player.delay_ms() - calm).abs() <= 40, "{} {calm}", player.delay_ms());
}

#[test]
fn an_outage_of_two_seconds_leaves_no_delay_behind() {
    let mut player = Player::new();
    player.run(0, 500, |_| Some(0));
    let calm = player.delay_ms();
    player.run(500, 700, |n| (n > 600).then_some(0));
    assert_eq!(player.buffer.missed(), 101);
    assert!((player.delay_ms() - calm).abs() <= 20);
}

#[test]
fn a_stall_that_is_delivered_at_once_is_cut_to_what_is_recent() {
    let mut player = Player::new();
    player.run(0, 500, |_| Some(0));
    player.run(500, 700, |n| Some(if n < 600 { 2000 - (n - 500) * 20 } else { 0 }));
    assert!(player.buffer.span() <= ms(400));
    player.run(700, 1800, |_| Some(0));
    assert!(player.delay_ms() <= 60, "{}", player.delay_ms());
}

#[test]
fn a_clock_200_ppm_off_is_followed_without_a_gap() {
    for sign in [1_i64, -1] {
        let mut player = Player::new();
        let packets = 60_000_u64;
        let mut n = 0;
        while player.now < ms(packets * 20) {
            let at = |n: u64| {
                let due = n as i64 * 20_000;
                Duration::from_micros((due + sign * due / 5000 + 3000) as u64)
            };
            while at(n) <= player.now {
                player.packet(at(n), n);
                n += 1;
            }
            player.frame();
        }
        assert_eq!((player.buffer.concealed(), player.buffer.missed()), (0, 0));
        assert!((5..60).contains(&player.delay_ms()), "{}", player.delay_ms());
        let ppm = player.buffer.drift_ppm().unwrap();
        assert!((ppm + sign as f32 * 200.0).abs() < 10.0, "{ppm}");
    }
}

#[test]
fn silence_suppression_is_a_pause_and_no_loss() {
    let mut player = Player::new();
    player.run(0, 100, |_| Some(0));
    for _ in 0..100 {
        player.frame();
    }
    for n in 100..200 {
        player.timed(player.now, n, (n as u32 + 100) * FRAME);
        player.frame();
    }
    assert_eq!(player.buffer.missed(), 0);
    assert!(player.heard.played.len() >= 198);
}

#[test]
fn comfort_noise_makes_the_pause_that_follows_none_of_our_making() {
    let mut player = Player::new();
    player.run(0, 50, |_| Some(0));
    player.buffer.insert(player.now, 50, 50 * FRAME, Kind::ComfortNoise, &[60]);
    for _ in 0..100 {
        player.frame();
    }
    assert_eq!(player.buffer.concealed(), 0);
    assert!(player.heard.paused > 90);
}

#[test]
fn events_keep_their_place_and_are_no_loss() {
    let mut player = Player::new();
    player.run(0, 50, |_| Some(0));
    for n in 50..60 {
        player.buffer.insert(player.now, n, 50 * FRAME, Kind::Event, &[]);
        player.frame();
    }
    for n in 60..100 {
        player.packet(player.now, n);
        player.frame();
    }
    assert_eq!((player.buffer.missed(), player.buffer.concealed()), (0, 0));
    assert!(player.heard.played.len() > 85);
}

#[test]
fn what_is_made_up_after_the_last_packet_is_not_held_against_the_line() {
    let mut player = Player::new();
    player.run(0, 50, |_| Some(0));
    for _ in 0..20 {
        player.frame();
    }
    assert_eq!(player.buffer.concealed(), 0);
    for _ in 0..20 {
        player.frame();
    }
    assert!(player.buffer.concealed() > 0);
}

#[test]
fn hostile_timestamps_and_numbers_stay_within_two_seconds_of_memory() {
    let mut player = Player::new();
    let mut state = 7_u64;
    for n in 0..200_000_u64 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let timestamp = (state >> 32) as u32;
        let sequence = if n % 3 == 0 { n } else { n + (state >> 60) };
        player.buffer.insert(
            player.now,
            sequence,
            timestamp,
            Kind::Audio { codec: 0, ticks: u32::MAX },
            &[0; 1400],
        );
        if n % 50 == 0 {
            player.frame();
        }
        assert!(player.buffer.bytes() <= 400 * 1024);
        assert!(player.buffer.span() <= ms(2000), "{:?}", player.buffer.span());
    }
}

#[test]
fn what_nobody_plays_is_held_for_two_seconds() {
    let mut player = Player::new();
    for n in 0..1000 {
        player.packet(ms(n * 20), n);
        assert!(player.buffer.span() <= ms(2000));
    }
    assert_eq!(player.buffer.span(), ms(2000));
    assert_eq!(player.buffer.dropped(), 1000 - 101);
}

#[test]
fn a_timestamp_jump_goes_on_without_more_than_a_frame_of_gap() {
    let mut player = Player::new();
    player.run(0, 100, |_| Some(0));
    for n in 100..300 {
        player.timed(player.now, n, 0xf000_0000 + n as u32 * FRAME);
        player.frame();
    }
    assert_eq!(player.buffer.missed(), 0);
    assert!(player.buffer.concealed() <= 160);
    assert!(player.heard.played.len() >= 297);
    assert!(player.delay_ms() <= 60);
}
