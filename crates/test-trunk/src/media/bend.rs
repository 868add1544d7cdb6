//! What the faults do to single RTP packets, the network apart.

use milliwatt_media::{dtmf::event_of, rtp};

use crate::faults::{Faults, Heard};

/// The faults that change or stop packets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bend {
    no_rtp: bool,
    /// The side whose packets are stopped.
    mute: Option<usize>,
    wrong_payload: bool,
    silence: bool,
    /// The event code of the digit that never arrives.
    lost_event: Option<u8>,
    /// Events are seen from this length on, in units of 8 kHz.
    least: u16,
}

/// A payload type that nobody assigns and that no rule confuses with RTCP (RFC 5761 §4).
const WRONG: u8 = 35;
/// The least dynamic payload type (RFC 3551 §6).
const DYNAMIC: u8 = 96;

impl Bend {
    pub(super) fn new(faults: &Faults) -> Self {
        Self {
            no_rtp: faults.no_rtp,
            mute: faults.one_way.map(|way| match way {
                Heard::In => 1,
                Heard::Out => 0,
            }),
            wrong_payload: faults.wrong_payload,
            silence: faults.silence,
            lost_event: faults.dtmf_lost.and_then(event_of),
            least: u16::try_from(faults.dtmf_short_lost.as_millis() * 8).unwrap_or(u16::MAX),
        }
    }

    /// Does it to a packet from one side. False when the packet goes no further.
    pub(super) fn bend(&self, from: usize, packet: &mut [u8]) -> bool {
        if self.no_rtp || self.mute == Some(from) || self.is_lost_digit(packet) {
            return false;
        }
        if self.silence {
            hush(packet);
        }
        if self.wrong_payload
            && let Some(kind) = packet.get_mut(1)
        {
            *kind = *kind & 0x80 | WRONG;
        }
        true
    }

    /// Events are known by their length and a dynamic payload type; no sound is that short.
    fn is_lost_digit(&self, packet: &[u8]) -> bool {
        if self.lost_event.is_none() && self.least == 0 {
            return false;
        }
        rtp::read(packet).is_ok_and(|packet| match packet.payload {
            [event, _, high, low] if packet.header.payload_type >= DYNAMIC => {
                let brief = u16::from_be_bytes([*high, *low]) < self.least;
                brief || self.lost_event == Some(*event)
            }
            _ => false,
        })
    }
}

/// Replaces the sound of G.711 by its idle code. Events keep their payload.
fn hush(packet: &mut [u8]) {
    let Ok(read) = rtp::read(packet) else { return };
    let idle = match read.header.payload_type {
        PCMU => 0xff,
        PCMA => 0xd5,
        _ => return,
    };
    // The last octet counts the padding, where there is some (RFC 3550 §5.1).
    let padded = packet.first().is_some_and(|flags| flags & 0x20 != 0);
    let padding = packet.last().filter(|_| padded).map_or(0, |count| usize::from(*count));
    let (length, end) = (read.payload.len(), packet.len().saturating_sub(padding));
    if let Some(sound) = packet.get_mut(end.saturating_sub(length)..end) {
        sound.fill(idle);
    }
}

/// RFC 3551 §6.
const PCMU: u8 = 0;
const PCMA: u8 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(kind: u8, payload: &[u8]) -> Vec<u8> {
        [&[0x80, kind, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], payload].concat()
    }

    fn bend(fault: &str, from: usize, packet: &mut [u8]) -> bool {
        let mut faults = Faults::default();
        faults.set(fault).unwrap();
        Bend::new(&faults).bend(from, packet)
    }

    #[test]
    fn the_phone_that_dialled_hears_nothing_or_is_not_heard() {
        let mut sound = packet(0, &[0xff; 160]);
        assert!(bend("one-way=in", 0, &mut sound) && !bend("one-way=in", 1, &mut sound));
        assert!(bend("one-way=out", 1, &mut sound) && !bend("one-way=out", 0, &mut sound));
        assert!(!bend("no-rtp", 0, &mut sound) && !bend("no-rtp", 1, &mut sound));
    }

    #[test]
    fn only_the_one_digit_is_lost() {
        assert!(!bend("dtmf-lost=4", 0, &mut packet(101, &[4, 10, 0, 160])));
        assert!(bend("dtmf-lost=4", 0, &mut packet(101, &[5, 10, 0, 160])));
        assert!(bend("dtmf-lost=4", 0, &mut packet(0, &[4; 160])));
        assert!(!bend("dtmf-lost=*", 1, &mut packet(101 | 0x80, &[10, 10, 0, 160])));
    }

    #[test]
    fn only_short_digits_are_lost() {
        assert!(!bend("dtmf-short-lost=60ms", 0, &mut packet(101, &[4, 0x8a, 1, 0x40])));
        assert!(bend("dtmf-short-lost=60ms", 0, &mut packet(101, &[4, 0x8a, 3, 0x20])));
        assert!(bend("dtmf-short-lost=60ms", 0, &mut packet(0, &[0xff; 160])));
    }

    #[test]
    fn silence_keeps_the_packets_and_the_digits() {
        for (kind, idle) in [(0, 0xff), (8, 0xd5)] {
            let mut sound = packet(kind, &[7; 160]);
            assert!(bend("silence", 0, &mut sound));
            assert_eq!(sound, packet(kind, &[idle; 160]));
        }
        let mut digit = packet(101, &[4, 0x8a, 3, 0x20]);
        assert!(bend("silence", 1, &mut digit));
        assert_eq!(digit, packet(101, &[4, 0x8a, 3, 0x20]));
    }

    #[test]
    fn a_wrong_payload_type_keeps_the_marker() {
        let mut sound = packet(0x80, &[0xff; 160]);
        assert!(bend("wrong-payload", 0, &mut sound));
        assert_eq!(sound[1], 0x80 | WRONG);
    }
}
