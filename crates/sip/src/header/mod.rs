//! Typed header values, one file for each thing that the RFCs name.
//!
//! A value is read with [`crate::message::Message::typed`] or with the `parse` of its type, and
//! written with its `Display`.

mod address;
mod contact;
mod cseq;
mod number;
mod via;

pub use address::Address;
pub use contact::Contact;
pub use cseq::CSeq;
pub use via::Via;

pub(crate) use address::scan_address;
pub(crate) use cseq::scan_cseq;
pub(crate) use number::{Number, scan_number};
pub(crate) use via::scan_via;

use crate::message::{Name, Rule};

/// A header value that has a type of its own.
pub trait Header: Sized {
    /// The header it stands in.
    const NAME: Name<'static>;

    /// Reads one value, unfolded.
    ///
    /// # Errors
    ///
    /// When the value cannot be understood.
    fn parse(text: &str) -> Result<Self, ValueError>;
}

/// A value that cannot be understood, with the rule that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule} ({})", .rule.section())]
pub struct ValueError {
    rule: Rule,
}

impl ValueError {
    pub(crate) fn new(rule: Rule) -> Self {
        Self { rule }
    }

    /// The rule that the value breaks.
    pub fn rule(self) -> Rule {
        self.rule
    }
}
