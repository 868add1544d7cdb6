//! The agent in one hand: what goes in, what comes out.
//!
//! > After every `handle`, call `poll` until it returns `None`; then sleep until `wake_at`, and
//! > call `handle(now, Input::Wake)` when it has passed.
//!
//! `now` is the time since the epoch of a monotonic clock that the owner chose; the agent reads no
//! clock. All chance (tags, branches, Call-IDs, cnonces, back-off) comes from the seed given to
//! `Agent::new`.

mod account;
mod command;
mod event;

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

pub use self::{account::*, command::*, event::*};
pub use crate::transport::AccountId;
use crate::{
    locate,
    transport::{Flow, FlowId, Target, TransportError},
};

/// Names a call leg. The owner picks it for a dialled call, the agent for an incoming one; the
/// agent's have `CallId::INCOMING` set, which the owner's must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

impl CallId {
    /// The bit that is set in the names of calls that come in. It is below bit 53, so that a program
    /// that takes every number for a float keeps the name whole (RFC 8259 §6).
    pub const INCOMING: u64 = 1 << 52;
}

/// Names one request that stands outside a call (OPTIONS, MESSAGE), chosen by the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// Names a question to DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueryId(pub u64);

/// Names a request to open a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpenId(pub u64);

/// What the agent is told.
#[derive(Debug)]
pub enum Input<'a> {
    /// The owner wants something.
    Command(Command),
    /// One whole message came in: a datagram, or what `stream::Framer` cut from a stream.
    Received {
        /// The flow that it came in on.
        flow: Flow,
        /// The bytes.
        bytes: &'a Bytes,
    },
    /// A pong (single CRLF) came in on a stream (RFC 5626 §4.4.1).
    Pong(FlowId),
    /// DNS has answered.
    Resolved(QueryId, Result<Vec<locate::Record>, locate::DnsError>),
    /// A flow is open, new or reused.
    Opened(OpenId, Flow),
    /// A flow could not be opened.
    OpenFailed(OpenId, TransportError),
    /// A flow is gone, or a datagram came back as unreachable.
    FlowLost(FlowId, TransportError),
    /// This address of the computer is gone: whoever is registered from there, or on no flow, does so
    /// anew, without the patience that a registrar out of reach has earned; only one that has asked
    /// for it (Retry-After) is left in peace. The flows that left from there are told as lost.
    Moved(IpAddr),
    /// This computer slept: no far end may know us any more, and streams may be dead without a word.
    /// They are opened anew, and whoever registers does so.
    Slept,
    /// The time of `wake_at` has come.
    Wake,
}

/// What the agent wants done, or tells.
#[derive(Clone, Debug)]
pub enum Output {
    /// Of the message that was just handed in: whose it is and what is wrong with it. Comes once
    /// for each, before all that follows from it.
    Heard {
        /// The account; `None` for a stranger's.
        account: Option<AccountId>,
        /// Why it cannot be used, with the RFC section.
        fault: Option<String>,
    },
    /// Send these bytes.
    Send {
        /// Whose they are, where that is known.
        account: Option<AccountId>,
        /// On this flow.
        flow: FlowId,
        /// To this address (the flow's own far end on a stream).
        remote: SocketAddr,
        /// One whole message, or a keep-alive.
        bytes: Bytes,
    },
    /// Ask DNS; answer with `Input::Resolved`.
    Resolve(QueryId, locate::Question),
    /// Open a flow, or name one that is open to the same target; answer with `Input::Opened`.
    Open(OpenId, Target),
    /// Close a flow that is in use no more, or that sent what no SIP peer sends.
    Close(FlowId),
    /// Nothing more comes of a removed account: what was opened for it may be closed.
    Gone(AccountId),
    /// The trunk of an account was found at these addresses: what comes from there is no stranger's.
    /// Replaces those told before.
    Trust(AccountId, Vec<IpAddr>),
    /// Something that the owner should know.
    Event(Box<Event>),
}
