//! The messages of RFC 4475 and RFC 5118, and what the RFCs ask for each of them. Every test that sends
//! or parses them includes this file.

#![allow(dead_code, reason = "no test needs all of it")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A row of `index.tsv`, which README.md beside it explains.
pub(super) struct Row {
    pub(super) file: String,
    pub(super) name: String,
    pub(super) request: bool,
    pub(super) outcome: String,
    also: String,
    /// Of the top Via: `UDP`, `TCP` or `TLS`.
    pub(super) transport: String,
}

impl Row {
    /// The message.
    pub(super) fn octets(&self) -> Vec<u8> {
        fs::read(folder().join(&self.file)).unwrap()
    }

    /// Fails unless the code is one that the RFC allows for an answer to this request.
    pub(super) fn assert_allows(&self, code: u16) {
        let wanted = codes_in(&self.outcome);
        let understood = self.outcome.starts_with("parse-ok") && wanted.is_empty();
        let fits = understood && !matches!(code, 400 | 505 | 513)
            || wanted.contains(&code)
            || codes_in(&self.also).contains(&code);
        assert!(fits, "{}: {code}, not {} or {}", self.file, self.outcome, self.also);
    }

    /// False for the archive's files of RFC 5118, which have no wire form; those beside them do.
    pub(super) fn is_on_the_wire(&self) -> bool {
        !self.file.starts_with("rfc5118/")
    }
}

/// Where the files are, for any package of the workspace.
pub(super) fn folder() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = package.ancestors().map(|above| above.join("tests/data/sip-torture"));
    here.into_iter().find(|folder| folder.is_dir()).unwrap()
}

/// All rows.
pub(super) fn rows() -> Vec<Row> {
    let mut lines = include_str!("index.tsv").lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let read = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |name: &str| cells[columns.iter().position(|c| *c == name).unwrap()].to_owned();
        Row {
            file: cell("file"),
            name: cell("name"),
            request: cell("kind") == "request",
            outcome: cell("rfc_outcome"),
            also: cell("also_allowed"),
            transport: cell("top_via_transport"),
        }
    };
    lines.map(read).collect()
}

/// The status codes that an outcome names.
fn codes_in(text: &str) -> Vec<u16> {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 3);
    numbers.filter_map(|digits| digits.parse().ok()).filter(|code| *code >= 100).collect()
}
