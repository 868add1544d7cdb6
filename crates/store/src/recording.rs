//! Recordings: files whose names are made here, and the repair of those that a killed process left.
//!
//! Nothing of a name comes from the wire but a hash, and no file is opened that was there before.

use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::macros::format_description;

use crate::history::History;
use crate::private;

/// More recordings of one call in one second than this are refused.
const MOST_OF_A_NAME: u32 = 1_000;

/// Creates a file (0600) in a folder (0700) for a call's sound, named by the time it began (ms
/// since 1970, UTC), a counter and a hash of the Call-ID: `20261122-113842-0-9f3a2b1c5d6e7f80.wav`.
///
/// # Errors
/// What the system says; `AlreadyExists` when 1 000 files have the name.
pub fn create(folder: &Path, started_at_ms: i64, call_id: &str) -> io::Result<(File, PathBuf)> {
    private::create_folder(folder)?;
    let mut hasher = DefaultHasher::new();
    call_id.hash(&mut hasher);
    let (stamp, hash) = (stamp(started_at_ms), hasher.finish());
    for counter in 0..MOST_OF_A_NAME {
        let path = folder.join(format!("{stamp}-{counter}-{hash:016x}.wav"));
        match private::create_new(&path) {
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other.map(|file| (file, path)),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many recordings of one call"))
}

/// What repairing found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// The header told the truth.
    Sound,
    /// The header told another length and tells the file's.
    Mended {
        /// Bytes of sound.
        bytes: u32,
    },
    /// It has no header to mend: the process died before it wrote one. Left as it is.
    Headless,
}

/// Makes a WAV file playable whose writer died: the lengths in its header are those of the file,
/// and a part of a sample at its end is cut off. Files from another hand, links, and files that are
/// no WAV are left alone.
///
/// # Errors
/// What the system says; `InvalidInput` for a link or what is no file.
pub fn repair(path: &Path) -> io::Result<Repair> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
    }
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let Some(data) = find_data(&mut file, length)? else { return Ok(Repair::Headless) };
    let bytes = length.saturating_sub(data.start).min(u64::from(u32::MAX) - data.start);
    let whole = bytes - bytes % u64::from(data.block.max(1));
    if u64::from(data.told) == bytes && whole == bytes && data.riff_told + 8 == length {
        return Ok(Repair::Sound);
    }
    if data.riff_told + 8 == length && data.start + u64::from(data.told) <= length {
        // Other chunks follow the sound: it was finished.
        return Ok(Repair::Sound);
    }
    file.set_len(data.start + whole)?;
    let bytes = u32::try_from(whole).map_err(io::Error::other)?;
    let riff = u32::try_from(data.start + whole - 8).map_err(io::Error::other)?;
    file.seek(SeekFrom::Start(4))?;
    file.write_all(&riff.to_le_bytes())?;
    file.seek(SeekFrom::Start(data.start - 4))?;
    file.write_all(&bytes.to_le_bytes())?;
    file.sync_all()?;
    Ok(Repair::Mended { bytes })
}

/// Repairs the recordings that the history found left behind by a process that died: of its
/// interrupted calls, and of those that it had ended just then.
pub fn repair_interrupted(history: &History) -> Vec<(PathBuf, io::Result<Repair>)> {
    let paths = history.torn_recordings().into_iter();
    paths.map(|path| (path.clone(), repair(&path))).collect()
}

struct Data {
    /// Where the sound begins.
    start: u64,
    /// How long the header says it is, bytes.
    told: u32,
    /// How long the header says the file is, without its first 8 bytes.
    riff_told: u64,
    /// Bytes of one sample of all channels.
    block: u16,
}

/// Walks the chunks up to `data`; `None` when the file is no WAV or ends before it.
fn find_data(file: &mut File, length: u64) -> io::Result<Option<Data>> {
    let mut header = [0; 12];
    if length < 12 {
        return Ok(None);
    }
    file.read_exact(&mut header)?;
    let [b'R', b'I', b'F', b'F', r0, r1, r2, r3, b'W', b'A', b'V', b'E'] = header else {
        return Ok(None);
    };
    let riff_told = u64::from(u32::from_le_bytes([r0, r1, r2, r3]));
    let mut block = None;
    let mut at = 12;
    while at + 8 <= length {
        file.seek(SeekFrom::Start(at))?;
        let mut chunk = [0; 8];
        file.read_exact(&mut chunk)?;
        let [i0, i1, i2, i3, l0, l1, l2, l3] = chunk;
        let told = u32::from_le_bytes([l0, l1, l2, l3]);
        match (&[i0, i1, i2, i3], block) {
            (b"data", Some(block)) => {
                return Ok(Some(Data { start: at + 8, told, riff_told, block }));
            }
            (b"fmt ", _) if told >= 16 && at + 24 <= length => {
                let mut format = [0; 16];
                file.read_exact(&mut format)?;
                block = Some(u16::from_le_bytes([format[12], format[13]]));
            }
            _ => {}
        }
        // Chunks begin at even offsets.
        at += 8 + u64::from(told) + u64::from(told % 2);
    }
    Ok(None)
}

fn stamp(at_ms: i64) -> String {
    let nanoseconds = i128::from(at_ms) * 1_000_000;
    let format = format_description!("[year][month][day]-[hour][minute][second]");
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
        .ok()
        .and_then(|time| time.format(format).ok())
        .unwrap_or_else(|| at_ms.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV file, 8 kHz, 16 bits, one channel, whose header tells `told` bytes of `sound`.
    fn wav(told: u32, sound: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((told + 36).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        bytes.extend(8_000_u32.to_le_bytes());
        bytes.extend(16_000_u32.to_le_bytes());
        bytes.extend(b"\x02\0\x10\0data");
        bytes.extend(told.to_le_bytes());
        bytes.extend(sound);
        bytes
    }

    fn repaired(content: &[u8]) -> (Repair, Vec<u8>) {
        let here = tempfile::tempdir().unwrap();
        let (mut file, path) = create(here.path(), 0, "x").unwrap();
        file.write_all(content).unwrap();
        let repair = repair(&path).unwrap();
        (repair, fs::read(&path).unwrap())
    }

    #[test]
    fn names_are_made_of_time_counter_and_hash() {
        let here = tempfile::tempdir().unwrap();
        let folder = here.path().join("recordings");
        let (_, first) = create(&folder, 1_795_347_522_000, "../../etc/passwd\0").unwrap();
        let (_, second) = create(&folder, 1_795_347_522_999, "../../etc/passwd\0").unwrap();
        let (_, third) = create(&folder, 1_795_347_522_000, "other").unwrap();
        for path in [&first, &second, &third] {
            assert_eq!(path.parent(), Some(folder.as_path()));
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(name.starts_with("20261122-113842-"), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.'));
        }
        assert!(first != second && first != third);
    }

    #[test]
    fn a_time_out_of_all_reason_still_makes_a_name() {
        let here = tempfile::tempdir().unwrap();
        for time in [i64::MIN, -1, i64::MAX] {
            assert!(create(here.path(), time, "x").is_ok());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_neither_written_through_nor_repaired() {
        let here = tempfile::tempdir().unwrap();
        let (_, path) = create(here.path(), 0, "x").unwrap();
        let target = here.path().join("target");
        fs::write(&target, wav(0, &[1; 100])).unwrap();
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        let (_, other) = create(here.path(), 0, "x").unwrap();
        assert_ne!(path, other);
        assert!(repair(&path).is_err());
        assert_eq!(fs::read(&target).unwrap(), wav(0, &[1; 100]));
    }

    #[test]
    fn a_header_that_was_never_finished_is_mended() {
        assert_eq!(
            repaired(&wav(0, &[7; 320])),
            (Repair::Mended { bytes: 320 }, wav(320, &[7; 320]))
        );
        assert_eq!(
            repaired(&wav(160, &[7; 320])),
            (Repair::Mended { bytes: 320 }, wav(320, &[7; 320]))
        );
        assert_eq!(
            repaired(&wav(u32::MAX - 36, &[7; 321])),
            (Repair::Mended { bytes: 320 }, wav(320, &[7; 320]))
        );
        assert_eq!(repaired(&wav(640, &[7; 320])).1, wav(320, &[7; 320]));
    }

    #[test]
    fn a_sound_file_is_left_alone() {
        let whole = wav(320, &[7; 320]);
        assert_eq!(repaired(&whole), (Repair::Sound, whole));
        let mut with_more = wav(320, &[7; 320]);
        with_more.extend(b"LIST\x04\0\0\0abcd");
        with_more[4..8].copy_from_slice(&(36_u32 + 320 + 12).to_le_bytes());
        assert_eq!(repaired(&with_more), (Repair::Sound, with_more));
    }

    #[test]
    fn what_has_no_header_is_left_alone() {
        for content in [&b""[..], b"RIFF", &wav(0, &[])[..30], b"OggS not a wave file at all"] {
            assert_eq!(repaired(content), (Repair::Headless, content.to_vec()));
        }
    }

    #[test]
    fn chunks_that_lie_about_their_length_end_the_walk() {
        let mut bytes = b"RIFF\0\0\0\0WAVE".to_vec();
        bytes.extend(b"LIST\xff\xff\xff\xff");
        bytes.extend([0; 40]);
        assert_eq!(repaired(&bytes), (Repair::Headless, bytes));
    }
}
