//! Provider profiles: what is known about a provider's trunks, fact by fact, with its source.
//!
//! A profile is a TOML file. Three layers make a trunk: the provider's profile, over it what tests
//! learnt about this trunk, over it what the trunk's own file says ([`resolve`]).

mod key;
mod learnt;
mod parse;
mod resolve;
mod shipped;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use toml::Value;

use crate::settings::Problem;

pub use self::key::{KEYS, Key, Kind};
pub use self::learnt::Learnt;
pub use self::resolve::{Origin, ResolveError, Resolved, resolve, resolve_in};
pub use self::shipped::Profiles;

/// How well a fact is founded.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// An assumption; never applied to a trunk, only shown.
    Guess,
    /// Generally known, but read in no source.
    Unverified,
    /// Read in a source that the provider or a user of it published.
    Published,
    /// Found by a test on this very trunk.
    Learnt,
}

/// One thing that is known.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fact {
    /// What it is about, one of [`KEYS`] or `quirk.NAME`.
    pub key: String,
    /// The value, of the kind that its key has.
    #[cfg_attr(feature = "typescript", ts(type = "boolean | number | string | string[]"))]
    pub value: Value,
    /// Where it comes from: an address, a document's name or the id of a check.
    pub source: String,
    /// Day on which it was read at its source or found by a test, `YYYY-MM-DD`; `None`: never.
    pub verified_on: Option<String>,
    /// How well it is founded.
    pub confidence: Confidence,
}

impl Fact {
    /// Whether it is to be shown as unverified.
    pub fn is_verified(&self) -> bool {
        self.verified_on.is_some() && self.confidence >= Confidence::Published
    }
}

/// A provider's profile.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// Its name: that of its file.
    pub name: String,
    /// The provider's name as people write it.
    pub title: String,
    /// Day on which the facts were taken into the file, `YYYY-MM-DD`.
    pub recorded_on: Option<String>,
    /// Countries it is mainly used in, ISO 3166; empty: many.
    pub countries: Vec<String>,
    /// What is known, in the order of the file; at most one fact a key.
    pub facts: Vec<Fact>,
}

impl Profile {
    /// The fact about a key.
    pub fn fact(&self, key: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.key == key)
    }
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// It is no TOML or says something that is not allowed.
    #[error("{}: {}", path.display(), problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, in the order of the file.
        problems: Vec<Problem>,
    },
    /// The file or folder cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// There is no profile of that name.
    #[error("no provider profile named \"{}\": there are {}", name.escape_debug(), others.join(", "))]
    Unknown {
        /// Its name.
        name: String,
        /// Those that there are.
        others: Vec<String>,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {why}; it is as it was", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
}
