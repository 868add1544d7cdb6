//! One use of sound: what it is plugged into, and how that does.

use std::sync::Arc;

use rtrb::{Consumer, Producer};

use crate::{
    cards::Opened,
    device::{Device, Role, Snapshot},
    stream::Link,
};

/// Something that takes sound from a device or gives it some: a call, a tone, a test.
pub(crate) trait Plug: Send {
    /// What it needs a device for.
    fn role(&self) -> Role;

    /// Samples that its ring holds.
    fn capacity(&self) -> usize {
        48_000
    }

    /// Takes over a stream's ring; the one before is let go. `rate` is the device's, Hz.
    fn plug(&mut self, end: End, link: Arc<Link>, rate: u32);

    /// There is no device.
    fn unplug(&mut self);

    /// Called ten times a second.
    fn tend(&mut self) {}

    /// It needs no device any more.
    fn is_over(&self) -> bool;
}

/// The near end of a stream's ring.
pub(crate) enum End {
    /// Of a microphone.
    Capture(Consumer<f32>),
    /// Of a speaker.
    Playback(Producer<f32>),
}

/// A stream that runs.
pub(super) struct Open {
    id: String,
    opened: Option<Opened>,
    link: Arc<Link>,
    frames: u32,
    still: u32,
    /// It went on after its first blocks.
    runs: bool,
    failed: bool,
}

impl Open {
    pub(super) fn new(id: String, opened: Opened, link: Arc<Link>) -> Self {
        Self { id, opened: Some(opened), link, frames: 0, still: 0, runs: false, failed: false }
    }

    /// What its use sees of it.
    pub(super) fn link(&self) -> Arc<Link> {
        Arc::clone(&self.link)
    }

    /// One more tick: true when it has just been found to have failed.
    fn watch(&mut self) -> bool {
        let (frames, _) = self.link.pulse();
        let stands = frames == self.frames;
        self.still = if stands { self.still + 1 } else { 0 };
        self.runs |= !stands && self.frames > 0;
        self.frames = frames;
        let patience = if self.runs { STILL } else { FIRST };
        let failed = self.link.fault().is_some() || self.still >= patience;
        let newly = failed && !self.failed;
        self.failed = failed;
        newly
    }
}

impl Drop for Open {
    /// Sound ends at once. The stream is closed by a thread of its own, because a sound server that
    /// hangs would hold up everyone else.
    fn drop(&mut self) {
        self.link.end();
        let stream = self.opened.take();
        let closing = std::thread::Builder::new().name("sound closes".into());
        // No thread: the stream was closed with the closure that could not run.
        drop(closing.spawn(move || drop(stream)));
    }
}

/// A use with its device and its bad experiences.
pub(super) struct Usage {
    pub(super) plug: Box<dyn Plug>,
    open: Option<Open>,
    /// The device that it last had.
    last: Option<String>,
    /// Devices that could not be opened or failed, until which tick, and after how many tries.
    refused: Vec<(String, u64, u32)>,
    told_missing: bool,
}

impl Usage {
    pub(super) fn new(plug: Box<dyn Plug>) -> Self {
        Self { plug, open: None, last: None, refused: Vec::new(), told_missing: false }
    }

    pub(super) fn is_on(&self, id: &str) -> bool {
        self.open.as_ref().is_some_and(|open| open.id == id)
    }

    /// Runs on this device from here on: true if it had another one before.
    pub(super) fn put(&mut self, open: Open, on: &Device) -> bool {
        self.open = Some(open);
        self.told_missing = false;
        let before = self.last.replace(on.id.clone());
        before.is_some_and(|id| id != on.id)
    }

    /// Lets go of a device that failed or is not listed any more.
    pub(super) fn leave_if_failed_or_gone(&mut self, snapshot: &Snapshot) {
        let way = self.plug.role().way();
        let stays = |open: &Open| !open.failed && snapshot.find(way, &open.id).is_some();
        if self.open.as_ref().is_some_and(|open| !stays(open)) {
            self.open = None;
            self.plug.unplug();
        }
    }

    /// One more tick: true when its stream has just been found to have failed.
    pub(super) fn watch(&mut self, ticks: u64) -> bool {
        let failed = self.open.as_mut().and_then(|open| open.watch().then(|| open.id.clone()));
        if let Some(id) = &failed {
            self.refuse(id, ticks);
        }
        failed.is_some()
    }

    /// Closes its stream when it needs none any more.
    pub(super) fn close_if_over(&mut self) -> bool {
        let over = self.plug.is_over();
        if over {
            self.open = None;
        }
        over
    }

    pub(super) fn is_refused(&self, id: &str, ticks: u64) -> bool {
        self.refused.iter().any(|(of, until, _)| of == id && ticks < *until)
    }

    /// Remembers that a device could not be used, the longer the oftener: from half a second to half
    /// a minute. True the first time.
    pub(super) fn refuse(&mut self, id: &str, ticks: u64) -> bool {
        match self.refused.iter_mut().find(|(of, ..)| of == id) {
            Some((_, until, tries)) => {
                let anew = ticks > *until + LONGEST;
                *tries = if anew { 0 } else { (*tries + 1).min(6) };
                *until = ticks + (RETRY << *tries).min(LONGEST);
                anew
            }
            None => {
                self.refused.push((id.to_owned(), ticks + RETRY, 0));
                true
            }
        }
    }

    /// Another choice gives every device another chance.
    pub(super) fn forgive(&mut self) {
        self.refused.clear();
    }

    /// It has no device; true once.
    pub(super) fn is_missing(&mut self) -> bool {
        let news = self.open.is_none() && !self.told_missing;
        self.told_missing |= news;
        news
    }
}

/// Ticks that a stream that ran may stand still.
const STILL: u32 = 4;
/// Ticks that a new stream may take until it runs. A sound server fills its buffer at once and may then
/// play for two seconds what it has rendered ahead in silence.
const FIRST: u32 = 30;
/// Ticks until a device that failed is tried again for the first time.
const RETRY: u64 = 5;
/// Ticks between two tries at the most.
const LONGEST: u64 = 300;
