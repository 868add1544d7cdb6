//! Header values as they stand in a message.

use std::borrow::Cow;

use super::{Message, Name};
use crate::{
    grammar::{Params, lossy, next_element, unfold},
    header::{Header, ValueError},
};

/// One header value, unfolded and without white space around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    octets: Cow<'a, [u8]>,
}

impl<'a> Value<'a> {
    pub(super) fn new(octets: Cow<'a, [u8]>) -> Self {
        Self { octets }
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// The text; octets that are no UTF-8 read as U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        lossy(&self.octets)
    }

    /// The text, owned by whoever holds the message.
    pub fn into_text(self) -> Cow<'a, str> {
        match self.octets {
            Cow::Borrowed(octets) => lossy(octets),
            Cow::Owned(octets) => Cow::Owned(String::from_utf8_lossy(&octets).into_owned()),
        }
    }

    /// Reads the value as a typed header.
    ///
    /// # Errors
    ///
    /// When it cannot be understood.
    pub fn parse<T: Header>(&self) -> Result<T, ValueError> {
        T::parse(&self.text())
    }

    /// What stands before the parameters, and the parameters, when the value is valid UTF-8.
    pub fn split_params(&self) -> Option<(&str, Params<'_>)> {
        let text = str::from_utf8(&self.octets).ok()?;
        let (value, params) = text.split_once(';').unwrap_or((text, ""));
        Some((value.trim_matches([' ', '\t']), Params::new(params)))
    }
}

/// Iterator over the values of one header.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    message: &'a Message,
    name: Name<'a>,
    line: usize,
    at: usize,
}

impl<'a> Values<'a> {
    pub(super) fn new(message: &'a Message, name: Name<'a>) -> Self {
        Self { message, name, line: 0, at: 0 }
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        loop {
            let mut rest = self.message.lines.get(self.line..)?.iter();
            self.line += rest.position(|line| self.message.line_is(line, self.name))?;
            let line = self.message.lines.get(self.line)?;
            if !self.name.is_list() {
                self.line += 1;
                return Some(Value::new(line.unfolded(&self.message.raw)));
            }
            let row = line.value.bytes(&self.message.raw);
            let Some((span, next)) = next_element(row, self.at) else {
                self.line += 1;
                self.at = 0;
                continue;
            };
            self.at = next;
            let value = unfold(span.bytes(row));
            if !value.is_empty() {
                return Some(Value::new(value));
            }
        }
    }
}
