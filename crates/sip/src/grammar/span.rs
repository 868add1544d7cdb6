//! Where a part stands in a text, and texts that share one buffer.

use std::sync::Arc;

/// A range of octets. Reading it out of a text that it does not fit gives nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.end as usize
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start >= self.end
    }

    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start()..self.end()).unwrap_or_default()
    }

    pub(crate) fn bytes(self, raw: &[u8]) -> &[u8] {
        raw.get(self.start()..self.end()).unwrap_or_default()
    }

    /// The same part, counted from `base` octets further left.
    pub(crate) fn shifted(self, base: usize) -> Self {
        Self::new(self.start() + base, self.end() + base)
    }
}

/// A part of a shared text: an address and its URI keep one allocation between them.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    whole: Arc<str>,
    span: Span,
}

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        Self { whole: text.into(), span: Span::new(0, text.len()) }
    }

    /// A part of this text, sharing its buffer.
    pub(crate) fn part(&self, span: Span) -> Self {
        Self { whole: Arc::clone(&self.whole), span: span.shifted(self.span.start()) }
    }

    pub(crate) fn as_str(&self) -> &str {
        self.span.of(&self.whole)
    }

    pub(crate) fn slice(&self, span: Span) -> &str {
        span.of(self.as_str())
    }
}
