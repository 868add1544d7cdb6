//! What tests learnt about a trunk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Confidence, Fact, Profile, ProfileError};
use crate::{atomic, private};

/// The facts that tests found on one trunk, in a file of their own: the user's settings stay the
/// user's.
#[derive(Clone, Debug)]
pub struct Learnt {
    path: PathBuf,
    profile: Profile,
}

#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    title: &'a str,
    fact: &'a [Fact],
}

impl Learnt {
    /// Reads what was learnt about a trunk; nothing when there is no file.
    ///
    /// # Errors
    /// [`ProfileError::Read`] or [`Invalid`](ProfileError::Invalid): a broken file is told, not
    /// taken for an empty one.
    pub fn open(folder: &Path, trunk: &str) -> Result<Self, ProfileError> {
        let path = folder.join(format!("{trunk}.toml"));
        let profile = match fs::read_to_string(&path) {
            Ok(text) => Profile::parse(&path, &text)?,
            Err(why) if why.kind() == io::ErrorKind::NotFound => Profile {
                name: trunk.into(),
                title: "Learnt by tests".into(),
                recorded_on: None,
                countries: Vec::new(),
                facts: Vec::new(),
            },
            Err(why) => return Err(ProfileError::Read { path, why }),
        };
        Ok(Self { path, profile })
    }

    /// The facts.
    pub fn facts(&self) -> &[Fact] {
        &self.profile.facts
    }

    /// Takes a fact in, in place of an older one about the same.
    pub fn record(&mut self, fact: Fact) {
        self.forget(&fact.key);
        self.profile.facts.push(Fact { confidence: Confidence::Learnt, ..fact });
    }

    /// Drops the fact about a key; `true` when there was one.
    pub fn forget(&mut self, key: &str) -> bool {
        let before = self.profile.facts.len();
        self.profile.facts.retain(|fact| fact.key != key);
        self.profile.facts.len() < before
    }

    /// Writes the file whole or not at all.
    ///
    /// # Errors
    /// [`ProfileError::Invalid`] when a fact recorded is not allowed,
    /// [`Write`](ProfileError::Write).
    pub fn save(&self) -> Result<(), ProfileError> {
        let Profile { name, title, facts, .. } = &self.profile;
        let failed = |why| ProfileError::Write { path: self.path.clone(), why };
        let text = toml::to_string(&File { name, title, fact: facts })
            .map_err(|error| failed(io::Error::other(error)))?;
        // What is written is what is read next time.
        Profile::parse(&self.path, &text)?;
        if let Some(folder) = self.path.parent() {
            private::create_folder(folder).map_err(failed)?;
        }
        atomic::replace(&self.path, &text).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(key: &str, value: &str) -> Fact {
        Fact {
            key: key.into(),
            value: value.into(),
            source: "cid.precedence".into(),
            verified_on: Some("2026-11-22".into()),
            confidence: Confidence::Guess,
        }
    }

    #[test]
    fn what_was_learnt_is_there_next_time() {
        let here = tempfile::tempdir().unwrap();
        let folder = here.path().join("learnt");
        let mut learnt = Learnt::open(&folder, "office").unwrap();
        assert!(learnt.facts().is_empty());
        learnt.record(fact("trunk.transport", "tcp"));
        learnt.record(fact("trunk.transport", "tls"));
        learnt.record(fact("quirk.ring", "rings twice"));
        learnt.save().unwrap();
        let mut again = Learnt::open(&folder, "office").unwrap();
        assert_eq!(again.facts(), learnt.facts());
        assert_eq!(again.facts().len(), 2);
        assert_eq!(again.facts()[0].confidence, Confidence::Learnt);
        assert!(again.forget("quirk.ring"));
        assert!(!again.forget("quirk.ring"));
    }

    #[test]
    fn a_fact_that_is_not_allowed_is_not_written() {
        let here = tempfile::tempdir().unwrap();
        let mut learnt = Learnt::open(here.path(), "office").unwrap();
        learnt.record(fact("trunk.transport", "sctp"));
        assert!(matches!(learnt.save(), Err(ProfileError::Invalid { .. })));
        assert!(!here.path().join("office.toml").exists());
    }

    #[test]
    fn a_broken_file_is_told() {
        let here = tempfile::tempdir().unwrap();
        fs::write(here.path().join("office.toml"), "name =").unwrap();
        assert!(matches!(Learnt::open(here.path(), "office"), Err(ProfileError::Invalid { .. })));
    }
}
