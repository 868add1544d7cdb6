//! Settings: one TOML file a trunk, as the command line contract writes it.
//!
//! A file is read whole with every fault told by line and column, and is changed key by key, so
//! that comments and keys that this version does not know stay. It is replaced whole or not at
//! all. What a trunk leaves unsaid comes from its provider's profile: `profile::resolve`.

mod check;
mod edit;
mod file;
mod keys;
mod number;
pub(crate) mod place;
mod trunk;
mod trunks;

use std::fmt;
use std::path::PathBuf;

pub use self::check::CODECS;
pub use self::file::TrunkFile;
pub use self::number::{destination, did};
pub use self::trunk::{
    Limit, MediaSettings, Numbers, SecretRef, TestSettings, TlsSettings, Trunk, TrunkAccount,
};
pub(crate) use self::trunks::is_name;
pub use self::trunks::{Trunks, name};

/// Something wrong with a value, and what is allowed instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, such as `numbers.dids[1]`; empty when the file as a whole is meant.
    pub key: String,
    /// Line and column in the file, from 1; `None` when the value is in no file.
    pub place: Option<(usize, usize)>,
    /// A sentence that says what is allowed.
    pub sentence: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.sentence)
    }
}

/// Why settings cannot be used or kept. The file is as it was in every case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Another program changed the file since it was read.
    #[error("{} was changed by another program: read it again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// There is a trunk of that name.
    #[error("there is a trunk named \"{name}\" already: choose another name or remove it first")]
    Exists {
        /// Its name.
        name: String,
    },
    /// Values that are not allowed, or no TOML at all.
    #[error("{}: {}", path.display(), Lines(problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, in the order of the file.
        problems: Vec<Problem>,
    },
    /// The name cannot be that of a trunk.
    #[error("\"{}\" cannot name a trunk: use 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first", name.escape_debug())]
    Name {
        /// The name.
        name: String,
    },
    /// The file or folder cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// There is no trunk of that name.
    #[error("no trunk named \"{}\" in {}{}", name.escape_debug(), folder.display(), Others(others))]
    Unknown {
        /// Its name.
        name: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// Those that are there.
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

struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { "\n" };
            write!(f, "{between}{problem}")?;
        }
        Ok(())
    }
}

struct Others<'a>(&'a [String]);

impl fmt::Display for Others<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str(": there is none yet, milliwatt trunk add makes one"),
            others => write!(f, ": there are {}", others.join(", ")),
        }
    }
}
