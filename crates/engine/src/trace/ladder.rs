//! The trace as a picture of arrows, for people.

use std::{collections::HashSet, fmt::Write};

use crate::trace::{Direction, Entry, Numbers, masked};

/// Draws `entries` one a line: time since the first in seconds, an arrow, the first line of the
/// message, where to or from, and the entry's number. A message that was there before, byte for
/// byte, is marked `again`.
pub fn ladder<'a>(entries: impl Iterator<Item = &'a Entry>, numbers: Numbers) -> String {
    let mut out = String::new();
    let mut seen = HashSet::new();
    let mut start = None;
    for entry in entries {
        let start = *start.get_or_insert(entry.at);
        let at = entry.at.saturating_sub(start).as_secs_f64();
        let again = !seen.insert((entry.direction, entry.remote, entry.bytes.clone()));
        let label = label(entry, numbers);
        let (left, right) = match entry.direction {
            Direction::In => ("<-", "--"),
            Direction::Out => ("--", "->"),
        };
        let fill = "-".repeat(WIDTH.saturating_sub(label.chars().count()));
        // Writing into a String cannot fail.
        let _ = write!(
            out,
            "{at:>11.6}  us |{left} {label} {fill}{right}| {} {}  #{}",
            entry.transport, entry.remote, entry.number
        );
        if again {
            out.push_str("  again");
        }
        if let Some(fault) = &entry.fault {
            let _ = write!(out, "  ! {fault}");
        }
        out.push('\n');
    }
    out
}

/// Characters of an arrow's label.
const WIDTH: usize = 44;

fn label(entry: &Entry, numbers: Numbers) -> String {
    let shown = masked(&entry.bytes, numbers);
    let head = shown.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
    let text = String::from_utf8_lossy(head);
    let text = text.strip_prefix("SIP/2.0 ").or(text.strip_suffix(" SIP/2.0")).unwrap_or(&text);
    let text: String = text.chars().map(|c| if c.is_control() { '.' } else { c }).collect();
    let mut label = if text.trim().is_empty() {
        if entry.is_keep_alive() {
            "keep-alive".to_owned()
        } else {
            format!("? {} bytes", entry.bytes.len())
        }
    } else {
        text
    };
    let has_sdp = entry.bytes.windows(8).any(|w| w == b"\r\n\r\nv=0\r");
    let room = if has_sdp { WIDTH - 6 } else { WIDTH };
    if label.chars().count() > room {
        label = label.chars().take(room - 3).chain("...".chars()).collect();
    }
    if has_sdp {
        label.push_str(" (SDP)");
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::tests::entry;

    #[test]
    fn each_message_is_an_arrow_and_repeats_are_marked() {
        let invite = "INVITE sip:+15550100@192.0.2.2 SIP/2.0\r\nCall-ID: a\r\n\r\nv=0\r\n";
        let mut entries = [
            entry(Direction::Out, 100, invite),
            entry(Direction::Out, 600, invite),
            entry(Direction::In, 640, "SIP/2.0 100 Trying\r\n\r\n"),
            entry(Direction::In, 650, "\u{7}\u{7}"),
        ];
        for (n, e) in entries.iter_mut().enumerate() {
            e.number = n as u64 + 1;
        }
        entries[3].fault = Some("no start line".into());
        let shown = ladder(entries.iter(), Numbers::Masked);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(
            lines[0],
            "   0.000000  us |-- INVITE sip:+*****100@192.0.2.2 (SDP) --------->| \
             UDP 192.0.2.2:5060  #1"
        );
        assert!(lines[1].ends_with("#2  again"), "{}", lines[1]);
        assert!(lines[2].contains("|<- 100 Trying ---"), "{}", lines[2]);
        assert!(lines[3].ends_with("! no start line"), "{}", lines[3]);
    }
}
