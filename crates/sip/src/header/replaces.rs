//! Replaces (RFC 3891 §6.1).

use std::fmt;

use super::{Header, ValueError};
use crate::{
    grammar::{Params, trim_blanks},
    message::{Name, Rule},
};

/// The dialog that a new one takes the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    /// Its Call-ID.
    pub call_id: String,
    /// The tag of the side that receives this request.
    pub to_tag: String,
    /// The tag of the other side.
    pub from_tag: String,
    /// Only while the dialog is early.
    pub early_only: bool,
}

impl Header for Replaces {
    const NAME: Name<'static> = Name::Replaces;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let (call_id, params) = text.split_once(';').unwrap_or((text, ""));
        let (call_id, params) = (trim_blanks(call_id), Params::new(params));
        let tags = params.value("to-tag").zip(params.value("from-tag"));
        let (to_tag, from_tag) =
            tags.filter(|_| !call_id.is_empty()).ok_or(ValueError::new(Rule::ValueSyntax))?;
        Ok(Self {
            call_id: call_id.to_owned(),
            to_tag: to_tag.to_owned(),
            from_tag: from_tag.to_owned(),
            early_only: params.has("early-only"),
        })
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};to-tag={};from-tag={}", self.call_id, self.to_tag, self.from_tag)?;
        f.write_str(if self.early_only { ";early-only" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tags_must_be_there() {
        let it =
            Replaces::parse("425928@b.example.org;to-tag=7743;from-tag=6472;early-only").unwrap();
        assert!(it.early_only);
        assert_eq!(Replaces::parse(&it.to_string()), Ok(it));
        assert!(
            Replaces::parse("a;to-tag=1").is_err()
                && Replaces::parse(";to-tag=1;from-tag=2").is_err()
        );
    }
}
