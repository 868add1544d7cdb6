//! The trace as a capture file that every analyser opens: classic pcap with synthetic IP and UDP
//! headers. What went over TCP or TLS is written decoded, one message a datagram, at its own ports.

use std::{
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    time::{Duration, SystemTime},
};

use crate::trace::{Direction, Entry, Numbers, masked};

/// Writes `entries`, masked, in the order given. Hidden digits of numbers become zero, since
/// analysers call a number with other characters malformed.
///
/// # Errors
/// Those of `out`.
pub fn write_pcap<'a, W: Write>(
    out: W,
    entries: impl Iterator<Item = &'a Entry>,
    numbers: Numbers,
) -> io::Result<()> {
    let numbers = match numbers {
        Numbers::Masked | Numbers::Zeroed => Numbers::Zeroed,
        Numbers::Shown => Numbers::Shown,
    };
    let mut file = CaptureFile::begin(out)?;
    for entry in entries {
        let (from, to) = match entry.direction {
            Direction::In => (entry.remote, entry.local),
            Direction::Out => (entry.local, entry.remote),
        };
        file.datagram(entry.wall, from, to, &masked(&entry.bytes, numbers))?;
    }
    file.flush()
}

/// A capture file that grows.
#[derive(Debug)]
pub struct CaptureFile<W> {
    out: W,
    packet: Vec<u8>,
}

/// Link type 101: the packet begins with its IP header.
const RAW_IP: u32 = 101;

/// Bytes that one packet may have.
const SNAPLEN: usize = 65_535;

const UDP_HEADER: usize = 8;

impl<W: Write> CaptureFile<W> {
    /// Writes the file header: microseconds, this computer's byte order being of no matter.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(mut out: W) -> io::Result<Self> {
        out.write_all(&0xa1b2_c3d4_u32.to_le_bytes())?;
        out.write_all(&2u16.to_le_bytes())?;
        out.write_all(&4u16.to_le_bytes())?;
        out.write_all(&[0; 8])?;
        out.write_all(&(SNAPLEN as u32).to_le_bytes())?;
        out.write_all(&RAW_IP.to_le_bytes())?;
        Ok(Self { out, packet: Vec::with_capacity(2048) })
    }

    /// Writes one datagram with valid checksums. A payload that no datagram can hold is cut, and
    /// says so by its original length. Where the families differ nothing can be written, and
    /// nothing is.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn datagram(
        &mut self,
        wall: SystemTime,
        from: SocketAddr,
        to: SocketAddr,
        payload: &[u8],
    ) -> io::Result<()> {
        let (from_ip, to_ip) = (from.ip().to_canonical(), to.ip().to_canonical());
        let header = if from_ip.is_ipv4() { 20 } else { 40 };
        let room = SNAPLEN - header - UDP_HEADER;
        let kept = payload.get(..room).unwrap_or(payload);
        self.packet.clear();
        match (from_ip, to_ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                self.ipv4(a.octets(), b.octets(), UDP_HEADER + kept.len());
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                self.ipv6(a.octets(), b.octets(), UDP_HEADER + kept.len());
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return Ok(()),
        }
        self.udp(header, from.port(), to.port(), kept);
        let since = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let whole = header + UDP_HEADER + payload.len();
        for field in [
            u32::try_from(since.as_secs()).unwrap_or(u32::MAX),
            since.subsec_micros(),
            u32::try_from(self.packet.len()).unwrap_or(u32::MAX),
            u32::try_from(whole).unwrap_or(u32::MAX),
        ] {
            self.out.write_all(&field.to_le_bytes())?;
        }
        self.out.write_all(&self.packet)
    }

    /// Hands everything to the operating system.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn ipv4(&mut self, from: [u8; 4], to: [u8; 4], payload: usize) {
        let total = u16::try_from(20 + payload).unwrap_or(u16::MAX);
        let mut header = [0u8; 20];
        header[0] = 0x45;
        header[2..4].copy_from_slice(&total.to_be_bytes());
        header[6] = 0x40;
        header[8] = 64;
        header[9] = 17;
        header[12..16].copy_from_slice(&from);
        header[16..20].copy_from_slice(&to);
        let sum = checksum(0, &header);
        header[10..12].copy_from_slice(&sum.to_be_bytes());
        self.packet.extend_from_slice(&header);
    }

    fn ipv6(&mut self, from: [u8; 16], to: [u8; 16], payload: usize) {
        let mut header = [0u8; 40];
        header[0] = 0x60;
        let length = u16::try_from(payload).unwrap_or(u16::MAX);
        header[4..6].copy_from_slice(&length.to_be_bytes());
        header[6] = 17;
        header[7] = 64;
        header[8..24].copy_from_slice(&from);
        header[24..40].copy_from_slice(&to);
        self.packet.extend_from_slice(&header);
    }

    fn udp(&mut self, ip_header: usize, from: u16, to: u16, payload: &[u8]) {
        let length = u16::try_from(UDP_HEADER + payload.len()).unwrap_or(u16::MAX);
        for field in [from, to, length, 0] {
            self.packet.extend_from_slice(&field.to_be_bytes());
        }
        self.packet.extend_from_slice(payload);
        let addresses = if ip_header == 20 { 12..20 } else { 8..40 };
        let pseudo = sum(u32::from(length) + 17, &self.packet[addresses]);
        let sum = match checksum(pseudo, &self.packet[ip_header..]) {
            // RFC 768: an all-zero checksum means that there is none.
            0 => 0xffff,
            sum => sum,
        };
        self.packet[ip_header + 6..ip_header + 8].copy_from_slice(&sum.to_be_bytes());
    }
}

/// The ones' complement checksum of RFC 1071.
fn checksum(start: u32, bytes: &[u8]) -> u16 {
    let mut sum = sum(start, bytes);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// At most 64 KiB are summed, so 32 bits do not overflow.
fn sum(start: u32, bytes: &[u8]) -> u32 {
    bytes.chunks(2).fold(start, |sum, pair| {
        sum + u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::tests::entry;

    /// A packet's IP payload checksum, pseudo header included, is zero when it is right.
    fn verify(packet: &[u8]) {
        let v4 = packet[0] >> 4 == 4;
        let (header, addresses) = if v4 { (20, 12..20) } else { (40, 8..40) };
        if v4 {
            assert_eq!(checksum(0, &packet[..20]), 0);
        }
        let length = u32::from(u16::from_be_bytes([packet[header + 4], packet[header + 5]]));
        assert_eq!(length as usize, packet.len() - header);
        assert_eq!(checksum(sum(length + 17, &packet[addresses]), &packet[header..]), 0);
    }

    #[test]
    fn packets_have_right_lengths_and_checksums_in_both_families() {
        let mut file = CaptureFile::begin(Vec::new()).unwrap();
        let wall = SystemTime::UNIX_EPOCH + Duration::from_micros(1_000_002);
        let v6 = ("[2001:db8::1]:5060".parse().unwrap(), "[2001:db8::2]:5070".parse().unwrap());
        let v4 = ("192.0.2.1:5060".parse().unwrap(), "192.0.2.2:5070".parse().unwrap());
        let mut at = 24;
        for (from, to) in [v4, v6] {
            for length in [0usize, 1, 2, 500, 70_000] {
                file.datagram(wall, from, to, &vec![0xa5; length]).unwrap();
                let word = |n: usize| u32::from_le_bytes(file.out[n..n + 4].try_into().unwrap());
                assert_eq!((word(at), word(at + 4)), (1, 2));
                let kept = word(at + 8) as usize;
                assert!(kept <= SNAPLEN);
                assert_eq!(word(at + 12) as usize, length + 28 + 20 * usize::from(from.is_ipv6()));
                verify(&file.out[at + 16..at + 16 + kept]);
                at += 16 + kept;
            }
        }
        assert_eq!(at, file.out.len());
    }

    #[test]
    fn a_capture_of_the_trace_is_masked() {
        let message = "REGISTER sip:x SIP/2.0\r\nAuthorization: Digest response=\"77aa\"\r\n\r\n";
        let entries = [entry(Direction::Out, 0, message)];
        let mut out = Vec::new();
        write_pcap(&mut out, entries.iter(), Numbers::Masked).unwrap();
        assert_eq!(out.len(), 24 + 16 + 28 + message.len());
        assert!(!out.windows(4).any(|w| w == b"77aa"));
    }
}
