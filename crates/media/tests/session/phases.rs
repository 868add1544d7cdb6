//! Whenever packets come, each is heard as late as the jitter buffer aims at, and no later.

use std::time::Duration;

use milliwatt_media::{
    frame::AudioPort,
    session::{Channel, Control, Direction, MediaPlan, Packet, Session},
};

use crate::line::{address, config, ms, plan, rtp_with, secs};

/// Between the frames that are sent and the packets that come, ms.
const PHASES: [u64; 8] = [0, 1, 3, 7, 11, 13, 17, 19];
/// What the buffer aims at on a clean line.
const TARGET: Duration = Duration::from_millis(10);
/// One sample at 8 kHz.
const SAMPLE: Duration = Duration::from_micros(125);
/// What the grid is rounded to.
const GRAIN: Duration = Duration::from_millis(1);

/// A port that tells when each full-scale sample is to be heard.
#[derive(Default)]
struct Marks(Vec<Duration>);

impl AudioPort for Marks {
    fn sample_rate(&self) -> u32 {
        8000
    }

    fn capture(&mut self, _: Duration, frame: &mut [i16]) -> bool {
        frame.fill(0);
        true
    }

    fn playout(&mut self, at: Duration, frame: &[i16]) {
        let marks = (0..).zip(frame).filter(|(_, sample)| **sample > 30_000);
        self.0.extend(marks.map(|(n, _)| at + SAMPLE * n));
    }
}

/// A session, and a far end that marks the last sample of each of its packets, as the first ones are
/// blended with what was made up before them.
struct Leg {
    session: Session,
    port: Marks,
    ptime: u64,
    ssrc: u32,
    sequence: u16,
    /// When each mark would be heard if its packet, without jitter, were played as it comes.
    came: Vec<Duration>,
}

impl Leg {
    fn new(ptime: u64) -> Self {
        Self {
            session: Session::new(ms(0), &config(), plan(address(2, 5000)), [7; 32]),
            port: Marks::default(),
            ptime,
            ssrc: 1,
            sequence: 0,
            came: Vec::new(),
        }
    }

    fn run(&mut self, until: Duration) {
        while let Some(wake) = self.session.wake_at().filter(|wake| *wake < until) {
            self.session.run(wake, &mut self.port);
            while self.session.poll(&mut [0; 1500]).is_some() {}
        }
    }

    /// Packets from `from` on, for a whole number of packets in `span`, each `late` for its number.
    fn receive(&mut self, from: Duration, span: Duration, late: impl Fn(u32) -> Duration) {
        let packet = ms(self.ptime);
        let mut payload = vec![0xff; self.ptime as usize * 8];
        let mark = payload.len() - 1;
        payload[mark] = 0x80;
        for n in 0..(span.as_millis() / packet.as_millis()) as u32 {
            let (due, timestamp) = (from + packet * n, n * self.ptime as u32 * 8);
            self.run(due + late(n));
            let bytes = rtp_with(0, self.sequence, timestamp, self.ssrc, &payload);
            let packet = Packet { from: address(2, 5000), channel: Channel::Rtp, bytes: &bytes };
            self.session.handle(due + late(n), packet);
            self.sequence = self.sequence.wrapping_add(1);
            self.came.push(due + SAMPLE * mark as u32);
        }
        self.run(from + span);
    }

    /// The least and the most from arrival to being heard, of all packets since the last call.
    fn waits(&mut self) -> (Duration, Duration) {
        let (came, heard) = (std::mem::take(&mut self.came), std::mem::take(&mut self.port.0));
        assert!(heard.len() + 3 >= came.len(), "what came last is not yet heard");
        let waits = || heard.iter().zip(&came).map(|(heard, came)| heard.saturating_sub(*came));
        (waits().min().unwrap(), waits().max().unwrap())
    }

    fn assert_whole(&self) {
        let quality = self.session.quality();
        assert_eq!((quality.lost, quality.late, quality.longest_loss), (0, 0, 0), "{quality:?}");
        assert_eq!(quality.concealed_percent, 0.0);
    }
}

fn punctual(_: u32) -> Duration {
    Duration::ZERO
}

#[test]
fn a_minute_is_heard_as_late_as_is_aimed_at_whatever_the_phase() {
    for phase in PHASES {
        for part in [Duration::ZERO, Duration::from_micros(300)] {
            let mut leg = Leg::new(20);
            leg.receive(secs(1) + ms(phase) + part, secs(60), punctual);
            let (least, most) = leg.waits();
            assert!(least >= TARGET && most <= TARGET + GRAIN, "{phase}: {least:?} {most:?}");
            leg.assert_whole();
            let shown = leg.session.quality().buffer_ms;
            assert!((10.0..=11.0).contains(&shown), "{phase}: {shown}");
        }
    }
}

#[test]
fn packets_that_are_no_frames_wait_for_the_frame_that_needs_them_and_no_longer() {
    for (ptime, more) in [(10, 10), (30, 10), (40, 0), (60, 0)] {
        for phase in PHASES {
            let mut leg = Leg::new(ptime);
            leg.receive(secs(1) + ms(phase), secs(12), punctual);
            let (least, most) = leg.waits();
            let wanted = TARGET + ms(more);
            assert!(
                least >= wanted && most <= wanted + GRAIN,
                "{ptime} {phase}: {least:?} {most:?}"
            );
            leg.assert_whole();
        }
    }
}

#[test]
fn jitter_below_the_target_costs_nothing() {
    let late = |n: u32| Duration::from_micros(u64::from(n.wrapping_mul(7919) % 90) * 100);
    for first in 0..10 {
        for ptime in [10, 20, 30] {
            let mut leg = Leg::new(ptime);
            leg.receive(secs(1) + ms(3), secs(18), |n| late(n + first));
            let (_, most) = leg.waits();
            assert!(most <= TARGET + ms(10) + late(first) + GRAIN, "{first} {ptime}: {most:?}");
            leg.assert_whole();
        }
    }
}

#[test]
fn another_source_is_heard_as_soon_as_the_one_before() {
    for before in [0, 8, 15] {
        for phase in PHASES {
            let mut leg = Leg::new(20);
            leg.receive(secs(1) + ms(before), secs(2), punctual);
            leg.waits();
            leg.run(secs(4));
            leg.port.0.clear();
            leg.ssrc += 1;
            leg.sequence = 5000;
            leg.receive(secs(4) + ms(phase), secs(2), punctual);
            // The first packet only says that there is another source.
            leg.came.remove(0);
            let (least, most) = leg.waits();
            assert!(least >= TARGET && most <= TARGET + GRAIN, "{phase}: {least:?} {most:?}");
        }
    }
}

#[test]
fn a_far_end_that_is_taken_back_from_hold_is_heard_as_soon_as_before() {
    for phase in PHASES {
        let mut leg = Leg::new(20);
        leg.receive(secs(1) + ms(5), secs(2), punctual);
        leg.waits();
        leg.run(secs(4));
        for direction in [Direction::SendOnly, Direction::SendRecv] {
            let now = leg.session.wake_at().unwrap();
            let plan = MediaPlan { direction, ..plan(address(2, 5000)) };
            leg.session.control(now, Control::Plan(Box::new(plan)));
            leg.run(now + secs(2));
        }
        leg.port.0.clear();
        leg.receive(secs(9) + ms(phase), secs(2), punctual);
        let (least, most) = leg.waits();
        assert!(least >= TARGET && most <= TARGET + GRAIN, "{phase}: {least:?} {most:?}");
    }
}
