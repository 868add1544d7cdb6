//! Transactions (RFC 3261 §17, with the Accepted states of RFC 6026).
//!
//! [`Layer`] is the front. One file per state machine of RFC 3261 §17, each of them a few lines of
//! states and timers that know neither bytes nor addresses; `layer` gives them both.
//!
//! What stands here and not in the machines:
//! - a response belongs to a request of ours by branch and method alone (§17.1.3); who sent it and
//!   what its sent-by says do not matter, since providers rewrite both;
//! - a request belongs to a server transaction by branch, sent-by and method (§17.2.3), or by the
//!   six older fields where the branch lacks its cookie;
//! - an answer goes back to where its request came from (RFC 3581), whatever Via says;
//! - a repeated request or response is answered with the very bytes sent before.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;

use crate::transport::{FlowId, TransportError};

mod ack;
mod client;
mod client_invite;
mod client_non_invite;
mod congestion;
mod key;
mod layer;
mod reply;
mod room;
mod server;
mod server_invite;
mod server_non_invite;
mod timer;

pub use congestion::must_use_stream;
pub use layer::Layer;
pub use reply::reply;

/// A client transaction: one request of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub(crate) u64);

/// A server transaction: one request of the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId(pub(crate) u64);

/// The three durations that every timer is made of (RFC 3261 §17.1.1.1, table 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Round-trip estimate, 500 ms.
    pub t1: Duration,
    /// Longest time between two transmissions of a non-INVITE request or of a final response to
    /// INVITE, 4 s.
    pub t2: Duration,
    /// Longest life of a message in the network, 5 s.
    pub t4: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
        }
    }
}

impl Timers {
    /// 64·T1: Timers B, F, H, J, L and M.
    pub fn give_up(&self) -> Duration {
        self.t1.saturating_mul(64)
    }
}

/// Bounds on the server transactions that the wire can make us hold.
///
/// Strangers and trusted sources have separate room, so a flood from outside never pushes out a
/// transaction of the trunk. When the room is full, the new request is refused
/// ([`Incoming::Overloaded`]) and what is under way goes on. Client transactions are not bounded
/// here: each one is an act of our own and ends by its timer, and a call of ours is never dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Server transactions of one stranger: an IPv4 address or an IPv6 /64.
    pub per_stranger: usize,
    /// Server transactions of all strangers together.
    pub strangers: usize,
    /// Octets held for all strangers together.
    pub stranger_octets: usize,
    /// Server transactions of all trusted sources together.
    pub trusted: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_stranger: 64, strangers: 1024, stranger_octets: 8 << 20, trusted: 65_536 }
    }
}

/// Whose request it is: the bounds of [`Limits`] depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Not known to the account: little room, then silence.
    Stranger,
    /// Registrar, proxy, the registered flow, or an address that the user allowed.
    Trusted,
}

/// What an incoming message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// ACK to a refusal of ours; the layer is done with it.
    Ack(ServerId),
    /// ACK to a 2xx: the dialog's. Names the INVITE transaction where its branch still tells.
    Ack2xx(Option<ServerId>),
    /// CANCEL, a request to be answered like any other: 200 where `invite` is known, else 481.
    /// Where that INVITE has no final answer yet, it gets 487 (RFC 3261 §9.2).
    Cancel {
        /// The CANCEL's own transaction.
        server: ServerId,
        /// The INVITE it wants ended.
        invite: Option<ServerId>,
    },
    /// A request that came before by another way: answer it with 482 (RFC 3261 §8.2.2.2).
    Merged(ServerId),
    /// No room left for it. A trusted source deserves a 503 by `send_stateless`, a stranger silence.
    Overloaded,
    /// A new request: answer it with `respond`.
    Request(ServerId),
    /// A response to a request of ours. 2xx to INVITE come up each time they come (RFC 6026 §7.2).
    Response(ClientId),
    /// A repeated message; the layer has answered it where there was something to say.
    Retransmission,
    /// A response that no transaction wants; nothing was done with it.
    StrayResponse(Stray),
    /// A request without a readable Via or CSeq: it belongs nowhere and cannot be answered.
    Unanswerable,
}

/// Why a response was ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stray {
    /// Branch and method are of no request under way (RFC 3261 §17.1.3).
    #[error("its branch and method are of no request under way (RFC 3261 §17.1.3)")]
    NoTransaction,
    /// A final response whose To has no tag (RFC 3261 §8.2.6.2).
    #[error("a final response whose To has no tag (RFC 3261 §8.2.6.2)")]
    NoToTag,
    /// Several Via: meant for somebody behind us, and we are no proxy (RFC 3261 §8.1.3.3).
    #[error("more than one Via (RFC 3261 §8.1.3.3)")]
    SeveralVias,
    /// Via, CSeq, From or To cannot be read.
    #[error("Via, CSeq, From or To cannot be read")]
    Unreadable,
    /// From-tag or To-tag is not the one of the request (RFC 3261 §8.2.6.2).
    #[error("the tag of From or To is not that of the request (RFC 3261 §8.2.6.2)")]
    WrongTag,
}

/// What the layer wants done, or tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A client transaction is over and its name is free. Comes once for each, and last.
    ClientEnded(ClientId),
    /// The request could not be sent: no final response will come.
    Failed(ClientId, TransportError),
    /// Our refusal of an INVITE was never acknowledged (Timer H).
    NoAck(ServerId),
    /// The stream that a request came in on is gone before its final answer went out. Open another
    /// flow to its source and tell `rehome` (RFC 3261 §18.2.2).
    Orphaned(ServerId),
    /// Send these bytes.
    Send {
        /// The transaction that they belong to.
        by: By,
        /// On this flow.
        flow: FlowId,
        /// To this address.
        remote: SocketAddr,
        /// One whole message.
        bytes: Bytes,
    },
    /// A server transaction is over and its name is free. Comes once for each, and last.
    ServerEnded(ServerId),
    /// No final response in 64·T1 (Timer B or F), or none after `give_up`.
    TimedOut(ClientId),
}

/// Whose a message is that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// A request of ours, or the ACK to its refusal.
    Client(ClientId),
    /// An answer of ours.
    Server(ServerId),
    /// No transaction keeps it.
    Stateless,
}

/// What was repeated on the wire since the layer was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests of ours sent again (Timers A and E).
    pub requests_sent_again: u64,
    /// Responses of ours sent again (Timer G, or because the request came again).
    pub responses_sent_again: u64,
    /// Requests that came again.
    pub requests_repeated: u64,
    /// Final responses that came again.
    pub responses_repeated: u64,
    /// Responses that belong to nothing.
    pub strays: u64,
    /// Requests refused because the room was full.
    pub overloaded: u64,
}

#[cfg(test)]
mod tests;
