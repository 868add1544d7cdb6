//! What a frame of 20 ms costs: the jitter buffer with concealment alone, and a whole PCMU leg.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use milliwatt_media::{
    conceal::Concealer,
    frame::AudioPort,
    jitter::{Advice, Buffer, Kind, Step},
    session::{AgreedCodec, Channel, Config, Direction, MediaPlan, Packet, Session},
};

/// A packet in, a frame out; every twentieth packet is lost and concealed.
fn jitter_and_concealment(c: &mut Criterion) {
    let mut buffer = Buffer::new(8000, Duration::from_millis(10), Duration::from_millis(300));
    let mut concealer = Concealer::new(8000);
    let mut sound = voice();
    let mut n = 0_u32;
    c.bench_function("jitter buffer and concealment, a frame at 5 % loss", |b| {
        b.iter(|| {
            let now = Duration::from_millis(20) * n;
            if !n.is_multiple_of(20) {
                let kind = Kind::Audio { codec: 0, ticks: 160 };
                buffer.insert(now, u64::from(n), n.wrapping_mul(160), kind, &[0; 160]);
            }
            match buffer.pull(now, 160) {
                Step::Play(slot) => {
                    buffer.recycle(slot);
                    black_box(matches!(buffer.advice(0, 160), Advice::Keep));
                    concealer.good(&mut sound);
                }
                Step::Conceal(_) => concealer.lost(&mut sound),
                Step::Pause | Step::Idle => {}
            }
            n += 1;
        });
    });
}

/// A packet in, a frame each way with levels and digits, a packet out.
fn whole_leg(c: &mut Criterion) {
    let mut port = Loop(voice());
    let mut leg = Session::new(Duration::ZERO, &Config::default(), plan(), [1; 32]);
    let mut packet = vec![0; 172];
    packet[0] = 0x80;
    for (n, byte) in packet[12..].iter_mut().enumerate() {
        *byte = 0x80 | (n % 64) as u8;
    }
    let mut buffer = [0; 1500];
    let mut n = 0_u32;
    c.bench_function("PCMU leg, a frame each way", |b| {
        b.iter(|| {
            let now = Duration::from_millis(20) * n;
            packet[2..4].copy_from_slice(&(n as u16).to_be_bytes());
            packet[4..8].copy_from_slice(&n.wrapping_mul(160).to_be_bytes());
            let from = ([192, 0, 2, 2], 5000).into();
            leg.handle(now, Packet { from, channel: Channel::Rtp, bytes: &packet });
            leg.run(now, &mut port);
            while let Some(output) = leg.poll(&mut buffer) {
                black_box(output);
            }
            n += 1;
        });
    });
}

struct Loop(Vec<i16>);

impl AudioPort for Loop {
    fn sample_rate(&self) -> u32 {
        8000
    }

    fn capture(&mut self, _now: Duration, frame: &mut [i16]) -> bool {
        frame.copy_from_slice(&self.0);
        true
    }

    fn playout(&mut self, _now: Duration, frame: &[i16]) {
        black_box(frame);
    }
}

fn voice() -> Vec<i16> {
    (0..160).map(|n| ((n as f32 * 0.25).sin() * 8000.0) as i16).collect()
}

fn plan() -> MediaPlan {
    let codec = |name: &str, payload_type| AgreedCodec {
        name: name.to_owned(),
        clock_rate: 8000,
        channels: 1,
        send_pt: payload_type,
        recv_pt: payload_type,
        fmtp: None,
    };
    MediaPlan {
        remote_rtp: ([192, 0, 2, 2], 5000).into(),
        remote_rtcp: ([192, 0, 2, 2], 5001).into(),
        rtcp_mux: false,
        direction: Direction::SendRecv,
        codecs: vec![codec("PCMU", 0)],
        dtmf: vec![codec("telephone-event", 101)],
        comfort_noise: None,
        ptime: Duration::from_millis(20),
    }
}

criterion_group!(benches, jitter_and_concealment, whole_leg);
criterion_main!(benches);
