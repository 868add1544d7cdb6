//! Recordings: rings filled by the media threads, emptied into files by one writer thread, so that
//! a slow or full disk never holds up a call.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use rtrb::{Consumer, Producer, RingBuffer};

use super::wav::{self, WavFile};
use crate::{
    api::CallId,
    media_io::{MediaNews, Reporter},
};

/// The writer thread. Dropping it waits until everything recorded so far is on disk: stop the
/// media threads first.
#[derive(Debug)]
pub struct Recorders {
    new: Option<Sender<New>>,
    thread: Option<JoinHandle<()>>,
}

/// The media thread's end of a recording.
pub(super) struct Recorder {
    ring: Producer<i16>,
    lost: Arc<AtomicU64>,
}

/// A recording that is to be.
struct New {
    call: CallId,
    path: PathBuf,
    rate: u32,
    channels: u16,
    ring: Consumer<i16>,
    lost: Arc<AtomicU64>,
}

/// The writer's end.
struct Recording {
    call: CallId,
    shown: String,
    ring: Consumer<i16>,
    /// `None` once it failed: what comes is thrown away.
    file: Option<WavFile>,
    lost: Arc<AtomicU64>,
    lost_told: bool,
}

/// Sound that a ring holds, seconds: how long a disk may stall without a gap.
const RING: u32 = 4;

/// How often rings are emptied.
const ROUND: Duration = Duration::from_millis(100);

impl Recorders {
    /// Starts the thread, which tells `reporter` of recordings that went wrong.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(reporter: &Reporter) -> io::Result<Self> {
        let (new, receiver) = channel();
        let reporter = reporter.clone();
        let thread = std::thread::Builder::new()
            .name("recorder".into())
            .spawn(move || write_all(&receiver, &reporter))?;
        Ok(Self { new: Some(new), thread: Some(thread) })
    }

    /// Has a file created for frames of so many channels, interleaved; what is there is overwritten.
    pub(super) fn open(&self, call: CallId, path: &Path, (rate, channels): (u32, u16)) -> Recorder {
        let (producer, ring) = RingBuffer::new((rate * u32::from(channels) * RING) as usize);
        let lost = Arc::new(AtomicU64::new(0));
        if let Some(new) = &self.new {
            let lost = Arc::clone(&lost);
            drop(new.send(New { call, path: path.to_owned(), rate, channels, ring, lost }));
        }
        Recorder { ring: producer, lost }
    }
}

impl Drop for Recorders {
    fn drop(&mut self) {
        self.new = None;
        if let Some(thread) = self.thread.take() {
            // Err says that the writer panicked, which it has reported on its own.
            drop(thread.join());
        }
    }
}

impl Recorder {
    /// Takes a frame; one that finds no room is lost and counted.
    pub(super) fn push(&mut self, frame: &[i16]) {
        match self.ring.write_chunk(frame.len()) {
            Ok(mut chunk) => {
                let (first, second) = chunk.as_mut_slices();
                let slots = first.iter_mut().chain(second);
                for (slot, sample) in slots.zip(frame) {
                    *slot = *sample;
                }
                chunk.commit_all();
            }
            Err(_) => {
                self.lost.fetch_add(frame.len() as u64, Ordering::Relaxed);
            }
        }
    }
}

fn write_all(new: &Receiver<New>, reporter: &Reporter) {
    let mut recordings: Vec<Recording> = Vec::new();
    loop {
        let next = if recordings.is_empty() {
            new.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            new.recv_timeout(ROUND)
        };
        let ends = matches!(next, Err(RecvTimeoutError::Disconnected));
        recordings.extend(next.map(|new| Recording::begin(new, reporter)));
        recordings.retain_mut(|recording| {
            // Asked before the ring is emptied: nothing can come after it.
            let over = recording.ring.is_abandoned() || ends;
            recording.round(over, reporter);
            !over
        });
        if ends {
            return;
        }
    }
}

impl Recording {
    /// Creates the file, or tells why it cannot be.
    fn begin(new: New, reporter: &Reporter) -> Self {
        let New { call, path, rate, channels, ring, lost } = new;
        let shown = path.display().to_string();
        let created = WavFile::create(&path, rate, channels);
        if let Err(why) = &created {
            let text = format!("{shown} cannot be recorded into: {why}. The call goes on.");
            reporter.tell(MediaNews::RecordingFailed { call, kind: "recording-failed", text });
        }
        Self { call, shown, ring, file: created.ok(), lost, lost_told: false }
    }

    /// Writes what the ring holds.
    fn round(&mut self, last: bool, reporter: &Reporter) {
        let waiting = self.ring.slots();
        let Ok(chunk) = self.ring.read_chunk(waiting) else { return };
        let written = match &mut self.file {
            Some(file) => file.write(chunk.into_iter()).and_then(|()| {
                // A pause in the sound is a good moment; the end is the last one.
                if last || waiting == 0 { file.save() } else { Ok(()) }
            }),
            None => {
                chunk.commit_all();
                Ok(())
            }
        };
        if let Err(e) = written {
            self.file = None;
            let full = wav::is_full(&e);
            let why = if full { "the disk is full".to_owned() } else { wav::explain(&e) };
            let text = format!("{} is cut short: {why}. The call goes on.", self.shown);
            let kind = if full { "disk-full" } else { "recording-failed" };
            reporter.tell(MediaNews::RecordingFailed { call: self.call, kind, text });
        }
        if self.file.is_some() && !self.lost_told && self.lost.load(Ordering::Relaxed) > 0 {
            self.lost_told = true;
            let text = format!("{} has a gap: the disk was too slow.", self.shown);
            let kind = "recording-gap";
            reporter.tell(MediaNews::RecordingFailed { call: self.call, kind, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use hound::WavReader;

    use super::*;
    use crate::media_io::News;

    #[test]
    fn everything_that_was_pushed_is_on_disk_when_the_writer_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.wav");
        let (reporter, mut news) = News::channel();
        let recorders = Recorders::start(&reporter).unwrap();
        let mut recorder = recorders.open(CallId(1), &path, (8000, 1));
        let sound: Vec<i16> = (0..160 * 150).map(|n| (n % 30_000) as i16).collect();
        for frame in sound.chunks(160) {
            recorder.push(frame);
        }
        drop(recorder);
        drop(recorders);
        let on_disk: Vec<i16> =
            WavReader::open(&path).unwrap().into_samples().collect::<Result<_, _>>().unwrap();
        assert_eq!(on_disk, sound);
        assert_eq!(news.poll(), None);
    }

    #[test]
    fn a_ring_that_overflows_loses_whole_frames_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let (producer, ring) = RingBuffer::new(320);
        let lost = Arc::new(AtomicU64::new(0));
        let mut recorder = Recorder { ring: producer, lost: Arc::clone(&lost) };
        for _ in 0..3 {
            recorder.push(&[1; 160]);
        }
        let mut recording = Recording {
            call: CallId(1),
            shown: "r.wav".into(),
            ring,
            file: Some(WavFile::create(&folder.path().join("r.wav"), 8000, 1).unwrap()),
            lost,
            lost_told: false,
        };
        let (reporter, mut news) = News::channel();
        recording.round(false, &reporter);
        recording.round(true, &reporter);
        let Some(MediaNews::RecordingFailed { kind, .. }) = news.poll() else { panic!() };
        assert_eq!(kind, "recording-gap");
        assert_eq!(news.poll(), None);
        assert_eq!(WavReader::open(folder.path().join("r.wav")).unwrap().duration(), 320);
    }

    /// `/dev/full` takes nothing, as a full disk does.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_ends_the_recording_and_is_told_once() {
        let refused = WavFile::create(Path::new("/dev/full"), 8000, 1).err().unwrap();
        assert!(refused.contains("No space left"), "{refused}");

        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let writer = hound::WavWriter::new(io::BufWriter::new(full), spec).unwrap();
        let (producer, ring) = RingBuffer::new(16_000);
        let lost = Arc::new(AtomicU64::new(0));
        let mut recorder = Recorder { ring: producer, lost: Arc::clone(&lost) };
        let mut recording = Recording {
            call: CallId(1),
            shown: "r.wav".into(),
            ring,
            file: Some(WavFile { writer, half: 4000, unsaved: 0 }),
            lost,
            lost_told: false,
        };
        let (reporter, mut news) = News::channel();
        for _ in 0..300 {
            recorder.push(&[1; 160]);
            recording.round(false, &reporter);
        }
        let Some(MediaNews::RecordingFailed { call, kind, text }) = news.poll() else { panic!() };
        assert_eq!((call, kind), (CallId(1), "disk-full"));
        assert_eq!(text, "r.wav is cut short: the disk is full. The call goes on.");
        assert_eq!(news.poll(), None);
        assert_eq!(recording.lost.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_path_that_cannot_be_written_is_told() {
        let (reporter, mut news) = News::channel();
        let recorders = Recorders::start(&reporter).unwrap();
        let mut recorder = recorders.open(CallId(1), Path::new("/nonexistent/r.wav"), (8000, 1));
        recorder.push(&[1; 160]);
        drop((recorder, recorders));
        let Some(MediaNews::RecordingFailed { kind, text, .. }) = news.poll() else { panic!() };
        let why = "/nonexistent/r.wav cannot be recorded into: no such file or folder";
        assert_eq!((kind, text), ("recording-failed", format!("{why}. The call goes on.")));
        assert_eq!(news.poll(), None);
    }
}
