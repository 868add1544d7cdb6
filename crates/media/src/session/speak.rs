//! From sound to packets: the microphone, digits, the encoder, the header.

use std::{net::SocketAddr, time::Duration};

use rand_chacha::ChaCha8Rng;
use rand_core::Rng as _;

use super::{AgreedCodec, DtmfMode, MediaEvent, MediaPlan, outbox::Outbox};
use crate::{
    codec::{self, Codec},
    dtmf::{EventPacket, Inband, KeysError, Sender},
    level::Meter,
    rtcp::SenderInfo,
    rtp::{self, Header, MAX_HEADER},
};

/// The sending half of one stream.
pub(super) struct Speak {
    header: Header,
    first_sequence: u16,
    voice: Option<Voice>,
    fifo: Vec<i16>,
    pub(super) muted: bool,
    digits: bool,
    /// The next packet of sound is the first of a spurt.
    spurt: bool,
    packets: u64,
    octets: u64,
    level: Meter,
}

/// What was agreed on for sending.
struct Voice {
    agreed: AgreedCodec,
    codec: Box<dyn Codec>,
    /// Samples in a packet.
    length: usize,
    events: Option<(u8, Sender)>,
    inband: Inband,
}

impl Speak {
    pub(super) fn new(plan: &MediaPlan, chance: &mut ChaCha8Rng) -> Self {
        let header = Header {
            ssrc: chance.next_u32(),
            sequence: chance.next_u32() as u16,
            timestamp: chance.next_u32(),
            ..Header::default()
        };
        let voice = Voice::new(plan);
        let sample_rate = voice.as_ref().map_or(8000, Voice::sample_rate);
        Self {
            header,
            first_sequence: header.sequence,
            voice,
            fifo: Vec::with_capacity(sample_rate as usize / 2),
            muted: false,
            digits: false,
            spurt: true,
            packets: 0,
            octets: 0,
            level: Meter::new(sample_rate),
        }
    }

    /// A new plan; SSRC, sequence numbers and timestamps go on. Digits that wait are lost where
    /// the way of sending them changed.
    pub(super) fn agree(&mut self, plan: &MediaPlan) {
        let same = self.voice.as_ref().is_some_and(|voice| voice.is_as(plan));
        if !same {
            self.voice = Voice::new(plan);
            self.fifo.clear();
            self.level = Meter::new(self.sample_rate());
        }
        self.spurt = true;
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.header.ssrc
    }

    pub(super) fn first_sequence(&self) -> u16 {
        self.first_sequence
    }

    pub(super) fn packets(&self) -> u64 {
        self.packets
    }

    pub(super) fn level(&mut self) -> &mut Meter {
        &mut self.level
    }

    pub(super) fn measured(&self) -> &Meter {
        &self.level
    }

    /// Rate of the sound that `frame` takes, Hz.
    pub(super) fn sample_rate(&self) -> u32 {
        self.voice.as_ref().map_or(8000, Voice::sample_rate)
    }

    /// What a sender report says at `ntp`; `None` before the first packet.
    pub(super) fn info(&self, ntp: u64) -> Option<SenderInfo> {
        (self.packets > 0).then_some(SenderInfo {
            ntp,
            timestamp: self.header.timestamp,
            packets: self.packets as u32,
            octets: self.octets as u32,
        })
    }

    /// Sends digits. Where telephone events were not agreed on, they go as tones.
    ///
    /// # Errors
    /// [`KeysError`]; none of them is sent then.
    pub(super) fn press(
        &mut self,
        digits: &str,
        mode: DtmfMode,
        on: Duration,
        off: Duration,
    ) -> Result<(), KeysError> {
        let Some(voice) = &mut self.voice else {
            return Ok(());
        };
        match (&mut voice.events, mode) {
            (Some((_, sender)), DtmfMode::Rfc4733) => sender.press(digits, on, off)?,
            (_, DtmfMode::Inband) | (None, DtmfMode::Rfc4733) => {
                voice.inband.press(digits, on, off)?;
            }
        }
        self.digits = true;
        Ok(())
    }

    /// Takes 20 ms of sound and sends it once a packet is full. `to` is `None` while we do not send.
    pub(super) fn frame(&mut self, sound: &mut [i16], to: Option<SocketAddr>, outbox: &mut Outbox) {
        let Some(voice) = &mut self.voice else {
            return;
        };
        if self.muted {
            sound.fill(0);
        }
        let Some(to) = to else {
            self.skip(sound.len());
            return;
        };
        voice.inband.fill(sound);
        self.level.add(sound);
        self.fifo.extend_from_slice(sound);
        while let Some(length) = self.voice.as_ref().map(|voice| voice.length)
            && self.fifo.len() >= length
        {
            self.send(length, to, outbox);
            self.fifo.drain(..length);
        }
        let idle = self.voice.as_ref().is_none_or(Voice::is_idle);
        if self.digits && idle {
            self.digits = false;
            outbox.event(MediaEvent::DtmfSent);
        }
    }

    /// Time passes in which nothing is sent.
    pub(super) fn skip(&mut self, samples: usize) {
        let samples = samples + self.fifo.len();
        self.fifo.clear();
        self.advance(samples);
        self.spurt = true;
    }

    fn send(&mut self, length: usize, to: SocketAddr, outbox: &mut Outbox) {
        let timestamp = self.header.timestamp;
        let event = self.voice.as_mut().and_then(|voice| {
            let (payload_type, sender) = voice.events.as_mut()?;
            Some((*payload_type, sender.tick(timestamp)?))
        });
        let sent = match event {
            Some((payload_type, event)) => self.send_event(payload_type, &event, to, outbox),
            None => self.send_sound(length, to, outbox),
        };
        if let Some(payload) = sent {
            self.header.sequence = self.header.sequence.wrapping_add(1);
            self.packets += 1;
            self.octets += payload as u64;
        }
        self.advance(length);
    }

    fn send_event(
        &mut self,
        payload_type: u8,
        event: &EventPacket,
        to: SocketAddr,
        outbox: &mut Outbox,
    ) -> Option<usize> {
        let header = Header {
            marker: event.marker,
            payload_type,
            timestamp: event.timestamp,
            ..self.header
        };
        let payload = event.payload.encode();
        outbox.packet(to, false, |room| {
            let at = rtp::write(&header, room)?;
            room.get_mut(at..at + payload.len())?.copy_from_slice(&payload);
            Some(at + payload.len())
        });
        Some(payload.len())
    }

    fn send_sound(&mut self, length: usize, to: SocketAddr, outbox: &mut Outbox) -> Option<usize> {
        let voice = self.voice.as_mut()?;
        let sound = self.fifo.get(..length)?;
        let header =
            Header { marker: self.spurt, payload_type: voice.agreed.send_pt, ..self.header };
        let mut sent = None;
        outbox.packet(to, false, |room| {
            let payload = voice.codec.encode(sound, room.get_mut(MAX_HEADER..)?).ok()?;
            rtp::write(&header, room)?;
            sent = Some(payload);
            Some(MAX_HEADER + payload)
        });
        self.spurt &= sent.is_none();
        sent
    }

    fn advance(&mut self, samples: usize) {
        let (clock, rate) = self.voice.as_ref().map_or((8000, 8000), |voice| {
            (u64::from(voice.agreed.clock_rate), u64::from(voice.sample_rate().max(1)))
        });
        let ticks = samples as u64 * clock / rate;
        self.header.timestamp = self.header.timestamp.wrapping_add(ticks as u32);
    }
}

impl Voice {
    fn new(plan: &MediaPlan) -> Option<Self> {
        let (agreed, spec) = chosen(plan)?;
        let ptime = plan.ptime.clamp(SHORTEST, LONGEST);
        let length = (u128::from(spec.sample_rate) * ptime.as_millis() / 1000) as usize;
        let events = plan.dtmf.iter().find(|event| event.clock_rate == agreed.clock_rate);
        Some(Self {
            agreed: agreed.clone(),
            codec: spec.open(agreed.fmtp.as_deref()),
            length,
            events: events
                .map(|event| (event.send_pt, Sender::new(event.clock_rate, ptime, DTMF_VOLUME))),
            inband: Inband::new(spec.sample_rate),
        })
    }

    fn is_as(&self, plan: &MediaPlan) -> bool {
        let events = plan.dtmf.iter().find(|event| event.clock_rate == self.agreed.clock_rate);
        let ptime = plan.ptime.clamp(SHORTEST, LONGEST);
        chosen(plan).is_some_and(|(agreed, _)| *agreed == self.agreed)
            && events.map(|event| event.send_pt) == self.events.as_ref().map(|(pt, _)| *pt)
            && self.length == (u128::from(self.sample_rate()) * ptime.as_millis() / 1000) as usize
    }

    fn sample_rate(&self) -> u32 {
        self.codec.spec().sample_rate
    }

    fn is_idle(&self) -> bool {
        self.inband.is_idle() && self.events.as_ref().is_none_or(|(_, sender)| sender.is_idle())
    }
}

/// The first agreed codec that is one of ours.
fn chosen(plan: &MediaPlan) -> Option<(&AgreedCodec, &'static codec::Spec)> {
    plan.codecs
        .iter()
        .find_map(|agreed| Some((agreed, codec::find(&agreed.name, agreed.clock_rate)?)))
}

const SHORTEST: Duration = Duration::from_millis(10);
/// With G.711 this is 960 bytes, well below any path MTU.
const LONGEST: Duration = Duration::from_millis(120);
/// -10 dBm0, as the tones are.
const DTMF_VOLUME: u8 = 10;
