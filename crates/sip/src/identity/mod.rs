//! Who calls and whom: the headers that carry a number out, and the fields that carry one in.

mod incoming;
mod number;
mod outgoing;

pub use incoming::{Dialled, caller, dialled, is_private};
pub use number::{bare_number, number_of};
pub use outgoing::{Caller, CallerHeaders};

/// A header that tells who calls. The trunk's profile says which ones it obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentityHeader {
    /// From (RFC 3261 §20.20).
    From,
    /// P-Asserted-Identity (RFC 3325 §9.1).
    Pai,
    /// P-Preferred-Identity (RFC 3325 §9.2).
    Ppi,
    /// Remote-Party-ID (draft-ietf-sip-privacy-04), never an RFC and still obeyed by many trunks.
    Rpid,
}

/// The field of an incoming INVITE that holds the dialled number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DidField {
    /// Diversion (RFC 5806): the number that was forwarded to us.
    Diversion,
    /// P-Called-Party-ID (RFC 7315 §4.2).
    PCalledPartyId,
    /// Request-URI (RFC 3261 §8.1.1.1).
    #[default]
    RequestUri,
    /// To (RFC 3261 §20.39).
    To,
}
