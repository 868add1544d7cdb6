//! The source at the far end: which SSRC it is, which packets are its, what they are.

use std::time::Duration;

use super::{AgreedCodec, MediaPlan};
use crate::{
    codec::comfort_noise,
    quality::Tally,
    rtp::{Arrival, Header, Interarrival, Sequence},
};

/// What a payload type means for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    ComfortNoise,
    /// Telephone events of this clock, Hz.
    Event(u32),
    /// Index of a codec, and its clock, Hz.
    Sound(u8, u32),
    Unknown,
}

/// What to do with a packet of the believed address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admitted {
    /// Nothing: seen before, or out of line.
    Dropped,
    /// Its extended sequence number.
    Taken(u64),
    /// The same, and all that waits is of another stream; the SSRC is another one or not.
    Fresh(u64, bool),
}

/// The source, if there is one.
#[derive(Debug, Default)]
pub(super) struct Intake {
    source: Option<Source>,
    /// An SSRC that may take over, and the number that its next packet must have.
    rival: Option<(u32, u16)>,
    /// Packets of sources before this one.
    expected_before: u64,
    received_before: u64,
    longest_gap_before: u64,
    /// Expected and received when the last report went.
    reported: (u64, u64),
}

#[derive(Debug)]
struct Source {
    ssrc: u32,
    sequence: Sequence,
    jitter: Interarrival,
}

impl Intake {
    /// The far end's SSRC.
    pub(super) fn ssrc(&self) -> Option<u32> {
        self.source.as_ref().map(|source| source.ssrc)
    }

    /// The next packet starts a new source whatever its SSRC.
    pub(super) fn renew(&mut self) {
        self.close();
        self.source = None;
    }

    /// Judges a packet. Another SSRC takes over with two packets in line that none of the present
    /// source comes between (RFC 3550 appendix A.1 asks as much of a new source).
    pub(super) fn admit(
        &mut self,
        now: Duration,
        header: &Header,
        payload: Payload,
        tally: &mut Tally,
    ) -> Admitted {
        let Some(clock_rate) = payload.clock_rate(self.source.is_none()) else {
            return Admitted::Dropped;
        };
        let Some(source) = &mut self.source else {
            return self.begin(now, header, clock_rate, tally, false);
        };
        if source.ssrc != header.ssrc {
            let in_line = self.rival == Some((header.ssrc, header.sequence));
            self.rival = Some((header.ssrc, header.sequence.wrapping_add(1)));
            if !in_line || payload == Payload::Unknown {
                return Admitted::Dropped;
            }
            self.close();
            return self.begin(now, header, clock_rate, tally, true);
        }
        self.rival = None;
        let (expected, received) = (source.sequence.expected(), source.sequence.received());
        let arrival = source.sequence.update(header.sequence);
        let admitted = match arrival {
            Arrival::Duplicate => {
                tally.duplicated += 1;
                Admitted::Dropped
            }
            Arrival::Jump => Admitted::Dropped,
            Arrival::Next(sequence) => Admitted::Taken(sequence),
            Arrival::Reordered(sequence) => {
                tally.reordered += 1;
                Admitted::Taken(sequence)
            }
            Arrival::Restart(sequence) => {
                self.expected_before += expected;
                self.received_before += received;
                self.reported = (0, 0);
                source.jitter.restart();
                Admitted::Fresh(sequence, false)
            }
        };
        if !matches!(admitted, Admitted::Dropped) && matches!(payload, Payload::Sound(..)) {
            source.jitter.arrived(now, header.timestamp);
            tally.jitter.add(source.jitter.ms());
        }
        self.count(tally);
        admitted
    }

    /// Packets in a row that never came, at most.
    pub(super) fn longest_gap(&self) -> u64 {
        let present = self.source.as_ref().map_or(0, |source| source.sequence.longest_gap());
        present.max(self.longest_gap_before)
    }

    /// Inter-arrival jitter, ms.
    pub(super) fn jitter_ms(&self) -> f32 {
        self.source.as_ref().map_or(0.0, |source| source.jitter.ms())
    }

    /// What a report block says of the source; each call starts a new interval.
    pub(super) fn report(&mut self) -> Option<Reported> {
        let source = self.source.as_ref()?;
        let (expected, received) = (source.sequence.expected(), source.sequence.received());
        let in_interval = expected.saturating_sub(self.reported.0);
        let lost = in_interval.saturating_sub(received.saturating_sub(self.reported.1));
        self.reported = (expected, received);
        let fraction = (lost * 256).checked_div(in_interval).unwrap_or(0).min(255);
        Some(Reported {
            ssrc: source.ssrc,
            fraction_lost: fraction as u8,
            total_lost: i32::try_from(expected.cast_signed() - received.cast_signed())
                .unwrap_or(i32::MAX),
            highest: source.sequence.highest() as u32,
            jitter: source.jitter.ticks(),
        })
    }

    fn begin(
        &mut self,
        now: Duration,
        header: &Header,
        clock_rate: u32,
        tally: &mut Tally,
        changed: bool,
    ) -> Admitted {
        let sequence = Sequence::new(header.sequence);
        let mut jitter = Interarrival::new(clock_rate);
        jitter.arrived(now, header.timestamp);
        let extended = sequence.highest() + (1 << 16);
        self.source = Some(Source { ssrc: header.ssrc, sequence, jitter });
        self.rival = None;
        self.reported = (0, 0);
        self.count(tally);
        Admitted::Fresh(extended, changed)
    }

    fn close(&mut self) {
        self.longest_gap_before = self.longest_gap();
        if let Some(source) = &self.source {
            self.expected_before += source.sequence.expected();
            self.received_before += source.sequence.received();
        }
    }

    fn count(&self, tally: &mut Tally) {
        if let Some(source) = &self.source {
            tally.expected = self.expected_before + source.sequence.expected();
            tally.received = self.received_before + source.sequence.received();
        }
    }
}

/// The receiver's half of a report block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported {
    pub(super) ssrc: u32,
    pub(super) fraction_lost: u8,
    pub(super) total_lost: i32,
    pub(super) highest: u32,
    pub(super) jitter: u32,
}

impl Payload {
    /// What `payload_type` means under `plan`; `codec` is the index of a codec that has it.
    pub(super) fn of(payload_type: u8, plan: &MediaPlan, codec: Option<(u8, u32)>) -> Self {
        let is_event = |event: &&AgreedCodec| event.recv_pt == payload_type;
        if let Some((codec, clock_rate)) = codec {
            Self::Sound(codec, clock_rate)
        } else if let Some(event) = plan.dtmf.iter().find(is_event) {
            Self::Event(event.clock_rate)
        } else if payload_type == plan.comfort_noise.unwrap_or(comfort_noise::PAYLOAD_TYPE) {
            Self::ComfortNoise
        } else {
            Self::Unknown
        }
    }

    /// The clock of its timestamps; `None` for what cannot be the first packet of a source.
    fn clock_rate(self, first: bool) -> Option<u32> {
        match self {
            Self::Event(clock_rate) | Self::Sound(_, clock_rate) => Some(clock_rate),
            Self::ComfortNoise => Some(8000),
            Self::Unknown => (!first).then_some(8000),
        }
    }
}
