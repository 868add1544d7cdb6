//! One trunk's file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{Document, DocumentMut};

use super::check::{self, Fault};
use super::trunk::Trunk;
use super::{Problem, SettingsError, edit, keys, place};
use crate::{atomic, private};

/// A file longer than this is no trunk, bytes.
const MOST_BYTES: u64 = 1 << 20;

/// A trunk's TOML file, read and found sound.
#[derive(Clone, Debug)]
pub struct TrunkFile {
    path: PathBuf,
    /// What the file held when it was read; `None` when it is new.
    on_disk: Option<String>,
    document: DocumentMut,
    written: Trunk,
    unknown: Vec<Problem>,
}

impl TrunkFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`SettingsError::Read`], or [`Invalid`](SettingsError::Invalid) with each fault's line and
    /// column.
    pub fn open(path: &Path) -> Result<Self, SettingsError> {
        let text = read(path).map_err(|why| SettingsError::Read { path: path.into(), why })?;
        let mut file = Self::parse(path, &text)?;
        file.on_disk = Some(text);
        Ok(file)
    }

    /// A file that is not there yet, holding what differs from the defaults.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] when a value is not allowed.
    pub fn new(path: &Path, trunk: &Trunk) -> Result<Self, SettingsError> {
        let mut file = Self::parse(path, "")?;
        let empty = Trunk::default();
        file.change(&empty, trunk)?;
        Ok(file)
    }

    /// Reads a text as the file at `path` would be read.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] with each fault's line and column.
    pub fn parse(path: &Path, text: &str) -> Result<Self, SettingsError> {
        let invalid = |problems| SettingsError::Invalid { path: path.into(), problems };
        let problem = |message: &str, span: Option<std::ops::Range<usize>>| Problem {
            key: String::new(),
            place: span.map(|span| place::line_and_column(text, span.start)),
            sentence: message.replace('\n', ", "),
        };
        let document = Document::parse(text.to_owned())
            .map_err(|error| invalid(vec![problem(error.message(), error.span())]))?;
        let mut written: Trunk = toml_edit::de::from_document(document.clone())
            .map_err(|error| invalid(vec![problem(error.message(), error.span())]))?;
        let locate = |fault: Fault| {
            let span = place::span(document.as_table(), &fault.path);
            Problem { key: place::spell(&fault.path), ..problem(&fault.sentence, span) }
        };
        let mut problems: Vec<Problem> =
            check::tidy_and_check(&mut written).into_iter().map(locate).collect();
        if !problems.is_empty() {
            problems.sort_by_key(|problem| problem.place);
            return Err(invalid(problems));
        }
        let unknown = keys::unknown(document.as_table());
        let unknown = unknown.into_iter().map(|path| {
            let meant = keys::nearest(&path);
            let meant = meant.map(|key| format!(" (did you mean {key}?)")).unwrap_or_default();
            locate(Fault { path, sentence: format!("is not known and has no effect{meant}") })
        });
        let unknown = unknown.collect();
        Ok(Self {
            path: path.into(),
            on_disk: None,
            document: document.into_mut(),
            written,
            unknown,
        })
    }

    /// The same text for another path, in place of what is there when it is saved.
    pub(super) fn copy_to(&self, path: &Path) -> Result<Self, SettingsError> {
        let mut copy = Self::parse(path, &self.text())?;
        copy.on_disk = on_disk(path)?;
        Ok(copy)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file itself says, defaults for the rest. A trunk to be used comes from
    /// `profile::resolve`.
    pub fn written(&self) -> &Trunk {
        &self.written
    }

    /// Keys that this version does not know: kept, without effect, worth a warning.
    pub fn unknown(&self) -> &[Problem] {
        &self.unknown
    }

    /// The text as it would be written.
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// Writes into the document what differs between two states of the trunk, usually what
    /// `profile::resolve` gave and what the user made of it. All else stays: comments,
    /// unknown keys, and what the profile says is not written into the file.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] when a value is not allowed; nothing is changed then.
    pub fn change(&mut self, before: &Trunk, after: &Trunk) -> Result<(), SettingsError> {
        let table = |trunk: &Trunk| {
            toml::Table::try_from(trunk).map_err(|error| SettingsError::Invalid {
                path: self.path.clone(),
                problems: vec![Problem {
                    key: String::new(),
                    place: None,
                    sentence: error.to_string(),
                }],
            })
        };
        let mut document = self.document.clone();
        edit::apply(document.as_table_mut(), &table(before)?, &table(after)?);
        let changed = Self::parse(&self.path, &document.to_string())?;
        *self = Self { on_disk: self.on_disk.take(), ..changed };
        Ok(())
    }

    /// Replaces the file whole or not at all.
    ///
    /// # Errors
    /// [`SettingsError::Changed`] when the file is not as it was read (or is there although it
    /// should be new), [`Read`](SettingsError::Read) or [`Write`](SettingsError::Write).
    pub fn save(&mut self) -> Result<(), SettingsError> {
        if on_disk(&self.path)? != self.on_disk {
            return Err(SettingsError::Changed { path: self.path.clone() });
        }
        let text = self.text();
        self.path
            .parent()
            .map_or(Ok(()), private::create_folder)
            .and_then(|()| atomic::replace(&self.path, &text))
            .map_err(|why| SettingsError::Write { path: self.path.clone(), why })?;
        self.on_disk = Some(text);
        Ok(())
    }

    /// What the file itself says, as a table, for merging.
    pub(crate) fn table(&self) -> toml::Table {
        // The document was read as TOML, so its text is TOML.
        self.text().parse().unwrap_or_default()
    }
}

/// What a file holds; `None` when there is none.
fn on_disk(path: &Path) -> Result<Option<String>, SettingsError> {
    match read(path) {
        Ok(text) => Ok(Some(text)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(SettingsError::Read { path: path.into(), why }),
    }
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MOST_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "too long for a settings file"));
    }
    fs::read_to_string(path)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod file_tests;
