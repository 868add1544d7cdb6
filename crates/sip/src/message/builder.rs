//! Writing messages.

use bytes::{BufMut, Bytes, BytesMut};

use super::{Message, Method, Name};

/// Puts a message together: start line, headers in the order in which they are added, body.
///
/// Line breaks in names and values become spaces, so that nothing that came from outside can add a
/// header of its own.
///
/// ```
/// use milliwatt_sip::message::{Builder, Method, Name};
///
/// let bytes = Builder::request(&Method::Options, "sip:example.com")
///     .header(Name::MaxForwards, "70")
///     .build();
/// assert_eq!(&*bytes, b"OPTIONS sip:example.com SIP/2.0\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n");
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    start: Vec<u8>,
    rows: Vec<(String, Vec<u8>)>,
    body: Bytes,
}

impl Builder {
    /// A request.
    pub fn request(method: &Method, uri: &str) -> Self {
        Self::with_start(format!("{method} {uri} SIP/2.0").as_bytes())
    }

    /// A response; with an empty reason the phrase of the RFC.
    pub fn response(code: u16, reason: &str) -> Self {
        let reason = if reason.is_empty() { reason_phrase(code) } else { reason };
        Self::with_start(format!("SIP/2.0 {code} {reason}").as_bytes())
    }

    /// A response to that request (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq are copied as
    /// they were received, and Timestamp into a 100. `to_tag` is added where To has no tag.
    pub fn response_to(request: &Message, code: u16, reason: &str, to_tag: Option<&str>) -> Self {
        let mut response = Self::response(code, reason);
        for (name, value) in request.rows() {
            let copied =
                matches!(name, Name::Via | Name::From | Name::To | Name::CallId | Name::CSeq)
                    || (name == Name::Timestamp && code == 100);
            if !copied {
                continue;
            }
            let untagged = || request.to().is_some_and(|to| to.tag().is_none());
            match to_tag {
                Some(tag) if name == Name::To && untagged() => {
                    let tagged = [value.as_bytes(), b";tag=", tag.as_bytes()].concat();
                    response = response.header(name, tagged);
                }
                _ => response = response.header(name, value.as_bytes()),
            }
        }
        response
    }

    /// A message with all that this one has, to be changed: start line, rows and body as received,
    /// folded rows unfolded, Content-Length written anew.
    pub fn edit(message: &Message) -> Self {
        let mut builder = Self::with_start(message.start_line().as_bytes());
        for (name, value) in message.header_lines() {
            let name = String::from_utf8_lossy(name);
            if Name::from(&*name) != Name::ContentLength {
                builder = builder.header(&*name, value.as_bytes());
            }
        }
        builder.body = message.body();
        builder
    }

    fn with_start(line: &[u8]) -> Self {
        Self { start: clean(line), rows: Vec::new(), body: Bytes::new() }
    }

    /// Adds a row after those that are there. Content-Length is written by [`Builder::build`]
    /// unless it is added here.
    #[must_use]
    pub fn header<'a>(mut self, name: impl Into<Name<'a>>, value: impl AsRef<[u8]>) -> Self {
        let name = clean(name.into().as_str().as_bytes());
        self.rows.push((String::from_utf8_lossy(&name).into_owned(), clean(value.as_ref())));
        self
    }

    /// Adds a row when there is a value.
    #[must_use]
    pub fn header_opt<'a>(
        self,
        name: impl Into<Name<'a>>,
        value: Option<impl AsRef<[u8]>>,
    ) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// Adds a row before those that are there: a Via, a Record-Route.
    #[must_use]
    pub fn header_first<'a>(mut self, name: impl Into<Name<'a>>, value: impl AsRef<[u8]>) -> Self {
        self = self.header(name, value);
        self.rows.rotate_right(1);
        self
    }

    /// Replaces all rows of that name by one, at the place of the first.
    #[must_use]
    pub fn set<'a>(mut self, name: impl Into<Name<'a>>, value: impl AsRef<[u8]>) -> Self {
        let name = name.into();
        let is = |row: &(String, Vec<u8>)| Name::from(row.0.as_str()) == name;
        let Some(first) = self.rows.iter().position(is) else {
            return self.header(name, value);
        };
        let mut index = 0;
        self.rows.retain(|row| {
            index += 1;
            index - 1 == first || !is(row)
        });
        if let Some(row) = self.rows.get_mut(first) {
            row.1 = clean(value.as_ref());
        }
        self
    }

    /// Takes all rows of that name away.
    #[must_use]
    pub fn remove<'a>(mut self, name: impl Into<Name<'a>>) -> Self {
        let name = name.into();
        self.rows.retain(|row| Name::from(row.0.as_str()) != name);
        self
    }

    /// Copies all rows of that name from a message, octet for octet.
    #[must_use]
    pub fn copy<'a>(mut self, message: &'a Message, name: impl Into<Name<'a>>) -> Self {
        let name = name.into();
        for (found, value) in message.rows() {
            if found == name {
                self = self.header(name, value.as_bytes());
            }
        }
        self
    }

    /// Sets the body and, when it is not empty, its type.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut this =
            if body.is_empty() { self } else { self.set(Name::ContentType, content_type) };
        this.body = body;
        this
    }

    /// The message. Content-Length is written last unless it was added.
    pub fn build(self) -> Bytes {
        let rows: usize = self.rows.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let mut out = BytesMut::with_capacity(self.start.len() + rows + self.body.len() + 32);
        out.put_slice(&self.start);
        out.put_slice(b"\r\n");
        let mut has_length = false;
        for (name, value) in &self.rows {
            has_length |= Name::from(name.as_str()) == Name::ContentLength;
            for part in [name.as_bytes(), b": ", value, b"\r\n"] {
                out.put_slice(part);
            }
        }
        if !has_length {
            out.put_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        out.put_slice(b"\r\n");
        out.put_slice(&self.body);
        out.freeze()
    }
}

/// Without line breaks: each becomes a space.
fn clean(octets: &[u8]) -> Vec<u8> {
    octets.iter().map(|&octet| if matches!(octet, b'\r' | b'\n') { b' ' } else { octet }).collect()
}

/// The reason phrase that the RFCs give a code; that of its class for others.
pub fn reason_phrase(code: u16) -> &'static str {
    match code {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        199 => "Early Dialog Terminated",
        200 => "OK",
        202 => "Accepted",
        204 => "No Notification",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        380 => "Alternative Service",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        412 => "Conditional Request Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        417 => "Unknown Resource-Priority",
        420 => "Bad Extension",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        424 => "Bad Location Information",
        428 => "Use Identity Header",
        429 => "Provide Referrer Identity",
        430 => "Flow Failed",
        433 => "Anonymity Disallowed",
        436 => "Bad Identity Info",
        437 => "Unsupported Credential",
        438 => "Invalid Identity Header",
        439 => "First Hop Lacks Outbound Support",
        440 => "Max-Breadth Exceeded",
        469 => "Bad Info Package",
        470 => "Consent Needed",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        493 => "Undecipherable",
        494 => "Security Agreement Required",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        555 => "Push Notification Service Not Supported",
        580 => "Precondition Failure",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        607 => "Unwanted",
        608 => "Rejected",
        _ => match code / 100 {
            1 => "Session Progress",
            2 => "OK",
            3 => "Multiple Choices",
            4 => "Bad Request",
            5 => "Server Internal Error",
            _ => "Busy Everywhere",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Framing;

    fn request() -> Message {
        let raw = b"INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1,\r\n SIP/2.0/TCP g;branch=z9hG4bK2\r\n\
            From: \"\xff\" <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nl: 2\r\n\r\nhi";
        Message::parse(raw.as_slice(), Framing::Datagram).unwrap()
    }

    #[test]
    fn a_response_copies_octets() {
        let response = Builder::response_to(&request(), 404, "", Some("t")).build();
        assert_eq!(
            &*response,
            b"SIP/2.0 404 Not Found\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/TCP g;branch=z9hG4bK2\r\n\
            From: \"\xff\" <sip:c@d>;tag=1\r\nTo: <sip:a@b>;tag=t\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn editing_changes_what_it_is_told_to() {
        let edited = Builder::edit(&request())
            .set(Name::Via, "SIP/2.0/UDP new")
            .remove("call-id")
            .header_first("X-First", "1\r\nEvil: 2")
            .build();
        assert_eq!(
            &*edited,
            b"INVITE sip:a@b SIP/2.0\r\nX-First: 1  Evil: 2\r\nVia: SIP/2.0/UDP new\r\n\
            From: \"\xff\" <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCSeq: 1 INVITE\r\nContent-Length: 2\r\n\r\nhi"
        );
    }

    #[test]
    fn a_body_brings_its_type_and_length() {
        let built = Builder::response(183, "").body("application/sdp", "v=0\r\n").build();
        assert_eq!(
            &*built,
            b"SIP/2.0 183 Session Progress\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
        );
    }
}
