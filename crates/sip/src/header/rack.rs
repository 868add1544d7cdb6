//! RAck (RFC 3262 §7.2).

use std::fmt;

use super::{CSeq, Header, RSeq, ValueError};
use crate::{
    grammar::trim_blanks,
    message::{Name, Rule},
};

/// Which reliable provisional response a PRACK acknowledges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RAck {
    /// Its RSeq.
    pub rseq: u32,
    /// Its CSeq.
    pub cseq: CSeq,
}

impl Header for RAck {
    const NAME: Name<'static> = Name::RAck;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let (rseq, cseq) =
            text.split_once([' ', '\t']).ok_or(ValueError::new(Rule::ValueSyntax))?;
        Ok(Self { rseq: RSeq::parse(rseq)?.0, cseq: CSeq::parse(trim_blanks(cseq))? })
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rseq, self.cseq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_parts() {
        let it = RAck::parse("776656  1 INVITE").unwrap();
        assert_eq!((it.rseq, it.cseq.number), (776656, 1));
        assert_eq!(it.to_string(), "776656 1 INVITE");
        assert!(RAck::parse("1 INVITE").is_err() && RAck::parse("1").is_err());
    }
}
