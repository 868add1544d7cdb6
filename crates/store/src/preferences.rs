//! What a user prefers of the desktop phone: one TOML file, replaced whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{atomic, private};

/// Everything that the desktop phone remembers beside trunks, contacts and history.
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(export_to = "store.ts", rename = "Settings")
)]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Colours.
    pub look: Look,
    /// ISO country that numbers without one are read in; `None`: that of the trunk.
    pub country: Option<String>,
    /// Codecs of new trunks, in order; the phone's own order when empty.
    pub codecs: Vec<String>,
    /// Keys that work in other programs too.
    pub global_hot_keys: bool,
    /// Start with the user's session.
    pub autostart: bool,
    /// What the user agreed to once: `country:FR`, `number:+44909…`.
    pub agreed: Vec<String>,
    /// Passwords are asked for at each start where there is no keyring, and kept in no file.
    pub asks_at_start: bool,
    /// Language of the window; `None`: that of the system.
    pub language: Option<String>,
    /// Trunk that calls go out on.
    pub trunk: Option<String>,
    /// The first steps have been taken.
    pub first_run_done: bool,
    /// Until when missed calls are seen, ms since 1970.
    pub missed_seen_ms: i64,
    /// Devices, by their stable ids.
    pub devices: Devices,
    /// How loud.
    pub volumes: Volumes,
    /// What is done to the microphone's sound before it is sent.
    pub cleaning: Cleaning,
    /// How calls ring, by line; under the empty name, on all the others. `bell`, `chime`, `pulse`, or a
    /// file that the user has added, such as `birds.wav`.
    pub ringtones: BTreeMap<String, String>,
    /// Rebound shortcuts: action to keys.
    pub shortcuts: BTreeMap<String, String>,
    /// Our number last used, by `contact:ID`, by `country:FR` and by `trunk:NAME`.
    pub dids: BTreeMap<String, String>,
    /// How our numbers are shown, by number.
    pub numbers: BTreeMap<String, NumberLook>,
    /// Chosen devices under a name, such as a headset; the first whose devices are all there is taken
    /// by itself.
    pub profiles: Vec<DeviceProfile>,
}

/// How one of our numbers is shown.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NumberLook {
    /// What the user calls it; none when empty.
    pub label: String,
    /// `#rrggbb`; none when empty.
    pub colour: String,
}

/// Colours of the window.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// High contrast.
    Contrast,
    /// Dark.
    Dark,
    /// Light.
    Light,
    /// As the system.
    #[default]
    System,
}

/// Chosen devices; `None` follows the system.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Devices {
    /// What the far end hears.
    pub microphone: Option<String>,
    /// Where calls are heard.
    pub speaker: Option<String>,
    /// Where the phone rings.
    pub ring: Option<String>,
}

/// Volumes in per cent; 100 leaves the sound as it is.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Volumes {
    /// What the far end hears.
    pub microphone: u16,
    /// Calls.
    pub speaker: u16,
    /// The ring.
    pub ring: u16,
}

impl Default for Volumes {
    fn default() -> Self {
        Self { microphone: 100, speaker: 100, ring: 100 }
    }
}

/// What is done to the microphone's sound before it is sent.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cleaning {
    /// Take the far end's voice out of the microphone.
    pub echo: bool,
    /// How much noise is taken out.
    pub noise: Noise,
    /// Keep the level even.
    pub gain: bool,
}

impl Default for Cleaning {
    fn default() -> Self {
        Self { echo: true, noise: Noise::default(), gain: true }
    }
}

/// How much noise is taken out of the microphone.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Noise {
    /// None.
    Off,
    /// A little.
    Low,
    /// As much as does no harm to a voice.
    #[default]
    Moderate,
    /// Much.
    High,
    /// All that can be told from a voice.
    VeryHigh,
}

/// Chosen devices under a name.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceProfile {
    /// What the user calls it.
    pub name: String,
    /// What the far end hears; `None` follows the system, here and below.
    pub microphone: Option<String>,
    /// Where calls are heard.
    pub speaker: Option<String>,
    /// Where the phone rings.
    pub ring: Option<String>,
}

/// Bytes of the file, at most.
const LONGEST: usize = 1 << 20;

impl Preferences {
    /// Reads a file; one that is not there yet holds the defaults.
    ///
    /// # Errors
    /// [`PreferencesError::Read`] when it cannot be read or says something that is not allowed.
    pub fn read(path: &Path) -> Result<Self, PreferencesError> {
        let failed = |why| PreferencesError::Read { path: path.into(), why };
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(|why| failed(io::Error::other(why))),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(why) => Err(failed(why)),
        }
    }

    /// The same with other values of these keys; what no key says stays as it is.
    ///
    /// # Errors
    /// When a value is none of its key.
    pub fn with(&self, changed: Map<String, Value>) -> serde_json::Result<Self> {
        let mut all = serde_json::to_value(self)?;
        if let Some(all) = all.as_object_mut() {
            all.extend(changed);
        }
        serde_json::from_value(all)
    }

    /// Puts a file that cannot be read aside, as `….broken`: writing would lose what stands in it.
    ///
    /// # Errors
    /// [`PreferencesError::Write`]; the file is where it was.
    pub fn put_aside(path: &Path) -> Result<(), PreferencesError> {
        let failed = |why| PreferencesError::Write { path: path.into(), why };
        // What was put aside before is not lost either.
        let aside = |n: u32| match n {
            0 => path.with_added_extension("broken"),
            n => path.with_added_extension(format!("broken{n}")),
        };
        let free = (0..100).map(aside).find(|path| !path.exists()).unwrap_or_else(|| aside(0));
        match fs::rename(path, free) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(failed(why)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Writes them into a file.
    ///
    /// # Errors
    /// [`PreferencesError::Write`]; the file is as it was.
    pub fn write(&self, path: &Path) -> Result<(), PreferencesError> {
        let failed = |why| PreferencesError::Write { path: path.into(), why };
        let text = toml::to_string(self).map_err(|why| failed(io::Error::other(why)))?;
        if text.len() > LONGEST {
            return Err(failed(io::ErrorKind::FileTooLarge.into()));
        }
        path.parent().map_or(Ok(()), private::create_folder).map_err(failed)?;
        atomic::replace(path, &text).map_err(failed)
    }
}

/// Why preferences cannot be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreferencesError {
    /// The file cannot be read, or says something that is not allowed.
    #[error("the settings in {} cannot be read: {why}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: io::Error,
    },
    /// The file cannot be written.
    #[error("the settings cannot be written to {}: {why}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("new/desktop.toml");
        let mut preferences = Preferences::read(&path).unwrap();
        assert_eq!(preferences, Preferences::default());
        preferences.look = Look::Contrast;
        preferences.devices.ring = Some("ring \"1\"".into());
        preferences.dids.insert("country:FR".into(), "+33155501".into());
        preferences.shortcuts.insert("mute".into(), "Mod+M".into());
        let look = NumberLook { label: "Sales".into(), colour: "#ff8800".into() };
        preferences.numbers.insert("+15550100".into(), look);
        preferences.cleaning = Cleaning { noise: Noise::VeryHigh, ..Cleaning::default() };
        preferences
            .profiles
            .push(DeviceProfile { name: "Desk".into(), ..DeviceProfile::default() });
        preferences.missed_seen_ms = 1_767_225_600_000;
        preferences.write(&path).unwrap();
        assert_eq!(Preferences::read(&path).unwrap(), preferences);
    }

    #[test]
    fn what_is_not_changed_stays_as_it_is() {
        let devices = Devices { speaker: Some("headset".into()), ..Devices::default() };
        let before = Preferences { devices, missed_seen_ms: i64::MAX, ..Preferences::default() };
        let changed = |value| Map::from_iter([("look".to_owned(), Value::from(value))]);
        let after = before.with(changed("dark")).unwrap();
        assert_eq!(after, Preferences { look: Look::Dark, ..before.clone() });
        assert!(before.with(changed("pink")).is_err());
    }

    #[test]
    fn a_broken_file_is_told_and_left_as_it_is() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("desktop.toml");
        fs::write(&path, "look = \"pink\"\n").unwrap();
        let why = Preferences::read(&path).unwrap_err().to_string();
        assert!(why.contains("pink") && why.contains("desktop.toml"), "{why}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "look = \"pink\"\n");
    }

    #[test]
    fn what_a_newer_version_wrote_does_no_harm() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("desktop.toml");
        fs::write(&path, "look = \"dark\"\nunheard_of = 1\n").unwrap();
        assert_eq!(Preferences::read(&path).unwrap().look, Look::Dark);
    }
}
