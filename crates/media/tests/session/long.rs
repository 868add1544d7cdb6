//! Long calls: a day, a drifting clock, and nothing allocated on the way.

use std::time::Duration;

use milliwatt_media::{
    frame::AudioPort,
    session::{Channel, MediaEvent, Output, Packet, Session},
};

use crate::{
    allocation,
    line::{address, config, ms, plan, rtp, secs, voice},
};

/// A port that reads a second of voice over and over.
struct Loop {
    voice: Vec<i16>,
    at: usize,
    heard: u64,
}

impl Loop {
    fn new() -> Self {
        Self { voice: (0..8000).map(|n| voice(n, 8000)).collect(), at: 0, heard: 0 }
    }
}

impl AudioPort for Loop {
    fn sample_rate(&self) -> u32 {
        8000
    }

    fn capture(&mut self, _now: Duration, frame: &mut [i16]) -> bool {
        frame.copy_from_slice(&self.voice[self.at..self.at + 160]);
        self.at = (self.at + 160) % 8000;
        true
    }

    fn playout(&mut self, _now: Duration, frame: &[i16]) {
        self.heard += frame.iter().filter(|sample| **sample != 0).count() as u64;
    }
}

/// One leg and a far end of packets that come every 20 ms by a clock `ppm` fast.
struct Leg {
    session: Session,
    port: Loop,
    packet: Vec<u8>,
    next: u64,
    ppm: i64,
    sent: u64,
    events: Vec<MediaEvent>,
}

impl Leg {
    fn new(ppm: i64) -> Self {
        let mut packet = rtp(0, 0, 0, 0x1234_5678);
        for (n, byte) in packet[12..].iter_mut().enumerate() {
            *byte = 0x80 | (n % 64) as u8;
        }
        Self {
            session: Session::new(ms(0), &config(), plan(address(2, 5000)), [7; 32]),
            port: Loop::new(),
            packet,
            next: 0,
            ppm,
            sent: 0,
            events: Vec::new(),
        }
    }

    fn arrival(&self) -> Duration {
        let due = self.next as i64 * 20_000;
        Duration::from_micros((due - due * self.ppm / 1_000_000 + 5_000).cast_unsigned())
    }

    /// Runs until `until`; packets that leave are counted, events handed to `tell`.
    fn run(&mut self, until: Duration, mut tell: impl FnMut(MediaEvent)) {
        let mut buffer = [0; 1500];
        while let Some(wake) = self.session.wake_at().filter(|wake| *wake < until) {
            while self.arrival() <= wake {
                let sequence = (self.next as u16).wrapping_add(65_000);
                let timestamp =
                    (self.next as u32).wrapping_mul(160).wrapping_add(u32::MAX - 10_000);
                self.packet[2..4].copy_from_slice(&sequence.to_be_bytes());
                self.packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
                let at = self.arrival();
                let packet =
                    Packet { from: address(2, 5000), channel: Channel::Rtp, bytes: &self.packet };
                self.session.handle(at, packet);
                self.next += 1;
            }
            self.session.run(wake, &mut self.port);
            while let Some(output) = self.session.poll(&mut buffer) {
                match output {
                    Output::Rtp { .. } => self.sent += 1,
                    Output::Rtcp { .. } => {}
                    Output::Event(event) => tell(event),
                }
            }
        }
    }
}

#[test]
fn a_day_of_sound_runs_whole() {
    let mut leg = Leg::new(0);
    let mut ticks = 0_u64;
    leg.run(secs(86_400), |event| ticks += u64::from(matches!(event, MediaEvent::Tick(_))));
    let quality = leg.session.quality();
    assert_eq!(leg.sent, 4_320_000);
    assert_eq!((quality.sent, quality.received), (4_320_000, leg.next));
    assert_eq!((quality.lost, quality.late, quality.reordered), (0, 0, 0));
    assert_eq!(quality.concealed_percent, 0.0);
    assert_eq!(ticks, 86_399);
    assert!(leg.port.heard > 600_000_000);
}

#[test]
fn nothing_is_allocated_but_one_figure_a_second() {
    let mut leg = Leg::new(0);
    leg.run(secs(30), |_| {});
    let (calls, live) = (allocation::calls(), allocation::live());
    let mut ticks = 0;
    leg.run(secs(150), |event| ticks += u64::from(matches!(event, MediaEvent::Tick(_))));
    assert_eq!(allocation::calls() - calls, ticks, "RTP, RTCP, frames and events");
    assert_eq!(allocation::live(), live);
}

#[test]
fn clocks_200_ppm_apart_lose_nothing_in_an_hour() {
    for ppm in [200, -200] {
        let mut leg = Leg::new(ppm);
        let mut worst: f32 = 0.0;
        let mut events = Vec::new();
        leg.run(secs(3600), |event| match event {
            MediaEvent::Tick(quality) => worst = worst.max(quality.buffer_ms),
            other => events.push(other),
        });
        leg.events = events;
        let quality = leg.session.quality();
        assert_eq!((quality.lost, quality.late), (0, 0), "{quality:?}");
        assert_eq!(quality.concealed_percent, 0.0);
        let drift = quality.drift_ppm.unwrap();
        assert!((drift - ppm as f32).abs() < 5.0, "{drift}");
        assert!(worst < 80.0, "{worst}");
        assert_eq!(leg.events, [MediaEvent::FirstPacket]);
    }
}
