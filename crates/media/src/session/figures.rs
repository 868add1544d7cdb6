//! The figures of a stream, for the call and for each second.

use std::time::Duration;

use super::{OneWay, Quality};
use crate::{
    codec::Spec,
    level::Meter,
    quality::{Impairments, Tally, mos, rating},
};

/// Sums, and what they were when the second began.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) tally: Tally,
    started: Duration,
    split: (Duration, Tally),
    jitter_max: Peak<f32>,
    longest_loss: Peak<u64>,
    pub(super) level_in: Meter,
}

/// What the sums do not tell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    pub(super) codec: Option<&'static Spec>,
    pub(super) round_trip: Option<Duration>,
    pub(super) remote_loss_percent: Option<f32>,
    pub(super) remote_jitter_ms: Option<f32>,
    pub(super) drift_ppm: Option<f32>,
    /// Sound in a packet of the far end.
    pub(super) packet: Duration,
    pub(super) longest_gap: Duration,
    pub(super) one_way: Option<OneWay>,
    /// Nothing came although it should: rate the second as lost.
    pub(super) dead: bool,
}

/// The largest of the call and of the second.
#[derive(Clone, Copy, Debug, Default)]
struct Peak<T> {
    call: T,
    second: T,
}

impl<T: PartialOrd + Copy + Default> Peak<T> {
    fn add(&mut self, value: T) {
        if value > self.second {
            self.second = value;
        }
        if value > self.call {
            self.call = value;
        }
    }
}

impl Figures {
    pub(super) fn new(now: Duration, sample_rate: u32) -> Self {
        Self {
            tally: Tally::default(),
            started: now,
            split: (now, Tally::default()),
            jitter_max: Peak::default(),
            longest_loss: Peak::default(),
            level_in: Meter::new(sample_rate),
        }
    }

    pub(super) fn jitter(&mut self, ms: f32) {
        self.jitter_max.add(ms);
    }

    pub(super) fn run_of_loss(&mut self, missed: u64) {
        self.longest_loss.add(missed);
    }

    /// Figures of the call.
    pub(super) fn call(&self, now: Duration, level_out: &Meter, facts: &Facts) -> Quality {
        let span = now.saturating_sub(self.started);
        let quality = describe(&self.tally, span, &Facts { dead: false, ..*facts });
        Quality {
            longest_loss: self.longest_loss.call,
            jitter_max_ms: self.jitter_max.call,
            level_in_dbov: self.level_in.whole_active_dbov(),
            level_out_dbov: level_out.whole_active_dbov(),
            clipped_percent: self.level_in.whole_clipped_percent(),
            silence_percent: self.level_in.whole_silent_percent(),
            silence_in: self.level_in.silent_for(),
            ..quality
        }
    }

    /// Figures since the last call of this.
    pub(super) fn second(
        &mut self,
        now: Duration,
        level_out: &mut Meter,
        facts: &Facts,
    ) -> Quality {
        let (from, earlier) = std::mem::replace(&mut self.split, (now, self.tally));
        let sums = self.tally.after(&earlier);
        let quality = describe(&sums, now.saturating_sub(from), facts);
        let quality = Quality {
            longest_loss: std::mem::take(&mut self.longest_loss.second),
            jitter_max_ms: std::mem::take(&mut self.jitter_max.second),
            level_in_dbov: self.level_in.active_dbov(),
            level_out_dbov: level_out.active_dbov(),
            clipped_percent: self.level_in.clipped_percent(),
            silence_percent: self.level_in.silent_percent(),
            silence_in: self.level_in.silent_for(),
            ..quality
        };
        self.level_in.restart();
        level_out.restart();
        quality
    }
}

fn describe(sums: &Tally, span: Duration, facts: &Facts) -> Quality {
    let buffer_ms = sums.buffer.mean().unwrap_or(0.0);
    let rated = facts.codec.filter(|_| sums.loss.played + sums.loss.missed > 0 || facts.dead);
    let measured = rated.map(|codec| Impairments {
        ie: codec.ie,
        bpl: codec.bpl,
        loss_percent: if sums.loss.played == 0 { 100.0 } else { sums.loss.percent() },
        burst_ratio: sums.loss.burst_ratio(),
        delay_ms: 0.0,
    });
    let network_ms = facts.round_trip.map_or(0.0, |trip| trip.as_secs_f32() * 500.0);
    // One packet is filled before it leaves.
    let delay_ms = network_ms + buffer_ms + facts.packet.as_secs_f32() * 1000.0;
    let r_factor = measured.map(|measured| rating(&Impairments { delay_ms, ..measured }));
    Quality {
        span,
        sent: sums.sent,
        received: sums.received,
        lost: sums.lost(),
        late: sums.late,
        duplicated: sums.duplicated,
        reordered: sums.reordered,
        jitter_ms: sums.jitter.mean().unwrap_or(0.0),
        remote_loss_percent: facts.remote_loss_percent,
        remote_jitter_ms: facts.remote_jitter_ms,
        rtt_ms: facts.round_trip.map(|trip| trip.as_secs_f32() * 1000.0),
        buffer_ms,
        concealed_percent: sums.concealed_percent(),
        burst_ratio: sums.loss.burst_ratio(),
        burst_percent: sums.loss.burst_percent(),
        gap_percent: sums.loss.gap_percent(),
        r_factor,
        mos_cq: r_factor.map(mos),
        mos_lq: measured.map(|measured| mos(rating(&measured))),
        one_way: facts.one_way,
        drift_ppm: facts.drift_ppm,
        longest_gap: facts.longest_gap,
        ..Quality::default()
    }
}
