//! Reads a compound packet (RFC 3550 §6.1). The blocks are read by `rtc-rtcp`; the walk over the
//! compound is ours because that of `rtc-rtcp` allocates for every packet in it, and lets one
//! unknown packet lose the others.

use rtc_rtcp::reception_report::ReceptionReport;
use rtc_shared::marshal::Unmarshal as _;

/// A report block: how the far end receives a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The source reported on.
    pub ssrc: u32,
    /// Loss since the last report, 1/256.
    pub fraction_lost: u8,
    /// Packets lost since the beginning; duplicates may make it negative.
    pub total_lost: i32,
    /// Extended highest sequence number received.
    pub highest: u32,
    /// Inter-arrival jitter, ticks.
    pub jitter: u32,
    /// Compact NTP time of the last sender report received, 0 for none.
    pub last_sender_report: u32,
    /// Time since then, 2^-16 s.
    pub delay: u32,
}

/// One thing that a compound packet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A source has left.
    Bye {
        /// Which.
        ssrc: u32,
    },
    /// A report came, with or without blocks; its blocks follow.
    Report {
        /// Who reports.
        ssrc: u32,
        /// NTP time of a sender report; `None` for a receiver report.
        ntp: Option<u64>,
    },
    /// How a source is received.
    Block {
        /// Who reports.
        by: u32,
        /// The block.
        block: Block,
    },
}

/// Why a datagram is no RTCP. Nothing of it is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A packet says that it is longer than what is there, or than its own content.
    #[error("a packet in the compound is cut off")]
    CutOff,
    /// Another version than 2.
    #[error("not RTCP version 2")]
    Version,
}

/// Walks over a datagram and tells what it says, in order. Types other than SR, RR and BYE are
/// stepped over.
///
/// # Errors
/// [`Malformed`], before anything is told.
pub fn read(bytes: &[u8], mut tell: impl FnMut(Item)) -> Result<(), Malformed> {
    walk(bytes, check)?;
    walk(bytes, |kind, count, body| {
        items(kind, count, body, &mut tell);
        Ok(())
    })
}

fn walk(
    mut bytes: &[u8],
    mut each: impl FnMut(u8, usize, &[u8]) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    if bytes.is_empty() {
        return Err(Malformed::CutOff);
    }
    while !bytes.is_empty() {
        let (&[flags, kind, l0, l1], rest) = bytes.split_first_chunk().ok_or(Malformed::CutOff)?;
        if flags >> 6 != 2 {
            return Err(Malformed::Version);
        }
        let length = usize::from(u16::from_be_bytes([l0, l1])) * 4;
        let (body, rest) = rest.split_at_checked(length).ok_or(Malformed::CutOff)?;
        each(kind, usize::from(flags & 0x1f), body)?;
        bytes = rest;
    }
    Ok(())
}

fn check(kind: u8, count: usize, body: &[u8]) -> Result<(), Malformed> {
    let needed = match kind {
        SENDER_REPORT => 24 + count * BLOCK,
        RECEIVER_REPORT => 4 + count * BLOCK,
        BYE => count * 4,
        _ => 0,
    };
    if body.len() < needed { Err(Malformed::CutOff) } else { Ok(()) }
}

fn items(kind: u8, count: usize, body: &[u8], tell: &mut impl FnMut(Item)) {
    match kind {
        SENDER_REPORT => {
            let Some((ssrc, rest)) = word(body) else { return };
            let Some((ntp, rest)) = rest.split_first_chunk() else { return };
            tell(Item::Report { ssrc, ntp: Some(u64::from_be_bytes(*ntp)) });
            // RTP timestamp, packets and octets stand between.
            blocks(ssrc, count, rest.get(12..).unwrap_or_default(), tell);
        }
        RECEIVER_REPORT => {
            let Some((ssrc, rest)) = word(body) else { return };
            tell(Item::Report { ssrc, ntp: None });
            blocks(ssrc, count, rest, tell);
        }
        BYE => {
            let mut rest = body;
            for _ in 0..count {
                let Some((ssrc, after)) = word(rest) else { return };
                tell(Item::Bye { ssrc });
                rest = after;
            }
        }
        _ => {}
    }
}

fn blocks(by: u32, count: usize, bytes: &[u8], tell: &mut impl FnMut(Item)) {
    for mut bytes in bytes.chunks_exact(BLOCK).take(count) {
        let Ok(report) = ReceptionReport::unmarshal(&mut bytes) else { return };
        // 24 bits with a sign.
        let total_lost = (report.total_lost << 8).cast_signed() >> 8;
        let block = Block {
            ssrc: report.ssrc,
            fraction_lost: report.fraction_lost,
            total_lost,
            highest: report.last_sequence_number,
            jitter: report.jitter,
            last_sender_report: report.last_sender_report,
            delay: report.delay,
        };
        tell(Item::Block { by, block });
    }
}

fn word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (word, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*word), rest))
}

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const BYE: u8 = 203;
const BLOCK: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> Result<Vec<Item>, Malformed> {
        let mut items = Vec::new();
        read(bytes, |item| items.push(item)).map(|()| items)
    }

    fn report(kind: u8, count: u8, words: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0x80 | count, kind];
        bytes.extend((words.len() as u16).to_be_bytes());
        bytes.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        bytes
    }

    #[test]
    fn a_compound_is_told_in_order() {
        let mut bytes = report(200, 1, &[7, 1, 2, 3, 4, 5, 9, 0x40ff_fffe, 70_000, 80, 5, 6]);
        bytes.extend(report(202, 1, &[7, 0]));
        bytes.extend(report(207, 0, &[7]));
        bytes.extend(report(203, 2, &[7, 8]));
        let block = Block {
            ssrc: 9,
            fraction_lost: 64,
            total_lost: -2,
            highest: 70_000,
            jitter: 80,
            last_sender_report: 5,
            delay: 6,
        };
        assert_eq!(
            told(&bytes).unwrap(),
            [
                Item::Report { ssrc: 7, ntp: Some(0x1_0000_0002) },
                Item::Block { by: 7, block },
                Item::Bye { ssrc: 7 },
                Item::Bye { ssrc: 8 },
            ]
        );
    }

    #[test]
    fn nothing_of_a_broken_compound_is_told() {
        let good = report(203, 1, &[7]);
        for broken in [
            report(203, 2, &[7]),
            report(201, 1, &[7, 9, 0, 0, 0, 0]),
            report(200, 0, &[7, 1, 2, 3, 4]),
            report(201, 0, &[]),
            vec![0x80],
            vec![0x80, 200, 0xff, 0xff],
            vec![0, 203, 0, 0],
        ] {
            let bytes = [good.clone(), broken].concat();
            let mut items = 0;
            assert!(read(&bytes, |_| items += 1).is_err());
            assert_eq!(items, 0);
        }
        assert_eq!(told(&[]), Err(Malformed::CutOff));
    }
}
