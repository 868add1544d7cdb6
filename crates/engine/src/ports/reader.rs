//! Files that are played are read whole by a thread of their own, so that a slow disk holds up
//! neither the loop nor a call.

use std::{
    io,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, Sender, TryRecvError, channel},
};

use super::{SoundError, wav};
use crate::{
    api::CallId,
    media_io::{MediaNews, Reporter},
};

/// Who reads the files that are played.
#[derive(Debug)]
pub enum Files {
    /// A thread for it; until a file is read, its call plays silence.
    Elsewhere(Readers),
    /// Whoever builds a port, and waits: where time is virtual, it must not go on meanwhile.
    Here,
}

/// The thread that reads. It ends some time after this is dropped.
#[derive(Debug)]
pub struct Readers(Sender<Wanted>);

/// Sound of a file at the rate of its call, read already or not.
pub(super) struct Samples {
    read: Vec<i16>,
    coming: Option<Receiver<Vec<i16>>>,
}

struct Wanted {
    call: CallId,
    path: PathBuf,
    rate: u32,
    tell: Sender<Vec<i16>>,
}

impl Readers {
    /// Starts the thread, which tells `reporter` of files that cannot be played.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(reporter: &Reporter) -> io::Result<Self> {
        let (jobs, wanted) = channel::<Wanted>();
        let reporter = reporter.clone();
        std::thread::Builder::new().name("reader".into()).spawn(move || {
            for Wanted { call, path, rate, tell } in wanted {
                match read(&path, rate) {
                    // The call is over: nobody wants it any more.
                    Ok(samples) => drop(tell.send(samples)),
                    Err(error) => reporter.tell(failed(call, &error)),
                }
            }
        })?;
        Ok(Self(jobs))
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
        let Self::Elsewhere(readers) = self else {
            return Ok(Samples { read: read(path, rate)?, coming: None });
        };
        let (tell, coming) = channel();
        // Err says that the thread has died: the sound then never comes.
        drop(readers.0.send(Wanted { call, path: path.to_owned(), rate, tell }));
        Ok(Samples { read: Vec::new(), coming: Some(coming) })
    }
}

impl Samples {
    /// All of it; `None` while it is being read. Never waits.
    pub(super) fn get(&mut self) -> Option<&[i16]> {
        match self.coming.as_ref().map(Receiver::try_recv) {
            Some(Err(TryRecvError::Empty)) => return None,
            Some(Ok(read)) => self.read = read,
            // None, or a file that cannot be played: it is as long as nothing.
            Some(Err(TryRecvError::Disconnected)) | None => {}
        }
        self.coming = None;
        Some(&self.read)
    }
}

/// What is told of a sound that cannot be had.
pub(crate) fn failed(call: CallId, error: &SoundError) -> MediaNews {
    let text = format!("{error}: the call goes on in silence.");
    MediaNews::RecordingFailed { call, kind: "sound", text }
}

fn read(path: &Path, rate: u32) -> Result<Vec<i16>, SoundError> {
    wav::read(path, rate).map_err(|why| SoundError::Play(path.to_owned(), why))
}
