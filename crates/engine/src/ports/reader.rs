//! Files that are played are read whole by threads of their own, so that a slow disk holds up
//! neither the loop nor a call, and a path that hangs holds up no other file.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
};

use super::{SoundError, wav};
use crate::{
    api::CallId,
    media_io::{MediaNews, Reporter},
};

/// Files that are read at once. A path that hangs (a pipe that nobody writes into, a server that is
/// gone) keeps its thread for as long as it hangs.
const THREADS: usize = 8;

/// Files that may wait for a thread.
const WAITING: usize = 1024;

/// Frames of 20 ms after which a call's user is told that its file is not read yet: 5 s.
const LATE: u32 = 250;

/// Who reads the files that are played.
#[derive(Debug)]
pub enum Files {
    /// Threads for it; until a file is read, its call plays silence.
    Elsewhere(Readers),
    /// Whoever builds a port, and waits: where time is virtual, it must not go on meanwhile.
    Here,
}

/// The threads that read: up to eight, each started when a file finds none free and ended when none
/// waits. Files that nobody wants any more are not read.
#[derive(Debug)]
pub struct Readers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    jobs: Mutex<Jobs>,
    reporter: Reporter,
}

#[derive(Debug, Default)]
struct Jobs {
    running: usize,
    waiting: VecDeque<Wanted>,
}

/// A file that is to be read.
#[derive(Debug)]
struct Wanted {
    call: CallId,
    path: PathBuf,
    rate: u32,
    /// Where it goes. Its call is over when nobody holds the other end.
    into: Weak<OnceLock<Vec<i16>>>,
}

/// Sound of a file at the rate of its call, read already or not.
pub(super) struct Samples {
    read: Arc<OnceLock<Vec<i16>>>,
    late: Option<Late>,
}

/// What is told of a file that is not read in time.
struct Late {
    call: CallId,
    path: PathBuf,
    reporter: Reporter,
    /// Frames that have gone out without it.
    frames: u32,
}

impl Readers {
    /// No thread yet; files that cannot be played will be told to `reporter`.
    pub fn new(reporter: &Reporter) -> Self {
        let shared = Shared { jobs: Mutex::default(), reporter: reporter.clone() };
        Self { shared: Arc::new(shared) }
    }

    /// Nothing is read and nothing waits.
    #[cfg(test)]
    pub(super) fn are_idle(&self) -> bool {
        self.shared.jobs().running == 0
    }

    fn want(&self, wanted: Wanted) {
        let shared = &self.shared;
        let mut jobs = shared.jobs();
        if jobs.waiting.len() >= WAITING {
            jobs.waiting.retain(Wanted::is_wanted);
        }
        if jobs.waiting.len() >= WAITING {
            return shared.fail(&wanted, "too many files wait to be read".into());
        }
        jobs.waiting.push_back(wanted);
        if jobs.running == THREADS {
            return;
        }
        jobs.running += 1;
        let own = Arc::clone(shared);
        let started =
            std::thread::Builder::new().name("reader".into()).spawn(move || own.read_all());
        if let Err(error) = started {
            jobs.running -= 1;
            // Another one that runs will come to it.
            if jobs.running == 0 {
                jobs.waiting.drain(..).for_each(|job| shared.fail(&job, error.to_string()));
            }
        }
    }
}

impl Shared {
    /// Reads what waits until nothing does.
    fn read_all(&self) {
        while let Some(wanted) = self.next() {
            match wav::read(&wanted.path, wanted.rate) {
                Ok(samples) => wanted.deliver(samples),
                Err(why) => self.fail(&wanted, why),
            }
        }
    }

    /// The next file that is still wanted. With `None` a thread has ended.
    fn next(&self) -> Option<Wanted> {
        let mut jobs = self.jobs();
        while let Some(wanted) = jobs.waiting.pop_front() {
            if wanted.is_wanted() {
                return Some(wanted);
            }
        }
        jobs.running -= 1;
        None
    }

    fn fail(&self, wanted: &Wanted, why: String) {
        self.reporter.tell(failed(wanted.call, &SoundError::Play(wanted.path.clone(), why)));
        wanted.deliver(Vec::new());
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wanted {
    fn is_wanted(&self) -> bool {
        self.into.strong_count() > 0
    }

    fn deliver(&self, samples: Vec<i16>) {
        if let Some(into) = self.into.upgrade() {
            // It is read once only.
            drop(into.set(samples));
        }
    }
}

impl Files {
    /// The sound of a file for a call.
    ///
    /// # Errors
    /// `SoundError::Play`, where it is read here.
    pub(super) fn samples(
        &self,
        call: CallId,
        path: &Path,
        rate: u32,
    ) -> Result<Samples, SoundError> {
        let path = path.to_owned();
        let Self::Elsewhere(readers) = self else {
            let read = wav::read(&path, rate).map_err(|why| SoundError::Play(path, why))?;
            return Ok(Samples { read: Arc::new(OnceLock::from(read)), late: None });
        };
        let read = Arc::new(OnceLock::new());
        let into = Arc::downgrade(&read);
        readers.want(Wanted { call, path: path.clone(), rate, into });
        let reporter = readers.shared.reporter.clone();
        Ok(Samples { read, late: Some(Late { call, path, reporter, frames: 0 }) })
    }
}

impl Samples {
    /// All of it, none where it cannot be played; `None` while it is being read. Never waits. Asked
    /// once a frame, it tells the user of a file that is not read after 5 s.
    pub(super) fn get(&mut self) -> Option<&[i16]> {
        let read = self.read.get();
        if read.is_none()
            && let Some(late) = &mut self.late
        {
            late.frames = late.frames.saturating_add(1);
            if late.frames == LATE {
                late.tell();
            }
        }
        read.map(Vec::as_slice)
    }
}

impl Late {
    fn tell(&self) {
        let path = self.path.display();
        let text = format!("{path} is not read yet: the call goes on in silence until it is.");
        let news = MediaNews::RecordingFailed { call: self.call, kind: "sound-late", text };
        self.reporter.tell(news);
    }
}

/// What is told of a sound that cannot be had.
pub(crate) fn failed(call: CallId, error: &SoundError) -> MediaNews {
    let text = format!("{error}: the call goes on in silence.");
    MediaNews::RecordingFailed { call, kind: "sound", text }
}

#[cfg(all(test, unix))]
mod tests;
