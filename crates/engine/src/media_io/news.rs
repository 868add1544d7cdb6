//! What the media threads tell the phone, through one bounded queue.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use milliwatt_media::{
    session::{MediaEvent, Quality},
    tone::Heard,
};
use tokio::sync::mpsc;

use crate::api::CallId;

/// What came of a call's sound.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaNews {
    /// The session told something.
    Event(CallId, MediaEvent),
    /// The session could not be started, or panicked. Nothing more comes from it.
    Failed(CallId),
    /// The session is over, with figures of the whole call. Nothing more comes from it.
    Stopped(CallId, Box<Quality>),
    /// A tone that was listened for.
    Tone {
        /// The call.
        call: CallId,
        /// What was heard; `start` counts from `since`.
        heard: Heard,
        /// When the port played its first frame, on the engine's clock.
        since: Duration,
    },
    /// A recording is incomplete, or what was to be played cannot be had, or not yet.
    RecordingFailed {
        /// The call.
        call: CallId,
        /// A word for programs: `disk-full`, `recording-failed` or `recording-gap` of a recording,
        /// `sound` or `sound-late` of what was to be played.
        kind: &'static str,
        /// A sentence for people.
        text: String,
    },
}

/// Where news are told. Clones tell to the same place.
#[derive(Clone, Debug)]
pub struct Reporter {
    sender: mpsc::Sender<MediaNews>,
    dropped: Arc<AtomicU64>,
}

/// Where news are read.
#[derive(Debug)]
pub struct News {
    receiver: mpsc::Receiver<MediaNews>,
    dropped: Arc<AtomicU64>,
}

/// News that may wait: ten seconds of 800 calls.
const WAITING: usize = 8192;

impl News {
    /// Both ends of a new queue.
    pub fn channel() -> (Reporter, Self) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        (Reporter { sender, dropped: Arc::clone(&dropped) }, Self { receiver, dropped })
    }

    /// The next news, if there are any.
    pub fn poll(&mut self) -> Option<MediaNews> {
        self.receiver.try_recv().ok()
    }

    /// Waits for news; `None` when everyone who could tell some is gone.
    pub async fn next(&mut self) -> Option<MediaNews> {
        self.receiver.recv().await
    }

    /// News that found the queue full and were thrown away.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Reporter {
    /// Tells news, or throws them away and counts them where the reader is too slow. Never waits.
    pub fn tell(&self, news: MediaNews) {
        if self.sender.try_send(news).is_err() {
            self.count_dropped();
        }
    }

    /// Counts news that were thrown away elsewhere.
    pub(super) fn count_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Tells news that must not be lost, or gives them back to be told later.
    pub(super) fn insist(&self, news: MediaNews) -> Result<(), MediaNews> {
        match self.sender.try_send(news) {
            Err(mpsc::error::TrySendError::Full(news)) => Err(news),
            // Nobody is left who would read it.
            Err(mpsc::error::TrySendError::Closed(_)) | Ok(()) => Ok(()),
        }
    }
}
