//! SIP messages: read without loss, and written.
//!
//! [`Message::parse`] is tolerant and strict in one pass. It reads all that can be understood,
//! keeps the octets as they came, and writes each place that leaves the RFC down as a
//! [`Deviation`]. What a user agent must refuse is [`Message::fault`].

mod builder;
mod check;
mod deviation;
mod error;
mod method;
mod multipart;
mod name;
mod parse;
mod start_line;
mod typed;
mod value;

pub use builder::{Builder, reason_phrase};
pub use deviation::{Deviation, Fault, Rule};
pub use error::{ParseError, ParseErrorKind};
pub use method::Method;
pub use multipart::{BodyPart, MAX_PART_HEADERS, MAX_PARTS, parts};
pub use name::Name;
pub use value::{Value, Values};

pub(crate) use deviation::Weight;

use std::borrow::Cow;

use bytes::Bytes;

use self::start_line::StartLine;
use crate::{
    grammar::{Span, lossy, trim, unfold},
    uri::{Uri, UriError},
};

/// Octets of the largest message on a stream; a datagram cannot be larger.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// Header rows of one message.
pub const MAX_HEADERS: usize = 256;
/// Via values of one message.
pub const MAX_VIAS: usize = 64;
/// Octets of one header row's value, and of a URI.
pub const MAX_VALUE: usize = 8 * 1024;

/// How the end of a message is known (RFC 3261 §18.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The message ends with the datagram; without Content-Length so does the body.
    Datagram,
    /// Content-Length says where the message ends.
    Stream,
}

/// A message that was received: its octets, and where everything stands in them.
///
/// ```
/// use bytes::Bytes;
/// use milliwatt_sip::message::{Framing, Message, Method, Name};
///
/// let raw = Bytes::from_static(b"OPTIONS sip:a@example.com SIP/2.0\r\n\
///     v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n\
///     f: <sip:b@example.com>;tag=1\r\nt: <sip:a@example.com>\r\ni: 7@b\r\n\
///     CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nl: 0\r\n\r\n");
/// let message = Message::parse(raw.clone(), Framing::Datagram).unwrap();
/// assert_eq!(message.method(), Some(Method::Options));
/// assert_eq!(message.header("call-id").unwrap().text(), "7@b");
/// assert_eq!(message.from().unwrap().tag(), Some("1"));
/// assert_eq!(message.header(Name::Via).unwrap().as_bytes(), b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx");
/// assert!(message.deviations().is_empty());
/// assert_eq!(message.raw(), &raw);
/// ```
#[derive(Clone, Debug)]
pub struct Message {
    raw: Bytes,
    start: StartLine,
    lines: Vec<Line>,
    body: Span,
    scans: check::Scans,
    deviations: Vec<Deviation>,
    fault: Option<Fault>,
}

/// One header row.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Number of the known name: a row is kept small.
    known: Option<u8>,
    text: Span,
    value: Span,
    /// It has no continuation lines.
    flat: bool,
}

impl Line {
    /// The known name.
    fn known(&self) -> Option<Name<'static>> {
        Name::of_index(self.known?)
    }

    /// The value unfolded, not split.
    fn unfolded<'a>(&self, raw: &'a [u8]) -> Cow<'a, [u8]> {
        let value = self.value.bytes(raw);
        if self.flat { Cow::Borrowed(trim(value)) } else { unfold(value) }
    }
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    ///
    /// When there is no SIP start line, or a bound is exceeded: [`MAX_MESSAGE`], [`MAX_HEADERS`],
    /// [`MAX_VIAS`], [`MAX_VALUE`]. The error says how to answer.
    pub fn parse(raw: impl Into<Bytes>, framing: Framing) -> Result<Self, ParseError> {
        parse::parse(raw.into(), framing)
    }

    /// The octets as they came.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The body: as many octets as Content-Length says and the message has.
    pub fn body(&self) -> Bytes {
        let range = self.body.start().min(self.raw.len())..self.body.end().min(self.raw.len());
        self.raw.slice(range)
    }

    /// All places where the message leaves the RFC, in the order in which they were met; the first
    /// 64 of them.
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// Why a user agent must not act on this message, when it must not: the request is answered
    /// with the code, the response dropped. A method that is unknown is 501 where only its CSeq
    /// disagrees with it.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// True for a request, false for a response.
    pub fn is_request(&self) -> bool {
        matches!(self.start, StartLine::Request { .. })
    }

    /// The method of a request.
    pub fn method(&self) -> Option<Method> {
        match self.start {
            StartLine::Request { method, .. } => Some(Method::from(&*self.text(method))),
            StartLine::Response { .. } => None,
        }
    }

    /// The Request-URI as it was written.
    pub fn request_uri(&self) -> Option<Cow<'_, str>> {
        match self.start {
            StartLine::Request { uri, .. } => Some(self.text(uri)),
            StartLine::Response { .. } => None,
        }
    }

    /// The Request-URI, read.
    pub fn uri(&self) -> Option<Result<Uri, UriError>> {
        self.request_uri().map(|uri| Uri::parse(&uri))
    }

    /// The status code of a response, 100 to 699; `None` where it is malformed, which is a fault.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            StartLine::Request { .. } => None,
            StartLine::Response { code, .. } => code,
        }
    }

    /// The reason phrase of a response as it was written; empty for a request.
    pub fn reason(&self) -> Cow<'_, str> {
        match self.start {
            StartLine::Request { .. } => Cow::Borrowed(""),
            StartLine::Response { reason, .. } => self.text(reason),
        }
    }

    /// The start line as it was written, without its line end.
    pub fn start_line(&self) -> Cow<'_, str> {
        self.text(self.start.line())
    }

    /// The first value of a header.
    pub fn header<'a>(&'a self, name: impl Into<Name<'a>>) -> Option<Value<'a>> {
        self.values(name).next()
    }

    /// All values of a header in order: those of repeated rows, and in headers that are lists those
    /// with commas between them.
    pub fn values<'a>(&'a self, name: impl Into<Name<'a>>) -> Values<'a> {
        Values::new(self, name.into())
    }

    /// All header rows in order: the name as it was written, the value unfolded but not split.
    pub fn header_lines(&self) -> impl Iterator<Item = (&[u8], Value<'_>)> {
        self.lines
            .iter()
            .map(|line| (line.text.bytes(&self.raw), Value::new(line.unfolded(&self.raw))))
    }

    /// Header rows in order with their names read.
    pub fn rows(&self) -> impl Iterator<Item = (Name<'_>, Value<'_>)> {
        self.lines.iter().map(|line| {
            let other =
                || Name::Other(str::from_utf8(line.text.bytes(&self.raw)).unwrap_or_default());
            let name = line.known().unwrap_or_else(other);
            (name, Value::new(line.unfolded(&self.raw)))
        })
    }

    fn text(&self, span: Span) -> Cow<'_, str> {
        lossy(span.bytes(&self.raw))
    }

    #[inline]
    fn line_is(&self, line: &Line, name: Name<'_>) -> bool {
        if line.known != name.index() {
            return false;
        }
        let Name::Other(wanted) = name else { return true };
        line.text.bytes(&self.raw).eq_ignore_ascii_case(wanted.as_bytes())
    }
}
