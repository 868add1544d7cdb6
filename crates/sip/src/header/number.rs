//! `1*DIGIT`, as Max-Forwards, Expires, Content-Length and RSeq have it.

/// A run of digits read as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// It fits in 32 bits.
    Fits(u32),
    /// All digits, and larger than 2^32 - 1.
    Overlarge,
}

impl Number {
    /// The number, or the largest one.
    pub(crate) fn saturated(self) -> u32 {
        match self {
            Self::Fits(number) => number,
            Self::Overlarge => u32::MAX,
        }
    }
}

/// Reads digits and nothing else: no sign, no blank.
pub(crate) fn scan_number(text: &str) -> Option<Number> {
    if text.is_empty() {
        return None;
    }
    let mut number = Some(0_u32);
    for octet in text.bytes() {
        if !octet.is_ascii_digit() {
            return None;
        }
        number = number
            .and_then(|number| number.checked_mul(10))
            .and_then(|number| number.checked_add(u32::from(octet - b'0')));
    }
    Some(number.map_or(Number::Overlarge, Number::Fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_only() {
        assert_eq!(scan_number("0068"), Some(Number::Fits(68)));
        assert_eq!(scan_number("4294967295"), Some(Number::Fits(u32::MAX)));
        assert_eq!(scan_number("4294967296"), Some(Number::Overlarge));
        assert_eq!(scan_number(&"9".repeat(8000)), Some(Number::Overlarge));
        for text in ["", "-999", "+1", " 1", "1 ", "0x1", "\u{0661}"] {
            assert_eq!(scan_number(text), None, "{text}");
        }
    }
}
