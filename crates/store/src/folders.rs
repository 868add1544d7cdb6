//! Where files live: `MILLIWATT_CONFIG_DIR` and `MILLIWATT_DATA_DIR`, else the system's places.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// Environment variable that moves the settings.
pub const CONFIG_DIR: &str = "MILLIWATT_CONFIG_DIR";
/// Environment variable that moves history, recordings and what was learnt.
pub const DATA_DIR: &str = "MILLIWATT_DATA_DIR";

/// The two folders that everything lives in. Locating creates nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// What the user decided: trunks, own profiles.
    pub config: PathBuf,
    /// What happened: history, recordings, learnt facts.
    pub data: PathBuf,
}

impl Folders {
    /// Reads the environment; a variable that is empty counts as not set.
    ///
    /// # Errors
    /// [`NoHome`] when a folder is not named and the user has no home folder.
    pub fn locate() -> Result<Self, NoHome> {
        Self::from_variables(|name| env::var_os(name))
    }

    /// As [`locate`](Self::locate), with variables told by the caller.
    ///
    /// # Errors
    /// [`NoHome`] when a folder is not named and the user has no home folder.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, NoHome> {
        let named = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = ProjectDirs::from("", "", "milliwatt");
        let place = |name, own: fn(&ProjectDirs) -> &Path| {
            let path = named(name).or_else(|| home.as_ref().map(|dirs| own(dirs).to_path_buf()));
            // A folder that cannot be made absolute stays as it was named.
            path.map(|path| std::path::absolute(&path).unwrap_or(path)).ok_or(NoHome)
        };
        Ok(Self {
            config: place(CONFIG_DIR, ProjectDirs::config_dir)?,
            data: place(DATA_DIR, ProjectDirs::data_local_dir)?,
        })
    }

    /// One TOML file a trunk.
    pub fn trunks(&self) -> PathBuf {
        self.config.join("trunks")
    }

    /// The user's own provider profiles; they win over the shipped ones of the same name.
    pub fn profiles(&self) -> PathBuf {
        self.config.join("profiles")
    }

    /// Passwords under a passphrase, where there is no keyring.
    pub fn passwords(&self) -> PathBuf {
        self.config.join("passwords.age")
    }

    /// What the user prefers of the desktop phone.
    pub fn preferences(&self) -> PathBuf {
        self.config.join("desktop.toml")
    }

    /// The user's contacts.
    pub fn contacts(&self) -> PathBuf {
        self.data.join("contacts.json")
    }

    /// What tests learnt, one TOML file a trunk.
    pub fn learnt(&self) -> PathBuf {
        self.data.join("learnt")
    }

    /// The history's database.
    pub fn history(&self) -> PathBuf {
        self.data.join("history.sqlite")
    }

    /// What tests spent on trunks that bill.
    pub fn ledger(&self) -> PathBuf {
        self.data.join("spending.jsonl")
    }

    /// Sounds to ring with that the user has added.
    pub fn ringtones(&self) -> PathBuf {
        self.data.join("ringtones")
    }

    /// Recordings whose name the user did not choose.
    pub fn recordings(&self) -> PathBuf {
        self.data.join("recordings")
    }
}

/// The user has no home folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no home folder found: set MILLIWATT_CONFIG_DIR and MILLIWATT_DATA_DIR to folders to use")]
pub struct NoHome;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_move_the_folders() {
        let folders = Folders::from_variables(|name| match name {
            CONFIG_DIR => Some("/c".into()),
            DATA_DIR => Some("/d".into()),
            _ => None,
        })
        .unwrap();
        assert!(folders.trunks().ends_with("c/trunks"));
        assert!(folders.profiles().ends_with("c/profiles"));
        assert!(folders.history().ends_with("d/history.sqlite"));
        assert!(folders.ledger().ends_with("d/spending.jsonl"));
        assert!(folders.learnt().ends_with("d/learnt"));
        assert!(folders.preferences().ends_with("c/desktop.toml"));
        assert!(folders.contacts().ends_with("d/contacts.json"));
        assert!(folders.recordings().ends_with("d/recordings"));
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        let unset = Folders::from_variables(|_| None);
        let empty = Folders::from_variables(|_| Some(OsString::new()));
        assert_eq!(unset, empty);
    }

    #[test]
    fn a_relative_folder_does_not_follow_the_working_directory() {
        let folders = Folders::from_variables(|_| Some("here".into())).unwrap();
        assert!(folders.config.is_absolute() && folders.data.is_absolute());
    }
}
