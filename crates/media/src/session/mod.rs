//! One media session: packets on one side, frames of sound on the other.
//!
//! [`Session::handle`] takes datagrams (`receive`), [`Session::run`] moves frames of 20 ms by the
//! times in `grid`, with `speak` for the way out and `hear` for the way in; `reports` is RTCP,
//! `figures` what is told of it all.

mod api;
mod digits;
mod figures;
mod grid;
mod hear;
mod intake;
mod outbox;
mod port;
mod receive;
mod reports;
mod speak;

use std::{fmt, net::SocketAddr, time::Duration};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

pub use api::*;

use self::{
    digits::Digits,
    figures::{Facts, Figures},
    grid::{Grid, Half},
    hear::Hear,
    intake::Intake,
    outbox::Outbox,
    port::Side,
    receive::Told,
    reports::Reports,
    speak::Speak,
};
use crate::{frame::AudioPort, rtp::Latch};

/// One audio stream of one call leg.
pub struct Session {
    config: Config,
    plan: MediaPlan,
    chance: ChaCha8Rng,
    latch: Latch,
    intake: Intake,
    hear: Hear,
    digits: Digits,
    speak: Speak,
    side: Side,
    reports: Reports,
    figures: Figures,
    outbox: Outbox,
    told: Told,
    grid: Grid,
    next_tick: Duration,
    stopped: bool,
}

impl Session {
    /// A session that runs by `plan` from `now` on; the first frame is due at once. A plan without
    /// a codec that this crate has sends nothing and hears nothing.
    pub fn new(now: Duration, config: &Config, plan: MediaPlan, seed: [u8; 32]) -> Self {
        let mut chance = ChaCha8Rng::from_seed(seed);
        let speak = Speak::new(&plan, &mut chance);
        let mut noise = [0; 32];
        chance.fill_bytes(&mut noise);
        let hear = Hear::new(&plan.codecs, (config.min_delay, config.max_delay), noise);
        let reports = Reports::new(
            now,
            &config.cname,
            config.wall_clock,
            config.rtcp_interval,
            speak.ssrc(),
            &mut chance,
        );
        Self {
            latch: Latch::new(now, plan.remote_rtp, config.latch_window),
            intake: Intake::default(),
            digits: Digits::new(&plan, hear.sample_rate()),
            figures: Figures::new(now, hear.sample_rate()),
            hear,
            speak,
            side: Side::default(),
            reports,
            outbox: Outbox::new(),
            told: Told::new(now),
            grid: Grid::new(now),
            next_tick: now.saturating_add(SECOND),
            stopped: false,
            config: config.clone(),
            plan,
            chance,
        }
    }

    /// Does what the owner wants.
    pub fn control(&mut self, now: Duration, control: Control) {
        if self.stopped {
            return;
        }
        match control {
            Control::Plan(plan) => self.agree(now, *plan),
            Control::Dtmf { digits, mode, on, off } => {
                if let Err(refused) = self.speak.press(&digits, mode, on, off) {
                    self.outbox.event(MediaEvent::DtmfRefused(refused));
                }
            }
            Control::Mute(muted) => self.speak.muted = muted,
            Control::Stop => {
                self.stopped = true;
                let to = self.rtcp_way();
                self.reports.bye(now, to, (&self.speak, &mut self.intake), &mut self.outbox);
            }
        }
    }

    /// Moves every frame of 20 ms that is due between the port and the wire. Late by more than
    /// 200 ms, it skips what was missed.
    pub fn run(&mut self, now: Duration, port: &mut dyn AudioPort) {
        if self.stopped {
            return;
        }
        let missed = self.grid.skip(now);
        if missed > 0 {
            self.speak.skip(missed as usize * self.speak.sample_rate() as usize / 50);
        }
        while let Some((half, at)) = self.grid.take(now, self.plan.direction.receives()) {
            match half {
                Half::Speak => {
                    self.capture(at, port);
                    self.tend(at);
                }
                Half::Hear => self.playout(at, port),
            }
        }
    }

    /// The next thing to send or to know; bytes are written into `buffer`, which holds 1500.
    pub fn poll(&mut self, buffer: &mut [u8]) -> Option<Output> {
        self.outbox.poll(buffer)
    }

    /// When `run` is due; `None` after `Control::Stop`.
    pub fn wake_at(&self) -> Option<Duration> {
        (!self.stopped).then(|| self.grid.due(self.plan.direction.receives()))
    }

    /// Figures of the whole call so far.
    pub fn quality(&self) -> Quality {
        let now = self.grid.next();
        let unheard = self.is_dead(now) || self.never_heard(now);
        let facts = Facts {
            remote_loss_percent: self.reports.heard.total_loss_percent,
            ..self.facts(unheard)
        };
        self.figures.call(now, self.speak.measured(), &facts)
    }

    fn capture(&mut self, at: Duration, port: &mut dyn AudioPort) {
        let to = self.rtp_remote();
        port.sends(to.is_some() && !self.speak.muted);
        let (sound, ended) = self.side.capture(at, port, self.speak.sample_rate());
        self.speak.frame(sound, to, &mut self.outbox);
        self.figures.tally.sent = self.speak.packets();
        if ended {
            self.outbox.event(MediaEvent::SourceEnded);
        }
    }

    fn playout(&mut self, at: Duration, port: &mut dyn AudioPort) {
        if !self.plan.direction.receives() {
            self.side.silence(at, port);
            return;
        }
        let missed = self.figures.tally.loss.missed;
        let sound = self.hear.frame(at, &mut self.figures.tally);
        self.figures.level_in.add(sound);
        self.digits.listen(at, sound, &mut self.outbox);
        let rate = sound.len() as u32 * 50;
        self.side.playout(at, port, rate, sound);
        self.figures.run_of_loss(self.figures.tally.loss.missed - missed);
    }

    /// What is done once a frame beside moving sound.
    fn tend(&mut self, at: Duration) {
        self.digits.tend(at, &mut self.outbox);
        self.tell_silence(at);
        let to = self.rtcp_way();
        let halves = (&self.speak, &mut self.intake);
        self.reports.run(at, to, halves, &mut self.outbox, &mut self.chance);
        if at >= self.next_tick {
            self.next_tick = at.saturating_add(SECOND);
            let facts = self.facts(self.is_dead(at));
            let quality = self.figures.second(at, self.speak.level(), &facts);
            self.outbox.event(MediaEvent::Tick(Box::new(quality)));
        }
    }

    fn agree(&mut self, now: Duration, plan: MediaPlan) {
        let before = std::mem::replace(&mut self.plan, plan);
        self.latch.rearm(now, self.plan.remote_rtp, self.config.latch_window);
        if before.remote_rtp != self.plan.remote_rtp {
            self.intake.renew();
        }
        if before.codecs != self.plan.codecs {
            self.hear.agree(&self.plan.codecs);
        } else if before.direction.receives() != self.plan.direction.receives() {
            self.hear.restart();
        }
        self.digits.agree(&self.plan, self.hear.sample_rate());
        self.speak.agree(&self.plan);
        self.told.rearm(now);
    }

    fn rtp_remote(&self) -> Option<SocketAddr> {
        let to = self.latch.remote();
        (self.plan.direction.sends() && is_address(to)).then_some(to)
    }

    /// Where reports go, and whether they leave from a port of their own.
    fn rtcp_way(&self) -> Option<(SocketAddr, bool)> {
        let latched = self.latch.remote();
        let to = if self.plan.rtcp_mux {
            latched
        } else if self.latch.is_latched() {
            // Its NAT most likely keeps the pair together (RFC 4787 §4.2.2).
            SocketAddr::new(latched.ip(), latched.port().saturating_add(1))
        } else {
            self.plan.remote_rtcp
        };
        is_address(to).then_some((to, !self.plan.rtcp_mux))
    }

    fn longest_gap(&self) -> Duration {
        let packets = u32::try_from(self.intake.longest_gap()).unwrap_or(u32::MAX);
        self.hear.packet().saturating_mul(packets)
    }

    /// `dead`: packets should come and do not.
    fn facts(&self, dead: bool) -> Facts {
        let heard = &self.reports.heard;
        let clock = self.plan.codecs.first().map_or(8000, |codec| codec.clock_rate.max(1));
        let deaf = self.plan.direction.sends() && heard.is_deaf();
        Facts {
            codec: self.hear.spec(self.told.codec.unwrap_or(0)),
            round_trip: heard.round_trip,
            remote_loss_percent: heard.loss_percent,
            remote_jitter_ms: heard.jitter.map(|ticks| ticks as f32 * 1000.0 / clock as f32),
            drift_ppm: self.hear.drift_ppm(),
            packet: self.hear.packet(),
            longest_gap: self.longest_gap(),
            one_way: match (dead, deaf) {
                (true, true) => Some(OneWay::Both),
                (true, false) => Some(OneWay::In),
                (false, true) => Some(OneWay::Out),
                (false, false) => None,
            },
            dead,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("plan", &self.plan)
            .field("remote", &self.latch.remote())
            .field("grid", &self.grid)
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

/// False for what SDP puts in the place of an address: a hold of old (RFC 3264 §8.4), a refusal.
fn is_address(to: SocketAddr) -> bool {
    !to.ip().is_unspecified() && to.port() != 0
}

const SECOND: Duration = Duration::from_secs(1);
