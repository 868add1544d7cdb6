//! From bytes to lines, within bounds.

use super::{
    Description, MAX_ATTRIBUTES, MAX_BYTES, MAX_DEVIATIONS, MAX_LINE, MAX_MEDIA, MAX_OTHER_LINES,
    attribute,
    connection::Connection,
    deviation::{Deviation, Fault},
    format::{RtpMap, numbered},
    media::{Media, MediaLine},
    origin::Origin,
};

/// Why a body is not taken as a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Neither `v=` nor `m=` is in it.
    #[error("the body is no SDP")]
    NotSdp,
    /// More than [`MAX_BYTES`].
    #[error("the SDP has more than {MAX_BYTES} bytes")]
    TooLong,
    /// A line of more than [`MAX_LINE`] bytes.
    #[error("line {0} of the SDP has more than {MAX_LINE} bytes")]
    LineTooLong(u32),
    /// More than [`MAX_MEDIA`] `m=` lines.
    #[error("the SDP has more than {MAX_MEDIA} media")]
    TooManyMedia,
    /// More than [`MAX_ATTRIBUTES`] `a=` lines.
    #[error("the SDP has more than {MAX_ATTRIBUTES} attributes")]
    TooManyAttributes,
    /// More than [`MAX_OTHER_LINES`] other lines.
    #[error("the SDP has more than {MAX_OTHER_LINES} lines besides its attributes")]
    TooManyLines,
}

pub(super) fn parse(body: &[u8]) -> Result<Description, SdpError> {
    if body.len() > MAX_BYTES {
        return Err(SdpError::TooLong);
    }
    let mut parser = Parser::default();
    let mut rest = body;
    while !rest.is_empty() {
        parser.line = parser.line.saturating_add(1);
        let (line, after) = parser.split_line(rest);
        rest = after;
        parser.take(line)?;
    }
    parser.finish()
}

#[derive(Default)]
struct Parser {
    description: Description,
    /// Number of the line at hand, from 1.
    line: u32,
    rank: usize,
    attributes: usize,
    others: usize,
}

impl Parser {
    fn split_line<'a>(&mut self, rest: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let Some(end) = rest.iter().position(|b| matches!(b, b'\r' | b'\n')) else {
            self.deviate(Fault::NoLastLineEnd);
            return (rest, &[]);
        };
        let (line, end) = rest.split_at(end);
        match end {
            [b'\r', b'\n', after @ ..] => (line, after),
            [b'\n', after @ ..] => {
                self.deviate(Fault::BareLf);
                (line, after)
            }
            [_, after @ ..] => {
                self.deviate(Fault::BareCr);
                (line, after)
            }
            [] => (line, end),
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), SdpError> {
        if line.len() > MAX_LINE {
            return Err(SdpError::LineTooLong(self.line));
        }
        let (kind, value) = match line {
            [] => {
                self.count_other()?;
                self.deviate(Fault::EmptyLine);
                return Ok(());
            }
            [kind, b'=', value @ ..] if kind.is_ascii_alphabetic() => (char::from(*kind), value),
            _ => {
                self.count_other()?;
                self.deviate(Fault::NoType);
                return Ok(());
            }
        };
        if std::str::from_utf8(value).is_err() {
            self.deviate(Fault::NotUtf8);
        }
        if value.iter().any(|b| b.is_ascii_control() && *b != b'\t') {
            self.deviate(Fault::Control);
        }
        let value = String::from_utf8_lossy(value);
        self.check_order(kind);
        match kind {
            'm' => self.take_media(&value)?,
            'a' => self.take_attribute(value.into_owned())?,
            _ => self.take_other(kind, value.into_owned())?,
        }
        Ok(())
    }

    fn take_media(&mut self, value: &str) -> Result<(), SdpError> {
        if self.description.media.len() >= MAX_MEDIA {
            return Err(SdpError::TooManyMedia);
        }
        let (line, whole) = MediaLine::parse(value);
        if !whole {
            self.deviate(Fault::BadMedia);
        }
        self.description.media.push(Media { line, section: Default::default() });
        self.rank = 0;
        Ok(())
    }

    fn take_attribute(&mut self, value: String) -> Result<(), SdpError> {
        self.attributes += 1;
        if self.attributes > MAX_ATTRIBUTES {
            return Err(SdpError::TooManyAttributes);
        }
        if !is_readable(&value) {
            self.deviate(Fault::BadAttribute);
        }
        self.push('a', value);
        Ok(())
    }

    fn take_other(&mut self, kind: char, value: String) -> Result<(), SdpError> {
        self.count_other()?;
        let fault = match kind {
            'v' if value.trim() != "0" => Some(Fault::BadVersion),
            'o' if Origin::parse(&value).is_none() => Some(Fault::BadOrigin),
            'c' if Connection::parse(&value).is_none() => Some(Fault::BadConnection),
            _ => None,
        };
        if let Some(fault) = fault {
            self.deviate(fault);
        }
        self.push(kind, value);
        Ok(())
    }

    fn count_other(&mut self) -> Result<(), SdpError> {
        self.others += 1;
        if self.others > MAX_OTHER_LINES { Err(SdpError::TooManyLines) } else { Ok(()) }
    }

    fn push(&mut self, kind: char, value: String) {
        let section = match self.description.media.last_mut() {
            Some(media) => &mut media.section,
            None => &mut self.description.session,
        };
        section.push(kind, value);
    }

    /// RFC 8866 §9: the order of the grammar, from the session's start or from `m=` on. Unknown
    /// kinds have no place in it.
    fn check_order(&mut self, kind: char) {
        if self.line == 1 && kind != 'v' {
            self.deviate(Fault::NoVersion);
        }
        let Some(rank) = ORDER.iter().position(|kinds| kinds.contains(kind)) else {
            return;
        };
        if rank < self.rank && kind != 'm' {
            self.deviate(Fault::Order);
        }
        self.rank = self.rank.max(rank);
    }

    fn finish(mut self) -> Result<Description, SdpError> {
        let has = |kind| self.description.session.first(kind).is_some();
        if !has('v') && self.description.media.is_empty() {
            return Err(SdpError::NotSdp);
        }
        let (origin, name, time) = (has('o'), has('s'), has('t'));
        let connected = self
            .description
            .media
            .iter()
            .all(|m| m.line.port == 0 || has('c') || m.section.first('c').is_some());
        self.line = 0;
        for (there, fault) in [
            (origin, Fault::NoOrigin),
            (name, Fault::NoSessionName),
            (time, Fault::NoTime),
            (connected, Fault::NoConnection),
        ] {
            if !there {
                self.deviate(fault);
            }
        }
        Ok(self.description)
    }

    fn deviate(&mut self, fault: Fault) {
        if self.description.deviations.len() < MAX_DEVIATIONS {
            self.description.deviations.push(Deviation { line: self.line, fault });
        }
    }
}

/// False for an attribute that is in use here and cannot be read.
fn is_readable(value: &str) -> bool {
    let (name, value) = attribute::split(value);
    match name {
        "fmtp" => value.split_once(' ').is_some_and(|(format, _)| !format.is_empty()),
        "maxptime" | "ptime" => attribute::packet_time(value).is_some(),
        "rtcp" => attribute::rtcp(value).is_some(),
        "rtpmap" => numbered(value).is_some_and(|(_, map)| RtpMap::parse(map).is_some()),
        _ => !name.is_empty(),
    }
}

/// RFC 8866 §9; kinds at one place may mix.
const ORDER: [&str; 11] = ["v", "o", "s", "i", "u", "ep", "c", "b", "trz", "k", "a"];

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n\
        b=AS:64\r\nt=0 0\r\na=sendrecv\r\nm=audio 4000 RTP/AVP 0 101\r\ni=voice\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=x-own: kept  as is \r\n\
        m=video 0 RTP/AVP 31\r\n";

    fn faults(body: &str) -> Vec<(u32, Fault)> {
        let description = Description::parse(body.as_bytes()).unwrap();
        description.deviations().iter().map(|d| (d.line, d.fault)).collect()
    }

    #[test]
    fn a_clean_description_is_printed_as_it_came() {
        let description = Description::parse(OFFER.as_bytes()).unwrap();
        assert_eq!(description.to_string(), OFFER);
        assert_eq!(description.deviations(), []);
        assert_eq!(description.media.len(), 2);
        assert_eq!(description.origin().unwrap().session, 1);
    }

    #[test]
    fn each_deviation_is_recorded_with_its_line() {
        let lf = OFFER.replace("\r\n", "\n");
        assert!(faults(&lf).iter().all(|(_, fault)| *fault == Fault::BareLf));
        assert_eq!(faults(&OFFER.replace("s=-\r\n", "s=-\r")), [(3, Fault::BareCr)]);
        assert_eq!(
            faults(&OFFER.replace("s=-", "s-")),
            [(3, Fault::NoType), (0, Fault::NoSessionName)]
        );
        assert_eq!(faults(&OFFER.replace("s=-\r\n", "s=-\r\n\r\n")), [(4, Fault::EmptyLine)]);
        assert_eq!(faults(&OFFER.replace("v=0", "v=1")), [(1, Fault::BadVersion)]);
        assert_eq!(faults(&OFFER.replace("- 1 1", "- 1")), [(2, Fault::BadOrigin)]);
        assert_eq!(faults(&OFFER.replace("c=IN", "c=AT")), [(4, Fault::BadConnection)]);
        assert_eq!(faults(&OFFER.replace("4000", "66000")), [(8, Fault::BadMedia)]);
        assert_eq!(faults(&OFFER.replace("101 tele", "tele")), [(10, Fault::BadAttribute)]);
        assert_eq!(faults(&OFFER.replace("=voice", "=vo\x07ice")), [(9, Fault::Control)]);
        assert_eq!(faults(OFFER.trim_end()), [(13, Fault::NoLastLineEnd)]);
        let swapped =
            OFFER.replace("s=-\r\nc=IN IP4 192.0.2.1\r\n", "c=IN IP4 192.0.2.1\r\ns=-\r\n");
        assert_eq!(faults(&swapped), [(4, Fault::Order)]);
    }

    #[test]
    fn bare_media_are_enough() {
        let expected = [
            (1, Fault::NoVersion),
            (0, Fault::NoOrigin),
            (0, Fault::NoSessionName),
            (0, Fault::NoTime),
            (0, Fault::NoConnection),
        ];
        assert_eq!(faults("m=audio 1 RTP/AVP 0\r\n"), expected);
    }

    #[test]
    fn bytes_that_are_no_utf8_are_replaced() {
        let description = Description::parse(b"v=0\r\ns=\xff\xfe\r\n").unwrap();
        assert_eq!(description.session.first('s'), Some("\u{fffd}\u{fffd}"));
        assert!(description.deviations().iter().any(|d| d.fault == Fault::NotUtf8));
    }

    #[test]
    fn bounds_hold() {
        let error = |body: String| Description::parse(body.as_bytes()).unwrap_err();
        assert_eq!(error(String::new()), SdpError::NotSdp);
        assert_eq!(error("hello\r\n".into()), SdpError::NotSdp);
        assert_eq!(error("v=0\r\n".repeat(13_108)), SdpError::TooLong);
        assert_eq!(error(format!("v=0\r\ns={}\r\n", "x".repeat(8191))), SdpError::LineTooLong(2));
        assert_eq!(error("m=audio 1 RTP/AVP 0\r\n".repeat(65)), SdpError::TooManyMedia);
        assert_eq!(
            error(format!("v=0\r\n{}", "a=x\r\n".repeat(1025))),
            SdpError::TooManyAttributes
        );
        assert_eq!(error("\n".repeat(2000)), SdpError::TooManyLines);
        assert_eq!(error("v=0\n".repeat(1025)), SdpError::TooManyLines);
        let most = format!("v=0\r\n{}", "a=\r\n".repeat(1024));
        assert_eq!(Description::parse(most.as_bytes()).unwrap().deviations().len(), MAX_DEVIATIONS);
    }
}
