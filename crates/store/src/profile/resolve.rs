//! A trunk out of its three layers.

use std::collections::BTreeMap;

use serde::Serialize;
use toml::{Table, Value};

use super::{Confidence, Fact, Learnt, Profile, ProfileError, Profiles, key, parse};
use crate::folders::Folders;
use crate::settings::{self, Problem, SettingsError, Trunk, TrunkFile};

/// Where a setting's value comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "origin", rename_all = "kebab-case")]
pub enum Origin {
    /// This program's default.
    Default,
    /// A test found it on this trunk.
    Learnt {
        /// The fact.
        fact: Fact,
    },
    /// The provider's profile.
    Profile {
        /// The fact.
        fact: Fact,
    },
    /// The trunk's own file.
    Trunk,
}

/// A trunk that can be used, and where each of its settings comes from.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Checked and complete.
    pub trunk: Trunk,
    origins: BTreeMap<String, Origin>,
}

impl Resolved {
    /// Where a setting such as `media.codecs` comes from.
    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or(Origin::Default)
    }

    /// All settings that are not defaults, in order.
    pub fn origins(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.origins.iter().map(|(key, origin)| (key.as_str(), origin))
    }
}

/// Lays the layers over each other: the profile's facts, what was learnt, what the trunk's own
/// file says. Guesses are left out. A trunk without a name gets its file's.
///
/// # Errors
/// [`SettingsError::Invalid`] when the result is not allowed or lacks something.
pub fn resolve(
    file: &TrunkFile,
    profile: Option<&Profile>,
    learnt: Option<&Learnt>,
) -> Result<Resolved, SettingsError> {
    let mut table = Table::new();
    let mut origins = BTreeMap::new();
    for fact in settings_of(profile.map_or(&[], |profile| &profile.facts)) {
        parse::lay(&mut table, &fact.key, &fact.value);
        origins.insert(fact.key.clone(), Origin::Profile { fact: fact.clone() });
    }
    for fact in settings_of(learnt.map_or(&[], Learnt::facts)) {
        parse::lay(&mut table, &fact.key, &fact.value);
        origins.insert(fact.key.clone(), Origin::Learnt { fact: fact.clone() });
    }
    for (section, keys) in file.table() {
        let Value::Table(keys) = keys else { continue };
        let below = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
        for (name, value) in keys {
            origins.insert(format!("{section}.{name}"), Origin::Trunk);
            if let Value::Table(below) = below {
                below.insert(name, value);
            }
        }
    }
    let invalid = |problems| SettingsError::Invalid { path: file.path().into(), problems };
    let mut trunk: Trunk = table.try_into().map_err(|error: toml::de::Error| {
        let sentence = error.message().to_owned();
        invalid(vec![Problem { key: String::new(), place: None, sentence }])
    })?;
    if trunk.trunk.name.is_empty() {
        let stem = file.path().file_stem().map(|stem| stem.to_string_lossy());
        trunk.trunk.name = settings::name(&stem.unwrap_or_default());
    }
    let trunk = trunk.checked().map_err(invalid)?;
    Ok(Resolved { trunk, origins })
}

/// As [`resolve`], with the profile and what was learnt taken from the user's folders.
///
/// # Errors
/// [`ResolveError`].
pub fn resolve_in(folders: &Folders, file: &TrunkFile) -> Result<Resolved, ResolveError> {
    let written = &file.written().trunk;
    let profiles = Profiles::with_own(&folders.profiles());
    let profile = written.profile.as_deref().map(|name| profiles.find(name)).transpose()?;
    let stem = file.path().file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name = if written.name.is_empty() { settings::name(stem) } else { written.name.clone() };
    let learnt = Learnt::open(&folders.learnt(), &name)?;
    Ok(resolve(file, profile.as_ref(), Some(&learnt))?)
}

/// Why a trunk cannot be resolved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Its profile or what was learnt.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Its own file.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

fn settings_of(facts: &[Fact]) -> impl Iterator<Item = &Fact> {
    facts.iter().filter(|fact| {
        let setting = key::find(&fact.key).is_some_and(|key| key.setting);
        setting && fact.confidence > Confidence::Guess
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn fact(key: &str, value: impl Into<Value>, confidence: Confidence) -> Fact {
        let value = value.into();
        Fact { key: key.into(), value, source: "s".into(), verified_on: None, confidence }
    }

    fn profile(facts: Vec<Fact>) -> Profile {
        Profile {
            name: "p".into(),
            title: "P".into(),
            recorded_on: None,
            countries: Vec::new(),
            facts,
        }
    }

    #[test]
    fn the_trunk_wins_over_what_was_learnt_and_that_over_the_profile() {
        let here = tempfile::tempdir().unwrap();
        let profile = profile(vec![
            fact("trunk.domain", "p.example", Confidence::Published),
            fact("trunk.transport", "tcp", Confidence::Published),
            fact("trunk.expires", 300, Confidence::Published),
            fact("media.dtmf", "inband", Confidence::Published),
            fact("media.srtp", "required", Confidence::Guess),
            fact("test.cps", 2, Confidence::Published),
            fact("hosts.pattern", "{x}.p.example", Confidence::Published),
        ]);
        let mut learnt = Learnt::open(here.path(), "office").unwrap();
        learnt.record(fact("trunk.transport", "tls", Confidence::Learnt));
        learnt.record(fact("media.dtmf", "info", Confidence::Learnt));
        let text = "[trunk]\nuser = \"a\"\n[media]\ndtmf = \"rfc4733\"\n";
        let file = TrunkFile::parse(Path::new("x/office.toml"), text).unwrap();
        let resolved = resolve(&file, Some(&profile), Some(&learnt)).unwrap();
        let trunk = &resolved.trunk;
        assert_eq!(trunk.trunk.name, "office");
        assert_eq!(trunk.trunk.domain, "p.example");
        assert_eq!(trunk.trunk.expires, 300);
        assert_eq!(trunk.trunk.transport, "tls");
        assert_eq!(trunk.media.dtmf, "rfc4733");
        assert_eq!(trunk.test.cps, Some(2.0));
        assert_eq!(trunk.media.srtp, "off", "a guess is not applied");
        assert!(matches!(resolved.origin("trunk.expires"), Origin::Profile { .. }));
        assert!(matches!(resolved.origin("trunk.transport"), Origin::Learnt { .. }));
        assert_eq!(resolved.origin("media.dtmf"), Origin::Trunk);
        assert_eq!(resolved.origin("media.srtp"), Origin::Default);
    }

    #[test]
    fn an_empty_text_of_the_trunk_switches_the_profile_s_off() {
        let profile = profile(vec![
            fact("trunk.domain", "p.example", Confidence::Published),
            fact("trunk.proxy", "proxy.p.example", Confidence::Published),
        ]);
        let file =
            TrunkFile::parse(Path::new("a.toml"), "[trunk]\nuser = \"a\"\nproxy = \"\"").unwrap();
        let resolved = resolve(&file, Some(&profile), None).unwrap();
        assert_eq!(resolved.trunk.trunk.proxy, None);
    }

    #[test]
    fn what_no_layer_says_is_asked_for() {
        let file = TrunkFile::parse(Path::new("a.toml"), "[trunk]\nuser = \"a\"").unwrap();
        let error = resolve(&file, None, None).unwrap_err().to_string();
        assert!(error.contains("trunk.domain"), "{error}");
    }

    #[test]
    fn a_profile_that_is_not_there_is_told_with_those_that_are() {
        let here = tempfile::tempdir().unwrap();
        let folders = Folders { config: here.path().into(), data: here.path().into() };
        let text = "[trunk]\nuser = \"a\"\nprofile = \"telnix\"";
        let file = TrunkFile::parse(Path::new("a.toml"), text).unwrap();
        let error = resolve_in(&folders, &file).unwrap_err().to_string();
        assert!(error.contains("telnix") && error.contains("telnyx"), "{error}");
        let file =
            TrunkFile::parse(Path::new("a.toml"), &text.replace("telnix", "telnyx")).unwrap();
        let resolved = resolve_in(&folders, &file).unwrap();
        assert!(resolved.trunk.trunk.domain.contains("telnyx"));
    }

    #[test]
    fn a_changed_setting_is_written_without_the_profile_s_facts() {
        let profile = profile(vec![
            fact("trunk.domain", "p.example", Confidence::Published),
            fact("trunk.expires", 300, Confidence::Published),
        ]);
        let text = "# mine\n[trunk]\nname = \"a\"\nuser = \"a\"\n";
        let mut file = TrunkFile::parse(Path::new("a.toml"), text).unwrap();
        let before = resolve(&file, Some(&profile), None).unwrap().trunk;
        let mut after = before.clone();
        after.trunk.user = "b".into();
        file.change(&before, &after).unwrap();
        assert_eq!(file.text(), text.replace("user = \"a\"", "user = \"b\""));
    }
}
