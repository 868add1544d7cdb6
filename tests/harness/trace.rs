//! Capture files that Milliwatt writes.

use std::{fs, path::Path, time::Duration};

/// One message on the wire.
pub(crate) struct Message {
    /// When it was sent or came, since 1970.
    pub(crate) at: Duration,
    /// All of it.
    pub(crate) text: String,
}

impl Message {
    /// True for a request of this method.
    pub(crate) fn asks(&self, method: &str) -> bool {
        self.text.strip_prefix(method).is_some_and(|rest| rest.starts_with(' '))
    }

    /// True for a response of this code to a request of this method.
    pub(crate) fn answers(&self, code: u16, method: &str) -> bool {
        let mut lines = self.text.lines();
        let first = lines.next().unwrap_or_default().starts_with(&format!("SIP/2.0 {code} "));
        let named = |line: &str| line.starts_with("CSeq:") && line.ends_with(&format!(" {method}"));
        first && lines.any(named)
    }
}

/// All messages of a capture file, by its frames: behind a header of 24 bytes, 16 bytes before each
/// packet hold its time and its length; then come the headers of IP and UDP.
pub(crate) fn messages(file: &Path) -> Vec<Message> {
    let bytes = fs::read(file).unwrap();
    let mut rest = &bytes[24..];
    let mut messages = Vec::new();
    while let Some((head, more)) = rest.split_first_chunk::<16>() {
        let word = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
        let at = Duration::from_secs(word(0).into()) + Duration::from_micros(word(4).into());
        let (packet, more) = more.split_at(word(8) as usize);
        let headers = if packet[0] >> 4 == 6 { 40 } else { 20 } + 8;
        let text = String::from_utf8_lossy(&packet[headers..]).into_owned();
        messages.push(Message { at, text });
        rest = more;
    }
    messages
}

/// The time of day, since 1970, as the capture files have it.
pub(crate) fn wall() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap()
}
