//! Writes our compound packets with `rtc-rtcp`. The packets are built once and written again and
//! again, so that nothing is allocated for a report.

use bytes::Bytes;
use rtc_rtcp::{
    goodbye::Goodbye,
    receiver_report::ReceiverReport,
    reception_report::ReceptionReport,
    sender_report::SenderReport,
    source_description::{
        SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem,
    },
};
use rtc_shared::marshal::Marshal;

use super::Block;

/// What a sender report says of us (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// NTP time of the report.
    pub ntp: u64,
    /// The same instant as an RTP timestamp.
    pub timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Bytes of payload sent.
    pub octets: u32,
}

/// Our reports.
#[derive(Debug)]
pub struct Reporter {
    sender: SenderReport,
    receiver: ReceiverReport,
    description: SourceDescription,
    /// Octets of the description up to the null that ends it.
    described: usize,
    goodbye: Goodbye,
}

impl Reporter {
    /// Reports of the source `ssrc` with this CNAME, cut to 255 bytes.
    pub fn new(ssrc: u32, cname: &str) -> Self {
        let text = cname.as_bytes().get(..255).unwrap_or(cname.as_bytes());
        // Two headers, of the packet and of the item, our source, and the null after the name.
        let described = 4 + 4 + 2 + text.len() + 1;
        let cname = SourceDescriptionItem {
            sdes_type: SdesType::SdesCname,
            text: Bytes::copy_from_slice(text),
        };
        Self {
            sender: SenderReport { ssrc, reports: Vec::with_capacity(1), ..Default::default() },
            receiver: ReceiverReport { ssrc, reports: Vec::with_capacity(1), ..Default::default() },
            description: SourceDescription {
                chunks: vec![SourceDescriptionChunk { source: ssrc, items: vec![cname] }],
            },
            described,
            // Seven letters end on a word, which needs no padding.
            goodbye: Goodbye { sources: vec![ssrc], reason: Bytes::from_static(b"hung up") },
        }
    }

    /// Writes a sender report where there is something to say of sending, else a receiver report,
    /// then our description, then BYE if wanted. Returns the length; `None` when `buffer` is too
    /// short (400 bytes are always enough).
    pub fn write(
        &mut self,
        info: Option<&SenderInfo>,
        block: Option<&Block>,
        bye: bool,
        buffer: &mut [u8],
    ) -> Option<usize> {
        let reports = block.map(reception);
        let mut at = 0;
        if let Some(info) = info {
            self.sender.ntp_time = info.ntp;
            self.sender.rtp_time = info.timestamp;
            self.sender.packet_count = info.packets;
            self.sender.octet_count = info.octets;
            self.sender.reports.clear();
            self.sender.reports.extend(reports);
            append(&self.sender, buffer, &mut at)?;
        } else {
            self.receiver.reports.clear();
            self.receiver.reports.extend(reports);
            append(&self.receiver, buffer, &mut at)?;
        }
        let end = at + self.described;
        append(&self.description, buffer, &mut at)?;
        // The library counts the octets up to the next word in the last of them; RFC 3550 §6.5 wants
        // nulls.
        buffer.get_mut(end..at)?.fill(0);
        if bye {
            append(&self.goodbye, buffer, &mut at)?;
        }
        Some(at)
    }
}

fn append(packet: &impl Marshal, buffer: &mut [u8], at: &mut usize) -> Option<()> {
    *at += packet.marshal_to(buffer.get_mut(*at..)?).ok()?;
    Some(())
}

fn reception(block: &Block) -> ReceptionReport {
    ReceptionReport {
        ssrc: block.ssrc,
        fraction_lost: block.fraction_lost,
        total_lost: block.total_lost.clamp(-0x80_0000, 0x7f_ffff).cast_unsigned() & 0xff_ffff,
        last_sequence_number: block.highest,
        jitter: block.jitter,
        last_sender_report: block.last_sender_report,
        delay: block.delay,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Item, read},
        *,
    };

    #[test]
    fn what_is_written_is_read() {
        let mut reporter = Reporter::new(7, &"n".repeat(300));
        let info = SenderInfo { ntp: 0x1_0000_0002, timestamp: 3, packets: 4, octets: 5 };
        let block = Block { ssrc: 9, total_lost: -3, jitter: 12, ..Block::default() };
        let mut buffer = [0; 400];
        let mut told = |info, block, bye| {
            let length = reporter.write(info, block, bye, &mut buffer).unwrap();
            assert_eq!(length % 4, 0);
            let mut items = Vec::new();
            read(&buffer[..length], |item| items.push(item)).unwrap();
            items
        };
        let report = Item::Report { ssrc: 7, ntp: Some(0x1_0000_0002) };
        let about = Item::Block { by: 7, block };
        assert_eq!(told(Some(&info), Some(&block), true), [report, about, Item::Bye { ssrc: 7 }]);
        assert_eq!(told(Some(&info), None, false), [report]);
        assert_eq!(told(None, None, false), [Item::Report { ssrc: 7, ntp: None }]);
        assert_eq!(reporter.write(None, None, true, &mut [0; 40]), None);
    }

    #[test]
    fn rtc_rtcp_reads_the_whole_compound() {
        let mut reporter = Reporter::new(7, "a@b");
        let mut buffer = [0; 400];
        let info = SenderInfo::default();
        let length =
            reporter.write(Some(&info), Some(&Block::default()), true, &mut buffer).unwrap();
        let packets = rtc_rtcp::packet::unmarshal(&mut &buffer[..length]).unwrap();
        assert_eq!(packets.len(), 3);
    }
}
