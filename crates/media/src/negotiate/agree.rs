//! What two descriptions have in common.

use std::{net::SocketAddr, time::Duration};

use super::{
    local::Local,
    numbers::{EVENT, NOISE, Numbers},
    refusal::Refusal,
};
use crate::{
    codec::comfort_noise,
    sdp::{Description, Format, Media},
    session::{AgreedCodec, Direction, MediaPlan},
};

/// One format as we number it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offered {
    pub(super) name: String,
    pub(super) clock_rate: u32,
    pub(super) channels: u8,
    pub(super) payload_type: u8,
}

impl Offered {
    pub(super) fn new(name: &str, clock_rate: u32, channels: u8, payload_type: u8) -> Self {
        Self { name: name.to_owned(), clock_rate, channels, payload_type }
    }

    pub(super) fn is(&self, name: &str, clock_rate: u32, channels: u8) -> bool {
        self.name.eq_ignore_ascii_case(name)
            && self.clock_rate == clock_rate
            && self.channels == channels
    }

    fn agreed(&self, theirs: &Format<'_>) -> AgreedCodec {
        AgreedCodec {
            name: self.name.clone(),
            clock_rate: self.clock_rate,
            channels: self.channels,
            send_pt: theirs.payload_type,
            recv_pt: self.payload_type,
            fmtp: theirs.fmtp.map(str::to_owned),
        }
    }
}

/// The formats in common.
#[derive(Default)]
pub(super) struct Agreed {
    codecs: Vec<AgreedCodec>,
    dtmf: Vec<AgreedCodec>,
    comfort_noise: bool,
    /// The answer named a format that we did not offer.
    pub(super) unoffered: bool,
}

impl Agreed {
    /// Of an answer: its numbers to send with, ours to receive.
    pub(super) fn from_answer(local: &Local, offered: &[Offered], media: &Media) -> Self {
        let mut agreed = Self::default();
        let formats = media.formats();
        for theirs in &formats {
            let ours = offered.iter().find(|o| match theirs.map {
                Some(map) => o.is(map.name, map.clock_rate, map.channels),
                // A dynamic number without a map can only mean what we called so.
                None => o.payload_type == theirs.payload_type,
            });
            match ours {
                Some(ours) => agreed.add(ours.agreed(theirs)),
                None => agreed.unoffered = true,
            }
        }
        agreed.match_clocks();
        agreed.comfort_noise &= local.comfort_noise;
        agreed
    }

    /// Of an offer: its order and, where they are free, its numbers both ways (RFC 3264 §6.1).
    pub(super) fn from_offer(local: &Local, numbers: &mut Numbers, media: &Media) -> Self {
        let mut agreed = Self::default();
        for theirs in &media.formats() {
            let Some(map) = theirs.map else { continue };
            let spec = local.codec(map.name, map.clock_rate, map.channels);
            let is = |name: &str| map.name.eq_ignore_ascii_case(name) && map.channels == 1;
            let name = match spec {
                Some(spec) => spec.name,
                None if local.dtmf && is(EVENT) => EVENT,
                None if local.comfort_noise && is(NOISE) => NOISE,
                None => continue,
            };
            if agreed.has(name, map.clock_rate) {
                continue;
            }
            let number = if name == NOISE {
                Some(theirs.payload_type)
            } else {
                numbers.answer(name, map.clock_rate, map.channels, theirs.payload_type)
            };
            if let Some(number) = number {
                agreed.add(Offered::new(name, map.clock_rate, map.channels, number).agreed(theirs));
            }
        }
        agreed.match_clocks();
        agreed
    }

    fn add(&mut self, codec: AgreedCodec) {
        if self.has(&codec.name, codec.clock_rate) {
            return;
        }
        match codec.name.as_str() {
            EVENT => self.dtmf.push(codec),
            NOISE => {
                let number = comfort_noise::PAYLOAD_TYPE;
                self.comfort_noise |= codec.clock_rate == 8000 && codec.send_pt == number;
            }
            _ => self.codecs.push(codec),
        }
    }

    fn has(&self, name: &str, clock_rate: u32) -> bool {
        let known = |codec: &AgreedCodec| codec.name == name && codec.clock_rate == clock_rate;
        self.codecs.iter().chain(&self.dtmf).any(known)
    }

    /// Telephone events run on the clock of a codec (RFC 4733 §2.4.1). Far ends that know 8000 Hz
    /// alone are met half-way.
    fn match_clocks(&mut self) {
        let codecs = &self.codecs;
        let runs = |event: &AgreedCodec| codecs.iter().any(|c| c.clock_rate == event.clock_rate);
        if self.dtmf.iter().any(runs) {
            self.dtmf.retain(runs);
        } else {
            self.dtmf.retain(|event| event.clock_rate == 8000);
        }
        self.comfort_noise &= codecs.iter().any(|codec| codec.clock_rate == 8000);
    }
}

/// The plan for the far end's `media` and the formats in common.
pub(super) fn agree(
    local: &Local,
    wanted: Direction,
    remote: &Description,
    media: &Media,
    agreed: Agreed,
) -> Result<MediaPlan, Refusal> {
    if agreed.codecs.is_empty() {
        return Err(Refusal::NoCodec);
    }
    let connection = remote.connection(media).ok_or(Refusal::Connection)?;
    let ip = connection.ip().ok_or(Refusal::Connection)?;
    if ip.is_ipv4() != local.address.is_ipv4() {
        return Err(Refusal::AddressFamily);
    }
    let port = media.line.port;
    let rtcp_mux = local.rtcp_mux && media.section.attribute("rtcp-mux").is_some();
    let (rtcp_port, rtcp_ip) = match media.rtcp() {
        _ if rtcp_mux => (port, ip),
        Some((port, own)) => (port, own.filter(|own| own.is_ipv4() == ip.is_ipv4()).unwrap_or(ip)),
        None => (port.checked_add(1).unwrap_or(port), ip),
    };
    let theirs = media.section.direction().or_else(|| remote.session.direction());
    let wish = media.ptime().unwrap_or(local.ptime);
    Ok(MediaPlan {
        remote_rtp: SocketAddr::new(ip, port),
        remote_rtcp: SocketAddr::new(rtcp_ip, rtcp_port),
        rtcp_mux,
        direction: direction(wanted, theirs.unwrap_or_default(), connection.is_hold()),
        codecs: agreed.codecs,
        dtmf: agreed.dtmf,
        comfort_noise: agreed.comfort_noise.then_some(comfort_noise::PAYLOAD_TYPE),
        ptime: ptime(wish, media.max_ptime()),
    })
}

/// Whole tens of milliseconds, 10 to 60, no longer than `longest` where that is possible.
pub(super) fn ptime(wish: Duration, longest: Option<Duration>) -> Duration {
    let time = longest.map_or(wish, |longest| wish.min(longest)).min(LONGEST_PACKET);
    let tens = u64::try_from(time.as_millis() / 10).unwrap_or(1).max(1);
    Duration::from_millis(tens * 10)
}

/// What both want; nothing is sent to a far end on hold (RFC 3264 §8.4).
fn direction(wanted: Direction, theirs: Direction, hold: bool) -> Direction {
    let theirs = theirs.reversed();
    let sends = wanted.sends() && theirs.sends() && !hold;
    match (sends, wanted.receives() && theirs.receives()) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

/// 60 ms of a linear 16-bit codec at 8 kHz still fit an Ethernet frame.
const LONGEST_PACKET: Duration = Duration::from_millis(60);
