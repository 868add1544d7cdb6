//! The payload of a telephone event (RFC 4733 §2.3).

/// One report of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPayload {
    /// Event code: 0 to 15 are the digits (RFC 4733 §3.2).
    pub event: u8,
    /// The event is over.
    pub end: bool,
    /// Power level of the tone, -dBm0, 0 to 63.
    pub volume: u8,
    /// How long the event has lasted since the packet's timestamp, in units of the clock rate.
    pub duration: u16,
}

/// Why a payload is no telephone event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Shorter than four bytes.
    #[error("a telephone event has four bytes (RFC 4733 §2.3)")]
    Short,
}

impl EventPayload {
    /// Reads the first event of a payload. The reserved bit is ignored, as §2.3.3 asks.
    ///
    /// # Errors
    /// [`EventError::Short`] below four bytes.
    pub fn parse(payload: &[u8]) -> Result<Self, EventError> {
        let Some([event, flags, high, low]) = payload.first_chunk() else {
            return Err(EventError::Short);
        };
        Ok(Self {
            event: *event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([*high, *low]),
        })
    }

    /// The four bytes on the wire.
    pub fn encode(&self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        let end = if self.end { 0x80 } else { 0 };
        [self.event, end | self.volume.min(0x3f), high, low]
    }
}

/// The event code of a digit: `0`-`9`, `*`, `#`, `A`-`D` (either case).
pub fn event_of(digit: char) -> Option<u8> {
    let digit = digit.to_ascii_uppercase();
    let code = DIGITS.iter().position(|known| *known == digit)?;
    u8::try_from(code).ok()
}

/// The digit of an event code; `None` for events that are no digits.
pub fn digit_of(event: u8) -> Option<char> {
    DIGITS.get(usize::from(event)).copied()
}

const DIGITS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_and_written() {
        let bytes = [9, 0x87, 0x06, 0x40];
        let event = EventPayload { event: 9, end: true, volume: 7, duration: 1600 };
        assert_eq!(EventPayload::parse(&bytes), Ok(event));
        assert_eq!(event.encode(), bytes);
    }

    #[test]
    fn the_reserved_bit_and_further_bytes_are_ignored() {
        let event = EventPayload::parse(&[1, 0x40 | 10, 0, 160, 2, 3]).unwrap();
        assert_eq!((event.end, event.volume), (false, 10));
        assert_eq!(EventPayload::parse(&[1, 2, 3]), Err(EventError::Short));
        assert_eq!(EventPayload::parse(&[]), Err(EventError::Short));
    }

    #[test]
    fn a_volume_out_of_range_does_not_set_flags() {
        let event = EventPayload { event: 1, end: false, volume: 200, duration: 0 };
        assert_eq!(event.encode(), [1, 0x3f, 0, 0]);
    }

    #[test]
    fn digits_and_codes_go_both_ways() {
        for code in 0..16 {
            assert_eq!(event_of(digit_of(code).unwrap()), Some(code));
        }
        assert_eq!((event_of('d'), event_of('*')), (Some(15), Some(10)));
        assert_eq!((event_of('E'), event_of(' '), digit_of(16)), (None, None, None));
    }
}
