//! The profiles that the program carries, and the user's own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Profile, ProfileError};

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        /// Name and text of each file in `assets/profiles`.
        const SHIPPED: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../../assets/profiles/", $name, ".toml")))),+
        ];
    };
}

shipped![
    "bandwidth",
    "callcentric",
    "didww",
    "easybell",
    "flowroute",
    "gamma",
    "kwebbl",
    "plivo",
    "simwood",
    "sipgate",
    "telekom-companyflex",
    "telekom-residential",
    "telekom-sip-trunk",
    "telnyx",
    "test-trunk",
    "twilio",
    "vodafone-de",
    "voipms",
    "vonage",
    "voxbone",
    "white-sky",
    "zadarma",
];

/// The profiles there are: one of the user's own wins over a shipped one of its name.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    own: Option<PathBuf>,
}

impl Profiles {
    /// The shipped ones alone.
    pub fn shipped() -> Self {
        Self::default()
    }

    /// The shipped ones and those in a folder, which need not be there.
    pub fn with_own(folder: &Path) -> Self {
        Self { own: Some(folder.into()) }
    }

    /// Their names in order.
    ///
    /// # Errors
    /// [`ProfileError::Read`].
    pub fn names(&self) -> Result<Vec<String>, ProfileError> {
        let mut names: Vec<String> = SHIPPED.iter().map(|(name, _)| (*name).to_owned()).collect();
        if let Some(folder) = &self.own {
            names.extend(own_names(folder)?);
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Reads the profile of that name.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn find(&self, name: &str) -> Result<Profile, ProfileError> {
        let unknown = |others| ProfileError::Unknown { name: name.into(), others };
        if !crate::settings::is_name(name) {
            return Err(unknown(self.names()?));
        }
        if let Some(folder) = &self.own {
            let path = folder.join(format!("{name}.toml"));
            match fs::read_to_string(&path) {
                Ok(text) => return Profile::parse(&path, &text),
                Err(why) if why.kind() == io::ErrorKind::NotFound => {}
                Err(why) => return Err(ProfileError::Read { path, why }),
            }
        }
        match SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            Some((name, text)) => Profile::parse(Path::new(&format!("{name}.toml")), text),
            None => Err(unknown(self.names()?)),
        }
    }
}

fn own_names(folder: &Path) -> Result<Vec<String>, ProfileError> {
    let failed = |why| ProfileError::Read { path: folder.into(), why };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(failed(why)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(".toml"));
        names.extend(name.filter(|name| crate::settings::is_name(name)).map(str::to_owned));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Confidence;

    #[test]
    fn every_file_of_the_folder_is_shipped() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/profiles");
        let mut files = own_names(&folder).unwrap();
        files.sort();
        assert_eq!(files, Profiles::shipped().names().unwrap());
        assert!(files.len() >= 12);
    }

    #[test]
    fn every_shipped_profile_is_sound_and_owns_up_to_what_is_not_verified() {
        let profiles = Profiles::shipped();
        for name in profiles.names().unwrap() {
            let profile = profiles.find(&name).unwrap_or_else(|error| panic!("{error}"));
            assert!(!profile.facts.is_empty(), "{name}");
            assert!(profile.recorded_on.is_some(), "{name}");
            for fact in &profile.facts {
                let founded = fact.confidence >= Confidence::Published;
                assert!(founded || fact.verified_on.is_none(), "{name}: {}", fact.key);
                assert!(fact.confidence < Confidence::Learnt, "{name}: {}", fact.key);
            }
        }
    }

    #[test]
    fn an_own_profile_wins_over_a_shipped_one() {
        let here = tempfile::tempdir().unwrap();
        let own = "name = \"telnyx\"\ntitle = \"Ours\"\n";
        fs::write(here.path().join("telnyx.toml"), own).unwrap();
        fs::write(here.path().join("mine.toml"), own.replace("\"telnyx\"", "\"mine\"")).unwrap();
        let profiles = Profiles::with_own(here.path());
        assert_eq!(profiles.find("telnyx").unwrap().title, "Ours");
        assert!(profiles.names().unwrap().contains(&"mine".into()));
        assert!(matches!(profiles.find("../mine"), Err(ProfileError::Unknown { .. })));
    }
}
