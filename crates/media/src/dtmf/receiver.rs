//! Receives digits as telephone events (RFC 4733 §2.5.2), each told once whatever is lost, repeated
//! or late.

use std::time::Duration;

use super::event::{EventPayload, digit_of};

/// A digit that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// `0`-`9`, `*`, `#`, `A`-`D`.
    pub digit: char,
    /// How long it was held, by its sender's clock.
    pub duration: Duration,
    /// No end packet came; the duration is the longest that was reported.
    pub unfinished: bool,
}

/// Events of one stream at one clock rate. Constant memory.
#[derive(Clone, Debug)]
pub struct Receiver {
    clock_rate: u32,
    current: Option<Current>,
    /// Timestamp of the last segment that was told.
    told: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Current {
    event: u8,
    timestamp: u32,
    /// Units of the segments before this one.
    before: u64,
    duration: u16,
    ended: bool,
    heard: Duration,
}

impl Receiver {
    /// Receives events of a clock of `clock_rate` Hz.
    pub fn new(clock_rate: u32) -> Self {
        Self { clock_rate: clock_rate.max(1), current: None, told: None }
    }

    /// Takes one packet; tells the digit that it ends, or the one before it that never ended.
    pub fn receive(
        &mut self,
        now: Duration,
        timestamp: u32,
        payload: &EventPayload,
    ) -> Option<Press> {
        if self.told.is_some_and(|told| !is_after(timestamp, told)) {
            return None;
        }
        let mut earlier = None;
        match &mut self.current {
            Some(current) if current.timestamp == timestamp && current.event == payload.event => {
                current.duration = current.duration.max(payload.duration);
                current.heard = now;
            }
            Some(current) if current.is_continued_by(timestamp, payload.event) => {
                current.before += u64::from(u16::MAX);
                current.timestamp = timestamp;
                current.duration = payload.duration;
                current.heard = now;
            }
            Some(current) if !is_after(timestamp, current.timestamp) => return None,
            Some(_) | None => {
                earlier = self.end();
                self.current = Some(Current {
                    event: payload.event,
                    timestamp,
                    before: 0,
                    duration: payload.duration,
                    ended: false,
                    heard: now,
                });
            }
        }
        if let Some(current) = &mut self.current {
            current.ended |= payload.end;
        }
        // One digit at a time: the new one is told by its next packet or by `poll`.
        earlier.or_else(|| payload.end.then(|| self.end()).flatten())
    }

    /// Tells a digit whose packets stopped without an end packet.
    pub fn poll(&mut self, now: Duration) -> Option<Press> {
        if self.wake_at()? > now {
            return None;
        }
        self.end()
    }

    /// When `poll` has something to tell at the latest.
    pub fn wake_at(&self) -> Option<Duration> {
        let current = self.current?;
        let wait = if current.ended { Duration::ZERO } else { LOST_AFTER };
        Some(current.heard.saturating_add(wait))
    }

    fn end(&mut self) -> Option<Press> {
        let current = self.current.take()?;
        self.told = Some(current.timestamp);
        let units = current.before + u64::from(current.duration);
        Some(Press {
            digit: digit_of(current.event)?,
            duration: Duration::from_secs_f64(units as f64 / f64::from(self.clock_rate)),
            unfinished: !current.ended,
        })
    }
}

impl Current {
    /// The next segment of a long event (§2.5.1.3). The packets that told the full length may all
    /// be lost.
    fn is_continued_by(&self, timestamp: u32, event: u8) -> bool {
        self.event == event && timestamp == self.timestamp.wrapping_add(u32::from(u16::MAX))
    }
}

fn is_after(timestamp: u32, earlier: u32) -> bool {
    timestamp != earlier && timestamp.wrapping_sub(earlier) < 1 << 31
}

/// Updates come every packet time, 20 to 60 ms (§2.6.1): several of them are lost by then.
const LOST_AFTER: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn payload(event: u8, duration: u16, end: bool) -> EventPayload {
        EventPayload { event, end, volume: 10, duration }
    }

    fn press(digit: char, ms: u32, unfinished: bool) -> Option<Press> {
        Some(Press { digit, duration: ms * MS, unfinished })
    }

    #[test]
    fn a_digit_is_told_once_at_its_first_end_packet() {
        let mut receiver = Receiver::new(8000);
        assert_eq!(receiver.receive(MS, 100, &payload(5, 160, false)), None);
        assert_eq!(receiver.receive(MS, 100, &payload(5, 320, false)), None);
        assert_eq!(receiver.receive(MS, 100, &payload(5, 800, true)), press('5', 100, false));
        assert_eq!(receiver.receive(MS, 100, &payload(5, 800, true)), None);
        assert_eq!(receiver.receive(MS, 100, &payload(5, 480, false)), None);
        assert_eq!((receiver.poll(1000 * MS), receiver.wake_at()), (None, None));
    }

    #[test]
    fn one_end_packet_alone_is_enough() {
        let mut receiver = Receiver::new(8000);
        assert_eq!(receiver.receive(MS, 100, &payload(10, 800, true)), press('*', 100, false));
    }

    #[test]
    fn the_same_digit_twice_is_two_digits() {
        let mut receiver = Receiver::new(8000);
        assert!(receiver.receive(MS, 0, &payload(1, 320, true)).is_some());
        assert!(receiver.receive(MS, 640, &payload(1, 320, true)).is_some());
        assert_eq!(receiver.receive(MS, 0, &payload(1, 320, true)), None);
    }

    #[test]
    fn without_an_end_the_next_digit_or_the_time_ends_it() {
        let mut receiver = Receiver::new(8000);
        receiver.receive(MS, 0, &payload(1, 160, false));
        receiver.receive(20 * MS, 0, &payload(1, 320, false));
        let told = receiver.receive(80 * MS, 640, &payload(2, 160, false));
        assert_eq!(told, press('1', 40, true));
        assert_eq!(receiver.wake_at(), Some(280 * MS));
        assert_eq!(receiver.poll(279 * MS), None);
        assert_eq!(receiver.poll(280 * MS), press('2', 20, true));
        assert_eq!(receiver.receive(281 * MS, 640, &payload(2, 320, true)), None);
    }

    #[test]
    fn two_digits_ended_by_one_packet_are_both_told() {
        let mut receiver = Receiver::new(8000);
        receiver.receive(MS, 0, &payload(1, 320, false));
        assert_eq!(receiver.receive(MS, 640, &payload(2, 320, true)), press('1', 40, true));
        assert_eq!(receiver.poll(MS), press('2', 40, false));
        assert_eq!(receiver.receive(MS, 640, &payload(2, 320, true)), None);
    }

    #[test]
    fn late_packets_of_an_earlier_digit_do_not_disturb() {
        let mut receiver = Receiver::new(8000);
        receiver.receive(MS, 1000, &payload(1, 160, false));
        assert_eq!(receiver.receive(MS, 200, &payload(7, 160, true)), None);
        assert_eq!(receiver.receive(MS, 1000, &payload(1, 320, true)), press('1', 40, false));
    }

    #[test]
    fn segments_are_one_digit() {
        let mut receiver = Receiver::new(8000);
        let first = u32::MAX - 7;
        receiver.receive(MS, first, &payload(1, 65440, false));
        let second = first.wrapping_add(0xffff);
        assert_eq!(receiver.receive(MS, second, &payload(1, 65, false)), None);
        assert_eq!(receiver.receive(MS, first, &payload(1, 0xffff, false)), None);
        let told = receiver.receive(MS, second, &payload(1, 14465, true));
        assert_eq!(told, press('1', 10_000, false));
    }

    #[test]
    fn events_that_are_no_digits_are_passed_over() {
        let mut receiver = Receiver::new(8000);
        assert_eq!(receiver.receive(MS, 0, &payload(16, 160, true)), None);
        assert_eq!(receiver.receive(MS, 640, &payload(0, 160, true)), press('0', 20, false));
    }
}
