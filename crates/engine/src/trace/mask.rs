//! What nobody but its owner should read: digest answers, nonces, passwords and tokens, SDES and
//! MIKEY keys, Identity tokens, DTMF digits, and telephone numbers if asked for.
//!
//! A masked byte becomes `*`, so that lengths, offsets and Content-Length stay true. The text is
//! taken line by line and not parsed: what cannot be parsed is masked as well.

/// Whether telephone numbers are masked too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// All but the last three digits are masked.
    #[default]
    Masked,
    /// Shown.
    Shown,
    /// All but the last three digits are zero: for programs that read the numbers as such.
    Zeroed,
}

impl Numbers {
    /// What stands for a hidden digit; `None` where none is hidden.
    fn mask(self) -> Option<u8> {
        match self {
            Self::Masked => Some(b'*'),
            Self::Shown => None,
            Self::Zeroed => Some(b'0'),
        }
    }
}

/// A copy of a message, safe to show. Takes time in proportion to its length.
pub fn masked(message: &[u8], numbers: Numbers) -> Vec<u8> {
    let mut out = message.to_vec();
    let mut digits_body = false;
    let mut at = line_end(&out, 0);
    start_line(out.get_mut(..at).unwrap_or_default(), numbers);
    while at < out.len() {
        let mut end = line_end(&out, at);
        while matches!(out.get(end), Some(b' ' | b'\t')) {
            end = line_end(&out, end);
        }
        let Some(row) = out.get_mut(at..end) else { break };
        at = end;
        if row.iter().all(|b| matches!(b, b'\r' | b'\n')) {
            break;
        }
        let rule = rule_of(name_of(row));
        digits_body |= rule == Rule::ContentType && DIGITS.iter().any(|kind| holds(row, kind));
        header(row, rule, numbers);
    }
    while at < out.len() {
        let end = line_end(&out, at);
        body_line(out.get_mut(at..end).unwrap_or_default(), digits_body);
        at = end;
    }
    out
}

/// Bodies that carry digits: of INFO, also in Nortel's form, and of KPML (RFC 4730).
const DIGITS: [&[u8]; 3] = [b"application/dtmf", b"nortelnetworks.digits", b"application/kpml"];

/// Where the line that begins at `from` ends, its line feed included.
fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| from + n + 1)
}

fn start_line(line: &mut [u8], numbers: Numbers) {
    if let Some(mask) = numbers.mask() {
        uri_numbers(line, mask);
    }
}

/// What is secret in a header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    ContentType,
    Credentials,
    Digest,
    Numbers,
    None,
    Token,
}

fn name_of(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|b| *b == b':').unwrap_or(0);
    line.get(..end).unwrap_or_default().trim_ascii()
}

fn rule_of(name: &[u8]) -> Rule {
    const CREDENTIALS: [&str; 2] = ["authorization", "proxy-authorization"];
    const DIGEST: [&str; 4] = [
        "www-authenticate",
        "proxy-authenticate",
        "authentication-info",
        "proxy-authentication-info",
    ];
    const NUMBERS: [&str; 18] = [
        "from",
        "f",
        "to",
        "t",
        "contact",
        "m",
        "p-asserted-identity",
        "p-preferred-identity",
        "p-called-party-id",
        "p-associated-uri",
        "remote-party-id",
        "diversion",
        "history-info",
        "refer-to",
        "r",
        "referred-by",
        "reply-to",
        "route",
    ];
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    if CREDENTIALS.into_iter().any(is) {
        Rule::Credentials
    } else if DIGEST.into_iter().any(is) {
        Rule::Digest
    } else if is("identity") || is("y") || ends(name, b"-token") {
        Rule::Token
    } else if is("content-type") || is("c") {
        Rule::ContentType
    } else if NUMBERS.into_iter().any(is) {
        Rule::Numbers
    } else {
        Rule::None
    }
}

/// Providers have headers of their own for tokens, such as X-Telnyx-Token.
fn ends(name: &[u8], with: &[u8]) -> bool {
    let from = name.len().saturating_sub(with.len());
    name.get(from..).is_some_and(|end| end.eq_ignore_ascii_case(with))
}

fn header(line: &mut [u8], rule: Rule, numbers: Numbers) {
    match rule {
        Rule::ContentType | Rule::None => {}
        Rule::Credentials | Rule::Digest => {
            if rule == Rule::Credentials {
                credentials(line);
            }
            for parameter in ["response", "nonce", "cnonce", "nextnonce", "rspauth"] {
                parameter_value(line, parameter.as_bytes());
            }
            if let Some(mask) = numbers.mask() {
                uri_numbers(line, mask);
                quoted_number(line, b"username", mask);
            }
        }
        Rule::Numbers => {
            if let Some(mask) = numbers.mask() {
                uri_numbers(line, mask);
                display_number(line, mask);
            }
        }
        Rule::Token => {
            let colon = line.iter().position(|b| *b == b':').unwrap_or(0);
            hide(line.get_mut(colon + 1..).unwrap_or_default());
        }
    }
}

/// Hides what a scheme other than Digest carries: a password (Basic, RFC 7617) or a token (Bearer,
/// RFC 8898).
fn credentials(line: &mut [u8]) {
    let colon = line.iter().position(|b| *b == b':').unwrap_or(0);
    let value = line.get_mut(colon + 1..).unwrap_or_default();
    let start = value.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let value = value.get_mut(start..).unwrap_or_default();
    let scheme = value.iter().take_while(|b| !b.is_ascii_whitespace()).count();
    let digest = value.get(..scheme).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"digest"));
    // Where nothing follows, it may be the secret itself.
    let bare = value.get(scheme..).unwrap_or_default().trim_ascii().is_empty();
    if !digest {
        hide(value.get_mut(if bare { 0 } else { scheme }..).unwrap_or_default());
    }
}

/// Hides all but blanks and line ends.
fn hide(bytes: &mut [u8]) {
    for b in bytes.iter_mut().filter(|b| !matches!(**b, b'\r' | b'\n' | b' ' | b'\t')) {
        *b = b'*';
    }
}

/// Where the value of `name=` begins and ends, quoted or not, searched from `from` on.
fn value_range(line: &[u8], name: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while let Some(found) = find(line, name, at) {
        at = found + name.len();
        let starts = found == 0
            || line
                .get(found - 1)
                .is_some_and(|b| matches!(b, b' ' | b'\t' | b',' | b':' | b';' | b'='));
        let rest = line.get(at..)?;
        let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        if !starts || rest.get(blank) != Some(&b'=') {
            continue;
        }
        let value = at + blank + 1;
        let rest = line.get(value..)?;
        let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let start = value + blank;
        let rest = line.get(start..)?;
        return Some(if rest.first() == Some(&b'"') {
            (start + 1, start + 1 + quoted_len(rest.get(1..).unwrap_or_default()))
        } else {
            let len = rest.iter().position(|b| matches!(b, b',' | b';' | b'\r' | b'\n' | b' '));
            (start, start + len.unwrap_or(rest.len()))
        });
    }
    None
}

/// Bytes before the closing quote; a backslash takes the next one with it.
fn quoted_len(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(b) = text.get(at) {
        match b {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

fn parameter_value(line: &mut [u8], name: &[u8]) {
    let mut at = 0;
    while let Some((start, end)) = value_range(line, name, at) {
        hide(line.get_mut(start..end).unwrap_or_default());
        at = end;
    }
}

fn quoted_number(line: &mut [u8], name: &[u8], mask: u8) {
    if let Some((start, end)) = value_range(line, name, 0) {
        digits(line.get_mut(start..end).unwrap_or_default(), mask);
    }
}

/// The user part of each `sip:`, `sips:` and `tel:` URI.
fn uri_numbers(line: &mut [u8], mask: u8) {
    for scheme in ["sip:", "sips:", "tel:"] {
        let mut at = 0;
        while let Some(found) = find(line, scheme.as_bytes(), at) {
            let start = found + scheme.len();
            at = start;
            let rest = line.get(start..).unwrap_or_default();
            let len = rest
                .iter()
                .position(|b| matches!(b, b'>' | b' ' | b'"' | b',' | b'\r' | b'\n'))
                .unwrap_or(rest.len());
            let uri = rest.get(..len).unwrap_or_default();
            let user = uri.iter().position(|b| *b == b'@');
            let end = match (scheme, user) {
                ("tel:", _) => uri.iter().position(|b| *b == b';').unwrap_or(len),
                (_, Some(at)) => at,
                (_, None) => continue,
            };
            digits(line.get_mut(start..start + end).unwrap_or_default(), mask);
            at = start + end;
        }
    }
}

/// A number in a display name: what stands in quotes.
fn display_number(line: &mut [u8], mask: u8) {
    let Some(open) = line.iter().position(|b| *b == b'"') else { return };
    let rest = line.get(open + 1..).unwrap_or_default();
    let len = rest.iter().position(|b| *b == b'"').unwrap_or(rest.len());
    let name = line.get_mut(open + 1..open + 1 + len).unwrap_or_default();
    if name.iter().filter(|b| b.is_ascii_digit()).count() >= 5 {
        digits(name, mask);
    }
}

/// Hides all digits but the last three, where there are more than four.
fn digits(bytes: &mut [u8], mask: u8) {
    let total = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    if total <= 4 {
        return;
    }
    for b in bytes.iter_mut().filter(|b| b.is_ascii_digit()).take(total - 3) {
        *b = mask;
    }
}

fn body_line(line: &mut [u8], digits_body: bool) {
    if let Some(key) = find(line, b"inline:", 0).filter(|_| line.starts_with(b"a=crypto:")) {
        let rest = line.get_mut(key + 7..).unwrap_or_default();
        let len = rest.iter().position(|b| b.is_ascii_whitespace()).unwrap_or(rest.len());
        hide(rest.get_mut(..len).unwrap_or_default());
    } else if line.starts_with(b"a=ice-pwd:") {
        hide(line.get_mut(10..).unwrap_or_default());
    } else if line.starts_with(b"a=key-mgmt:") {
        // The protocol, `mikey`, and its message (RFC 4567 §3.1).
        let blank = line.iter().position(|b| *b == b' ').unwrap_or(11);
        hide(line.get_mut(blank..).unwrap_or_default());
    } else if line.starts_with(b"k=") {
        hide(line.get_mut(2..).unwrap_or_default());
    } else if digits_body {
        let value = value_range(line, b"signal", 0).or_else(|| value_range(line, b"digits", 0));
        match value {
            Some((start, end)) => hide(line.get_mut(start..end).unwrap_or_default()),
            // application/dtmf holds the digit and nothing else.
            None if !line.contains(&b'=') => hide(line),
            None => {}
        }
    }
}

fn holds(line: &[u8], needle: &[u8]) -> bool {
    find(line, needle, 0).is_some()
}

/// Position of `needle` (lower case) in any case, from `from` on.
fn find(line: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = line.get(from..)?;
    let at = rest.windows(needle.len()).position(|w| w.eq_ignore_ascii_case(needle))?;
    Some(from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str, numbers: Numbers) -> String {
        String::from_utf8(masked(text.as_bytes(), numbers)).unwrap()
    }

    #[test]
    fn digest_answers_and_nonces_are_masked_wherever_they_stand() {
        let text = "REGISTER sip:x SIP/2.0\r\n\
            Authorization: Digest username=\"alice\", realm=\"r\", nonce=\"abc, \\\"def\",\r\n \
            Response = \"0123456789abcdef\",cnonce=\r\n xyz,opaque=\"o\",nc=00000001\r\n\
            WWW-Authenticate: Digest nonce=\"n0nce\", realm=\"response=keep\"\r\n\
            Subject: response=\"shown\"\r\n\r\n";
        let shown = show(text, Numbers::Shown);
        assert_eq!(shown.len(), text.len());
        for secret in ["abc", "def\\", "0123456789abcdef", "xyz", "n0nce"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        for kept in ["alice", "opaque=\"o\"", "nc=00000001", "response=\"shown\"", "realm=\"r\""] {
            assert!(shown.contains(kept), "{kept} not in {shown}");
        }
    }

    #[test]
    fn passwords_and_tokens_are_masked_whatever_their_scheme() {
        let text = "REGISTER sip:x SIP/2.0\r\nAuthorization: Bearer t0ken.a.b\r\n\
            proxy-authorization:\r\n Basic YWxpY2U6cHc=\r\nAuthorization: bareT0ken\r\n\
            X-Telnyx-Token: s3cret\r\nSubject: token\r\nWWW-Authenticate: Bearer realm=\"r\"\r\n\r\n\
            a=key-mgmt:mikey AQAFgM0X\r\na=key-mgmt:AQAFgM0X\r\n";
        let shown = show(text, Numbers::Shown);
        assert_eq!(shown.len(), text.len());
        for secret in ["t0ken", "YWxp", "bareT", "s3cret", "AQAF"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        let kept =
            [": Bearer ***", "\r\n Basic ***", "Subject: token", "realm=\"r\"", "mgmt:mikey *"];
        for kept in kept {
            assert!(shown.contains(kept), "{kept} not in {shown}");
        }
    }

    #[test]
    fn sdes_keys_identity_tokens_and_digits_are_masked() {
        let text = "INVITE sip:9000@x SIP/2.0\r\nIdentity: eyJhbGciOi.J9;info=<u>\r\n more\r\n\
            y:abcd\r\nContent-Type: application/sdp\r\n\r\n\
            v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:S0meKey|2^20 FEC\r\n";
        let shown = show(text, Numbers::Shown);
        for secret in ["eyJ", "more", "abcd", "S0meKey"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        assert!(shown.contains("inline:************ FEC"), "{shown}");
        let info = "INFO sip:a@b SIP/2.0\r\nc: application/dtmf-relay\r\n\r\n\
            Signal= 5\r\nDuration=160\r\n";
        assert!(show(info, Numbers::Shown).ends_with("Signal= *\r\nDuration=160\r\n"));
        let info = "INFO sip:a@b SIP/2.0\r\nContent-Type: application/dtmf\r\n\r\n5";
        assert!(show(info, Numbers::Shown).ends_with("\r\n\r\n*"));
        for (kind, body, shown) in [
            ("vnd.nortelnetworks.digits", "d=Digits=1234\r\n", "d=Digits=****\r\n"),
            ("kpml-response+xml", "<kpml-response code=\"200\" digits=\"12\"/>", "digits=\"**\"/>"),
        ] {
            let info = format!("INFO sip:a@b SIP/2.0\r\nc: application/{kind}\r\n\r\n{body}");
            assert!(show(&info, Numbers::Shown).ends_with(shown), "{kind}");
        }
    }

    #[test]
    fn numbers_keep_their_last_three_digits_and_hosts_stay() {
        let text = "INVITE sip:+15550100@192.0.2.1:5060 SIP/2.0\r\n\
            From: \"0301234567\" <sip:alice@example.net>;tag=1234567\r\n\
            t: <tel:+15551234;phone-context=x>\r\nCall-ID: 5551234567\r\n\
            Contact: <sip:192.0.2.17:5060>\r\n\r\n";
        let shown = show(text, Numbers::Masked);
        for expected in [
            "sip:+*****100@192.0.2.1:5060",
            "\"*******567\" <sip:alice@example.net>;tag=1234567",
            "<tel:+*****234;phone-context=x>",
            "Call-ID: 5551234567",
            "<sip:192.0.2.17:5060>",
        ] {
            assert!(shown.contains(expected), "{expected} not in {shown}");
        }
        assert_eq!(show(text, Numbers::Shown), text);
        assert!(show(text, Numbers::Zeroed).starts_with("INVITE sip:+00000100@192.0.2.1:5060 "));
    }

    #[test]
    fn anything_at_all_can_be_masked() {
        for text in ["", "\r\n", "Authorization: nonce=", "Authorization: nonce=\"", "a", ":\n y\n"]
        {
            assert_eq!(show(text, Numbers::Masked).len(), text.len());
        }
        assert_eq!(masked(&[0xff; 100], Numbers::Masked).len(), 100);
    }
}
