//! How the phone rings: by itself, or with a sound that the user has added.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use milliwatt_audio::{Audio, Playing, Region, Ringtone, Tune};
use milliwatt_engine::ports;
use milliwatt_store::ringtones as kept;

use super::lock;
use crate::allowed;

/// Samples per second that sounds are kept at.
const RATE: u32 = 48_000;
/// A sound is no longer, seconds.
const LONGEST: usize = 60;
/// Bytes of its name, at most, without the ending.
const LONGEST_NAME: usize = 200;
/// Bytes of its file, at most: so long, in stereo, with 32 bits a sample.
const MOST_BYTES: u64 = 24 << 20;

/// The sounds that the user has added: WAV files in a folder of the phone's own.
pub(crate) struct Ringtones {
    folder: PathBuf,
    /// What was read; nothing of a file that is no sound to ring with.
    read: Mutex<BTreeMap<String, Option<Arc<[i16]>>>>,
}

/// A way to ring.
#[derive(Clone)]
pub(super) enum Ring {
    Own(Ringtone),
    Sound(Arc<[i16]>),
}

impl Ring {
    pub(super) fn play(&self, audio: &Audio, region: Region) -> Playing {
        match self {
            Self::Own(ringtone) => audio.play(Tune::Ring(*ringtone), region),
            Self::Sound(sound) => audio.ring(Arc::clone(sound), RATE),
        }
    }
}

impl Default for Ring {
    fn default() -> Self {
        Self::Own(Ringtone::Bell)
    }
}

impl Ringtones {
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder, read: Mutex::default() }
    }

    /// The names of the files, in their order.
    pub(crate) fn names(&self) -> Vec<String> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = files.filter_map(|file| file.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| is_sound(name)).collect();
        names.sort();
        names
    }

    /// Takes a copy of a sound; tells its name. One of the same name is replaced.
    ///
    /// # Errors
    /// A sentence, when it is no sound to ring with or cannot be copied.
    pub(crate) fn add(&self, path: &Path) -> Result<String, String> {
        let sound = read(path)?;
        if sound.iter().all(|sample| *sample == 0) {
            return Err("this file holds silence: choose another sound".into());
        }
        let mut stem = allowed::file_name(&path.file_stem().unwrap_or_default().to_string_lossy());
        while stem.len() > LONGEST_NAME {
            stem.pop();
        }
        let name = format!("{stem}.wav");
        fs::read(path)
            .and_then(|bytes| kept::keep(&self.folder, &name, &bytes))
            .map_err(|why| format!("{}: {why}", path.display()))?;
        lock(&self.read).insert(name.clone(), Some(sound));
        Ok(name)
    }

    /// Takes a sound away.
    ///
    /// # Errors
    /// A sentence, when it is none of these or cannot be removed.
    pub(crate) fn remove(&self, name: &str) -> Result<(), String> {
        if !self.names().iter().any(|one| one == name) {
            return Err("there is no such ringtone".into());
        }
        lock(&self.read).remove(name);
        fs::remove_file(self.folder.join(name)).map_err(|why| format!("{name}: {why}"))
    }

    /// The ring of this name; the bell's where there is none. May read a file.
    pub(super) fn named(&self, name: &str) -> Ring {
        match name {
            "chime" => Ring::Own(Ringtone::Chime),
            "pulse" => Ring::Own(Ringtone::Pulse),
            name if is_sound(name) => self.sound(name).map_or_else(Ring::default, Ring::Sound),
            _ => Ring::default(),
        }
    }

    fn sound(&self, name: &str) -> Option<Arc<[i16]>> {
        if let Some(known) = lock(&self.read).get(name) {
            return known.clone();
        }
        // A name, and no path.
        let path = self.names().contains(&name.to_owned()).then(|| self.folder.join(name))?;
        let sound =
            read(&path).inspect_err(|why| tracing::warn!(%why, "a ringtone cannot be played")).ok();
        lock(&self.read).insert(name.to_owned(), sound.clone());
        sound
    }
}

fn read(path: &Path) -> Result<Arc<[i16]>, String> {
    let size = fs::metadata(path).map_err(|why| format!("{}: {why}", path.display()))?.len();
    if size > MOST_BYTES {
        return Err(too_long());
    }
    let sound = ports::read(path, RATE).map_err(|why| why.to_string())?;
    if sound.len() > LONGEST * RATE as usize { Err(too_long()) } else { Ok(sound.into()) }
}

fn is_sound(name: &str) -> bool {
    name.ends_with(".wav")
}

fn too_long() -> String {
    format!("this is too long to ring with: {LONGEST} s at most")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV file of so many samples, 8000 a second.
    fn wav(path: &Path, samples: u32, level: i16) {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        bytes.extend(16_u32.to_le_bytes());
        for field in [1_u16, 1] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [8000_u32, 16_000] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [2_u16, 16] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(b"data");
        bytes.extend((samples * 2).to_le_bytes());
        (0..samples).for_each(|_| bytes.extend(level.to_le_bytes()));
        let size = u32::try_from(bytes.len() - 8).unwrap();
        bytes[4..8].copy_from_slice(&size.to_le_bytes());
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn a_sound_is_added_named_heard_and_removed() {
        let home = tempfile::tempdir().unwrap();
        let ringtones = Ringtones::at(home.path().join("ringtones"));
        assert!(ringtones.names().is_empty());
        let birds = home.path().join("birds! (b).wav");
        wav(&birds, 8000, 1000);
        assert_eq!(ringtones.add(&birds).unwrap(), "birds b.wav");
        assert_eq!(ringtones.names(), ["birds b.wav"]);
        let anew = Ringtones::at(home.path().join("ringtones"));
        assert!(matches!(anew.named("birds b.wav"), Ring::Sound(sound) if sound.len() == 48_000));
        assert!(matches!(anew.named("../birds! (b).wav"), Ring::Own(Ringtone::Bell)), "a path");
        assert!(matches!(anew.named("chime"), Ring::Own(Ringtone::Chime)));
        assert!(ringtones.remove("../birds! (b).wav").is_err() && birds.exists());
        ringtones.remove("birds b.wav").unwrap();
        assert!(ringtones.names().is_empty());
        assert!(matches!(ringtones.named("birds b.wav"), Ring::Own(Ringtone::Bell)));
    }

    #[test]
    fn what_is_no_sound_to_ring_with_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let ringtones = Ringtones::at(home.path().join("ringtones"));
        let file = home.path().join("a.wav");
        let refused = || ringtones.add(&file).unwrap_err();
        wav(&file, 8000 * 61, 1000);
        assert!(refused().contains("60 s at most"));
        wav(&file, 800, 0);
        assert!(refused().contains("silence"));
        fs::write(&file, "text").unwrap();
        assert!(matches!(Ringtones::at(home.path().into()).named("a.wav"), Ring::Own(_)));
        assert!(refused().contains("a.wav"));
        assert!(ringtones.names().is_empty());
    }
}
