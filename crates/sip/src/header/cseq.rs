//! CSeq (RFC 3261 §20.16).

use std::fmt;

use super::{Header, Number, ValueError, scan_number};
use crate::{
    grammar::{Notes, Span, is_blank, is_token, trim_blanks},
    message::{Method, Name, Rule},
};

/// Sequence number and method of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CSeq {
    /// The sequence number.
    pub number: u32,
    /// The method.
    pub method: Method,
}

impl Header for CSeq {
    const NAME: Name<'static> = Name::CSeq;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let (number, method) = scan_cseq(text, &mut Notes::default())?;
        Ok(Self { number, method: Method::from(method.of(text)) })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// Number and where the method stands.
pub(crate) fn scan_cseq(text: &str, notes: &mut Notes) -> Result<(u32, Span), ValueError> {
    let wrong = ValueError::new(Rule::CSeqSyntax);
    let blank = text.as_bytes().iter().position(|&octet| is_blank(octet)).ok_or(wrong)?;
    let (number, rest) = text.split_at_checked(blank).ok_or(wrong)?;
    let method = trim_blanks(rest);
    if !is_token(method.as_bytes()) {
        return Err(wrong);
    }
    let number = match scan_number(number).ok_or(wrong)? {
        Number::Fits(number) => number,
        Number::Overlarge => return Err(ValueError::new(Rule::CSeqRange)),
    };
    if number > i32::MAX as u32 {
        notes.note(Rule::CSeqLarge);
    }
    let end = text.bytes().rposition(|octet| !is_blank(octet)).map_or(0, |last| last + 1);
    Ok((number, Span::new(end - method.len(), end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_and_method() {
        let cseq = CSeq::parse("0009   INVITE ").unwrap();
        assert_eq!(cseq, CSeq { number: 9, method: Method::Invite });
        assert_eq!(cseq.to_string(), "9 INVITE");
        let rule = |text| CSeq::parse(text).unwrap_err().rule();
        assert_eq!(rule("36893488147419103232 REGISTER"), Rule::CSeqRange);
        for text in ["", "INVITE", "1", "1 ", "1 A B", "-1 INVITE", "1INVITE", "1 IN\x01"] {
            assert_eq!(rule(text), Rule::CSeqSyntax, "{text}");
        }
    }

    #[test]
    fn two_to_the_31_is_noted() {
        let mut notes = Notes::default();
        assert_eq!(scan_cseq("2147483648 BYE", &mut notes).unwrap().0, 1 << 31);
        assert_eq!(notes.rules(), [Rule::CSeqLarge]);
    }
}
