//! The adaptive jitter buffer, on told time.
//!
//! Each packet has a place in media time (its timestamp, extended). Its *delay* at some instant is
//! how long after its earliest possible arrival that instant is; `delay` learns the earliest
//! arrival and the target, the delay at which 99 % of the packets of the last ten seconds had come.
//! The buffer hands out packets one after the other; the player asks whenever it needs sound.
//!
//! * A packet is played once its delay reaches the target: at the start, after a pause, after loss.
//! * A packet that is missing while later ones are there is lost: its time is concealed, and it is
//!   late if it comes after all.
//! * With nothing at all in the buffer, time stands still: it may be a pause, an outage or delay.
//!   What comes next tells which.
//! * More or less delay than the target is mended by [`Advice`]: the player shortens or stretches
//!   the sound by a pitch period, without a gap.
//!
//! Whatever sequence numbers and timestamps say, it holds two seconds, 256 packets and 192 KiB at
//! most; the oldest packets leave first.

mod delay;
mod store;
mod timeline;

use std::time::Duration;

use delay::Delay;
use store::Store;
pub use store::{Kind, Slot};
use timeline::Timeline;

/// What `insert` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// The packet waits to be played.
    Kept,
    /// Its time has passed; it is dropped.
    Late,
    /// It has more than 2048 bytes of payload, or sorts like one that is there; it is dropped.
    Refused,
}

/// What the player does next.
#[derive(Debug)]
pub enum Step {
    /// Decode this packet; give the slot back with `recycle`.
    Play(Slot),
    /// Make up so many ticks: a packet is missing.
    Conceal(u32),
    /// Play silence or comfort noise: the far end pauses.
    Pause,
    /// Nothing has come yet.
    Idle,
}

/// How the player should bend time while it plays the packet that `pull` just gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Not at all.
    Keep,
    /// Shorten by no more than so many ticks; `urgent` when far above the target.
    Shrink {
        /// Ticks.
        most: u32,
        /// Take what can be had.
        urgent: bool,
    },
    /// Stretch by what is at hand.
    Grow,
}

/// The buffer of one source.
#[derive(Debug)]
pub struct Buffer {
    timeline: Timeline,
    delay: Delay,
    store: Store,
    state: State,
    /// Extended sequence number that is played next.
    next: u64,
    /// Media time that is played next, ticks.
    cursor: i64,
    /// Delay of the packet played last, us.
    last_delay: i64,
    wait: Wait,
    /// Delay is being taken out.
    shrinking: bool,
    /// Ticks concealed while nothing was there, not yet known to be a gap.
    held: u64,
    concealed: u64,
    dropped: u64,
    missed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Playing,
    /// Concealing a packet while later ones are there.
    Gap,
    /// Nothing there.
    Starved,
    /// The far end said that it pauses.
    Paused,
}

/// The least time that a packet spent in the buffer, over one to two spans of packets.
#[derive(Clone, Debug)]
struct Wait {
    least: i64,
    before: i64,
    packets: u32,
}

impl Buffer {
    /// A buffer for timestamps of `clock_rate` Hz that aims at no less than `min` and no more than
    /// `max` (350 ms at most) of delay.
    pub fn new(clock_rate: u32, min: Duration, max: Duration) -> Self {
        Self {
            timeline: Timeline::new(clock_rate),
            delay: Delay::new(micros(min), micros(max).min(MAX_TARGET)),
            store: Store::new(),
            state: State::Idle,
            next: 0,
            cursor: 0,
            last_delay: 0,
            wait: Wait::new(),
            shrinking: false,
            held: 0,
            concealed: 0,
            dropped: 0,
            missed: 0,
        }
    }

    /// Takes a packet with its extended sequence number.
    pub fn insert(
        &mut self,
        now: Duration,
        sequence: u64,
        timestamp: u32,
        kind: Kind,
        payload: &[u8],
    ) -> Inserted {
        let now = micros(now);
        let (media, jumped) = self.timeline.place(now, sequence, timestamp);
        // The timestamp of an event is that of its start, however late it is sent (RFC 4733 §2.5.1.1).
        if !matches!(kind, Kind::Event) {
            if jumped {
                self.delay.restart();
            }
            self.delay.arrived(now, now - self.timeline.micros(media));
        }
        if self.is_late(sequence, media, kind) {
            return Inserted::Late;
        }
        if self.store.is_full()
            && let Some(oldest) = self.store.pop()
        {
            self.drop_packet(oldest);
        }
        if !self.store.insert(sequence, media, now, kind, payload) {
            return Inserted::Refused;
        }
        while self.timeline.micros(self.store.span()) > MOST_HELD
            && let Some(oldest) = self.store.pop()
        {
            self.drop_packet(oldest);
        }
        Inserted::Kept
    }

    /// While nothing has been played: when the first pull is due. Pulls of `frame` ticks, one after
    /// the other from then on, find every packet that comes within the target.
    pub fn begins(&self, frame: u32) -> Option<Duration> {
        let is_first = |head: &&Slot| self.state == State::Idle && head.kind != Kind::Event;
        let head = self.store.front().filter(is_first)?;
        // Where packets do not end with frames, a frame may need one that comes later than its start.
        let packet = head.kind.ticks(self.timeline.clock_rate());
        let later = i64::from(frame - common(packet, frame));
        let due =
            self.timeline.micros(head.media + later) + self.delay.base() + self.delay.target();
        Some(Duration::from_micros(due.max(0).unsigned_abs()))
    }

    /// What to play at `now`, when `want` ticks are needed.
    pub fn pull(&mut self, now: Duration, want: u32) -> Step {
        let now = micros(now);
        self.trim();
        loop {
            let Some(head) = self.store.front() else {
                return self.starve(want);
            };
            let (kind, media, sequence) = (head.kind, head.media, head.sequence);
            if matches!(kind, Kind::Event) {
                self.pass_event();
                continue;
            }
            let delay = now - self.timeline.micros(media) - self.delay.base();
            let due = delay >= self.aim();
            let missing = sequence.saturating_sub(self.next);
            let ahead = media - self.cursor;
            let play = match self.state {
                State::Idle | State::Paused => due,
                // It comes in line: late or not, it is what was being waited for.
                _ if ahead <= 0 => true,
                State::Playing => missing == 0 && due,
                State::Gap | State::Starved => due,
            };
            if play {
                return self.play(now, delay);
            }
            return match self.state {
                State::Idle => Step::Idle,
                State::Paused => Step::Pause,
                State::Playing | State::Gap | State::Starved if missing == 0 => {
                    // Numbers go on and timestamps jump: the far end was silent, nothing is lost.
                    self.held = 0;
                    self.state = State::Paused;
                    Step::Pause
                }
                State::Playing | State::Gap | State::Starved => self.conceal(want, ahead),
            };
        }
    }

    /// How to bend time for the packet just played, when `fifo` ticks wait to be played before it
    /// and one pull takes `frame` ticks.
    ///
    /// Below the target by more than a margin it grows; a frame and a half above the target it shrinks
    /// until one frame is left. In between, where a clean line lies, sound is never touched.
    pub fn advice(&mut self, fifo: u32, frame: u32) -> Advice {
        let frame_us = self.timeline.micros(i64::from(frame)).max(1);
        let excess = self.last_delay - self.delay.target() - MARGIN;
        if self.state != State::Playing || excess < -2 * MARGIN {
            self.shrinking = false;
            return if self.state == State::Playing { Advice::Grow } else { Advice::Keep };
        }
        self.shrinking |= excess >= DEAD_ZONE;
        // Sound taken out beyond what waits brings the next pull one frame forward, so that every
        // packet must be there a frame earlier.
        let spare = excess.min(self.wait.least() - MARGIN).max(0) / frame_us;
        if excess < frame_us && fifo < frame / 4 {
            self.shrinking = false;
        }
        let most = u64::from(fifo) + spare.unsigned_abs() * u64::from(frame);
        if !self.shrinking || most == 0 {
            return Advice::Keep;
        }
        let urgent = excess > 4 * frame_us;
        Advice::Shrink { most: u32::try_from(most).unwrap_or(u32::MAX), urgent }
    }

    /// Takes back the slot of a packet that was played.
    pub fn recycle(&mut self, slot: Slot) {
        self.store.recycle(slot);
    }

    /// Packets passed over since the last call of this: they never came, or came too late.
    pub fn missed(&mut self) -> u64 {
        std::mem::take(&mut self.missed)
    }

    /// Ticks made up so far. What was made up while nothing came counts once it turns out to have
    /// been a gap and no pause, or after half a second.
    pub fn concealed(&self) -> u64 {
        self.concealed
    }

    /// Packets dropped unplayed because too much was waiting.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The delay that the buffer aims at.
    pub fn target(&self) -> Duration {
        Duration::from_micros(self.delay.target().unsigned_abs())
    }

    /// Media time between the oldest and the newest packet.
    pub fn span(&self) -> Duration {
        Duration::from_micros(self.timeline.micros(self.store.span()).unsigned_abs())
    }

    /// Bytes of payload held, spare slots counted too.
    pub fn bytes(&self) -> usize {
        self.store.bytes()
    }

    /// True after comfort noise or an event, until sound is played again.
    pub fn is_paused(&self) -> bool {
        self.state == State::Paused
    }

    /// Drift of the far end's clock against ours, parts per million, positive when it is fast;
    /// `None` before ten seconds.
    pub fn drift_ppm(&self) -> Option<f32> {
        self.delay.drift_ppm()
    }

    /// The delay at which sound begins, and goes on after a gap or a pause: then the one before it if
    /// that was within what `advice` leaves alone, so that the gap keeps its length.
    fn aim(&self) -> i64 {
        let target = self.delay.target();
        match self.state {
            State::Idle => target,
            State::Gap | State::Paused | State::Playing | State::Starved => {
                let before = self.last_delay.min(target.saturating_add(DEAD_ZONE)) - SAME_FRAME;
                before.max(target - MARGIN)
            }
        }
    }

    /// Played past, or its time is being made up.
    fn is_late(&self, sequence: u64, media: i64, kind: Kind) -> bool {
        let end = media.saturating_add(i64::from(kind.ticks(self.timeline.clock_rate())));
        match self.state {
            State::Idle => false,
            State::Gap if matches!(kind, Kind::Audio { .. }) && end <= self.cursor => true,
            State::Gap | State::Paused | State::Playing | State::Starved => sequence < self.next,
        }
    }

    fn play(&mut self, now: i64, delay: i64) -> Step {
        let Some(slot) = self.store.pop() else {
            return Step::Idle;
        };
        let missed = self.missed_before(slot.sequence);
        if missed == 0 && slot.media > self.cursor {
            // The far end was silent for a while; what was made up meanwhile replaced nothing.
            self.held = 0;
        }
        self.missed += missed;
        self.concealed += std::mem::take(&mut self.held);
        self.next = slot.sequence + 1;
        self.cursor = slot.end(self.timeline.clock_rate());
        self.last_delay = delay;
        self.wait.add(now - slot.arrival);
        self.state = match slot.kind {
            Kind::Audio { .. } => State::Playing,
            Kind::ComfortNoise | Kind::Event => State::Paused,
        };
        Step::Play(slot)
    }

    fn starve(&mut self, want: u32) -> Step {
        match self.state {
            State::Idle => return Step::Idle,
            State::Paused => return Step::Pause,
            State::Playing | State::Gap | State::Starved => {}
        }
        self.state = State::Starved;
        self.held += u64::from(want);
        if self.timeline.micros(self.held.cast_signed()) > SURELY_GONE {
            self.concealed += std::mem::take(&mut self.held);
        }
        Step::Conceal(want)
    }

    fn conceal(&mut self, want: u32, ahead: i64) -> Step {
        let ticks = want.min(u32::try_from(ahead).unwrap_or(want));
        self.state = State::Gap;
        self.cursor = self.cursor.saturating_add(i64::from(ticks));
        self.concealed += u64::from(ticks) + std::mem::take(&mut self.held);
        Step::Conceal(ticks)
    }

    /// Events have their own way to the listener; here they only keep their place in line.
    fn pass_event(&mut self) {
        if let Some(slot) = self.store.pop() {
            self.missed += self.missed_before(slot.sequence);
            self.next = slot.sequence + 1;
            self.held = 0;
            self.state = State::Paused;
            self.store.recycle(slot);
        }
    }

    fn trim(&mut self) {
        if self.timeline.micros(self.store.span()) <= MOST_WAITING {
            return;
        }
        let keep = self.delay.target();
        while self.timeline.micros(self.store.span()) > keep
            && let Some(oldest) = self.store.pop()
        {
            self.drop_packet(oldest);
        }
    }

    fn drop_packet(&mut self, slot: Slot) {
        if self.state != State::Idle {
            self.missed += self.missed_before(slot.sequence) + 1;
        }
        self.dropped += 1;
        self.next = slot.sequence + 1;
        self.cursor = slot.end(self.timeline.clock_rate());
        self.store.recycle(slot);
    }

    fn missed_before(&self, sequence: u64) -> u64 {
        match self.state {
            State::Idle => 0,
            State::Gap | State::Paused | State::Playing | State::Starved => {
                sequence.saturating_sub(self.next)
            }
        }
    }
}

impl Wait {
    fn new() -> Self {
        Self { least: i64::MAX, before: 0, packets: 0 }
    }

    fn add(&mut self, wait: i64) {
        self.least = self.least.min(wait);
        self.packets += 1;
        if self.packets == WAIT_SPAN {
            *self = Self { before: self.least, ..Self::new() };
        }
    }

    fn least(&self) -> i64 {
        self.least.min(self.before)
    }
}

/// The longest span that both are made of; that of nothing and `b` is `b`.
fn common(a: u32, b: u32) -> u32 {
    if a == 0 { b } else { common(b % a, a) }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4)
}

/// Slack against the target within which nothing is bent, us.
const MARGIN: i64 = 2_000;
/// Delay above the target that is left alone, us: a frame and a half.
const DEAD_ZONE: i64 = 30_000;
/// Less than this before an instant is still the same frame, us.
const SAME_FRAME: i64 = 5_000;
/// The highest target, us: with a packet and a frame on top the buffer stays below 400 ms.
const MAX_TARGET: i64 = 350_000;
/// More media time than this waiting is an outage that ended: play what is recent, us.
const MOST_WAITING: i64 = 360_000;
/// The most media time held when nobody plays it, us.
const MOST_HELD: i64 = 2_000_000;
/// Made-up sound counts as such after this even if nothing ever comes again, us.
const SURELY_GONE: i64 = 500_000;
/// Packets in a span of `Wait`.
const WAIT_SPAN: u32 = 25;

#[cfg(test)]
mod tests;
