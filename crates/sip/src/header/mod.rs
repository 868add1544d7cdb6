//! Typed header values, one file for each thing that the RFCs name.
//!
//! A value is read with [`crate::message::Message::typed`] or with the `parse` of its type, and
//! written with its `Display`.

mod address;
mod contact;
mod content_type;
mod cseq;
mod date;
mod event;
mod min_se;
mod number;
mod privacy;
mod rack;
mod reason;
mod replaces;
mod retry_after;
mod rseq;
mod session_expires;
mod subscription_state;
mod via;
mod warning;

pub use address::Address;
pub use contact::Contact;
pub use content_type::ContentType;
pub use cseq::CSeq;
pub use date::Date;
pub use event::Event;
pub use min_se::MinSe;
pub use privacy::Privacy;
pub use rack::RAck;
pub use reason::Reason;
pub use replaces::Replaces;
pub use retry_after::RetryAfter;
pub use rseq::RSeq;
pub use session_expires::{Refresher, SessionExpires};
pub use subscription_state::SubscriptionState;
pub use via::Via;
pub use warning::Warning;

pub(crate) use address::{AddressParts, scan_address};
pub(crate) use content_type::scan_media;
pub(crate) use cseq::scan_cseq;
pub(crate) use number::{Number, scan_number};
pub(crate) use via::{ViaParts, scan_via};

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
