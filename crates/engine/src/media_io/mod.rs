//! The media threads: sockets on one side, [`milliwatt_media::session::Session`]s in the middle,
//! [`AudioPort`]s on the other.
//!
//! One loop a core, each driving many sessions on absolute schedules of 20 ms. Orders go in and
//! news come out through bounded queues; in the steady state nothing is allocated per packet. Each
//! packet is one system call: batches could save a part of that, and three systems would each do
//! them differently (docs/decisions/0016-media-threads.md).

mod leg;
mod news;
mod ports;
mod worker;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use milliwatt_media::{
    frame::AudioPort,
    session::{Config, Control, MediaPlan},
};

use self::worker::{Order, Worker};
pub use self::{
    news::{MediaNews, News, Reporter},
    ports::{PortError, PortRange, Ports, SocketPair},
};
use crate::{api::CallId, clock::Clock};

/// Everything that a session is started with.
pub struct Start {
    /// The call.
    pub call: CallId,
    /// Its sockets, whose addresses stand in the SDP.
    pub sockets: SocketPair,
    /// Its sound. Dropped when the session has stopped.
    pub port: Box<dyn AudioPort>,
    /// What was agreed.
    pub plan: MediaPlan,
    /// Settings of the session.
    pub config: Config,
    /// Where its SSRC, first sequence number and first timestamp come from.
    pub seed: [u8; 32],
}

impl std::fmt::Debug for Start {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Start").field("call", &self.call).field("plan", &self.plan).finish()
    }
}

/// The running threads. They end when this is dropped; sessions then end without a BYE.
#[derive(Debug)]
pub struct MediaThreads {
    threads: Vec<Thread>,
}

#[derive(Debug)]
struct Thread {
    orders: Option<SyncSender<Order>>,
    waker: Arc<mio::Waker>,
    sessions: Arc<AtomicUsize>,
    handle: Option<JoinHandle<()>>,
}

/// Orders that may wait for a thread; the one who gives more of them waits himself, some
/// milliseconds at most.
const ORDERS: usize = 1024;

impl MediaThreads {
    /// Starts `threads` loops (one a core when `None`) that tell their news to `reporter`.
    ///
    /// # Errors
    /// When the system gives no thread or no descriptor.
    pub fn start(
        threads: Option<usize>,
        clock: &Arc<dyn Clock>,
        reporter: &Reporter,
    ) -> io::Result<Self> {
        let count = match threads {
            Some(count) => count.max(1),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let threads = (0..count)
            .map(|n| Thread::start(n, Arc::clone(clock), reporter.clone()))
            .collect::<io::Result<_>>()?;
        Ok(Self { threads })
    }

    /// Starts a session on the thread that has the fewest.
    pub fn begin(&self, start: Start) {
        let fewest = self.threads.iter().min_by_key(|t| t.sessions.load(Ordering::Relaxed));
        if let Some(thread) = fewest {
            thread.sessions.fetch_add(1, Ordering::Relaxed);
            thread.order(Order::Start(Box::new(start)));
        }
    }

    /// Does something to a session. `Control::Stop` says BYE in RTCP and ends it; the session's last
    /// word is `MediaNews::Stopped`, told after its port was dropped. A call that has no session is
    /// left alone.
    pub fn control(&self, call: CallId, control: &Control) {
        for thread in &self.threads {
            thread.order(Order::Control(call, control.clone()));
        }
    }

    /// Sessions that run.
    pub fn sessions(&self) -> usize {
        self.threads.iter().map(|t| t.sessions.load(Ordering::Relaxed)).sum()
    }
}

impl Drop for MediaThreads {
    fn drop(&mut self) {
        for thread in &mut self.threads {
            thread.orders = None;
            drop(thread.waker.wake());
        }
        for handle in self.threads.iter_mut().filter_map(|t| t.handle.take()) {
            // Err says that the loop panicked, which it has reported on its own.
            drop(handle.join());
        }
    }
}

impl Thread {
    fn start(n: usize, clock: Arc<dyn Clock>, reporter: Reporter) -> io::Result<Self> {
        let (orders, receiver) = sync_channel(ORDERS);
        let sessions = Arc::new(AtomicUsize::new(0));
        let (worker, waker) = Worker::new(clock, receiver, reporter, Arc::clone(&sessions))?;
        let handle =
            std::thread::Builder::new().name(format!("media-{n}")).spawn(move || worker.run())?;
        Ok(Self { orders: Some(orders), waker, sessions, handle: Some(handle) })
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            drop(orders.send(order));
            drop(self.waker.wake());
        }
    }
}

#[cfg(test)]
mod tests;
