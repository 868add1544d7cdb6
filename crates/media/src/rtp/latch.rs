//! Whose packets are believed, and where ours go.
//!
//! The far end signals its address in SDP, but behind a NAT its packets come from another one. To
//! follow any address lets a stranger hear and speak (RTP bleed: AST-2017-005, CVE-2025-53399). So:
//! packets from the signalled address are always taken. Another address is followed only
//! - once after each offer and answer, within a window of time after it;
//! - by one of its first five packets, when at least three in line had one SSRC and an agreed
//!   payload type and came no faster than they were spoken;
//! - and when the signalled address is silent in that window. An SSRC that is known from the call
//!   must come again; a signalled address that has sent up to five packets may move that way.

use std::{net::SocketAddr, time::Duration};

use super::Header;

/// What is done with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Take it.
    Accept,
    /// Take it: its address is the source from here on, and where to send.
    Latched,
    /// Drop it: its address may become the source.
    Pending,
    /// Drop it: an intruder.
    Refuse,
}

/// The source of one stream.
#[derive(Clone, Debug)]
pub struct Latch {
    signalled: SocketAddr,
    latched: Option<SocketAddr>,
    closes: Duration,
    spent: bool,
    from_signalled: u32,
    ssrc: Option<u32>,
    candidates: [Option<Candidate>; CANDIDATES],
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    from: SocketAddr,
    packets: u32,
    in_line: u32,
    first: (Duration, u32),
    last: Header,
}

impl Latch {
    /// For an address that was signalled at `now`; others are considered for `window`.
    pub fn new(now: Duration, signalled: SocketAddr, window: Duration) -> Self {
        Self {
            signalled,
            latched: None,
            closes: now.saturating_add(window),
            spent: false,
            from_signalled: 0,
            ssrc: None,
            candidates: [None; CANDIDATES],
        }
    }

    /// A new offer and answer: the latch may be used again. The same address signalled again keeps
    /// the source that was followed; another one is believed at once.
    pub fn rearm(&mut self, now: Duration, signalled: SocketAddr, window: Duration) {
        let moved = signalled != self.signalled;
        *self = Self {
            latched: self.latched.filter(|_| !moved),
            ssrc: self.ssrc.filter(|_| !moved),
            ..Self::new(now, signalled, window)
        };
    }

    /// Where our packets go.
    pub fn remote(&self) -> SocketAddr {
        self.latched.unwrap_or(self.signalled)
    }

    /// True once another address than the signalled one is followed.
    pub fn is_latched(&self) -> bool {
        self.latched.is_some()
    }

    /// Judges a packet; `agreed` says whether its payload type was agreed on, `clock_rate` is that
    /// of its payload.
    pub fn judge(
        &mut self,
        now: Duration,
        from: SocketAddr,
        header: &Header,
        agreed: bool,
        clock_rate: u32,
    ) -> Verdict {
        if from == self.remote() {
            if self.latched.is_none() {
                self.from_signalled = self.from_signalled.saturating_add(1);
            }
            self.known(header, agreed);
            return Verdict::Accept;
        }
        if from == self.signalled {
            // What was signalled outranks what was guessed, and the guess is not made again.
            if !agreed {
                return Verdict::Pending;
            }
            self.latched = None;
            self.spent = true;
            self.known(header, agreed);
            return Verdict::Latched;
        }
        if !self.may_follow(now, header, agreed) {
            return Verdict::Refuse;
        }
        match self.consider(now, from, header, clock_rate) {
            Some(true) => {
                self.latched = Some(from);
                self.spent = true;
                self.known(header, agreed);
                Verdict::Latched
            }
            Some(false) => Verdict::Pending,
            None => Verdict::Refuse,
        }
    }

    fn known(&mut self, header: &Header, agreed: bool) {
        if agreed {
            self.ssrc = Some(header.ssrc);
        }
    }

    fn may_follow(&self, now: Duration, header: &Header, agreed: bool) -> bool {
        agreed
            && !self.spent
            && now < self.closes
            && self.from_signalled <= FIRST_PACKETS
            && self.ssrc.is_none_or(|ssrc| ssrc == header.ssrc)
    }

    /// True: follow it. False: wait for more of its packets. `None`: it has had its chance.
    fn consider(
        &mut self,
        now: Duration,
        from: SocketAddr,
        header: &Header,
        clock_rate: u32,
    ) -> Option<bool> {
        let known = |slot: &Option<Candidate>| slot.is_some_and(|c| c.from == from);
        let at = self.candidates.iter().position(known);
        let at = at.or_else(|| self.candidates.iter().position(Option::is_none))?;
        let slot = self.candidates.get_mut(at)?;
        let first = Candidate {
            from,
            packets: 0,
            in_line: 0,
            first: (now, header.timestamp),
            last: *header,
        };
        let candidate = slot.get_or_insert(first);
        candidate.packets += 1;
        if candidate.packets > FIRST_PACKETS {
            return None;
        }
        let follows = header.ssrc == candidate.last.ssrc
            && header.sequence == candidate.last.sequence.wrapping_add(1);
        if follows || candidate.in_line == 0 {
            candidate.in_line += 1;
        } else {
            candidate.in_line = 1;
            candidate.first = (now, header.timestamp);
        }
        candidate.last = *header;
        Some(candidate.in_line >= IN_LINE && candidate.as_slow_as_spoken(now, clock_rate))
    }
}

impl Candidate {
    /// Half of the spoken time must have passed, so that jitter is allowed for and a flood is not.
    fn as_slow_as_spoken(&self, now: Duration, clock_rate: u32) -> bool {
        let ticks = self.last.timestamp.wrapping_sub(self.first.1).cast_signed();
        let spoken = f64::from(ticks) / f64::from(clock_rate.max(1));
        let passed = now.saturating_sub(self.first.0).as_secs_f64();
        (0.001..1.0).contains(&spoken) && passed >= spoken / 2.0
    }
}

const CANDIDATES: usize = 4;
const FIRST_PACKETS: u32 = 5;
const IN_LINE: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(1);

    fn address(last: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, last], port))
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn header(n: u16, ssrc: u32) -> Header {
        Header { sequence: n, timestamp: u32::from(n) * 160, ssrc, ..Header::default() }
    }

    /// Packets from `from` every `pace`, from `start` on; the verdicts.
    fn send(
        latch: &mut Latch,
        from: SocketAddr,
        ssrc: u32,
        start: Duration,
        pace: Duration,
        count: u16,
    ) -> Vec<Verdict> {
        (0..count)
            .map(|n| latch.judge(start + pace * u32::from(n), from, &header(n, ssrc), true, 8000))
            .collect()
    }

    use Verdict::{Accept, Latched, Pending, Refuse};

    #[test]
    fn the_signalled_address_is_taken_at_once() {
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        assert_eq!(send(&mut latch, address(1, 4000), 7, ms(0), ms(20), 3), [Accept; 3]);
        assert_eq!(latch.remote(), address(1, 4000));
    }

    #[test]
    fn another_address_is_followed_after_three_packets_in_line() {
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        let verdicts = send(&mut latch, address(2, 5000), 7, ms(100), ms(20), 4);
        assert_eq!(verdicts, [Pending, Pending, Latched, Accept]);
        assert_eq!(latch.remote(), address(2, 5000));
    }

    #[test]
    fn it_is_followed_only_once() {
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        send(&mut latch, address(2, 5000), 7, ms(0), ms(20), 3);
        assert_eq!(send(&mut latch, address(3, 5000), 7, ms(100), ms(20), 4), [Refuse; 4]);
        assert_eq!(latch.remote(), address(2, 5000));
    }

    #[test]
    fn a_flood_is_never_followed() {
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        let verdicts =
            send(&mut latch, address(2, 5000), 7, ms(0), Duration::from_micros(100), 9000);
        assert!(!verdicts.contains(&Latched) && !verdicts.contains(&Accept));
        assert!(verdicts[5..].iter().all(|v| *v == Refuse));
        assert_eq!(latch.remote(), address(1, 4000));
    }

    #[test]
    fn the_window_closes() {
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        assert_eq!(send(&mut latch, address(2, 5000), 7, ms(1000), ms(20), 5), [Refuse; 5]);
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        send(&mut latch, address(1, 4000), 7, ms(0), ms(20), 6);
        assert_eq!(send(&mut latch, address(2, 5000), 7, ms(200), ms(20), 5), [Refuse; 5]);
    }

    #[test]
    fn a_source_that_has_spoken_moves_only_with_its_ssrc() {
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        send(&mut latch, address(1, 4000), 7, ms(0), ms(20), 2);
        assert_eq!(send(&mut latch, address(2, 5000), 8, ms(40), ms(20), 3), [Refuse; 3]);
        let moved = send(&mut latch, address(2, 5000), 7, ms(40), ms(20), 3);
        assert_eq!(moved, [Pending, Pending, Latched]);
    }

    #[test]
    fn a_payload_type_that_was_not_agreed_is_no_candidate() {
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        let verdict = latch.judge(ms(0), address(2, 5000), &header(0, 7), false, 8000);
        assert_eq!(verdict, Refuse);
    }

    #[test]
    fn a_broken_line_starts_again_within_five_packets() {
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        let judge = |latch: &mut Latch, n: u16| {
            latch.judge(ms(u64::from(n) * 20), address(2, 5000), &header(n, 7), true, 8000)
        };
        let verdicts = [0, 1, 5, 6, 7].map(|n| judge(&mut latch, n));
        assert_eq!(verdicts, [Pending, Pending, Pending, Pending, Latched]);
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        let verdicts = [0, 2, 4, 6, 8, 9, 10].map(|n| judge(&mut latch, n));
        assert_eq!(verdicts[5..], [Refuse, Refuse]);
    }

    #[test]
    fn the_signalled_address_takes_the_call_back() {
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        send(&mut latch, address(2, 5000), 9, ms(0), ms(20), 3);
        assert_eq!(send(&mut latch, address(1, 4000), 7, ms(80), ms(20), 2), [Latched, Accept]);
        assert_eq!(send(&mut latch, address(2, 5000), 9, ms(120), ms(20), 3), [Refuse; 3]);
        assert_eq!(latch.remote(), address(1, 4000));
    }

    #[test]
    fn a_new_answer_arms_it_again() {
        let mut latch = Latch::new(ms(0), address(1, 4000), WINDOW);
        send(&mut latch, address(1, 4000), 7, ms(0), ms(20), 100);
        latch.rearm(ms(5000), address(1, 4000), WINDOW);
        assert_eq!(send(&mut latch, address(2, 5000), 8, ms(5000), ms(20), 3), [Refuse; 3]);
        let moved = send(&mut latch, address(2, 5000), 7, ms(5000), ms(20), 3);
        assert_eq!(moved, [Pending, Pending, Latched]);
        latch.rearm(ms(9000), address(1, 4000), WINDOW);
        assert_eq!(latch.remote(), address(2, 5000));
        latch.rearm(ms(9000), address(4, 4000), WINDOW);
        assert_eq!(latch.remote(), address(4, 4000));
    }
}
