//! Telephone numbers as users write them.

/// Our own number: digits with or without `+`, visual separators (RFC 3966 section 5.1.1, and
/// spaces) taken out.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn did(text: &str) -> Result<String, String> {
    let number = bare(text);
    let digits = number.strip_prefix('+').unwrap_or(&number);
    if (2..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(number)
    } else {
        Err(format!(
            "\"{}\" is no number: write + and the whole number with its country code, such as \
             +15551230001 (2 to 15 digits, ITU-T E.164)",
            text.escape_debug()
        ))
    }
}

/// What can be dialled: a number, a service code such as `*43`, a `sip:`, `sips:` or `tel:` URI, or
/// the emergency service, `urn:service:sos` (RFC 5031). URIs are taken as they are.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn destination(text: &str) -> Result<String, String> {
    let refused = || {
        format!(
            "\"{}\" cannot be dialled: write a number such as +15551230001, a service code such \
             as *43, or a sip: or tel: address",
            text.escape_debug()
        )
    };
    let scheme = text.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    if let Some((scheme, rest)) = scheme {
        let known = match scheme.as_str() {
            "sip" | "sips" | "tel" => true,
            "urn" => is_emergency_service(&rest.to_ascii_lowercase()),
            _ => false,
        };
        let plain = !rest.is_empty() && rest.len() <= 512;
        let plain = plain && rest.bytes().all(|byte| byte.is_ascii_graphic());
        return if known && plain { Ok(text.into()) } else { Err(refused()) };
    }
    let number = bare(text);
    let keys = number.strip_prefix('+').unwrap_or(&number);
    let dialled = keys.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'#'));
    if (1..=32).contains(&keys.len()) && dialled { Ok(number) } else { Err(refused()) }
}

/// `service:sos`, or a part of it such as `service:sos.fire`.
fn is_emergency_service(name: &str) -> bool {
    name.strip_prefix("service:sos").is_some_and(|part| part.is_empty() || part.starts_with('.'))
}

/// A pattern of destinations: a number, or its beginning and `*`.
pub(super) fn pattern(text: &str) -> Result<String, String> {
    let (number, star) = match text.strip_suffix('*') {
        Some(number) => (number, "*"),
        None => (text, ""),
    };
    if number.is_empty() && !star.is_empty() {
        return Err("\"*\" would let tests dial anything: write at least the beginning of the \
                    numbers, such as +1555*"
            .into());
    }
    destination(number).map(|number| number + star)
}

fn bare(text: &str) -> String {
    text.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lose_what_is_only_for_the_eye() {
        assert_eq!(did("+1 (555) 123-0001").unwrap(), "+15551230001");
        assert_eq!(did("004930.123").unwrap(), "004930123");
        assert_eq!(destination(" +49 30 123 ").unwrap(), "+4930123");
    }

    #[test]
    fn what_is_no_number_is_refused_with_an_example() {
        for bad in ["", "+", "1", "alice", "+1555123000112345678", "12+34", "+1555\r\nX: y", "٣٣٣"]
        {
            let sentence = did(bad).unwrap_err();
            assert!(sentence.contains("+15551230001"), "{sentence}");
            assert!(!sentence.contains('\r'));
        }
    }

    #[test]
    fn service_codes_and_addresses_can_be_dialled() {
        for good in [
            "*43",
            "#31#123",
            "911",
            "sip:echo@10.0.0.5",
            "TEL:+1555",
            "9000",
            "urn:service:sos",
            "URN:service:sos.fire",
        ] {
            assert!(destination(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "echo",
            "http://a",
            "sip:",
            "sip:a b",
            "sip:a\r\nVia:",
            "+",
            "mailto:x",
            "urn:isbn:1",
            "urn:service:sosx",
        ] {
            assert!(destination(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pattern_has_a_beginning() {
        assert_eq!(pattern("+1 555*").unwrap(), "+1555*");
        assert_eq!(pattern("+15550100").unwrap(), "+15550100");
        assert!(pattern("*").is_err());
        assert!(pattern("+*").is_err());
    }
}
