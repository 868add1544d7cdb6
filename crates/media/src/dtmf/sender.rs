//! Sends digits as telephone events (RFC 4733 §2.5.1).
//!
//! ```text
//! 100 ms at 20 ms a packet, clock 8000, first timestamp T
//! tick      0    1    2    3    4    5    6
//! timestamp T    T    T    T    T    T    T
//! duration  160  320  480  640  800  800  800
//! marker    M
//! end                           E    E    E      the pause runs from tick 5 on
//! ```

use std::time::Duration;

use super::{
    event::EventPayload,
    keys::{Keys, KeysError},
};

/// What goes into one RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    /// Marker bit: the first packet of an event.
    pub marker: bool,
    /// RTP timestamp: the start of the event, the same in all packets of a segment.
    pub timestamp: u32,
    /// The payload.
    pub payload: EventPayload,
}

/// The schedule of the digits of one stream. Ticks once a packet time, in step with the sound.
#[derive(Clone, Debug)]
pub struct Sender {
    clock_rate: u32,
    /// Units of the clock in a packet.
    step: u32,
    volume: u8,
    keys: Keys,
    event: Option<Event>,
    repeat: Option<Repeat>,
    /// Units of pause left.
    pause: u32,
}

#[derive(Clone, Copy, Debug)]
struct Event {
    code: u8,
    /// Start of the segment.
    timestamp: u32,
    /// Units since the segment's start, and units until the event's end from there.
    elapsed: u64,
    length: u64,
    off: u32,
    started: bool,
}

/// The last packet of an event or segment goes out three times (§2.5.1.4).
#[derive(Clone, Copy, Debug)]
struct Repeat {
    packet: EventPacket,
    left: u32,
}

impl Sender {
    /// A sender on a clock of `clock_rate` Hz with one packet each `ptime`. `volume` is the level of
    /// the tones, -dBm0 (0 to 63).
    pub fn new(clock_rate: u32, ptime: Duration, volume: u8) -> Self {
        Self {
            clock_rate,
            step: units(ptime, clock_rate).max(1),
            volume,
            keys: Keys::new(),
            event: None,
            repeat: None,
            pause: 0,
        }
    }

    /// Adds digits to be sent, `,` pauses for a second; each sounds for `on` (at least one packet
    /// time) and is followed by a pause of `off` (at least the two packets that repeat its end).
    ///
    /// # Errors
    /// [`KeysError`]; nothing of `digits` is sent then.
    pub fn press(&mut self, digits: &str, on: Duration, off: Duration) -> Result<(), KeysError> {
        self.keys.add(digits, on, off)
    }

    /// True when nothing is left to send.
    pub fn is_idle(&self) -> bool {
        self.event.is_none() && self.repeat.is_none() && self.pause == 0 && self.keys.is_empty()
    }

    /// Sends no more digits; one that was begun is ended properly.
    pub fn stop(&mut self) {
        self.keys.clear();
        if let Some(event) = &mut self.event {
            event.length = event.elapsed;
        }
    }

    /// One packet time has come; `timestamp` is that of the sound packet at hand. A packet that
    /// comes takes the place of the sound packet. `None` leaves room for sound: pause or idle.
    pub fn tick(&mut self, timestamp: u32) -> Option<EventPacket> {
        if self.event.is_none() && self.repeat.is_none() && self.pause == 0 {
            self.begin(timestamp);
        }
        if let Some(event) = &mut self.event {
            event.elapsed += u64::from(self.step);
        } else {
            self.pause = self.pause.saturating_sub(self.step);
        }
        if let Some(repeat) = &mut self.repeat {
            let packet = repeat.packet;
            repeat.left -= 1;
            if repeat.left == 0 {
                self.repeat = None;
            }
            return Some(packet);
        }
        self.report()
    }

    fn begin(&mut self, timestamp: u32) {
        let Some(key) = self.keys.next() else {
            return;
        };
        let off = units(key.off, self.clock_rate);
        let Some(code) = key.event else {
            self.pause = off;
            return;
        };
        self.event = Some(Event {
            code,
            timestamp,
            elapsed: 0,
            length: u64::from(units(key.on, self.clock_rate).max(self.step)),
            off,
            started: false,
        });
    }

    fn report(&mut self) -> Option<EventPacket> {
        let event = self.event.as_mut()?;
        let marker = !event.started;
        event.started = true;
        let reached = event.elapsed.min(event.length);
        let end = event.elapsed >= event.length && reached <= LONGEST;
        let packet = EventPacket {
            marker,
            timestamp: event.timestamp,
            payload: EventPayload {
                event: event.code,
                end,
                volume: self.volume,
                duration: u16::try_from(reached).unwrap_or(u16::MAX),
            },
        };
        if end {
            // The pause began when the tone ended, within the tick of the first end packet.
            self.pause = event.off;
            self.event = None;
        } else if reached > LONGEST {
            event.timestamp = event.timestamp.wrapping_add(u32::from(u16::MAX));
            event.elapsed -= LONGEST;
            event.length -= LONGEST;
        }
        if end || reached > LONGEST {
            self.repeat = Some(Repeat { packet: EventPacket { marker: false, ..packet }, left: 2 });
        }
        Some(packet)
    }
}

fn units(time: Duration, clock_rate: u32) -> u32 {
    let units = time.as_nanos() * u128::from(clock_rate) / 1_000_000_000;
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// The longest duration that a segment can tell (§2.5.1.3).
const LONGEST: u64 = u16::MAX as u64;

#[cfg(test)]
mod tests {
    use super::*;

    const PTIME: Duration = Duration::from_millis(20);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn run(sender: &mut Sender, first: u32, ticks: u32) -> Vec<Option<EventPacket>> {
        (0..ticks).map(|n| sender.tick(first.wrapping_add(n * 160))).collect()
    }

    fn brief(packet: &EventPacket) -> (bool, u32, u16, bool) {
        (packet.marker, packet.timestamp, packet.payload.duration, packet.payload.end)
    }

    #[test]
    fn a_digit_follows_the_drawing() {
        let mut sender = Sender::new(8000, PTIME, 10);
        sender.press("5", ms(100), ms(100)).unwrap();
        let packets = run(&mut sender, 4000, 11);
        let sent: Vec<_> = packets.iter().flatten().map(brief).collect();
        assert_eq!(
            sent,
            [
                (true, 4000, 160, false),
                (false, 4000, 320, false),
                (false, 4000, 480, false),
                (false, 4000, 640, false),
                (false, 4000, 800, true),
                (false, 4000, 800, true),
                (false, 4000, 800, true),
            ]
        );
        assert!(packets[7..].iter().all(Option::is_none) && sender.is_idle());
        assert!(packets.iter().flatten().all(|p| p.payload.event == 5 && p.payload.volume == 10));
    }

    #[test]
    fn digits_follow_each_other_by_on_and_off() {
        for (on, off, apart) in [(100, 100, 10), (40, 40, 4), (50, 50, 6), (20, 0, 3)] {
            let mut sender = Sender::new(8000, PTIME, 10);
            sender.press("12", ms(on), ms(off)).unwrap();
            let packets = run(&mut sender, 0, 30);
            let starts: Vec<_> =
                (0..30).filter(|n| packets[*n].is_some_and(|p| p.marker)).collect();
            assert_eq!(starts, [0, apart], "{on}/{off}");
            let ends = packets.iter().flatten().filter(|p| p.payload.end);
            assert_eq!(ends.clone().count(), 6);
            assert!(ends.clone().all(|p| u64::from(p.payload.duration) == on.max(20) * 8));
        }
    }

    #[test]
    fn a_comma_is_a_second_of_sound() {
        let mut sender = Sender::new(8000, PTIME, 10);
        sender.press("1,2", ms(40), ms(40)).unwrap();
        let packets = run(&mut sender, 0, 80);
        let second = (1..80).find(|n| packets[*n].is_some_and(|p| p.marker));
        assert_eq!(second, Some(4 + 50));
    }

    #[test]
    fn a_long_event_is_split_into_segments() {
        let mut sender = Sender::new(8000, PTIME, 10);
        sender.press("1", ms(20_000), ms(40)).unwrap();
        let first = u32::MAX - 1000;
        let packets: Vec<_> = run(&mut sender, first, 1010).into_iter().flatten().collect();
        assert!(sender.is_idle());
        assert_eq!(packets.iter().filter(|p| p.marker).count(), 1);
        let mut starts: Vec<_> = packets.iter().map(|p| p.timestamp).collect();
        starts.dedup();
        let segment = |n: u32| first.wrapping_add(n * 0xffff);
        assert_eq!(starts, [segment(0), segment(1), segment(2)]);
        for n in 0..2 {
            let full = packets
                .iter()
                .filter(|p| p.timestamp == segment(n) && p.payload.duration == 0xffff);
            assert!(full.clone().all(|p| !p.payload.end));
            assert_eq!(full.count(), 3);
        }
        let ends: Vec<_> = packets.iter().filter(|p| p.payload.end).collect();
        assert_eq!(ends.len(), 3);
        assert_eq!(u32::from(ends[0].payload.duration), 160_000 - 2 * 0xffff);
    }

    #[test]
    fn stop_ends_the_digit_at_hand_and_forgets_the_rest() {
        let mut sender = Sender::new(8000, PTIME, 10);
        sender.press("123", ms(1000), ms(40)).unwrap();
        run(&mut sender, 0, 3);
        sender.stop();
        let rest: Vec<_> = run(&mut sender, 480, 20).into_iter().flatten().collect();
        assert_eq!(rest.len(), 3);
        assert!(rest.iter().all(|p| p.payload.end && p.payload.duration == 480));
        assert!(sender.is_idle());
    }

    #[test]
    fn unknown_digits_and_too_many_are_refused_whole() {
        let mut sender = Sender::new(8000, PTIME, 10);
        let refused = sender.press("12x", ms(40), ms(40));
        assert_eq!(refused, Err(KeysError::Digit('x')));
        assert!(sender.is_idle());
        assert_eq!(sender.press(&"1".repeat(257), ms(40), ms(40)), Err(KeysError::Full));
        assert!(sender.is_idle());
        assert_eq!(sender.press(&"1".repeat(256), ms(40), ms(40)), Ok(()));
    }

    #[test]
    fn hostile_times_do_not_overflow() {
        let mut sender = Sender::new(u32::MAX, Duration::MAX, 255);
        sender.press("1,", Duration::MAX, Duration::MAX).unwrap();
        for n in 0..20 {
            sender.tick(n);
        }
    }
}
