//! WAV files: read whole for playing, and written so that what is on disk is always a good file.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, BufWriter},
    path::Path,
};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use milliwatt_media::rate::Converter;

/// Longest file that is played, seconds of sound.
const LONGEST: u32 = 2 * 3600;

/// Reads a file of any rate, width and number of channels as mono sound at `rate` Hz.
pub(super) fn read(path: &Path, rate: u32) -> Result<Vec<i16>, String> {
    let file = File::open(path).map_err(|e| said(&e))?;
    let mut reader = WavReader::new(BufReader::new(file)).map_err(|e| explain(&e))?;
    let spec = reader.spec();
    if reader.duration() / spec.sample_rate.max(1) >= LONGEST {
        return Err("it is longer than two hours".into());
    }
    let samples: Vec<f32> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>(),
        SampleFormat::Int => {
            let full = (1u64 << spec.bits_per_sample.clamp(1, 32).saturating_sub(1)) as f32;
            reader.samples::<i32>().map(|s| s.map(|s| s as f32 / full)).collect()
        }
    }
    .map_err(|e| explain(&e))?;
    let channels = usize::from(spec.channels.max(1));
    let mono: Vec<i16> = samples
        .chunks_exact(channels)
        .map(|all| (all.iter().sum::<f32>() / channels as f32 * 32_768.0).round() as i16)
        .collect();
    convert(mono, spec.sample_rate, rate)
}

fn convert(mono: Vec<i16>, from: u32, to: u32) -> Result<Vec<i16>, String> {
    if from == to {
        return Ok(mono);
    }
    if !from.is_multiple_of(50) && from < 96_000 {
        // 11025 Hz has no whole frames of 20 ms; twice the rate has.
        return convert(doubled(&mono), from * 2, to);
    }
    let mut converter = Converter::new(from, to).map_err(|e| e.to_string())?;
    let wanted = mono.len() as u64 * u64::from(to) / u64::from(from);
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let delay = converter.delay();
    let (block_in, block_out) = ((from / 50) as usize, (to / 50) as usize);
    let mut out = Vec::with_capacity(wanted + delay + 2 * block_out);
    let mut input = mono;
    while out.len() < wanted + delay {
        let at = out.len() / block_out * block_in;
        if at + block_in > input.len() {
            input.resize(at + block_in, 0);
        }
        let start = out.len();
        out.resize(start + block_out, 0);
        let block = input.get(at..at + block_in).unwrap_or_default();
        converter.convert(block, out.get_mut(start..).unwrap_or_default());
    }
    Ok(out.get(delay..delay + wanted).unwrap_or_default().to_vec())
}

/// Twice the rate, with the mean between neighbours.
fn doubled(mono: &[i16]) -> Vec<i16> {
    let next = mono.iter().skip(1).chain(mono.last());
    mono.iter()
        .zip(next)
        .flat_map(|(a, b)| [*a, ((i32::from(*a) + i32::from(*b)) / 2) as i16])
        .collect()
}

/// A recording, 16 bits.
pub(super) struct WavFile {
    pub(super) writer: WavWriter<BufWriter<File>>,
    /// Samples of half a second, all channels together.
    pub(super) half: u32,
    pub(super) unsaved: u32,
}

impl WavFile {
    /// Creates the file, or empties the one that is there. Nobody but its owner may read it.
    pub(super) fn create(path: &Path, rate: u32, channels: u16) -> Result<Self, String> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(path).map_err(|e| said(&e))?;
        let spec = WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::new(BufWriter::new(file), spec).map_err(|e| explain(&e))?;
        writer.flush().map_err(|e| explain(&e))?;
        Ok(Self { writer, half: rate * u32::from(channels) / 2, unsaved: 0 })
    }

    /// Appends sound; the header is put right after each half second.
    pub(super) fn write(&mut self, sound: impl Iterator<Item = i16>) -> Result<(), hound::Error> {
        for sample in sound {
            self.writer.write_sample(sample)?;
            self.unsaved += 1;
        }
        if self.unsaved >= self.half { self.save() } else { Ok(()) }
    }

    /// Puts everything on disk, the header last.
    pub(super) fn save(&mut self) -> Result<(), hound::Error> {
        if self.unsaved > 0 {
            self.unsaved = 0;
            self.writer.flush()?;
        }
        Ok(())
    }
}

/// Whether an error says that there is no room left.
pub(super) fn is_full(error: &hound::Error) -> bool {
    let hound::Error::IoError(e) = error else { return false };
    matches!(
        e.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// A sentence about an error of a file.
pub(super) fn explain(error: &hound::Error) -> String {
    match error {
        hound::Error::FormatError(why) => format!("it is no good WAV file ({why})"),
        // hound's own word for a short file.
        hound::Error::IoError(e) if e.kind() == io::ErrorKind::Other => {
            "it ends before its sound does".into()
        }
        hound::Error::IoError(e) => said(e),
        hound::Error::Unsupported => "this kind of WAV file is not known".into(),
        hound::Error::InvalidSampleFormat
        | hound::Error::TooWide
        | hound::Error::UnfinishedSample => error.to_string(),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds that people meet have words")]
fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use milliwatt_media::tone::measure;

    use super::*;

    fn write_tone(path: &Path, spec: WavSpec, hz: f32) {
        let mut writer = WavWriter::create(path, spec).unwrap();
        for n in 0..spec.sample_rate {
            let value = (n as f32 * TAU * hz / spec.sample_rate as f32).sin() * 0.5;
            for _ in 0..spec.channels {
                match spec.sample_format {
                    SampleFormat::Float => writer.write_sample(value).unwrap(),
                    SampleFormat::Int => {
                        let full = (1i64 << (spec.bits_per_sample - 1)) as f32;
                        writer.write_sample((value * full) as i32).unwrap();
                    }
                }
            }
        }
        writer.finalize().unwrap();
    }

    #[test]
    fn every_rate_width_and_channel_count_plays_at_its_pitch_and_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        for (sample_rate, channels, bits, sample_format) in [
            (8000, 1, 16, SampleFormat::Int),
            (8000, 2, 8, SampleFormat::Int),
            (11_025, 1, 16, SampleFormat::Int),
            (16_000, 1, 24, SampleFormat::Int),
            (44_100, 2, 16, SampleFormat::Int),
            (48_000, 6, 32, SampleFormat::Float),
            (96_000, 1, 32, SampleFormat::Int),
        ] {
            let spec = WavSpec { channels, sample_rate, bits_per_sample: bits, sample_format };
            write_tone(&path, spec, 1000.0);
            let sound = read(&path, 8000).unwrap();
            assert_eq!(sound.len(), 8000, "{spec:?}");
            let measured = measure(&sound[160..7840], 8000, 1000.0).unwrap();
            assert!((measured.level_dbov + 9.03).abs() < 0.4, "{spec:?} {measured:?}");
            assert!(measured.snr_db > 25.0, "{spec:?} {measured:?}");
        }
    }

    #[test]
    fn files_that_cannot_be_played_say_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        assert_eq!(read(&path, 8000).unwrap_err(), "no such file or folder");
        std::fs::write(&path, b"RIFF....not a wave").unwrap();
        assert!(read(&path, 8000).unwrap_err().starts_with("it is no good WAV file"));
        std::fs::write(&path, b"").unwrap();
        assert_eq!(read(&path, 8000).unwrap_err(), "it ends before its sound does");
    }

    #[test]
    fn what_is_on_disk_is_a_good_file_at_every_half_second() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.wav");
        let mut file = WavFile::create(&path, 8000, 1).unwrap();
        assert_eq!(WavReader::open(&path).unwrap().duration(), 0);
        file.write((0..4000).map(|n| n as i16)).unwrap();
        assert_eq!(WavReader::open(&path).unwrap().duration(), 4000);
        file.write(std::iter::repeat_n(1, 3999)).unwrap();
        let on_disk: Vec<i16> =
            WavReader::open(&path).unwrap().into_samples().collect::<Result<_, _>>().unwrap();
        assert_eq!(on_disk, (0..4000).map(|n| n as i16).collect::<Vec<_>>());
        file.save().unwrap();
        assert_eq!(WavReader::open(&path).unwrap().duration(), 7999);
    }
}
