//! Packets in sequence order, in slots that are used again.

use std::{collections::VecDeque, time::Duration};

/// What a packet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sound of the codec with this index, `ticks` long.
    Audio {
        /// Index into the agreed codecs.
        codec: u8,
        /// Length in ticks of the RTP clock.
        ticks: u32,
    },
    /// A comfort-noise update: a pause begins (RFC 3389).
    ComfortNoise,
    /// A telephone event, which only keeps its place in line (RFC 4733).
    Event,
}

/// A packet that waits.
#[derive(Debug)]
pub struct Slot {
    /// Extended sequence number.
    pub sequence: u64,
    /// What it holds.
    pub kind: Kind,
    /// Its payload.
    pub payload: Vec<u8>,
    /// When it came, us.
    pub(super) arrival: i64,
    /// Media time, ticks.
    pub(super) media: i64,
}

impl Kind {
    /// Media time that a packet takes, a second at most.
    pub(super) fn ticks(self, clock_rate: i64) -> u32 {
        match self {
            Self::Audio { ticks, .. } => ticks.min(u32::try_from(clock_rate).unwrap_or(0)),
            Self::ComfortNoise | Self::Event => 0,
        }
    }
}

impl Slot {
    /// How long it has waited at `now`.
    pub fn waited(&self, now: Duration) -> Duration {
        now.saturating_sub(Duration::from_micros(self.arrival.unsigned_abs()))
    }

    /// Media time after it.
    pub(super) fn end(&self, clock_rate: i64) -> i64 {
        self.media.saturating_add(i64::from(self.kind.ticks(clock_rate)))
    }
}

#[derive(Debug)]
pub(super) struct Store {
    slots: VecDeque<Slot>,
    spare: Vec<Vec<u8>>,
    bytes: usize,
}

impl Store {
    pub(super) fn new() -> Self {
        Self { slots: VecDeque::with_capacity(16), spare: Vec::with_capacity(16), bytes: 0 }
    }

    pub(super) fn front(&self) -> Option<&Slot> {
        self.slots.front()
    }

    pub(super) fn is_full(&self) -> bool {
        self.slots.len() >= MAX_PACKETS || self.bytes >= MAX_BYTES
    }

    /// False when the packet is too long or its number is there.
    pub(super) fn insert(
        &mut self,
        sequence: u64,
        media: i64,
        arrival: i64,
        kind: Kind,
        payload: &[u8],
    ) -> bool {
        if payload.len() > MAX_PAYLOAD {
            return false;
        }
        let after = self.slots.iter().rev().take_while(|slot| slot.sequence > sequence).count();
        let at = self.slots.len() - after;
        let before = at.checked_sub(1).and_then(|at| self.slots.get(at));
        if before.is_some_and(|slot| slot.sequence == sequence) {
            return false;
        }
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.extend_from_slice(payload);
        self.bytes += bytes.len();
        self.slots.insert(at, Slot { sequence, kind, payload: bytes, arrival, media });
        true
    }

    pub(super) fn pop(&mut self) -> Option<Slot> {
        let slot = self.slots.pop_front()?;
        self.bytes -= slot.payload.len();
        Some(slot)
    }

    pub(super) fn recycle(&mut self, slot: Slot) {
        if self.spare.len() < MAX_SPARE {
            let mut bytes = slot.payload;
            bytes.clear();
            self.spare.push(bytes);
        }
    }

    /// Media time from the first packet to the last, ticks; none where they are out of order.
    pub(super) fn span(&self) -> i64 {
        match (self.slots.front(), self.slots.back()) {
            (Some(first), Some(last)) => last.media.saturating_sub(first.media).max(0),
            _ => 0,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let spare: usize = self.spare.iter().map(Vec::capacity).sum();
        self.slots.iter().map(|slot| slot.payload.capacity()).sum::<usize>() + spare
    }
}

/// Two seconds of packets of 10 ms, and some.
const MAX_PACKETS: usize = 256;
/// Two seconds of linear sound at 48 kHz.
const MAX_BYTES: usize = 192 * 1024;
/// A longer payload is no sound that was agreed on.
const MAX_PAYLOAD: usize = 2048;
/// Slots kept for the next packets.
const MAX_SPARE: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    const AUDIO: Kind = Kind::Audio { codec: 0, ticks: 160 };

    #[test]
    fn packets_come_out_in_order() {
        let mut store = Store::new();
        for sequence in [5, 3, 4, 9, 1] {
            assert!(store.insert(sequence, sequence as i64 * 160, 0, AUDIO, &[sequence as u8]));
        }
        assert!(!store.insert(4, 0, 0, AUDIO, b"again"));
        assert_eq!(store.span(), 8 * 160);
        let order: Vec<u64> =
            std::iter::from_fn(|| store.pop()).map(|slot| slot.sequence).collect();
        assert_eq!(order, [1, 3, 4, 5, 9]);
    }

    #[test]
    fn slots_are_used_again_and_bounded() {
        let mut store = Store::new();
        for sequence in 0..10_000 {
            if store.is_full() {
                let oldest = store.pop().unwrap();
                store.recycle(oldest);
            }
            assert!(store.insert(sequence, 0, 0, AUDIO, &[0; 2048]));
            assert!(store.bytes() < 2 * MAX_BYTES, "{}", store.bytes());
        }
        assert!(!store.insert(0, 0, 0, AUDIO, &[0; 2049]));
    }
}
