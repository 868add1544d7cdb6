//! The trace: every message before parsing and after printing, retransmissions and what cannot be
//! parsed included, in a bounded ring per account. Ladder, capture file and support bundle are views
//! of it; credentials and keys are masked in each of them.

mod answered;
mod echo;
mod ladder;
mod mask;
mod pcap;

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use milliwatt_sip::transport::Transport;

pub use self::{
    answered::ByeAnswer,
    echo::Echo,
    ladder::ladder,
    mask::{Numbers, masked},
    pcap::{CaptureFile, write_pcap},
};

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To us.
    In,
    /// From us.
    Out,
}

/// One message as it was on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts from 1 in each account; never used twice.
    pub number: u64,
    /// Since the engine's clock began.
    pub at: Duration,
    /// Time of day.
    pub wall: SystemTime,
    /// Which way.
    pub direction: Direction,
    /// Transport.
    pub transport: Transport,
    /// Our address.
    pub local: SocketAddr,
    /// Theirs.
    pub remote: SocketAddr,
    /// All of it, unmasked.
    pub bytes: Bytes,
    /// Why it could not be used, where it could not.
    pub fault: Option<String>,
}

impl Entry {
    /// Value of the first Call-ID header; also of what does not parse otherwise.
    pub fn call_id(&self) -> Option<&str> {
        let text = self.head();
        text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let name = name.trim_end();
            (name.eq_ignore_ascii_case("call-id") || name.eq_ignore_ascii_case("i"))
                .then(|| value.trim())
        })
    }

    /// CRLF that keeps a flow open, or its answer (RFC 5626 §3.5.1).
    pub fn is_keep_alive(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }

    /// The first line, as far as it is text.
    pub fn first_line(&self) -> &str {
        self.head().lines().next().unwrap_or_default()
    }

    fn head(&self) -> &str {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => text,
            Err(e) => {
                let valid = self.bytes.get(..e.valid_up_to()).unwrap_or_default();
                std::str::from_utf8(valid).unwrap_or_default()
            }
        }
    }
}

/// Bounds of one account's ring; the oldest go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Messages.
    pub messages: usize,
    /// Bytes of all messages together.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { messages: 10_000, bytes: 16 << 20 }
    }
}

/// The ring of one account.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    bounds: Bounds,
    entries: VecDeque<Entry>,
    bytes: usize,
    recorded: u64,
}

impl Trace {
    /// An empty ring.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// Keeps `entry` under the next number, which is returned. A message larger than the whole ring
    /// is counted and not kept. Of keep-alives in a row the last one stays: those of each 2 s would
    /// push all else out.
    pub fn record(&mut self, mut entry: Entry) -> u64 {
        self.recorded += 1;
        let again = |last: &Entry| {
            last.is_keep_alive()
                && (last.direction, last.local, last.remote)
                    == (entry.direction, entry.local, entry.remote)
        };
        if entry.is_keep_alive() && self.entries.back().is_some_and(again) {
            self.bytes -= self.entries.pop_back().map_or(0, |last| last.bytes.len());
        }
        entry.number = self.recorded;
        self.bytes += entry.bytes.len();
        self.entries.push_back(entry);
        while self.entries.len() > self.bounds.messages || self.bytes > self.bounds.bytes {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.bytes.len();
        }
        self.recorded
    }

    /// What is kept, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Messages that were seen and are not kept.
    pub fn forgotten(&self) -> u64 {
        self.recorded - self.entries.len() as u64
    }
}

/// The rings of all accounts. Clones are handles to the same rings.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    bounds: Bounds,
    rings: Arc<Mutex<Rings>>,
}

#[derive(Debug, Default)]
struct Rings {
    of: HashMap<String, Trace>,
    /// The account that was removed last.
    removed: Option<String>,
}

impl Traces {
    /// No ring yet; each will have `bounds`.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, rings: Arc::default() }
    }

    /// Keeps `entry` for `account` under the next number, which is returned.
    pub fn record(&self, account: &str, entry: Entry) -> u64 {
        let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        if !rings.of.contains_key(account) {
            rings.of.insert(account.to_owned(), Trace::new(self.bounds));
        }
        rings.removed.take_if(|removed| removed == account);
        rings.of.get_mut(account).map_or(0, |ring| ring.record(entry))
    }

    /// A copy of what `account`'s ring holds; the bytes are shared, not copied.
    pub fn of(&self, account: &str) -> Trace {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        rings.of.get(account).cloned().unwrap_or_default()
    }

    /// What `account`'s ring holds of the messages after the one of that number, in order.
    pub fn since(&self, account: &str, number: u64) -> Vec<Entry> {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(ring) = rings.of.get(account) else { return Vec::new() };
        let known = ring.entries.partition_point(|entry| entry.number <= number);
        ring.entries.range(known..).cloned().collect()
    }

    /// The accounts that a ring is kept for, in no order.
    pub fn accounts(&self) -> Vec<String> {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        rings.of.keys().cloned().collect()
    }

    /// An account is removed. What its ring holds can be looked at until the next one is removed;
    /// then it is forgotten.
    pub fn remove(&self, account: &str) {
        let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        let before = rings.removed.replace(account.to_owned());
        if let Some(before) = before.filter(|before| before != account) {
            rings.of.remove(&before);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn entry(direction: Direction, at_ms: u64, text: &str) -> Entry {
        Entry {
            number: 0,
            at: Duration::from_millis(at_ms),
            wall: SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_225_600_000 + at_ms),
            direction,
            transport: Transport::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "192.0.2.2:5060".parse().unwrap(),
            bytes: Bytes::copy_from_slice(text.as_bytes()),
            fault: None,
        }
    }

    #[test]
    fn keep_alives_push_nothing_out() {
        let mut trace = Trace::new(Bounds { messages: 10, bytes: 10_000 });
        trace.record(entry(Direction::Out, 0, "INVITE sip:a@b SIP/2.0\r\n\r\n"));
        for n in 0..1000 {
            trace.record(entry(Direction::Out, n, "\r\n\r\n"));
        }
        trace.record(entry(Direction::In, 1000, "\r\n"));
        trace.record(entry(Direction::Out, 1001, "\r\n\r\n"));
        let kept: Vec<_> = trace.entries().map(|entry| (entry.number, entry.bytes.len())).collect();
        assert_eq!(kept, [(1, 26), (1001, 4), (1002, 2), (1003, 4)]);
        assert_eq!(trace.forgotten(), 999);
        assert_eq!(trace.bytes, 36);
    }

    #[test]
    fn the_ring_keeps_the_newest_within_count_and_bytes() {
        let mut trace = Trace::new(Bounds { messages: 3, bytes: 100 });
        for n in 0..5 {
            assert_eq!(trace.record(entry(Direction::In, n, "0123456789")), n + 1);
        }
        assert_eq!(trace.entries().map(|e| e.number).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(trace.forgotten(), 2);
        trace.record(entry(Direction::In, 6, &"x".repeat(95)));
        assert_eq!(trace.entries().map(|e| e.number).collect::<Vec<_>>(), [6]);
        trace.record(entry(Direction::In, 7, &"x".repeat(101)));
        assert_eq!(trace.entries().count(), 0);
        assert_eq!(trace.forgotten(), 7);
    }

    #[test]
    fn accounts_have_rings_of_their_own() {
        let traces = Traces::new(Bounds::default());
        traces.record("a", entry(Direction::In, 0, "one"));
        let handle = traces.clone();
        handle.record("b", entry(Direction::Out, 0, "two"));
        assert_eq!(traces.of("a").entries().count(), 1);
        assert_eq!(traces.of("b").entries().count(), 1);
    }

    #[test]
    fn a_removed_account_can_be_looked_at_until_the_next_one_is_removed() {
        let traces = Traces::new(Bounds::default());
        let held = |account| traces.of(account).entries().count();
        for account in ["a", "b", "c"] {
            traces.record(account, entry(Direction::In, 0, "one"));
        }
        traces.remove("a");
        traces.remove("a");
        assert_eq!((held("a"), held("b")), (1, 1));
        traces.remove("b");
        assert_eq!((held("a"), held("b"), held("c")), (0, 1, 1));
        // One that is back is not removed any more.
        traces.record("b", entry(Direction::In, 1, "two"));
        traces.remove("c");
        assert_eq!((held("b"), held("c")), (2, 1));
    }

    #[test]
    fn what_came_after_a_message_is_told_whatever_was_forgotten() {
        let traces = Traces::new(Bounds { messages: 3, bytes: 1000 });
        for at in 0..5 {
            traces.record("a", entry(Direction::In, at, "x"));
        }
        let numbers = |since| -> Vec<u64> {
            traces.since("a", since).iter().map(|entry| entry.number).collect()
        };
        assert_eq!(numbers(0), [3, 4, 5]);
        assert_eq!(numbers(4), [5]);
        assert!(numbers(5).is_empty() && traces.since("b", 0).is_empty());
        assert_eq!(traces.accounts(), ["a"]);
    }

    #[test]
    fn the_call_id_is_found_in_either_form_and_before_broken_text() {
        let short = entry(Direction::In, 0, "INVITE sip:a@b SIP/2.0\r\ni : x@y\r\n\r\n");
        assert_eq!(short.call_id(), Some("x@y"));
        let mut broken = entry(Direction::In, 0, "");
        broken.bytes = Bytes::from_static(b"SIP/2.0 200 OK\r\nCall-ID: 7\r\nX: \xff\r\n\r\n");
        assert_eq!(broken.call_id(), Some("7"));
        assert_eq!(broken.first_line(), "SIP/2.0 200 OK");
    }
}
