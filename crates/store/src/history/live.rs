//! The rows that are not finished or not yet on disk.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::row::{Call, CallKey, Second, State};
use super::session::{Begun, Session};
use super::story::Waiting;
use super::{Health, Kept};

/// How many ended calls may wait for a disk; the oldest is given up for the next.
const MOST_UNSAVED: usize = 20_000;
/// How many seconds may wait for a disk, of all calls together; further ones are given up.
const MOST_SECONDS: usize = 100_000;
/// How many stories may wait for a disk; the oldest is given up for the next.
const MOST_STORIES: usize = 64;

/// What is said when the disk is merely slow.
pub(super) const SLOW: &str =
    "the call history is slow to write: the call goes on, its record is kept in memory until then";

pub(super) type Told = Box<dyn FnOnce(Kept) + Send>;
pub(super) type Watcher = Box<dyn FnMut(&Health) + Send>;

/// What callers and the writer thread share.
#[derive(Default)]
pub(super) struct Shared {
    state: Mutex<Live>,
    /// Something is to be written, or it is time to stop.
    work: Condvar,
    /// An attempt to write is over.
    attempted: Condvar,
}

#[derive(Default)]
struct Live {
    session: Option<i64>,
    interrupted: Vec<Call>,
    recordings: Vec<PathBuf>,
    rows: BTreeMap<u64, LiveRow>,
    stories: VecDeque<Waiting>,
    next: u64,
    seconds: usize,
    /// Rows changed: write at once.
    urgent: bool,
    /// Seconds only: write when a few have come together.
    leisurely: bool,
    closing: bool,
    trouble: Option<String>,
    lost: u64,
    /// Changes so far; of these, how many the last attempt to write took along, how many any
    /// attempt was over with, and how many are on disk.
    changes: u64,
    taken: u64,
    tried: u64,
    saved: u64,
    watchers: Vec<Watcher>,
}

struct LiveRow {
    call: Call,
    /// Counts changes; the row is on disk when `written` has come up to it.
    version: u64,
    written: u64,
    ended: bool,
    seconds: Vec<Second>,
    told: Option<Told>,
}

/// One row for the writer.
pub(super) struct Work {
    pub(super) seq: u64,
    version: u64,
    pub(super) call: Call,
    pub(super) seconds: Vec<Second>,
    /// Set by the writer.
    pub(super) id: Option<i64>,
}

/// What is written in one commit.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Work>,
    /// Written after the rows that they belong to.
    pub(super) stories: Vec<Waiting>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.stories.is_empty()
    }
}

/// What the writer does next.
pub(super) enum Next {
    Stop,
    Write(Batch),
}

/// The rows in memory, for a query.
pub(super) struct Snapshot {
    pub(super) session: Option<i64>,
    pub(super) calls: BTreeMap<u64, Call>,
}

impl Shared {
    /// A session is begun: takes note of what it found.
    pub(super) fn begun(&self, begun: Begun) -> Session {
        let mut live = self.lock();
        live.session = Some(begun.session.id());
        live.interrupted.extend(begun.interrupted);
        live.recordings.extend(begun.recordings);
        begun.session
    }

    pub(super) fn interrupted(&self) -> Vec<Call> {
        self.lock().interrupted.clone()
    }

    pub(super) fn recordings(&self) -> Vec<PathBuf> {
        self.lock().recordings.clone()
    }

    pub(super) fn begin(&self, call: Call, told: Told) -> CallKey {
        let mut live = self.lock();
        let key = live.next;
        live.next += 1;
        let row = LiveRow {
            call: Call { id: None, ..call },
            version: 1,
            written: 0,
            ended: false,
            seconds: Vec::new(),
            told: Some(told),
        };
        live.rows.insert(key, row);
        live.touch();
        self.work.notify_one();
        CallKey(key)
    }

    pub(super) fn update(&self, key: CallKey, change: impl FnOnce(&mut Call), end: bool) -> bool {
        let mut live = self.lock();
        let Some(row) = live.rows.get_mut(&key.0).filter(|row| !row.ended) else { return false };
        let id = row.call.id;
        change(&mut row.call);
        row.call.id = id;
        row.version += 1;
        if end {
            row.ended = true;
            row.call.state = State::Ended;
            live.bound();
        }
        live.touch();
        self.work.notify_one();
        true
    }

    pub(super) fn second(&self, key: CallKey, second: Second) -> bool {
        let mut live = self.lock();
        if live.rows.get(&key.0).is_none_or(|row| row.ended) {
            return false;
        }
        if live.seconds >= MOST_SECONDS {
            live.lost += 1;
            return false;
        }
        live.seconds += 1;
        live.changes += 1;
        live.leisurely = true;
        if let Some(row) = live.rows.get_mut(&key.0) {
            row.seconds.push(second);
        }
        self.work.notify_one();
        true
    }

    pub(super) fn keep(&self, waiting: Waiting) {
        let mut live = self.lock();
        live.stories.retain(|known| !known.is_of_the_call_of(&waiting));
        live.stories.push_back(waiting);
        live.bound_stories();
        live.touch();
        self.work.notify_one();
    }

    pub(super) fn flush(&self, patience: Duration) -> Kept {
        let mut live = self.lock();
        // Counts as a change itself, so that rows that failed before are tried again.
        let target = live.touch();
        self.work.notify_one();
        let waited = self.attempted.wait_timeout_while(live, patience, |live| live.tried < target);
        let live = waited.unwrap_or_else(PoisonError::into_inner).0;
        if live.saved >= target {
            return Kept::OnDisk;
        }
        Kept::InMemory { warning: live.trouble.clone().unwrap_or_else(|| SLOW.into()) }
    }

    pub(super) fn health(&self) -> Health {
        self.lock().health()
    }

    pub(super) fn watch(&self, mut told: Watcher) {
        let health = self.health();
        if health.trouble.is_some() {
            told(&health);
        }
        self.lock().watchers.push(told);
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let live = self.lock();
        let calls = live.rows.iter().map(|(seq, row)| (*seq, row.call.clone())).collect();
        Snapshot { session: live.session, calls }
    }

    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.work.notify_one();
    }

    /// Waits for work. Seconds are gathered for `gather`; with `retry`, rows that failed are tried
    /// again after so long, or at once when another is added.
    pub(super) fn next(&self, gather: Duration, retry: Option<Duration>) -> Next {
        let mut live = self.lock();
        if let Some(retry) = retry {
            live = self.wait(live, retry, |live| !live.urgent && !live.closing);
        } else {
            live = self
                .work
                .wait_while(live, |live| !live.urgent && !live.leisurely && !live.closing)
                .unwrap_or_else(PoisonError::into_inner);
            if !live.urgent {
                live = self.wait(live, gather, |live| !live.urgent && !live.closing);
            }
        }
        let closing = live.closing;
        let work = live.take();
        if closing && work.is_empty() { Next::Stop } else { Next::Write(work) }
    }

    /// The rows and stories are on disk.
    pub(super) fn wrote(&self, work: Batch) {
        let mut live = self.lock();
        let mut told = Vec::new();
        for done in work.rows {
            let Some(row) = live.rows.get_mut(&done.seq) else { continue };
            row.call.id = done.id.or(row.call.id);
            row.written = row.written.max(done.version);
            told.extend(row.told.take());
            if row.ended && row.written == row.version && row.seconds.is_empty() {
                live.rows.remove(&done.seq);
            }
        }
        let recovered = live.trouble.take().is_some();
        self.announce(live, recovered, told, &Kept::OnDisk);
    }

    /// Rows and stories could not be written and stay in memory. `true` when it is time to stop.
    pub(super) fn failed(&self, work: Batch, trouble: String) -> bool {
        let mut live = self.lock();
        let mut told = Vec::new();
        for mut undone in work.rows {
            let seconds = undone.seconds.len();
            let Some(row) = live.rows.get_mut(&undone.seq) else { continue };
            undone.seconds.append(&mut row.seconds);
            row.seconds = undone.seconds;
            told.extend(row.told.take());
            live.seconds += seconds;
        }
        live.put_back(work.stories);
        let news = live.trouble.is_none();
        live.trouble = Some(trouble.clone());
        let closing = live.closing;
        self.announce(live, news, told, &Kept::InMemory { warning: trouble });
        closing
    }

    /// Tells outside of the lock, so that whoever is told may ask the history something.
    fn announce(&self, mut live: MutexGuard<'_, Live>, news: bool, told: Vec<Told>, kept: &Kept) {
        let health = live.health();
        let mut watchers = if news { std::mem::take(&mut live.watchers) } else { Vec::new() };
        drop(live);
        for told in told {
            told(kept.clone());
        }
        for watcher in &mut watchers {
            watcher(&health);
        }
        let mut live = self.lock();
        live.watchers.append(&mut watchers);
        live.tried = live.taken;
        if *kept == Kept::OnDisk {
            live.saved = live.taken;
        }
        // Last, so that whoever waited for the attempt finds everybody told.
        self.attempted.notify_all();
    }

    fn wait<'a>(
        &self,
        live: MutexGuard<'a, Live>,
        time: Duration,
        condition: impl FnMut(&mut Live) -> bool,
    ) -> MutexGuard<'a, Live> {
        let waited = self.work.wait_timeout_while(live, time, condition);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    /// Notes a change that is to be written at once; gives its number.
    fn touch(&mut self) -> u64 {
        self.urgent = true;
        self.changes += 1;
        self.changes
    }

    fn take(&mut self) -> Batch {
        self.taken = self.changes;
        self.urgent = false;
        self.leisurely = false;
        self.seconds = 0;
        let waiting = self.rows.iter_mut().filter(|(_, row)| row.waits());
        let rows = waiting
            .map(|(seq, row)| Work {
                seq: *seq,
                version: row.version,
                call: row.call.clone(),
                seconds: std::mem::take(&mut row.seconds),
                id: None,
            })
            .collect();
        Batch { rows, stories: std::mem::take(&mut self.stories).into() }
    }

    /// Stories that were taken wait again, but for those that were told anew meanwhile.
    fn put_back(&mut self, stories: Vec<Waiting>) {
        let newer = std::mem::take(&mut self.stories);
        let told_anew = |old: &Waiting| newer.iter().any(|new| new.is_of_the_call_of(old));
        self.stories = stories.into_iter().filter(|old| !told_anew(old)).collect();
        self.stories.extend(newer);
        self.bound_stories();
    }

    /// Gives up the oldest stories when too many wait.
    fn bound_stories(&mut self) {
        while self.stories.len() > MOST_STORIES {
            self.stories.pop_front();
            self.lost += 1;
        }
    }

    fn unsaved(&self) -> usize {
        self.rows.values().filter(|row| row.waits()).count()
    }

    /// Gives up the oldest ended row when too many wait.
    fn bound(&mut self) {
        if self.rows.len() <= MOST_UNSAVED {
            return;
        }
        let oldest = self.rows.iter().find(|(_, row)| row.ended).map(|(seq, _)| *seq);
        if let Some(row) = oldest.and_then(|seq| self.rows.remove(&seq)) {
            self.seconds = self.seconds.saturating_sub(row.seconds.len());
            self.lost += 1 + row.seconds.len() as u64;
        }
    }

    fn health(&self) -> Health {
        Health { unsaved: self.unsaved(), trouble: self.trouble.clone(), lost: self.lost }
    }
}

impl LiveRow {
    fn waits(&self) -> bool {
        self.written < self.version || !self.seconds.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Story;
    use super::*;

    #[test]
    fn memory_is_bounded_and_what_is_given_up_is_counted() {
        let shared = Shared::default();
        let open = shared.begin(Call::default(), Box::new(|_| ()));
        for _ in 0..MOST_UNSAVED + 4 {
            let key = shared.begin(Call::default(), Box::new(|_| ()));
            assert!(shared.update(key, |_| (), true));
        }
        assert_eq!(shared.health().unsaved, MOST_UNSAVED);
        assert_eq!(shared.health().lost, 5);
        assert!(shared.update(open, |_| (), false), "a call that is up is never given up");

        let second = || Second { at_ms: 0, figures: serde_json::Value::Null };
        let taken = (0..MOST_SECONDS + 7).filter(|_| shared.second(open, second())).count();
        assert_eq!(taken, MOST_SECONDS);
        assert_eq!(shared.health().lost, 5 + 7);
    }

    #[test]
    fn a_change_during_a_write_is_written_next() {
        let shared = Shared::default();
        let key = shared.begin(Call::default(), Box::new(|_| ()));
        let Next::Write(work) = shared.next(Duration::ZERO, None) else { panic!() };
        shared.update(key, |call| call.code = Some(200), true);
        shared.wrote(work);
        assert_eq!(shared.health().unsaved, 1);
        let Next::Write(work) = shared.next(Duration::ZERO, None) else { panic!() };
        assert_eq!(work.rows[0].call.code, Some(200));
        shared.wrote(work);
        assert_eq!(shared.health().unsaved, 0);
        assert!(shared.snapshot().calls.is_empty(), "finished rows leave the memory");
    }

    #[test]
    fn seconds_of_a_failed_write_keep_their_order() {
        let shared = Shared::default();
        let key = shared.begin(Call::default(), Box::new(|_| ()));
        let second = |at_ms| Second { at_ms, figures: serde_json::Value::Null };
        shared.second(key, second(1));
        let Next::Write(work) = shared.next(Duration::ZERO, None) else { panic!() };
        shared.second(key, second(2));
        assert!(!shared.failed(work, "full".into()));
        shared.update(key, |_| (), false);
        let Next::Write(work) = shared.next(Duration::ZERO, None) else { panic!() };
        let order: Vec<u64> = work.rows[0].seconds.iter().map(|second| second.at_ms).collect();
        assert_eq!(order, [1, 2]);
    }

    #[test]
    fn stories_that_wait_are_bounded_and_told_anew_in_place_of_the_old() {
        let shared = Shared::default();
        let told = |call: usize, cut| Waiting {
            trunk: "office".into(),
            call_id: call.to_string(),
            story: Story { cut, ..Story::default() },
        };
        for call in 0..MOST_STORIES + 3 {
            shared.keep(told(call, false));
        }
        assert_eq!(shared.health().lost, 3);
        let Next::Write(work) = shared.next(Duration::ZERO, None) else { panic!() };
        assert_eq!(work.stories.len(), MOST_STORIES);
        shared.keep(told(MOST_STORIES, true));
        assert!(!shared.failed(work, "full".into()));
        let Next::Write(work) = shared.next(Duration::ZERO, Some(Duration::ZERO)) else { panic!() };
        assert_eq!(work.stories.len(), MOST_STORIES);
        let anew: Vec<&str> = work
            .stories
            .iter()
            .filter(|waiting| waiting.story.cut)
            .map(|waiting| waiting.call_id.as_str())
            .collect();
        assert_eq!(anew, [MOST_STORIES.to_string()]);
        assert_eq!(shared.health().lost, 3);
    }
}
