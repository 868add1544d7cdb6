//! The sound cards on a thread of their own, which may hang with their sound server: who asks them
//! waits for a while and goes on. One thing is asked at a time, so that no answers pile up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use super::usage::{End, Open};
use crate::{
    cards::{CardError, Cards},
    device::{Device, Snapshot, Way},
    stream::{Fault, Stamps, capture_ring, playback_ring},
};

/// The cards as the keeper has them.
pub(super) struct Apart {
    asks: Sender<Ask>,
    answers: Receiver<Answer>,
    /// An answer is late: nothing else is asked before it comes.
    waits: bool,
    /// Set by the cards when they tell of a change, so that they wait for nobody.
    changed: Arc<AtomicBool>,
}

enum Ask {
    Look,
    /// Also the samples that the ring is to hold.
    Open(Device, usize),
}

enum Answer {
    Look(Snapshot),
    Open(Result<Fresh, CardError>),
}

/// A stream that was just opened; closed by itself where nobody takes it.
pub(super) struct Fresh {
    pub(super) open: Open,
    pub(super) end: End,
    /// The device's, Hz.
    pub(super) rate: u32,
}

impl Apart {
    pub(super) fn new(mut cards: Box<dyn Cards>, stamps: Stamps) -> Self {
        let (asks, asked) = mpsc::channel();
        let (told, answers) = mpsc::channel();
        let changed = Arc::<AtomicBool>::default();
        let flag = Arc::clone(&changed);
        let thread = std::thread::Builder::new().name("sound cards".into()).spawn(move || {
            cards.watch(Arc::new(move || flag.store(true, Ordering::Relaxed)));
            for ask in asked {
                let answer = match ask {
                    Ask::Look => Answer::Look(cards.look()),
                    Ask::Open(device, capacity) => {
                        Answer::Open(open(&mut *cards, &stamps, &device, capacity))
                    }
                };
                if told.send(answer).is_err() {
                    return;
                }
            }
        });
        if let Err(why) = thread {
            // There is silence then: nobody answers.
            tracing::warn!(%why, "no thread for the sound cards");
        }
        Self { asks, answers, waits: false, changed }
    }

    /// The cards have told of changes since this was asked before.
    pub(super) fn have_changed(&self) -> bool {
        self.changed.swap(false, Ordering::Relaxed)
    }

    /// The devices that are there; `None` where that is not told in time.
    pub(super) fn look(&mut self, patience: Duration) -> Option<Snapshot> {
        match self.ask(Ask::Look, patience)? {
            Answer::Look(snapshot) => Some(snapshot),
            Answer::Open(_) => None,
        }
    }

    /// Opens a device and starts it; `None` while the cards are at something that was asked before.
    pub(super) fn open(
        &mut self,
        device: &Device,
        capacity: usize,
    ) -> Option<Result<Fresh, CardError>> {
        if self.waits {
            return None;
        }
        let opened = match self.ask(Ask::Open(device.clone(), capacity), OPENING) {
            Some(Answer::Open(opened)) => opened,
            Some(Answer::Look(_)) | None => {
                let text = "the sound system does not answer".into();
                Err(CardError { fault: Fault::Invalid, text })
            }
        };
        Some(opened)
    }

    /// What a look saw that was late. A stream that was late is let go: its use has gone on.
    pub(super) fn late(&mut self) -> Option<Snapshot> {
        if !self.waits {
            return None;
        }
        let answer = self.answers.try_recv().ok()?;
        self.waits = false;
        match answer {
            Answer::Look(snapshot) => Some(snapshot),
            Answer::Open(_) => None,
        }
    }

    fn ask(&mut self, ask: Ask, patience: Duration) -> Option<Answer> {
        if self.waits {
            return None;
        }
        self.asks.send(ask).ok()?;
        let answer = self.answers.recv_timeout(patience).ok();
        self.waits = answer.is_none();
        answer
    }
}

fn open(
    cards: &mut dyn Cards,
    stamps: &Stamps,
    device: &Device,
    capacity: usize,
) -> Result<Fresh, CardError> {
    let mut end = None;
    let opened = match device.way {
        Way::Capture => cards.capture(&device.id, &mut || {
            let (feed, ring, link) = capture_ring(capacity, stamps);
            end = Some((End::Capture(ring), link));
            feed
        }),
        Way::Playback => cards.playback(&device.id, &mut || {
            let (drain, ring, link) = playback_ring(capacity, stamps);
            end = Some((End::Playback(ring), link));
            drain
        }),
    }?;
    let (end, link) = end.ok_or_else(|| CardError::gone(&device.id))?;
    let rate = opened.rate;
    Ok(Fresh { open: Open::new(device.id.clone(), opened, link), end, rate })
}

/// How long a device may take to open: one that is reached by radio takes a second or two.
const OPENING: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 8 });
