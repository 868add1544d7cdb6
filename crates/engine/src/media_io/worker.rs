//! The loop of one media thread.

use std::{
    collections::{HashMap, VecDeque},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, TryRecvError},
    },
    time::Duration,
};

use milliwatt_media::session::{Channel, Control, MediaEvent};
use mio::{Events, Poll, Token, Waker};

use super::{MediaNews, Reporter, Start, leg::Leg};
use crate::{api::CallId, clock::Clock};

/// What a thread is told to do.
pub(super) enum Order {
    /// Something to a session, if it is one of this thread's.
    Control(CallId, Control),
    /// A new session.
    Start(Box<Start>),
}

pub(super) struct Worker {
    poll: Poll,
    clock: Arc<dyn Clock>,
    orders: Receiver<Order>,
    reporter: Reporter,
    sessions: Arc<AtomicUsize>,
    legs: Vec<Option<Leg>>,
    /// When each leg is to be run, by the same index; kept apart to be looked through quickly.
    due: Vec<Duration>,
    by_call: HashMap<CallId, usize>,
    /// Sockets that were not read to their end.
    unread: Vec<Token>,
    /// News that found no room and must not be lost.
    kept: VecDeque<MediaNews>,
    buffer: Box<[u8]>,
}

/// The token of the waker.
const WAKE: Token = Token(usize::MAX);

/// Frames are sent on multiples of this, so that those of many calls are moved in one go.
const GRID: Duration = Duration::from_millis(5);

/// A leg that is never due.
const NEVER: Duration = Duration::MAX;

/// News kept for a reader that is behind.
const KEPT: usize = 4096;

impl Worker {
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        orders: Receiver<Order>,
        reporter: Reporter,
        sessions: Arc<AtomicUsize>,
    ) -> io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let worker = Self {
            poll,
            clock,
            orders,
            reporter,
            sessions,
            legs: Vec::new(),
            due: Vec::new(),
            by_call: HashMap::new(),
            unread: Vec::with_capacity(64),
            kept: VecDeque::new(),
            buffer: vec![0; 65_535].into(),
        };
        Ok((worker, waker))
    }

    /// Runs until the other end of `orders` is dropped.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(256);
        loop {
            let timeout = self.timeout();
            if !self.turn(&mut events, timeout) {
                return;
            }
        }
    }

    /// Waits for `timeout` at most and does what there is to do. False when the loop is to end.
    fn turn(&mut self, events: &mut Events, timeout: Option<Duration>) -> bool {
        if let Err(e) = self.poll.poll(events, timeout)
            && e.kind() != io::ErrorKind::Interrupted
        {
            tracing::error!(%e, "the media loop cannot wait for packets and ends");
            return false;
        }
        if !self.obey() {
            return false;
        }
        let mut unread = std::mem::take(&mut self.unread);
        for token in unread.drain(..) {
            self.read(token);
        }
        // What was left over in this turn is put into the other list: give back the room.
        unread.append(&mut self.unread);
        self.unread = unread;
        for event in &*events {
            if event.token() != WAKE {
                self.read(event.token());
            }
        }
        self.run_due();
        self.tell_kept();
        true
    }

    fn timeout(&self) -> Option<Duration> {
        if !self.unread.is_empty() {
            return Some(Duration::ZERO);
        }
        let next = self.due.iter().min().copied().filter(|due| *due != NEVER);
        let next = next.map(|due| due.saturating_sub(self.clock.now()));
        if self.kept.is_empty() { next } else { Some(next.unwrap_or(GRID).min(GRID)) }
    }

    /// Does what was ordered; local orders come before anything from the network. False when no
    /// more orders can come.
    fn obey(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Control(call, control)) => self.control(call, control),
                Ok(Order::Start(start)) => self.start(*start),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn start(&mut self, start: Start) {
        let call = start.call;
        let n = self.legs.iter().position(Option::is_none).unwrap_or(self.legs.len());
        let now = self.clock.now();
        // The first frame too: a far end may take its arrival for that of all others.
        let grids = now.as_nanos().div_ceil(GRID.as_nanos());
        let on_grid = GRID.saturating_mul(u32::try_from(grids).unwrap_or(u32::MAX));
        let tokens = (Token(2 * n), Token(2 * n + 1));
        match Leg::new(on_grid, start, self.poll.registry(), tokens) {
            Ok(leg) => {
                let due = leg.wake_at().unwrap_or(NEVER);
                if n == self.legs.len() {
                    self.legs.push(Some(leg));
                    self.due.push(due);
                } else {
                    self.legs[n] = Some(leg);
                    self.due[n] = due;
                }
                self.by_call.insert(call, n);
                // Early packets came before the sockets were watched.
                self.read(tokens.0);
                self.read(tokens.1);
            }
            Err(e) => {
                tracing::error!(%e, "a media session cannot be started");
                self.sessions.fetch_sub(1, Ordering::Relaxed);
                self.keep(MediaNews::Failed(call));
            }
        }
    }

    fn control(&mut self, call: CallId, control: Control) {
        let Some(n) = self.by_call.get(&call).copied() else { return };
        let now = self.clock.now();
        self.with(n, |leg, _| leg.control(now, control));
        self.drain(n);
    }

    fn read(&mut self, token: Token) {
        let n = token.0 / 2;
        let channel = if token.0.is_multiple_of(2) { Channel::Rtp } else { Channel::Rtcp };
        // Read anew for each socket: arrival times are what jitter is measured from.
        let now = self.clock.now();
        if self.with(n, |leg, buffer| leg.read(now, channel, buffer)) == Some(true) {
            self.unread.push(token);
        }
        self.drain(n);
    }

    fn run_due(&mut self) {
        let now = self.clock.now();
        for n in 0..self.due.len() {
            if self.due.get(n).is_none_or(|due| *due > now) {
                continue;
            }
            self.with(n, |leg, _| leg.run(now));
            self.drain(n);
        }
    }

    /// Does something with a leg. One that panics is taken away: its thread has other calls.
    fn with<T>(&mut self, n: usize, act: impl FnOnce(&mut Leg, &mut [u8]) -> T) -> Option<T> {
        let leg = self.legs.get_mut(n).and_then(Option::as_mut)?;
        let buffer = &mut self.buffer;
        // What a panic leaves behind is not looked at again.
        let done = catch_unwind(AssertUnwindSafe(|| act(leg, buffer))).ok();
        if done.is_none() {
            self.panicked(n);
        }
        done
    }

    fn panicked(&mut self, n: usize) {
        if let Some(leg) = self.take(n) {
            tracing::error!(call = leg.call.0, "the sound of a call panicked");
            self.keep(MediaNews::Failed(leg.call));
        }
    }

    /// Takes a leg out of the loop.
    fn take(&mut self, n: usize) -> Option<Leg> {
        let leg = self.legs.get_mut(n).and_then(Option::take)?;
        if let Some(due) = self.due.get_mut(n) {
            *due = NEVER;
        }
        self.by_call.remove(&leg.call);
        self.sessions.fetch_sub(1, Ordering::Relaxed);
        Some(leg)
    }

    /// Sends and tells what a leg has, and takes it away when its session is over.
    fn drain(&mut self, n: usize) {
        let Some(leg) = self.legs.get_mut(n).and_then(Option::as_mut) else { return };
        let (reporter, kept) = (&self.reporter, &mut self.kept);
        let tell = |call, event| {
            let ticks = matches!(event, MediaEvent::Tick(_));
            let news = MediaNews::Event(call, event);
            if ticks {
                reporter.tell(news);
            } else {
                insist(reporter, kept, news);
            }
        };
        let buffer = &mut self.buffer;
        if catch_unwind(AssertUnwindSafe(|| leg.drain(buffer, tell))).is_err() {
            return self.panicked(n);
        }
        let due = leg.wake_at();
        if let Some(slot) = self.due.get_mut(n) {
            *slot = due.unwrap_or(NEVER);
        }
        if due.is_none()
            && let Some(leg) = self.take(n)
        {
            let call = leg.call;
            let quality = leg.finish(self.poll.registry());
            self.keep(MediaNews::Stopped(call, Box::new(quality)));
        }
    }

    fn keep(&mut self, news: MediaNews) {
        insist(&self.reporter, &mut self.kept, news);
    }

    fn tell_kept(&mut self) {
        while let Some(news) = self.kept.pop_front() {
            if let Err(news) = self.reporter.insist(news) {
                self.kept.push_front(news);
                return;
            }
        }
    }
}

/// Tells news now or, behind others that wait, later.
fn insist(reporter: &Reporter, kept: &mut VecDeque<MediaNews>, news: MediaNews) {
    let waits = if kept.is_empty() { reporter.insist(news).err() } else { Some(news) };
    if let Some(news) = waits {
        if kept.len() >= KEPT {
            kept.pop_front();
            reporter.count_dropped();
        }
        kept.push_back(news);
    }
}

#[cfg(test)]
pub(super) mod tests;
