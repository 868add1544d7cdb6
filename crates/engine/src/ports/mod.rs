//! Where a call's sound comes from and goes to when it is not a sound card: files, tones, silence,
//! echo. No file is opened by the one who builds a port: it is read and written by threads for it.

mod reader;
mod recorder;
mod source;
mod tape;
mod wav;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use milliwatt_media::{frame::AudioPort, tone::Listener};

pub(crate) use self::{reader::failed, tape::Tape};
pub use self::{
    reader::{Files, Readers},
    recorder::Recorders,
};
use self::{recorder::Recorder, source::Playing};
use crate::{
    api::{CallId, Sound, Source},
    media_io::{MediaNews, Reporter},
};

/// Why a call's sound cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// `Source::Port` without a port attached.
    #[error("no sound device was attached to this call")]
    NoPort,
    /// The file to play is missing, broken, of an unknown kind, or longer than two hours.
    #[error("{0} cannot be played: {1}")]
    Play(PathBuf, String),
}

/// What a port is built from.
pub struct Wanted<'a> {
    /// The call.
    pub call: CallId,
    /// Samples per second, the codec's own; an attached port has its own rate instead.
    pub rate: u32,
    /// What is played, recorded and listened for.
    pub sound: &'a Sound,
    /// What stands for `Source::Port`.
    pub attached: Option<Box<dyn AudioPort>>,
}

/// Builds a call's port. Its recording is created by `recorders`, who tell if it cannot be.
///
/// # Errors
/// As [`SoundError`] tells.
pub fn build(
    wanted: Wanted<'_>,
    (files, recorders): (&Files, &Recorders),
    reporter: &Reporter,
) -> Result<Box<dyn AudioPort>, SoundError> {
    let Wanted { call, rate, sound, attached } = wanted;
    let rate = match (&sound.source, &attached) {
        (Source::Port, Some(port)) => port.sample_rate(),
        _ => rate,
    };
    let playing = Playing::new(&sound.source, rate, attached, (files, call))?;
    let recorder = sound.record.as_ref().map(|path| recorders.open(call, path, (rate, 1)));
    let listening = (!sound.listen.is_empty()).then(|| Listening {
        listener: Listener::new(rate, &sound.listen),
        since: None,
        call,
        reporter: reporter.clone(),
    });
    Ok(Box::new(SoundPort { rate, playing, recorder, listening }))
}

/// Looks whether a file can be played, before a call is placed for it.
///
/// # Errors
/// [`SoundError::Play`].
pub fn playable(path: &Path) -> Result<(), SoundError> {
    // It is read again for its call, which a pipe cannot be; one that nobody fills would hang here.
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let why = "it is no file that can be read twice: save the sound first".to_owned();
        return Err(SoundError::Play(path.to_owned(), why));
    }
    read(path, NARROW_BAND).map(drop)
}

/// Reads a WAV file whole, as mono sound at `rate` Hz.
///
/// # Errors
/// [`SoundError::Play`].
pub fn read(path: &Path, rate: u32) -> Result<Vec<i16>, SoundError> {
    wav::read(path, rate).map_err(|why| SoundError::Play(path.to_owned(), why))
}

/// The rate that any file is read at for a look at it, samples per second.
const NARROW_BAND: u32 = 8000;

/// A source, with a recorder and a listener on what is received.
struct SoundPort {
    rate: u32,
    playing: Playing,
    recorder: Option<Recorder>,
    listening: Option<Listening>,
}

struct Listening {
    listener: Listener,
    since: Option<Duration>,
    call: CallId,
    reporter: Reporter,
}

impl AudioPort for SoundPort {
    fn sample_rate(&self) -> u32 {
        self.rate
    }

    fn capture(&mut self, now: Duration, frame: &mut [i16]) -> bool {
        self.playing.capture(now, frame)
    }

    fn sends(&mut self, on: bool) {
        self.playing.sends(on);
    }

    fn playout(&mut self, now: Duration, frame: &[i16]) {
        self.playing.playout(now, frame);
        if let Some(recorder) = &mut self.recorder {
            recorder.push(frame);
        }
        if let Some(listening) = &mut self.listening {
            let Listening { listener, since, call, reporter } = listening;
            let (since, call) = (*since.get_or_insert(now), *call);
            listener.add(frame, |heard| reporter.tell(MediaNews::Tone { call, heard, since }));
        }
    }
}

impl Drop for Listening {
    /// A tone that lasts to the end of the call is told with its end.
    fn drop(&mut self) {
        let Self { listener, since, call, reporter } = self;
        let (since, call) = (since.unwrap_or_default(), *call);
        listener.finish(|heard| reporter.tell(MediaNews::Tone { call, heard, since }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media_io::News;

    const FRAME: Duration = Duration::from_millis(20);

    fn port(sound: &Sound, reporter: &Reporter) -> Box<dyn AudioPort> {
        let recorders = Recorders::start(reporter).unwrap();
        let wanted = Wanted { call: CallId(1), rate: 8000, sound, attached: None };
        build(wanted, (&Files::Here, &recorders), reporter).unwrap()
    }

    fn of(source: Source) -> Sound {
        Sound { source, ..Sound::default() }
    }

    #[test]
    fn an_echo_gives_back_each_frame_once() {
        let (reporter, _news) = News::channel();
        let mut port = port(&of(Source::Echo), &reporter);
        let mut frame = [1i16; 160];
        assert!(port.capture(Duration::ZERO, &mut frame));
        assert_eq!(frame, [0; 160]);
        port.playout(Duration::ZERO, &[7; 160]);
        port.capture(FRAME, &mut frame);
        assert_eq!(frame, [7; 160]);
        port.capture(2 * FRAME, &mut frame);
        assert_eq!(frame, [0; 160]);
    }

    #[test]
    fn a_file_is_silence_until_it_is_read_and_then_played_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.wav");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        (0..400).for_each(|_| writer.write_sample(9_i16).unwrap());
        writer.finalize().unwrap();
        let (reporter, mut news) = News::channel();
        let recorders = Recorders::start(&reporter).unwrap();
        let files = Files::Elsewhere(Readers::new(&reporter));
        let file = |path| of(Source::File(path));
        let built = |sound: &Sound| {
            let wanted = Wanted { call: CallId(1), rate: 8000, sound, attached: None };
            build(wanted, (&files, &recorders), &reporter).unwrap()
        };
        let read = || {
            let Files::Elsewhere(readers) = &files else { unreachable!() };
            while !readers.are_idle() {
                std::thread::yield_now();
            }
        };
        let mut port = built(&file(path));
        read();
        let mut frame = [1i16; 160];
        assert!(port.capture(FRAME, &mut frame));
        assert_eq!(frame, [9; 160]);
        assert!(port.capture(FRAME, &mut frame));
        assert!(!port.capture(FRAME, &mut frame), "its end is told");
        assert_eq!(frame[79..81], [9, 0]);

        let mut port = built(&file("/nonexistent/p.wav".into()));
        read();
        assert!(!port.capture(FRAME, &mut frame));
        assert_eq!(frame, [0; 160]);
        let Some(MediaNews::RecordingFailed { kind, text, .. }) = news.poll() else { panic!() };
        let told = "/nonexistent/p.wav cannot be played: no such file or folder";
        assert_eq!((kind, text), ("sound", format!("{told}: the call goes on in silence.")));
    }

    #[test]
    fn a_tone_that_lasts_to_the_end_is_told_before_the_port_is_gone() {
        let (reporter, mut news) = News::channel();
        let sound = Sound { listen: vec![1004.0], ..Sound::default() };
        let mut listening = port(&sound, &reporter);
        let mut milliwatt = port(&of(Source::Milliwatt), &reporter);
        let mut frame = [0i16; 160];
        for n in 1..=20 {
            milliwatt.capture(n * FRAME, &mut frame);
            listening.playout(n * FRAME, &frame);
        }
        assert_eq!(news.poll(), None);
        drop(listening);
        let Some(MediaNews::Tone { call, heard, since }) = news.poll() else { panic!("no tone") };
        assert_eq!((call, since), (CallId(1), FRAME));
        assert!((heard.level_dbov + 6.2).abs() < 0.5, "{heard:?}");
        assert!(heard.duration >= Duration::from_millis(360), "{heard:?}");
    }

    #[test]
    fn a_signature_goes_round_and_a_strange_one_does_no_harm() {
        let (reporter, _news) = News::channel();
        let mut signature = port(&of(Source::Signature(vec![500.0, 900.0], 40)), &reporter);
        let mut frames = Vec::new();
        for n in 0..8 {
            let mut frame = vec![0i16; 160];
            assert!(signature.capture(n * FRAME, &mut frame));
            frames.push(frame);
        }
        assert_eq!(frames[0..4], frames[4..8]);
        assert_ne!(frames[0], frames[2]);
        for strange in [vec![], vec![f32::NAN, -1.0, 1e30]] {
            let mut port = port(&of(Source::Signature(strange, 0)), &reporter);
            port.capture(Duration::ZERO, &mut [0; 160]);
        }
    }

    #[test]
    fn an_attached_port_gives_its_own_rate_and_is_needed() {
        struct Card(u32);
        impl AudioPort for Card {
            fn sample_rate(&self) -> u32 {
                self.0
            }
            fn capture(&mut self, _: Duration, frame: &mut [i16]) -> bool {
                frame.fill(5);
                true
            }
            fn playout(&mut self, _: Duration, _: &[i16]) {}
        }
        let (reporter, _news) = News::channel();
        let recorders = Recorders::start(&reporter).unwrap();
        let sound = of(Source::Port);
        let wanted = |attached| Wanted { call: CallId(1), rate: 8000, sound: &sound, attached };
        let own = (&Files::Here, &recorders);
        let mut port = build(wanted(Some(Box::new(Card(48_000)))), own, &reporter).unwrap();
        assert_eq!(port.sample_rate(), 48_000);
        let mut frame = [0; 960];
        port.capture(Duration::ZERO, &mut frame);
        assert_eq!(frame, [5; 960]);
        let Err(SoundError::NoPort) = build(wanted(None), own, &reporter) else {
            panic!("built without a card")
        };
    }
}
