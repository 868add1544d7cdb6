//! Datagrams in.

use std::{net::SocketAddr, time::Duration};

use super::{
    Channel, MediaEvent, Packet, Session,
    intake::{Admitted, Payload},
};
use crate::{
    jitter::{Inserted, Kind},
    rtp::{self, Header, Verdict},
};

/// What was told once, or must not be told too often.
#[derive(Debug)]
pub(super) struct Told {
    /// When packets began to be expected.
    armed: Duration,
    first: bool,
    /// When the last packet came that can be heard.
    heard: Option<Duration>,
    silent: bool,
    intruder: Option<Duration>,
    changed: Option<Duration>,
    /// One bit for each payload type.
    unexpected: u128,
    /// Index of the codec that comes.
    pub(super) codec: Option<u8>,
}

impl Told {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            armed: now,
            first: false,
            heard: None,
            silent: false,
            intruder: None,
            changed: None,
            unexpected: 0,
            codec: None,
        }
    }

    /// A new offer and answer.
    pub(super) fn rearm(&mut self, now: Duration) {
        self.armed = now;
        self.unexpected = 0;
        self.codec = None;
    }

    fn quiet_for(&self, now: Duration) -> Duration {
        now.saturating_sub(self.heard.unwrap_or(Duration::ZERO).max(self.armed))
    }
}

impl Session {
    /// Takes a datagram.
    pub fn handle(&mut self, now: Duration, packet: Packet<'_>) {
        if self.stopped || !rtp::is_rtp_or_rtcp(packet.bytes) {
            return;
        }
        let rtcp =
            packet.channel == Channel::Rtcp || (self.plan.rtcp_mux && rtp::is_rtcp(packet.bytes));
        if rtcp {
            self.rtcp(now, packet.from, packet.bytes);
        } else if let Ok(read) = rtp::read(packet.bytes) {
            self.rtp(now, packet.from, &read.header, read.payload);
        }
    }

    /// Tells once when packets stay away.
    pub(super) fn tell_silence(&mut self, now: Duration) {
        if !self.told.silent && self.is_dead(now) {
            self.told.silent = true;
            self.outbox.event(MediaEvent::Silent(self.told.quiet_for(now)));
        }
    }

    /// True when packets should come and none that can be heard does.
    pub(super) fn is_dead(&self, now: Duration) -> bool {
        // A far end that says nothing and said so is given more time.
        let patience = if self.hear.is_paused() { PAUSE_PATIENCE } else { 1 };
        let limit = self.config.silent_after.saturating_mul(patience);
        self.plan.direction.receives() && self.told.quiet_for(now) >= limit
    }

    /// True when a call that was too short to call its source dead has heard nothing either.
    pub(super) fn never_heard(&self, now: Duration) -> bool {
        let waited = self.told.quiet_for(now) >= SURELY_COMES;
        self.plan.direction.receives() && self.told.heard.is_none() && waited
    }

    fn rtcp(&mut self, now: Duration, from: SocketAddr, bytes: &[u8]) {
        let remote = self.latch.remote();
        let exact = from == self.plan.remote_rtcp || from == remote;
        if !exact && from.ip() != remote.ip() {
            self.intruder(now, from);
            return;
        }
        let source = self.intake.ssrc();
        self.reports.receive(now, bytes, exact, source, &self.speak, &mut self.outbox);
    }

    fn rtp(&mut self, now: Duration, from: SocketAddr, header: &Header, payload: &[u8]) {
        let codec = self.hear.codec(header.payload_type);
        let codec = codec.map(|codec| (codec, self.hear.clock_of(codec)));
        let kind = Payload::of(header.payload_type, &self.plan, codec);
        let agreed = matches!(kind, Payload::Event(_) | Payload::Sound(..));
        let clock_rate = match kind {
            Payload::Event(clock_rate) | Payload::Sound(_, clock_rate) => clock_rate,
            Payload::ComfortNoise | Payload::Unknown => 8000,
        };
        match self.latch.judge(now, from, header, agreed, clock_rate) {
            Verdict::Accept => {}
            Verdict::Latched => {
                self.intake.renew();
                self.outbox.event(MediaEvent::Latched(from));
            }
            Verdict::Pending => return,
            Verdict::Refuse => return self.intruder(now, from),
        }
        if kind == Payload::Unknown {
            self.unexpected(header.payload_type);
        }
        if !self.plan.direction.receives() {
            return;
        }
        let sequence = match self.intake.admit(now, header, kind, &mut self.figures.tally) {
            Admitted::Dropped => return,
            Admitted::Taken(sequence) => sequence,
            Admitted::Fresh(sequence, changed) => {
                self.hear.restart();
                if changed && rarely(&mut self.told.changed, now) {
                    self.outbox.event(MediaEvent::SsrcChanged);
                }
                sequence
            }
        };
        self.figures.jitter(self.intake.jitter_ms());
        if kind != Payload::Unknown {
            self.tell_arrival(now);
        }
        self.take(now, sequence, header, kind, payload);
    }

    fn take(
        &mut self,
        now: Duration,
        sequence: u64,
        header: &Header,
        kind: Payload,
        payload: &[u8],
    ) {
        let timestamp = header.timestamp;
        let inserted = match kind {
            Payload::Sound(codec, _) => {
                self.tell_codec(codec, header.payload_type);
                self.hear.sound(now, sequence, timestamp, codec, payload)
            }
            Payload::ComfortNoise => {
                self.hear.other(now, sequence, timestamp, Kind::ComfortNoise, payload)
            }
            Payload::Event(clock_rate) => {
                self.digits.event(now, timestamp, clock_rate, payload, &mut self.outbox);
                self.hear.other(now, sequence, timestamp, Kind::Event, &[])
            }
            // It cannot be played, so that its place is missed when its time comes.
            Payload::Unknown => return,
        };
        if inserted == Inserted::Late && matches!(kind, Payload::Sound(..)) {
            self.figures.tally.late += 1;
        }
        if let Some(begins) = self.hear.begins() {
            self.grid.hear_from(begins);
        }
    }

    fn tell_arrival(&mut self, now: Duration) {
        self.told.heard = Some(now);
        if !self.told.first {
            self.told.first = true;
            self.outbox.event(MediaEvent::FirstPacket);
        }
        if std::mem::take(&mut self.told.silent) {
            self.outbox.event(MediaEvent::Resumed);
        }
    }

    fn tell_codec(&mut self, codec: u8, payload_type: u8) {
        let before = self.told.codec.replace(codec);
        if before.is_some_and(|before| before != codec) {
            self.outbox.event(MediaEvent::CodecChanged(payload_type));
        }
    }

    fn unexpected(&mut self, payload_type: u8) {
        let bit = 1_u128 << (payload_type & 0x7f);
        if self.told.unexpected & bit == 0 {
            self.told.unexpected |= bit;
            self.outbox.event(MediaEvent::UnexpectedPayload(payload_type));
        }
    }

    fn intruder(&mut self, now: Duration, from: SocketAddr) {
        if rarely(&mut self.told.intruder, now) {
            self.outbox.event(MediaEvent::Intruder(from));
        }
    }
}

/// True once a second at most.
fn rarely(last: &mut Option<Duration>, now: Duration) -> bool {
    let due = last.is_none_or(|last| now.saturating_sub(last) >= Duration::from_secs(1));
    if due {
        *last = Some(now);
    }
    due
}

/// A far end that sends at all has sent something after this time.
const SURELY_COMES: Duration = Duration::from_secs(1);
/// How many times longer a pause by comfort noise may last than plain silence.
const PAUSE_PATIENCE: u32 = 6;
