//! The lines of a session or of a medium, as they came.

use std::fmt;

use super::attribute;

/// One line, `kind=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The letter before the equals sign.
    pub kind: char,
    /// Everything after it.
    pub value: String,
}

/// Lines in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// The lines.
    pub lines: Vec<Line>,
}

impl Section {
    /// Adds a line at the end.
    pub fn push(&mut self, kind: char, value: impl Into<String>) {
        self.lines.push(Line { kind, value: value.into() });
    }

    /// The value of the first line of a kind.
    pub fn first(&self, kind: char) -> Option<&str> {
        self.lines.iter().find(|line| line.kind == kind).map(|line| line.value.as_str())
    }

    /// Names and values of the attributes in order; the value is empty where there is no colon.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        let values = self.lines.iter().filter(|line| line.kind == 'a');
        values.map(|line| attribute::split(&line.value))
    }

    /// The value of the first attribute of a name; empty for a flag.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes().find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| write!(f, "{}={}\r\n", line.kind, line.value))
    }
}
