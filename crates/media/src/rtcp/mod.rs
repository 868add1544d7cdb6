//! RTCP (RFC 3550 §6): what is read of the far end's reports, what ours say, and when they go.

mod interval;
mod read;
mod write;

pub use interval::Interval;
pub use read::{Block, Item, Malformed, read};
pub use write::{Reporter, SenderInfo};

use std::time::Duration;

/// An NTP timestamp (RFC 3550 §4) of an instant, in 2^-32 s since 1900, from the time since 1970.
pub fn ntp(unix: Duration) -> u64 {
    let seconds = unix.as_secs().wrapping_add(UNIX_IN_NTP);
    let fraction = (u64::from(unix.subsec_nanos()) << 32) / 1_000_000_000;
    (seconds << 32) | fraction
}

/// The middle 32 bits of it, 2^-16 s.
pub fn compact(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// The round trip (RFC 3550 §6.4.1) of a block that came at `arrival` (compact NTP). `None` where
/// the far end has had no report of ours, or where its figures say less than nothing or a minute.
pub fn round_trip(arrival: u32, block: &Block) -> Option<Duration> {
    if block.last_sender_report == 0 {
        return None;
    }
    let away = arrival.wrapping_sub(block.last_sender_report);
    let trip = away.wrapping_sub(block.delay).cast_signed();
    // Half a tick of rounding on each side may make a very short trip negative.
    let trip = u32::try_from(trip.max(if trip >= -2 { 0 } else { trip })).ok()?;
    (trip < 60 << 16).then(|| Duration::from_nanos((u64::from(trip) * 1_000_000_000) >> 16))
}

/// Seconds from 1900 to 1970.
const UNIX_IN_NTP: u64 = 2_208_988_800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_counts_from_1900() {
        assert_eq!(ntp(Duration::ZERO), 0x83aa_7e80_0000_0000);
        assert_eq!(ntp(Duration::from_millis(500)), 0x83aa_7e80_8000_0000);
        assert_eq!(compact(ntp(Duration::from_millis(1500))), 0x7e81_8000);
    }

    /// The example of RFC 3550 figure 2.
    #[test]
    fn the_round_trip_of_the_rfc_is_6_125_seconds() {
        let block =
            Block { last_sender_report: 0xb705_2000, delay: 0x0005_4000, ..Block::default() };
        assert_eq!(round_trip(0xb710_8000, &block), Some(Duration::from_millis(6125)));
    }

    #[test]
    fn figures_that_cannot_be_are_no_round_trip() {
        let block =
            |last_sender_report, delay| Block { last_sender_report, delay, ..Block::default() };
        assert_eq!(round_trip(5 << 16, &block(0, 0)), None);
        assert_eq!(round_trip(5 << 16, &block(4 << 16, 2 << 16)), None);
        assert_eq!(round_trip(5 << 16, &block(5 << 16, 1)), Some(Duration::ZERO));
        assert_eq!(round_trip(0, &block(1, u32::MAX)), Some(Duration::ZERO));
        assert_eq!(round_trip(100 << 16, &block(1, 0)), None);
    }
}
