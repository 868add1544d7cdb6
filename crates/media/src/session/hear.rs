//! From packets to sound: jitter buffer, decoders, concealment, comfort noise.

use std::time::Duration;

use super::AgreedCodec;
use crate::{
    codec::{self, Codec, comfort_noise},
    conceal::{self, Concealer},
    jitter::{Advice, Buffer, Inserted, Kind, Step},
    quality::Tally,
};

/// The receiving half of one stream.
pub(super) struct Hear {
    codecs: Vec<Decoder>,
    limits: (Duration, Duration),
    buffer: Buffer,
    /// Clock of the timestamps in the buffer, Hz.
    clock_rate: u32,
    /// Rate of the sound in `fifo`, Hz.
    sample_rate: u32,
    concealer: Concealer,
    noise: comfort_noise::Generator,
    fifo: Vec<i16>,
    sound: Vec<i16>,
    frame: Vec<i16>,
    /// Packets since time was last bent.
    since_bent: u32,
    concealed: u64,
    dropped: u64,
    /// Sound in the last packet.
    packet: Duration,
}

struct Decoder {
    payload_type: u8,
    clock_rate: u32,
    codec: Box<dyn Codec>,
}

impl Hear {
    pub(super) fn new(
        agreed: &[AgreedCodec],
        limits: (Duration, Duration),
        seed: [u8; 32],
    ) -> Self {
        let codecs = decoders(agreed);
        let clock_rate = codecs.first().map_or(8000, |codec| codec.clock_rate);
        let sample_rate = codecs.first().map_or(8000, |codec| codec.codec.spec().sample_rate);
        Self {
            codecs,
            limits,
            buffer: Buffer::new(clock_rate, limits.0, limits.1),
            clock_rate,
            sample_rate,
            concealer: Concealer::new(sample_rate),
            noise: comfort_noise::Generator::new(seed),
            fifo: Vec::with_capacity(MAX_SAMPLES + sample_rate as usize / 50),
            sound: Vec::with_capacity(MAX_SAMPLES),
            frame: Vec::with_capacity(sample_rate as usize / 50),
            since_bent: 0,
            concealed: 0,
            dropped: 0,
            packet: USUAL,
        }
    }

    /// Other codecs were agreed on: what waits is dropped.
    pub(super) fn agree(&mut self, agreed: &[AgreedCodec]) {
        self.codecs = decoders(agreed);
        self.restart();
    }

    /// Another source: what waits is dropped.
    pub(super) fn restart(&mut self) {
        self.fifo.clear();
        self.buffer = Buffer::new(self.clock_rate, self.limits.0, self.limits.1);
        self.concealed = 0;
        self.dropped = 0;
    }

    /// The index of the codec that we receive with this payload type.
    pub(super) fn codec(&self, payload_type: u8) -> Option<u8> {
        let at = self.codecs.iter().position(|codec| codec.payload_type == payload_type)?;
        u8::try_from(at).ok()
    }

    pub(super) fn spec(&self, codec: u8) -> Option<&'static codec::Spec> {
        self.codecs.get(usize::from(codec)).map(|decoder| decoder.codec.spec())
    }

    /// The clock of that codec's timestamps, Hz.
    pub(super) fn clock_of(&self, codec: u8) -> u32 {
        self.codecs.get(usize::from(codec)).map_or(8000, |decoder| decoder.clock_rate)
    }

    /// Takes the payload of a packet.
    pub(super) fn sound(
        &mut self,
        now: Duration,
        sequence: u64,
        timestamp: u32,
        codec: u8,
        payload: &[u8],
    ) -> Inserted {
        let Some(decoder) = self.codecs.get(usize::from(codec)) else {
            return Inserted::Refused;
        };
        let samples = decoder.codec.samples(payload).min(MAX_SAMPLES) as u64;
        let sample_rate = u64::from(decoder.codec.spec().sample_rate.max(1));
        let ticks =
            u32::try_from(samples * u64::from(decoder.clock_rate) / sample_rate).unwrap_or(0);
        if samples > 0 {
            self.packet = Duration::from_micros(samples * 1_000_000 / sample_rate);
        }
        if decoder.clock_rate != self.clock_rate {
            self.clock_rate = decoder.clock_rate;
            self.restart();
        }
        self.buffer.insert(now, sequence, timestamp, Kind::Audio { codec, ticks }, payload)
    }

    /// Takes a packet that only keeps its place in line, or begins a pause.
    pub(super) fn other(
        &mut self,
        now: Duration,
        sequence: u64,
        timestamp: u32,
        kind: Kind,
        payload: &[u8],
    ) -> Inserted {
        self.buffer.insert(now, sequence, timestamp, kind, payload)
    }

    /// While nothing has been played: when the first frame of what waits is due.
    pub(super) fn begins(&self) -> Option<Duration> {
        self.buffer.begins(self.clock_rate / 50)
    }

    /// The next 20 ms of sound at [`Hear::sample_rate`].
    pub(super) fn frame(&mut self, at: Duration, tally: &mut Tally) -> &[i16] {
        while self.fifo.len() < self.frame_length() {
            let missing = self.frame_length() - self.fifo.len();
            let want = self.ticks(missing).max(1);
            match self.buffer.pull(at, want) {
                Step::Play(slot) => {
                    tally.loss.add(self.buffer.missed());
                    match slot.kind {
                        Kind::Audio { codec, ticks } => {
                            tally.decoded += u64::from(ticks);
                            let ahead = self.fifo.len() as f32 * 1000.0 / self.sample_rate as f32;
                            tally.buffer.add(slot.waited(at).as_secs_f32() * 1000.0 + ahead);
                            self.play(codec, ticks, &slot.payload);
                        }
                        Kind::ComfortNoise => {
                            if let Some(noise) = comfort_noise::Description::parse(&slot.payload) {
                                self.noise.update(noise);
                            }
                        }
                        Kind::Event => {}
                    }
                    self.buffer.recycle(slot);
                }
                Step::Conceal(ticks) => self.conceal(ticks),
                Step::Pause => self.pause(missing),
                Step::Idle => self.fifo.resize(self.frame_length(), 0),
            }
        }
        let concealed = self.buffer.concealed();
        tally.concealed += concealed - std::mem::replace(&mut self.concealed, concealed);
        let dropped = self.buffer.dropped();
        tally.late += dropped - std::mem::replace(&mut self.dropped, dropped);
        let length = self.frame_length();
        self.frame.clear();
        self.frame.extend(self.fifo.drain(..length));
        &self.frame
    }

    /// Hz.
    pub(super) fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Sound in a packet, by the last one that came; what is usual before there was one.
    pub(super) fn packet(&self) -> Duration {
        self.packet
    }

    /// The far end said that it pauses.
    pub(super) fn is_paused(&self) -> bool {
        self.buffer.is_paused()
    }

    pub(super) fn drift_ppm(&self) -> Option<f32> {
        self.buffer.drift_ppm()
    }

    fn frame_length(&self) -> usize {
        self.sample_rate as usize / 50
    }

    fn ticks(&self, samples: usize) -> u32 {
        let ticks =
            samples as u64 * u64::from(self.clock_rate) / u64::from(self.sample_rate.max(1));
        u32::try_from(ticks).unwrap_or(u32::MAX)
    }

    fn samples(&self, ticks: u32) -> usize {
        let samples =
            u64::from(ticks) * u64::from(self.sample_rate) / u64::from(self.clock_rate.max(1));
        usize::try_from(samples).unwrap_or(0)
    }

    fn play(&mut self, codec: u8, ticks: u32, payload: &[u8]) {
        let Some(decoder) = self.codecs.get_mut(usize::from(codec)) else {
            return;
        };
        let sample_rate = decoder.codec.spec().sample_rate;
        if sample_rate != self.sample_rate {
            self.sample_rate = sample_rate;
            self.concealer = Concealer::new(sample_rate);
            self.fifo.clear();
        }
        let length = decoder.codec.samples(payload).min(MAX_SAMPLES);
        self.sound.clear();
        self.sound.resize(length, 0);
        match decoder.codec.decode(payload, &mut self.sound) {
            Ok(length) => self.sound.truncate(length),
            Err(_) => return self.conceal(ticks),
        }
        self.bend();
        self.concealer.good(&mut self.sound);
        self.fifo.extend_from_slice(&self.sound);
    }

    /// Brings the delay nearer to its target, a little at a time.
    fn bend(&mut self) {
        let advice =
            self.buffer.advice(self.ticks(self.fifo.len()), self.ticks(self.frame_length()));
        self.since_bent = self.since_bent.saturating_add(1);
        let bent = match advice {
            Advice::Keep => 0,
            Advice::Shrink { most, urgent } if urgent || self.since_bent >= REST => {
                let most = self.samples(most);
                conceal::shrink(&mut self.sound, self.sample_rate, most, urgent)
            }
            Advice::Grow if self.since_bent >= REST => {
                conceal::grow(&mut self.sound, self.sample_rate, false)
            }
            Advice::Shrink { .. } | Advice::Grow => 0,
        };
        if bent > 0 {
            self.since_bent = 0;
        }
    }

    fn conceal(&mut self, ticks: u32) {
        let length = self.samples(ticks).clamp(1, MAX_SAMPLES);
        self.sound.clear();
        self.sound.resize(length, 0);
        self.concealer.lost(&mut self.sound);
        self.fifo.extend_from_slice(&self.sound);
    }

    fn pause(&mut self, length: usize) {
        self.sound.clear();
        self.sound.resize(length, 0);
        self.noise.fill(&mut self.sound);
        self.concealer.good(&mut self.sound);
        self.fifo.extend_from_slice(&self.sound);
    }
}

fn decoders(agreed: &[AgreedCodec]) -> Vec<Decoder> {
    let open = |agreed: &AgreedCodec| {
        let codec = codec::find(&agreed.name, agreed.clock_rate)?.open(agreed.fmtp.as_deref());
        Some(Decoder { payload_type: agreed.recv_pt, clock_rate: agreed.clock_rate.max(1), codec })
    };
    agreed.iter().filter_map(open).take(usize::from(u8::MAX)).collect()
}

/// Sound in a packet of nearly everyone.
const USUAL: Duration = Duration::from_millis(20);
/// The longest packet: 120 ms at 48 kHz.
const MAX_SAMPLES: usize = 5760;
/// Packets between two bends of time, so that speech does not sound hurried.
const REST: u32 = 4;
