//! The folder of trunks: `trunks/NAME.toml`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Problem, SecretRef, SettingsError, Trunk, TrunkFile};
use crate::private;

/// The trunks of a user.
#[derive(Clone, Debug)]
pub struct Trunks {
    folder: PathBuf,
}

impl Trunks {
    /// The trunks in a folder, which need not be there yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Their names in order, those of broken files among them.
    ///
    /// # Errors
    /// [`SettingsError::Read`].
    pub fn names(&self) -> Result<Vec<String>, SettingsError> {
        let failed = |why| SettingsError::Read { path: self.folder.clone(), why };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(why) => return Err(failed(why)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".toml"));
            names.extend(name.filter(|name| is_name(name)).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// Reads a trunk by name. What the file calls it must be the same, or nothing: two files with
    /// one name would share their history and what was learnt.
    ///
    /// # Errors
    /// [`SettingsError::Name`], [`Unknown`](SettingsError::Unknown),
    /// [`Read`](SettingsError::Read) or [`Invalid`](SettingsError::Invalid).
    pub fn open(&self, name: &str) -> Result<TrunkFile, SettingsError> {
        let path = self.path(name)?;
        let file = match TrunkFile::open(&path) {
            Err(SettingsError::Read { why, .. }) if why.kind() == io::ErrorKind::NotFound => {
                return Err(self.unknown(name));
            }
            other => other?,
        };
        let written = &file.written().trunk.name;
        if written.is_empty() || written == name {
            return Ok(file);
        }
        let sentence = format!("is \"{written}\" in the file of \"{name}\": make them the same");
        let problem = Problem { key: "trunk.name".into(), place: None, sentence };
        Err(SettingsError::Invalid { path, problems: vec![problem] })
    }

    /// Reads a trunk by what a user wrote: a path when it ends in `.toml` or has a separator, else
    /// a name.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn find(&self, text: &str) -> Result<TrunkFile, SettingsError> {
        let path = Path::new(text);
        let is_path = path.extension().is_some_and(|ending| ending == "toml");
        if is_path || path.components().count() > 1 {
            TrunkFile::open(path)
        } else {
            self.open(text)
        }
    }

    /// Adds a trunk under its own name.
    ///
    /// # Errors
    /// [`SettingsError::Exists`] when there is a file of that name, sound or broken,
    /// [`Name`](SettingsError::Name), [`Invalid`](SettingsError::Invalid) or
    /// [`Write`](SettingsError::Write).
    pub fn add(&self, trunk: &Trunk) -> Result<TrunkFile, SettingsError> {
        let path = self.path(&trunk.trunk.name)?;
        if fs::symlink_metadata(&path).is_ok() {
            return Err(SettingsError::Exists { name: trunk.trunk.name.clone() });
        }
        let mut file = TrunkFile::new(&path, trunk)?;
        file.save()?;
        Ok(file)
    }

    /// Keeps a file under a name as it is written, comments and all, but for what `change` makes of
    /// it; with `replace` in place of a trunk of that name.
    ///
    /// # Errors
    /// As [`add`](Self::add), or [`Read`](SettingsError::Read).
    pub fn keep(
        &self,
        name: &str,
        file: &TrunkFile,
        replace: bool,
        change: impl FnOnce(&mut Trunk),
    ) -> Result<TrunkFile, SettingsError> {
        let path = self.path(name)?;
        if !replace && fs::symlink_metadata(&path).is_ok() {
            return Err(SettingsError::Exists { name: name.into() });
        }
        let mut copy = file.copy_to(&path)?;
        let before = copy.written().clone();
        let mut after = before.clone();
        after.trunk.name = name.into();
        change(&mut after);
        copy.change(&before, &after)?;
        copy.save()?;
        Ok(copy)
    }

    /// The keyring entry of a trunk's own name that it refers to, as `trunk add` makes it, where no
    /// other trunk refers to it: with the trunk its password can go. None where a file cannot be
    /// read, as it may refer to that entry.
    pub fn own_keyring_entry(&self, name: &str) -> Option<String> {
        let entry =
            |name: &str| match self.open(name).map(|file| file.written().trunk.password.clone()) {
                Ok(Some(SecretRef::Keyring(entry))) => Ok(Some(entry)),
                Ok(_) => Ok(None),
                Err(why) => Err(why),
            };
        let ours = entry(name).ok()?.filter(|entry| entry == name)?;
        let others = self.names().ok()?;
        let mut others = others.iter().filter(|other| *other != name).map(|other| entry(other));
        others.all(|other| other.is_ok_and(|other| other.as_ref() != Some(&ours))).then_some(ours)
    }

    /// Takes a trunk's file away.
    ///
    /// # Errors
    /// [`SettingsError::Name`], [`Unknown`](SettingsError::Unknown) or
    /// [`Write`](SettingsError::Write).
    pub fn remove(&self, name: &str) -> Result<(), SettingsError> {
        let path = self.path(name)?;
        match fs::remove_file(&path).and_then(|()| private::sync_folder(&self.folder)) {
            Ok(()) => Ok(()),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Err(self.unknown(name)),
            Err(why) => Err(SettingsError::Write { path, why }),
        }
    }

    fn path(&self, name: &str) -> Result<PathBuf, SettingsError> {
        if !is_name(name) {
            return Err(SettingsError::Name { name: name.into() });
        }
        Ok(self.folder.join(format!("{name}.toml")))
    }

    fn unknown(&self, name: &str) -> SettingsError {
        // A folder that cannot be read has said so, or will, by itself.
        let others = self.names().unwrap_or_default();
        SettingsError::Unknown { name: name.into(), folder: self.folder.clone(), others }
    }
}

/// A name for a trunk out of any text, such as a provider's domain.
pub fn name(text: &str) -> String {
    let kept = |c: char| if is_letter(c) { c } else { '-' };
    let name: String = text.trim().chars().map(kept).take(64).collect();
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let name = name.trim_end_matches(['.', '-']);
    if is_name(name) {
        name.to_owned()
    } else {
        format!("trunk-{name}").trim_end_matches('-').into()
    }
}

/// Safe as the name of a file on all systems, and as an argument.
pub(crate) fn is_name(name: &str) -> bool {
    // Windows opens devices under these names, whatever the ending.
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = |device| {
        stem.strip_prefix(device)
            .is_some_and(|rest: &str| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || numbered("COM")
        || numbered("LPT");
    (1..=64).contains(&name.len())
        && name.chars().all(is_letter)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !name.ends_with('.')
        && !device
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trunk(name: &str) -> Trunk {
        let mut trunk = Trunk::default();
        trunk.trunk.name = name.into();
        trunk.trunk.domain = "sip.example.net".into();
        trunk
    }

    #[test]
    fn trunks_come_and_go_by_name() {
        let here = tempfile::tempdir().unwrap();
        let trunks = Trunks::at(here.path().join("trunks"));
        assert_eq!(trunks.names().unwrap(), [""; 0]);
        trunks.add(&trunk("b")).unwrap();
        trunks.add(&trunk("a")).unwrap();
        assert_eq!(trunks.names().unwrap(), ["a", "b"]);
        assert_eq!(trunks.open("a").unwrap().written().trunk.name, "a");
        assert_eq!(trunks.find("a").unwrap().written().trunk.name, "a");
        let path = here.path().join("trunks/b.toml");
        assert_eq!(trunks.find(path.to_str().unwrap()).unwrap().written().trunk.name, "b");
        trunks.remove("a").unwrap();
        assert_eq!(trunks.names().unwrap(), ["b"]);
        let sentence = trunks.open("a").unwrap_err().to_string();
        assert!(sentence.contains("there are b"), "{sentence}");
        assert!(matches!(trunks.remove("a"), Err(SettingsError::Unknown { .. })));
    }

    #[test]
    fn a_password_goes_with_the_last_trunk_that_needs_it() {
        let here = tempfile::tempdir().unwrap();
        let trunks = Trunks::at(here.path());
        for (name, entry) in [("a", "b"), ("b", "b"), ("c", "c"), ("f", "elsewhere")] {
            let mut trunk = trunk(name);
            trunk.trunk.password = Some(SecretRef::Keyring(entry.into()));
            trunks.add(&trunk).unwrap();
        }
        trunks.add(&trunk("d")).unwrap();
        let own = |name| trunks.own_keyring_entry(name);
        assert_eq!((own("a"), own("b"), own("c").as_deref()), (None, None, Some("c")));
        assert_eq!(
            (own("d"), own("f")),
            (None, None),
            "nobody says that it is for this trunk alone"
        );
        trunks.remove("a").unwrap();
        assert_eq!(own("b").as_deref(), Some("b"));
        fs::write(here.path().join("e.toml"), "[trunk\n").unwrap();
        assert_eq!(own("c"), None, "what cannot be read may need it");
    }

    #[test]
    fn a_file_is_kept_as_it_is_written() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("mine.toml");
        let text = "# ours\n[trunk]\nname = \"mine\"\ndomain = \"sip.example.net\" # theirs\n\
                    profile = \"telnyx\"\n\n[colours]\ndoor = \"green\"\n";
        fs::write(&path, text).unwrap();
        let file = TrunkFile::open(&path).unwrap();
        let trunks = Trunks::at(here.path().join("trunks"));
        let kept = trunks.keep("office", &file, false, |_| ()).unwrap();
        assert_eq!(
            fs::read_to_string(kept.path()).unwrap(),
            text.replace("\"mine\"", "\"office\"")
        );
        let again = trunks.keep("office", &file, false, |_| ());
        assert!(matches!(again, Err(SettingsError::Exists { .. })));
        let changed =
            trunks.keep("office", &file, true, |trunk| trunk.trunk.user = "alice".into()).unwrap();
        let changed = fs::read_to_string(changed.path()).unwrap();
        assert!(changed.contains("user = \"alice\"") && changed.contains("# theirs"), "{changed}");
        assert_eq!(trunks.open("office").unwrap().written().trunk.user, "alice");
    }

    #[test]
    fn a_broken_file_is_listed_told_and_never_overwritten() {
        let here = tempfile::tempdir().unwrap();
        let trunks = Trunks::at(here.path());
        let path = here.path().join("a.toml");
        fs::write(&path, "[trunk\n").unwrap();
        assert_eq!(trunks.names().unwrap(), ["a"]);
        assert!(matches!(trunks.open("a"), Err(SettingsError::Invalid { .. })));
        assert!(matches!(trunks.add(&trunk("a")), Err(SettingsError::Exists { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "[trunk\n");
    }

    #[test]
    fn a_copied_file_is_told() {
        let here = tempfile::tempdir().unwrap();
        let trunks = Trunks::at(here.path());
        trunks.add(&trunk("a")).unwrap();
        fs::copy(here.path().join("a.toml"), here.path().join("b.toml")).unwrap();
        let sentence = trunks.open("b").unwrap_err().to_string();
        assert!(sentence.contains("make them the same"), "{sentence}");
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let here = tempfile::tempdir().unwrap();
        let trunks = Trunks::at(here.path().join("trunks"));
        let long = "a".repeat(65);
        let bad = [
            "", ".", "..", "../a", "a/b", "a\\b", "-a", ".a", "a.", "a b", "CON", "nul.x", "com1",
            "ä", "a\0", &long,
        ];
        for name in bad {
            assert!(matches!(trunks.open(name), Err(SettingsError::Name { .. })), "{name}");
            assert!(matches!(trunks.add(&trunk(name)), Err(SettingsError::Name { .. })), "{name}");
            assert!(matches!(trunks.remove(name), Err(SettingsError::Name { .. })), "{name}");
        }
        assert!(trunks.add(&trunk("comet")).is_ok());
    }

    #[test]
    fn any_text_can_be_made_a_name() {
        let cases = [
            ("sip.example.net:5060", "sip.example.net-5060"),
            ("../../etc", "etc"),
            ("nul", "trunk-nul"),
            ("", "trunk"),
            ("Büro", "B-ro"),
            ("...", "trunk"),
        ];
        for (text, expected) in cases {
            assert_eq!(name(text), expected);
            assert!(is_name(&name(text)));
        }
    }
}
