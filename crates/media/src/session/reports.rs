//! RTCP of one stream: ours out, theirs in.

use std::{net::SocketAddr, time::Duration};

use rand_chacha::ChaCha8Rng;

use super::{MediaEvent, intake::Intake, outbox::Outbox, speak::Speak};
use crate::rtcp::{self, Block, Interval, Item, Reporter};

/// Our clock of reports and what the far end reported.
#[derive(Debug)]
pub(super) struct Reports {
    reporter: Reporter,
    interval: Option<Interval>,
    wall_clock: Duration,
    /// Compact NTP of the far end's last sender report, and when it came.
    sender_report: Option<(u32, Duration)>,
    pub(super) heard: Heard,
    /// Packets that we had sent when the far end's last report came.
    sent_at_report: u64,
    bye: bool,
}

/// What the far end says of what it hears.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard {
    pub(super) round_trip: Option<Duration>,
    /// Loss since its report before, per cent.
    pub(super) loss_percent: Option<f32>,
    /// Loss since the beginning, per cent.
    pub(super) total_loss_percent: Option<f32>,
    /// Ticks.
    pub(super) jitter: Option<u32>,
    highest: Option<u32>,
    /// Reports in line by which it heard nothing new although we sent.
    deaf: u32,
}

impl Heard {
    /// True when the far end reports, and hears nothing of what we send.
    pub(super) fn is_deaf(&self) -> bool {
        self.deaf >= 2
    }
}

impl Reports {
    pub(super) fn new(
        now: Duration,
        cname: &str,
        wall_clock: Duration,
        interval: Option<Duration>,
        ssrc: u32,
        chance: &mut ChaCha8Rng,
    ) -> Self {
        Self {
            reporter: Reporter::new(ssrc, cname),
            interval: interval.map(|mean| Interval::new(now, mean, chance)),
            wall_clock,
            sender_report: None,
            heard: Heard::default(),
            sent_at_report: 0,
            bye: false,
        }
    }

    /// Sends a report when one is due; `to` says where, and whether from the RTCP port.
    pub(super) fn run(
        &mut self,
        now: Duration,
        to: Option<(SocketAddr, bool)>,
        (speak, intake): (&Speak, &mut Intake),
        outbox: &mut Outbox,
        chance: &mut ChaCha8Rng,
    ) {
        if self.interval.as_mut().is_some_and(|interval| interval.due(now, chance)) {
            self.send(now, to, (speak, intake), false, outbox);
        }
    }

    /// Sends a last report with BYE.
    pub(super) fn bye(
        &mut self,
        now: Duration,
        to: Option<(SocketAddr, bool)>,
        halves: (&Speak, &mut Intake),
        outbox: &mut Outbox,
    ) {
        if self.interval.is_some() {
            self.send(now, to, halves, true, outbox);
        }
    }

    fn send(
        &mut self,
        now: Duration,
        to: Option<(SocketAddr, bool)>,
        (speak, intake): (&Speak, &mut Intake),
        bye: bool,
        outbox: &mut Outbox,
    ) {
        let Some((to, own_port)) = to else { return };
        let info = speak.info(self.ntp(now));
        let block = intake.report().map(|reported| {
            let (last_sender_report, delay) = match self.sender_report {
                Some((compact, came)) => (compact, ticks(now.saturating_sub(came))),
                None => (0, 0),
            };
            Block {
                ssrc: reported.ssrc,
                fraction_lost: reported.fraction_lost,
                total_lost: reported.total_lost,
                highest: reported.highest,
                jitter: reported.jitter,
                last_sender_report,
                delay,
            }
        });
        let reporter = &mut self.reporter;
        outbox
            .packet(to, own_port, |room| reporter.write(info.as_ref(), block.as_ref(), bye, room));
    }

    /// Takes a datagram. `exact` says that it came from the very address that was signalled; from
    /// elsewhere at that host only what the source itself says is believed.
    pub(super) fn receive(
        &mut self,
        now: Duration,
        bytes: &[u8],
        exact: bool,
        source: Option<u32>,
        speak: &Speak,
        outbox: &mut Outbox,
    ) {
        let mut reported = false;
        let mut about_us = None;
        let mut sender = None;
        let mut left = false;
        let believed = |ssrc: u32| match source {
            Some(source) => source == ssrc,
            None => exact,
        };
        let read = rtcp::read(bytes, |item| match item {
            Item::Bye { ssrc } => left |= believed(ssrc),
            Item::Report { ssrc, ntp } => {
                reported |= believed(ssrc);
                if believed(ssrc) {
                    sender = ntp.or(sender);
                }
            }
            Item::Block { by, block } => {
                if block.ssrc == speak.ssrc() && (exact || believed(by)) {
                    about_us = Some(block);
                }
            }
        });
        if read.is_err() {
            return;
        }
        if let Some(ntp) = sender {
            self.sender_report = Some((rtcp::compact(ntp), now));
        }
        if let Some(block) = about_us {
            self.note(now, &block, speak);
        } else if reported {
            self.deaf(speak.packets());
        }
        if left && !self.bye {
            self.bye = true;
            outbox.event(MediaEvent::Bye);
        }
    }

    fn note(&mut self, now: Duration, block: &Block, speak: &Speak) {
        let arrival = rtcp::compact(self.ntp(now));
        let round_trip = rtcp::round_trip(arrival, block);
        self.heard.round_trip = round_trip.or(self.heard.round_trip);
        self.heard.loss_percent = Some(f32::from(block.fraction_lost) * 100.0 / 256.0);
        let first = u32::from(speak.first_sequence());
        let expected = block.highest.wrapping_sub(first).wrapping_add(1);
        if u64::from(expected) <= speak.packets() && expected > 0 {
            let lost = block.total_lost.max(0) as f32;
            self.heard.total_loss_percent = Some((lost * 100.0 / expected as f32).min(100.0));
        }
        self.heard.jitter = Some(block.jitter);
        if self.heard.highest == Some(block.highest) {
            self.deaf(speak.packets());
        } else {
            self.heard.deaf = 0;
            self.sent_at_report = speak.packets();
        }
        self.heard.highest = Some(block.highest);
    }

    /// A report that tells of nothing new; what is under way may not have been there yet.
    fn deaf(&mut self, sent: u64) {
        if sent >= self.sent_at_report + SURELY_HEARD {
            self.heard.deaf += 1;
        }
        self.sent_at_report = sent;
    }

    fn ntp(&self, now: Duration) -> u64 {
        rtcp::ntp(self.wall_clock.saturating_add(now))
    }
}

/// A time in 2^-16 s.
fn ticks(time: Duration) -> u32 {
    u32::try_from((time.as_nanos() << 16) / 1_000_000_000).unwrap_or(u32::MAX)
}

/// Packets between two reports that a far end must have heard some of: a second of them.
const SURELY_HEARD: u64 = 50;
