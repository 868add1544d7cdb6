//! What the wire said, as it may be shown: credentials and keys masked.

use milliwatt_sip::agent::HeaderLine;

use crate::trace::{Numbers, masked};

/// Headers with their secrets masked as the trace masks them.
pub(super) fn headers(lines: &[HeaderLine]) -> Vec<HeaderLine> {
    lines.iter().map(|(name, value)| (name.clone(), header(name, value))).collect()
}

/// A session description without its keys.
pub(super) fn body(bytes: &[u8]) -> String {
    let head = b"\r\n\r\n";
    let shown = masked(&[head, bytes].concat(), Numbers::Shown);
    String::from_utf8_lossy(shown.get(head.len()..).unwrap_or_default()).into_owned()
}

/// The mask keeps lengths, so the value is where it was.
fn header(name: &str, value: &str) -> String {
    let head = format!("\r\n{name}: ");
    let row = format!("{head}{value}\r\n\r\n");
    let shown = masked(row.as_bytes(), Numbers::Shown);
    let value = shown.get(head.len()..head.len() + value.len()).unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_all_else_is_as_it_came() {
        let lines = [
            ("Authorization", r#"Digest username="alice", response="0123456789abcdef""#),
            ("Subject", "=?caf\u{e9}, 100 %"),
            ("From", "<sip:+15550100@example.net>;tag=1"),
        ];
        let lines: Vec<_> = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let shown = headers(&lines);
        assert!(!shown[0].1.contains("0123456789abcdef"), "{shown:?}");
        assert!(shown[0].1.contains("alice"));
        assert_eq!(shown[1..], lines[1..]);
        let sdp =
            "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0c2VjcmV0\r\na=ptime:20\r\n";
        let shown = body(sdp.as_bytes());
        assert!(!shown.contains("c2VjcmV0") && shown.contains("a=ptime:20"), "{shown}");
    }
}
