//! Where messages end on a stream (RFC 3261 §7.5, §18.3; keep-alives: RFC 5626 §3.5.1).

use bytes::{Buf, Bytes, BytesMut};

use crate::{
    grammar::trim,
    header::{Number, scan_number},
    message::{MAX_MESSAGE, Name},
};

/// Cuts the octets of one connection into messages.
///
/// > After every `push`, call `next` until it returns `None`.
///
/// It holds no more than one message of [`MAX_MESSAGE`] octets and what was pushed last, and looks
/// at each octet a bounded number of times, however they arrive.
///
/// ```
/// use milliwatt_sip::stream::{Framed, Framer};
///
/// let mut framer = Framer::new();
/// framer.push(b"\r\n\r\nBYE sip:a SIP/2.0\r\nl: 2\r\n\r\nhi\r\n");
/// assert_eq!(framer.next(), Some(Framed::Ping));
/// assert!(matches!(framer.next(), Some(Framed::Message(message)) if message.ends_with(b"hi")));
/// assert_eq!(framer.next(), Some(Framed::Pong));
/// assert_eq!(framer.next(), None);
/// ```
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    /// Octets that were searched for the blank line.
    searched: usize,
    /// Octets of the message at the front, once its headers are there.
    size: Option<usize>,
    broken: bool,
}

/// What came out of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// The stream cannot be followed any further: answer when the head allows it, then close.
    Broken {
        /// Why.
        reason: Broken,
        /// What stands at the front, at most [`MAX_MESSAGE`] octets.
        head: Bytes,
    },
    /// One message with its body.
    Message(Bytes),
    /// A double CRLF: answer it with one CRLF.
    Ping,
    /// A single CRLF: the answer to our ping.
    Pong,
}

/// Why a stream cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Content-Length is no number, or two of them disagree.
    #[error("Content-Length does not say where the message ends")]
    ContentLength,
    /// The message is larger than [`MAX_MESSAGE`].
    #[error("a message larger than 64 KiB")]
    TooLarge,
}

impl Framer {
    /// A stream that starts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes octets that arrived. After [`Framed::Broken`] they are thrown away.
    pub fn push(&mut self, octets: &[u8]) {
        if !self.broken {
            self.buffer.extend_from_slice(octets);
        }
    }

    /// True between the first octet of a message and its last: the owner's timers for slow senders
    /// run while it is.
    pub fn is_inside(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// True while the headers of the message at the front are not complete.
    pub fn is_inside_headers(&self) -> bool {
        self.is_inside() && self.size.is_none()
    }

    /// The next thing that is complete.
    #[allow(clippy::should_implement_trait, reason = "it goes on after None when more is pushed")]
    pub fn next(&mut self) -> Option<Framed> {
        if self.broken {
            return None;
        }
        if self.size.is_none()
            && let Some(keep_alive) = self.line_breaks()
        {
            return Some(keep_alive);
        }
        if self.size.is_none() {
            let end = match self.find_end() {
                Some(end) => end,
                None if self.buffer.len() >= MAX_MESSAGE => {
                    return Some(self.break_off(Broken::TooLarge));
                }
                None => return None,
            };
            match content_length(self.buffer.get(..end).unwrap_or_default()) {
                Ok(length) => self.size = Some(end.saturating_add(length)),
                Err(reason) => return Some(self.break_off(reason)),
            }
        }
        let size = self.size?;
        if size > MAX_MESSAGE {
            return Some(self.break_off(Broken::TooLarge));
        }
        if self.buffer.len() < size {
            return None;
        }
        (self.size, self.searched) = (None, 0);
        Some(Framed::Message(self.buffer.split_to(size).freeze()))
    }

    /// Line breaks between messages: keep-alives, and a lone CR that waits for its LF.
    fn line_breaks(&mut self) -> Option<Framed> {
        let feeds = self.buffer.iter().take_while(|&&octet| octet == b'\n').count();
        self.buffer.advance(feeds);
        let (octets, framed) = match &*self.buffer {
            [b'\r', b'\n', b'\r', b'\n', ..] => (4, Framed::Ping),
            [b'\r', b'\n', b'\r'] => return None,
            [b'\r', b'\n', ..] => (2, Framed::Pong),
            _ => return None,
        };
        self.buffer.advance(octets);
        self.searched = 0;
        Some(framed)
    }

    /// The octet after the blank line, when it is there.
    fn find_end(&mut self) -> Option<usize> {
        let start = self.searched;
        let fresh = self.buffer.get(start..).unwrap_or_default();
        for feed in memchr::memchr_iter(b'\n', fresh).map(|at| start + at) {
            match self.buffer.get(feed + 1..) {
                Some([b'\n', ..]) => return Some(feed + 2),
                Some([b'\r', b'\n', ..]) => return Some(feed + 3),
                _ => {}
            }
        }
        self.searched = self.buffer.len().saturating_sub(2);
        None
    }

    fn break_off(&mut self, reason: Broken) -> Framed {
        self.broken = true;
        let mut head = std::mem::take(&mut self.buffer);
        head.truncate(MAX_MESSAGE);
        Framed::Broken { reason, head: head.freeze() }
    }
}

/// The Content-Length of a head; 0 where there is none.
fn content_length(head: &[u8]) -> Result<usize, Broken> {
    let mut found = None;
    let mut lines = head.split(|&octet| octet == b'\n').skip(1).peekable();
    while let Some(line) = lines.next() {
        let colon = memchr::memchr(b':', line).unwrap_or_default();
        let name = trim(line.get(..colon).unwrap_or_default());
        if line.first().is_some_and(|octet| b" \t".contains(octet))
            || Name::known(name) != Some(Name::ContentLength)
        {
            continue;
        }
        let mut value = line.get(colon + 1..).unwrap_or_default().to_vec();
        while let Some(folded) = lines.next_if(|line| matches!(line, [b' ' | b'\t', ..])) {
            value.extend_from_slice(folded);
        }
        let text = str::from_utf8(trim(&value)).ok();
        let length = match text.and_then(scan_number) {
            Some(Number::Fits(length)) => length as usize,
            Some(Number::Overlarge) => return Err(Broken::TooLarge),
            None => return Err(Broken::ContentLength),
        };
        if found.is_some_and(|found| found != length) {
            return Err(Broken::ContentLength);
        }
        found = Some(length);
    }
    Ok(found.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(framer: &mut Framer) -> Vec<Framed> {
        std::iter::from_fn(|| framer.next()).collect()
    }

    fn message(text: &str) -> Framed {
        Framed::Message(Bytes::copy_from_slice(text.as_bytes()))
    }

    const ONE: &str = "BYE sip:a SIP/2.0\r\nContent-Length : \r\n 3\r\n\r\na\r\n";
    const TWO: &str = "ACK sip:a SIP/2.0\nl:0\n\n";

    #[test]
    fn octet_by_octet_and_all_at_once() {
        let stream = format!("{ONE}{TWO}{ONE}");
        let expected = [message(ONE), message(TWO), message(ONE)];
        let mut whole = Framer::new();
        whole.push(stream.as_bytes());
        assert_eq!(drain(&mut whole), expected);
        let mut slow = Framer::new();
        let mut found = Vec::new();
        for octet in stream.bytes() {
            slow.push(&[octet]);
            found.extend(drain(&mut slow));
        }
        assert_eq!(found, expected);
        assert!(!slow.is_inside());
    }

    #[test]
    fn keep_alives_between_messages() {
        let mut framer = Framer::new();
        framer.push(b"\r\n");
        assert_eq!(drain(&mut framer), [Framed::Pong]);
        framer.push(b"\r\n\r");
        assert_eq!(drain(&mut framer), []);
        framer.push(b"\n");
        framer.push(TWO.as_bytes());
        assert_eq!(drain(&mut framer), [Framed::Ping, message(TWO)]);
    }

    #[test]
    fn what_breaks_a_stream() {
        for (head, expected) in [
            ("A b SIP/2.0\r\nl: -999\r\n\r\n", Broken::ContentLength),
            ("A b SIP/2.0\r\nl: \r\n\r\n", Broken::ContentLength),
            ("A b SIP/2.0\r\nl: 5\r\nContent-Length: 6\r\n\r\n", Broken::ContentLength),
            ("A b SIP/2.0\r\nl: 65536\r\n\r\n", Broken::TooLarge),
            ("A b SIP/2.0\r\nl: 99999999999999999999\r\n\r\n", Broken::TooLarge),
        ] {
            let mut framer = Framer::new();
            framer.push(head.as_bytes());
            let Some(Framed::Broken { reason, head: kept }) = framer.next() else {
                panic!("{head}")
            };
            assert_eq!((reason, &*kept), (expected, head.as_bytes()));
            framer.push(TWO.as_bytes());
            assert_eq!(framer.next(), None);
        }
    }

    #[test]
    fn endless_headers_are_bounded() {
        let mut framer = Framer::new();
        framer.push(b"A b SIP/2.0\r\n");
        let broken = (0..5000).find_map(|_| {
            framer.push(b"X: yyyyyyyyyyyyyyyyyyyyy\r\n");
            framer.next()
        });
        let Some(Framed::Broken { reason: Broken::TooLarge, head }) = broken else { panic!() };
        assert!(head.len() <= MAX_MESSAGE);
    }
}
