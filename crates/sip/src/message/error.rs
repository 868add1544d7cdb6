//! Messages that cannot be understood.

use super::{Message, Name};

/// A message that cannot be understood, and how to answer it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{kind} ({})", .kind.section())]
pub struct ParseError {
    kind: ParseErrorKind,
    read: Option<Box<Message>>,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Nothing but line breaks: a keep-alive (RFC 5626 §3.5.1).
    #[error("nothing but line breaks")]
    Empty,
    /// The first line is neither a request line nor a status line.
    #[error("no SIP start line")]
    NotSip,
    /// More than [`super::MAX_MESSAGE`] octets.
    #[error("larger than 64 KiB")]
    TooLarge,
    /// More than [`super::MAX_HEADERS`] rows.
    #[error("more than 256 header rows")]
    TooManyHeaders,
    /// More than [`super::MAX_VIAS`] Via values.
    #[error("more than 64 Via values")]
    TooManyVias,
    /// A header row with more than [`super::MAX_VALUE`] octets.
    #[error("a header value larger than 8 KiB")]
    ValueTooLong,
}

impl ParseErrorKind {
    /// The section of the RFC that says so.
    pub fn section(self) -> &'static str {
        match self {
            Self::Empty => "RFC 5626 §3.5.1",
            Self::NotSip => "RFC 3261 §7",
            Self::TooLarge | Self::TooManyHeaders | Self::TooManyVias | Self::ValueTooLong => {
                "RFC 3261 §21.5.14"
            }
        }
    }
}

impl ParseError {
    pub(super) fn new(kind: ParseErrorKind, read: Option<Message>) -> Self {
        Self { kind, read: read.map(Box::new) }
    }

    /// What is wrong.
    pub fn kind(&self) -> ParseErrorKind {
        self.kind
    }

    /// The section of the RFC that says so.
    pub fn section(&self) -> &'static str {
        self.kind.section()
    }

    /// The code to answer a request with: 513 for one over a bound, 400 otherwise.
    pub fn code(&self) -> u16 {
        match self.kind {
            ParseErrorKind::Empty | ParseErrorKind::NotSip => 400,
            ParseErrorKind::TooLarge
            | ParseErrorKind::TooManyHeaders
            | ParseErrorKind::TooManyVias
            | ParseErrorKind::ValueTooLong => 513,
        }
    }

    /// What could be read, when that is enough to answer: a request with Via, From, To, Call-ID and
    /// CSeq. Its body is empty.
    pub fn answerable(&self) -> Option<&Message> {
        let needed = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq];
        self.read.as_deref().filter(|message| {
            message.is_request() && needed.into_iter().all(|name| message.header(name).is_some())
        })
    }
}
