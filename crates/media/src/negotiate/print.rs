//! What we write.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    agree::Offered,
    local::Local,
    numbers::{EVENT, NOISE},
};
use crate::{
    codec::comfort_noise,
    sdp::{Address, Connection, Description, Media, MediaLine, Origin, Section},
    session::{AgreedCodec, Direction, MediaPlan},
};

/// Prints descriptions of one session and counts their versions (RFC 3264 §8).
#[derive(Clone, Debug)]
pub(super) struct Printer {
    session: u64,
    version: u64,
    /// The last one without its version.
    last: Option<String>,
}

impl Printer {
    pub(super) fn new(session: u64) -> Self {
        Self { session, version: session, last: None }
    }

    pub(super) fn print(&mut self, local: &Local, time: &str, media: Vec<Media>) -> String {
        let mut session = Section::default();
        session.push('v', "0");
        session.push('o', self.origin(local, 0));
        session.push('s', "-");
        session.push('c', Connection::new(local.address).to_string());
        session.push('t', time);
        let mut description = Description::new(session, media);
        let text = description.to_string();
        if self.last.as_ref().is_some_and(|last| *last != text) {
            self.version = self.version.wrapping_add(1);
        }
        self.last = Some(text);
        let origin = self.origin(local, self.version);
        if let Some(line) = description.session.lines.iter_mut().find(|line| line.kind == 'o') {
            line.value = origin;
        }
        description.to_string()
    }

    /// The next description counts as a new one.
    pub(super) fn forget(&mut self) {
        self.last = self.last.take().map(|_| String::new());
    }

    fn origin(&self, local: &Local, version: u64) -> String {
        let address = Address::Ip(local.address);
        Origin { user: "-".to_owned(), session: self.session, version, address }.to_string()
    }
}

/// Our sound in an offer.
pub(super) fn offered_audio(
    local: &Local,
    transport: &str,
    direction: Direction,
    offered: &[Offered],
) -> Media {
    let mut section = Section::default();
    for format in offered {
        map(&mut section, &format.name, format.clock_rate, format.channels, format.payload_type);
    }
    let ptime = super::agree::ptime(local.ptime, local.max_ptime);
    section.push('a', format!("ptime:{}", ptime.as_millis()));
    if local.legacy_hold && !direction.receives() {
        section.lines.insert(0, hold_line(local));
    }
    let formats = offered.iter().map(|format| format.payload_type);
    finish(local, transport, direction, local.rtcp_mux, formats.collect(), section)
}

/// Our sound in an answer.
pub(super) fn answered_audio(local: &Local, transport: &str, plan: &MediaPlan) -> Media {
    let mut section = Section::default();
    let all = || plan.codecs.iter().chain(&plan.dtmf);
    for AgreedCodec { name, clock_rate, channels, recv_pt, .. } in all() {
        map(&mut section, name, *clock_rate, *channels, *recv_pt);
    }
    let mut formats: Vec<u8> = all().map(|codec| codec.recv_pt).collect();
    if plan.comfort_noise.is_some() {
        map(&mut section, NOISE, 8000, 1, comfort_noise::PAYLOAD_TYPE);
        formats.push(comfort_noise::PAYLOAD_TYPE);
    }
    section.push('a', format!("ptime:{}", plan.ptime.as_millis()));
    finish(local, transport, plan.direction, plan.rtcp_mux, formats, section)
}

/// A medium with port 0.
pub(super) fn refused(line: &MediaLine) -> Media {
    Media { line: line.refused(), section: Section::default() }
}

/// The answer's time is the offer's (RFC 3264 §6).
pub(super) fn time(offer: &Description) -> &str {
    let is_time = |value: &&str| {
        let mut words = value.split(' ');
        let number = |word: Option<&str>| word.is_some_and(|w| w.parse::<u64>().is_ok());
        number(words.next()) && number(words.next()) && words.next().is_none()
    };
    offer.session.first('t').filter(is_time).unwrap_or(NO_TIME)
}

pub(super) const NO_TIME: &str = "0 0";

fn map(section: &mut Section, name: &str, clock_rate: u32, channels: u8, payload_type: u8) {
    let channels = if channels > 1 { format!("/{channels}") } else { String::new() };
    section.push('a', format!("rtpmap:{payload_type} {name}/{clock_rate}{channels}"));
    if name == EVENT {
        // The sixteen digits (RFC 4733 §2.4.1 and table 3).
        section.push('a', format!("fmtp:{payload_type} 0-15"));
    }
}

fn finish(
    local: &Local,
    transport: &str,
    direction: Direction,
    mux: bool,
    formats: Vec<u8>,
    mut section: Section,
) -> Media {
    if let Some(longest) = local.max_ptime {
        section.push('a', format!("maxptime:{}", longest.as_millis()));
    }
    if Some(local.rtcp_port) != local.rtp_port.checked_add(1) {
        section.push('a', format!("rtcp:{}", local.rtcp_port));
    }
    if mux {
        section.push('a', "rtcp-mux");
    }
    section.push('a', name(direction));
    let line = MediaLine {
        media: "audio".to_owned(),
        port: local.rtp_port,
        transport: transport.to_owned(),
        formats: formats.iter().map(u8::to_string).collect(),
    };
    Media { line, section }
}

fn hold_line(local: &Local) -> crate::sdp::Line {
    let nowhere: IpAddr = match local.address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    crate::sdp::Line { kind: 'c', value: Connection::new(nowhere).to_string() }
}

fn name(direction: Direction) -> &'static str {
    match direction {
        Direction::Inactive => "inactive",
        Direction::RecvOnly => "recvonly",
        Direction::SendOnly => "sendonly",
        Direction::SendRecv => "sendrecv",
    }
}
