//! Both sides of a call on their way into one file: left what is sent, right what is heard.

use std::path::Path;

use milliwatt_media::rate::Converter;

use super::recorder::{Recorder, Recorders};
use crate::api::CallId;

/// The media thread's end of a recording of both sides. Allocates nothing per frame.
pub(crate) struct Tape {
    recorder: Recorder,
    sent: Track,
    heard: Track,
    /// Frames of both, interleaved.
    both: Vec<i16>,
}

/// One side, at the file's rate.
struct Track {
    converter: Option<Converter>,
    frame: Vec<i16>,
}

impl Tape {
    /// A tape for frames of 20 ms at `from` Hz, in a file of `to` Hz; what is there is overwritten.
    pub(crate) fn new(
        recorders: &Recorders,
        call: CallId,
        path: &Path,
        (from, to): (u32, u32),
    ) -> Self {
        // A rate that cannot be converted is written as it is.
        let to = if Converter::new(from, to).is_ok() { to } else { from };
        let (sent, heard) = (Track::new(from, to), Track::new(from, to));
        let both = vec![0; 2 * sent.frame.len()];
        Self { recorder: recorders.open(call, path, (to, 2)), sent, heard, both }
    }

    /// Takes a frame that is sent; `None` is silence.
    pub(crate) fn sent(&mut self, frame: Option<&[i16]>) {
        self.sent.take(frame);
    }

    /// Takes the frame that is heard beside the one that was sent last, and writes both.
    pub(crate) fn heard(&mut self, frame: &[i16]) {
        self.heard.take(Some(frame));
        let sides = self.sent.frame.iter().zip(&self.heard.frame);
        for (pair, (sent, heard)) in self.both.chunks_exact_mut(2).zip(sides) {
            pair.copy_from_slice(&[*sent, *heard]);
        }
        self.recorder.push(&self.both);
    }
}

impl Track {
    fn new(from: u32, to: u32) -> Self {
        Self { converter: Converter::new(from, to).ok(), frame: vec![0; to as usize / 50] }
    }

    fn take(&mut self, frame: Option<&[i16]>) {
        match (frame, &mut self.converter) {
            (Some(frame), Some(converter)) => converter.fill(frame, &mut self.frame),
            _ => self.frame.fill(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use hound::WavReader;

    use super::*;
    use crate::media_io::News;

    #[test]
    fn each_side_has_its_channel_at_the_rate_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("both.wav");
        let (reporter, mut news) = News::channel();
        let recorders = Recorders::start(&reporter).unwrap();
        let mut tape = Tape::new(&recorders, CallId(1), &path, (48_000, 8000));
        for n in 0..50 {
            tape.sent((n < 25).then_some(&[1000; 960]));
            tape.heard(&[-2000; 960]);
        }
        drop((tape, recorders));
        let mut file = WavReader::open(&path).unwrap();
        let spec = file.spec();
        assert_eq!((spec.channels, spec.sample_rate, file.duration()), (2, 8000, 8000));
        let sound: Vec<i16> = file.samples().map(Result::unwrap).collect();
        let at = |frame: usize| (sound[frame * 320], sound[frame * 320 + 1]);
        let near = |a: i16, b: i16| (a - b).abs() < 20;
        assert!(near(at(20).0, 1000) && near(at(20).1, -2000), "{:?}", at(20));
        assert!(at(40).0 == 0 && near(at(40).1, -2000), "{:?}", at(40));
        assert_eq!(news.poll(), None);
    }
}
