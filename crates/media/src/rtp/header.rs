//! The RTP header (RFC 3550 §5.1).
//!
//! Packets are written with `rtc-rtp` and read by a reader of our own: `rtc-rtp` 0.21 allocates for
//! each header extension and CSRC, takes any version, lets an extension element run past its block
//! into the payload, and after a one-byte element with id 15 (RFC 8285 §4.2) takes the rest of the
//! block for payload. A phone needs none of the extensions, so stepping over the block by its
//! length is both safer and free.

use rtc_shared::marshal::Marshal as _;

/// The fixed part of a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Start of a talk spurt (RFC 3551 §4.1).
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Sampling instant of the first sample, in ticks of the payload's clock.
    pub timestamp: u32,
    /// The source.
    pub ssrc: u32,
}

/// A packet as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its header.
    pub header: Header,
    /// Its payload without padding.
    pub payload: &'a [u8],
}

/// Why a datagram is no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Shorter than its CSRC list.
    #[error("the CSRC list is cut off")]
    Csrc,
    /// Shorter than its header extension.
    #[error("the header extension is cut off")]
    Extension,
    /// More padding than payload, or a padding count of zero.
    #[error("the padding is longer than the payload")]
    Padding,
    /// Shorter than a header.
    #[error("shorter than an RTP header")]
    Short,
    /// Another version than 2.
    #[error("not RTP version 2")]
    Version,
}

/// Bytes of a header that `write` writes.
pub const MAX_HEADER: usize = FIXED;

/// Reads a datagram as an RTP packet.
///
/// # Errors
/// [`Malformed`] says what is cut off or wrong.
pub fn read(bytes: &[u8]) -> Result<Packet<'_>, Malformed> {
    let (fixed, mut rest) = bytes.split_first_chunk::<FIXED>().ok_or(Malformed::Short)?;
    let [flags, kind, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3] = *fixed;
    if flags >> 6 != 2 {
        return Err(Malformed::Version);
    }
    let csrcs = usize::from(flags & 0x0f) * 4;
    rest = rest.get(csrcs..).ok_or(Malformed::Csrc)?;
    if flags & 0x10 != 0 {
        let (&[_, _, l0, l1], block) = rest.split_first_chunk().ok_or(Malformed::Extension)?;
        let length = usize::from(u16::from_be_bytes([l0, l1])) * 4;
        rest = block.get(length..).ok_or(Malformed::Extension)?;
    }
    if flags & 0x20 != 0 {
        let padding = usize::from(*rest.last().ok_or(Malformed::Padding)?);
        let end = rest.len().checked_sub(padding).filter(|_| padding > 0);
        rest = end.and_then(|end| rest.get(..end)).ok_or(Malformed::Padding)?;
    }
    let header = Header {
        marker: kind & 0x80 != 0,
        payload_type: kind & 0x7f,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([i0, i1, i2, i3]),
    };
    Ok(Packet { header, payload: rest })
}

/// Writes a header without CSRCs and extensions to the start of `buffer`. Returns its length, or
/// `None` when `buffer` is shorter than [`MAX_HEADER`].
pub fn write(header: &Header, buffer: &mut [u8]) -> Option<usize> {
    let header = rtc_rtp::header::Header {
        version: 2,
        marker: header.marker,
        payload_type: header.payload_type & 0x7f,
        sequence_number: header.sequence,
        timestamp: header.timestamp,
        ssrc: header.ssrc,
        ..Default::default()
    };
    header.marshal_to(buffer).ok()
}

/// True for what RFC 7983 §7 sorts to RTP and RTCP; STUN and DTLS share the port but not the range.
pub fn is_rtp_or_rtcp(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| (128..=191).contains(first))
}

/// True for an RTCP packet on a port shared with RTP (RFC 5761 §4).
pub fn is_rtcp(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

const FIXED: usize = 12;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use rtc_shared::marshal::Unmarshal as _;

    use super::*;

    fn packet(flags: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = vec![flags, 0x80, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef];
        bytes.extend_from_slice(rest);
        bytes
    }

    #[test]
    fn a_plain_packet_is_read_whole() {
        let bytes = packet(0x80, b"sound");
        let packet = read(&bytes).unwrap();
        assert_eq!(
            packet.header,
            Header {
                marker: true,
                payload_type: 0,
                sequence: 0x1234,
                timestamp: 160,
                ssrc: 0xdead_beef
            }
        );
        assert_eq!(packet.payload, b"sound");
    }

    #[test]
    fn csrcs_extension_and_padding_are_stepped_over() {
        let bytes = packet(0xb2, b"aaaabbbb\xbe\xde\x00\x01\xf0\0\0\0sound\0\0\x03");
        assert_eq!(read(&bytes).unwrap().payload, b"sound");
    }

    #[test]
    fn what_is_cut_off_is_named() {
        assert_eq!(read(&[]), Err(Malformed::Short));
        assert_eq!(read(&packet(0x80, b"")[..11]), Err(Malformed::Short));
        assert_eq!(read(&packet(0x40, b"x")), Err(Malformed::Version));
        assert_eq!(read(&packet(0x8f, b"x")), Err(Malformed::Csrc));
        assert_eq!(read(&packet(0x90, b"\0\0\0")), Err(Malformed::Extension));
        assert_eq!(read(&packet(0x90, b"\0\0\xff\xff")), Err(Malformed::Extension));
        assert_eq!(read(&packet(0xa0, b"")), Err(Malformed::Padding));
        assert_eq!(read(&packet(0xa0, b"\0")), Err(Malformed::Padding));
        assert_eq!(read(&packet(0xa0, b"\x02")), Err(Malformed::Padding));
        assert_eq!(read(&packet(0xa0, b"\x01")).unwrap().payload, b"");
    }

    #[test]
    fn kinds_on_a_shared_port_are_told_apart() {
        assert!(is_rtp_or_rtcp(&packet(0x80, b"")));
        assert!(!is_rtp_or_rtcp(&[0, 1, 0, 0]) && !is_rtp_or_rtcp(&[22, 254, 253]));
        assert!(is_rtcp(&[0x80, 200]) && is_rtcp(&[0x80, 207]));
        assert!(!is_rtcp(&[0x80, 0x80]) && !is_rtcp(&[0x80, 0xe5]) && !is_rtcp(&[0x80]));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_by_both(
            marker: bool, payload_type in 0_u8..128, sequence: u16, timestamp: u32, ssrc: u32,
        ) {
            let header = Header { marker, payload_type, sequence, timestamp, ssrc };
            let mut bytes = [0; 16];
            prop_assert_eq!(write(&header, &mut bytes), Some(12));
            prop_assert_eq!(read(&bytes).unwrap().header, header);
            let theirs = rtc_rtp::packet::Packet::unmarshal(&mut Bytes::copy_from_slice(&bytes));
            prop_assert_eq!(theirs.unwrap().header.sequence_number, sequence);
            prop_assert_eq!(write(&header, &mut bytes[..11]), None);
        }

        /// Where neither extension nor version is in play, rtc-rtp reads the same.
        #[test]
        fn rtc_rtp_agrees_on_any_bytes(mut bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Some(first) = bytes.first_mut() {
                *first = 0x80 | (*first & 0x2f);
            }
            let theirs = rtc_rtp::packet::Packet::unmarshal(&mut Bytes::copy_from_slice(&bytes));
            match (read(&bytes), theirs) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours.payload, &theirs.payload[..]),
                (Err(_), Err(_)) => {}
                // RFC 3550 §5.1: the count includes itself, so that zero is none.
                (Err(Malformed::Padding), Ok(_)) => prop_assert_eq!(bytes.last(), Some(&0)),
                (ours, theirs) => prop_assert!(false, "{:?} {:?}", ours, theirs),
            }
        }
    }
}
