//! `m=` (RFC 8866 §5.14) and the lines under it.

use std::fmt;

use super::{MAX_FORMATS, section::Section};

/// One medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// The `m=` line.
    pub line: MediaLine,
    /// The lines under it.
    pub section: Section,
}

/// What an `m=` line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaLine {
    /// `audio`, `video`, `image`, ...
    pub media: String,
    /// Transport port; 0 for a medium that is refused or removed.
    pub port: u16,
    /// `RTP/AVP`, `RTP/SAVP`, `udptl`, ...
    pub transport: String,
    /// Payload types, or whatever the transport calls a format.
    pub formats: Vec<String>,
}

impl MediaLine {
    /// Reads a line as well as it goes: a missing word becomes `-`, a port that is missing or out of
    /// range 0. True when nothing was missing.
    pub(super) fn parse(value: &str) -> (Self, bool) {
        let mut words = value.split_ascii_whitespace();
        let media = words.next().unwrap_or(MISSING).to_owned();
        let port = words.next().unwrap_or_default();
        let port = port.split_once('/').map_or(port, |(port, _count)| port).parse::<u16>();
        let transport = words.next().unwrap_or(MISSING).to_owned();
        let formats: Vec<_> = words.by_ref().take(MAX_FORMATS).map(str::to_owned).collect();
        let whole = port.is_ok() && !formats.is_empty() && words.next().is_none();
        (Self { media, port: port.unwrap_or(0), transport, formats }, whole)
    }

    /// The same medium refused: port 0, one format (RFC 3264 §6).
    pub fn refused(&self) -> Self {
        Self {
            media: token(&self.media, "unknown"),
            port: 0,
            transport: token(&self.transport, "RTP/AVP"),
            formats: vec![token(self.formats.first().map_or("", String::as_str), "0")],
        }
    }

    /// Sound over plain RTP.
    pub fn is_plain_audio(&self) -> bool {
        self.media == "audio" && matches!(self.transport.as_str(), "RTP/AVP" | "RTP/AVPF")
    }

    /// Sound over SRTP.
    pub fn is_secure_audio(&self) -> bool {
        let secure = ["RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"];
        self.media == "audio" && secure.contains(&self.transport.as_str())
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={}\r\n{}", self.line, self.section)
    }
}

impl fmt::Display for MediaLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.media, self.port, self.transport)?;
        self.formats.iter().try_for_each(|format| write!(f, " {format}"))
    }
}

/// What may be sent back to its sender: visible ASCII of modest length.
fn token(word: &str, otherwise: &str) -> String {
    let there = !word.is_empty() && word != MISSING;
    let fit = there && word.len() <= 64 && word.bytes().all(|b| b.is_ascii_graphic());
    if fit { word } else { otherwise }.to_owned()
}

const MISSING: &str = "-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_and_printed() {
        let (line, whole) = MediaLine::parse("audio 49170 RTP/AVP 0 8 101");
        assert!(whole && line.is_plain_audio() && !line.is_secure_audio());
        assert_eq!((line.port, line.formats.len()), (49170, 3));
        assert_eq!(line.to_string(), "audio 49170 RTP/AVP 0 8 101");
        assert_eq!(line.refused().to_string(), "audio 0 RTP/AVP 0");
        let (many, whole) = MediaLine::parse("video 49170/2  RTP/SAVP  31");
        assert!(whole && many.port == 49170);
    }

    #[test]
    fn broken_lines_keep_their_place_as_refused_media() {
        for value in [
            "",
            "audio",
            "audio x RTP/AVP 0",
            "audio 65536 RTP/AVP 0",
            "audio -1 RTP/AVP 0",
            "audio 1 RTP/AVP",
        ] {
            assert!(!MediaLine::parse(value).1, "{value}");
        }
        for value in ["", "audio", "x y z"] {
            let line = MediaLine::parse(value).0;
            assert_eq!(MediaLine::parse(&line.to_string()).0, line, "{value}");
        }
        let (line, _) = MediaLine::parse("au\u{7f}dio 70000");
        assert_eq!(line.refused().to_string(), "unknown 0 RTP/AVP 0");
        let formats = "0 ".repeat(MAX_FORMATS + 1);
        let (line, whole) = MediaLine::parse(&format!("audio 1 RTP/AVP {formats}"));
        assert!(!whole && line.formats.len() == MAX_FORMATS);
    }
}
