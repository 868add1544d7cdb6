//! What waits for `poll`: packets in one buffer, events in order with them.

use std::{collections::VecDeque, net::SocketAddr};

use super::{MediaEvent, Output};

/// Bounded: what does not fit is dropped, the newest first, for an owner that does not poll.
#[derive(Debug)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    used: usize,
    queue: VecDeque<Queued>,
}

#[derive(Debug)]
enum Queued {
    Bytes { to: SocketAddr, start: usize, len: usize, rtcp: bool },
    Event(MediaEvent),
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; ROOM], used: 0, queue: VecDeque::with_capacity(MAX_QUEUED) }
    }

    /// Queues the packet that `fill` writes; it has [`MAX_PACKET`] bytes of room.
    pub(super) fn packet(
        &mut self,
        to: SocketAddr,
        rtcp: bool,
        fill: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) {
        if self.queue.is_empty() {
            self.used = 0;
        }
        let start = self.used;
        let Some(room) = self.bytes.get_mut(start..start + MAX_PACKET) else {
            return;
        };
        if self.queue.len() < MAX_QUEUED
            && let Some(len) = fill(room)
        {
            self.used = start + len;
            self.queue.push_back(Queued::Bytes { to, start, len, rtcp });
        }
    }

    pub(super) fn event(&mut self, event: MediaEvent) {
        if self.queue.len() < MAX_QUEUED {
            self.queue.push_back(Queued::Event(event));
        }
    }

    pub(super) fn poll(&mut self, buffer: &mut [u8]) -> Option<Output> {
        match self.queue.pop_front()? {
            Queued::Event(event) => Some(Output::Event(event)),
            Queued::Bytes { to, start, len, rtcp } => {
                let packet = self.bytes.get(start..start + len)?;
                buffer.get_mut(..len)?.copy_from_slice(packet);
                Some(if rtcp { Output::Rtcp { to, len } } else { Output::Rtp { to, len } })
            }
        }
    }
}

/// The largest packet: what passes everywhere in one piece.
pub(super) const MAX_PACKET: usize = 1472;
const ROOM: usize = 8 * 1024;
const MAX_QUEUED: usize = 64;
