//! The network seam: what the signalling core asks for, and what it is told.
//!
//! [`Sockets`] is the real one; a test hands in its own. The core calls [`Net::perform`] for each
//! request, and [`Net::poll`] until it returns `None`.

mod bucket;
mod config;
mod connect;
mod dial;
mod dns;
#[cfg(target_os = "linux")]
mod icmp;
mod listen;
mod pin;
mod pool;
mod ports;
mod sockets;
mod stream;
mod tls;
mod udp;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::{
    agent::{Input, OpenId, QueryId},
    locate::{DnsError, Question, Record},
    transport::{AccountId, Flow, FlowId, Target, Transport, TransportError},
};

pub use self::{
    config::{Limits, Listen, NetConfig, ServerIdentity},
    dns::{Dns, RECORDS},
    sockets::Sockets,
    tls::provider,
};
pub(crate) use self::{
    connect::{tcp as connect_tcp, tls as connect_tls},
    tls::{certificate_sentence, server_name, verifier},
};
pub use crate::api::Dropped;

/// A network, real or made up.
pub trait Net {
    /// Does what is asked, or starts it. Never blocks.
    fn perform(&mut self, now: Duration, request: NetRequest);

    /// The next thing that happened, in the order it happened on each flow.
    fn poll(&mut self, now: Duration) -> Option<NetEvent>;

    /// When `poll` has to be called again although nothing came in from outside. A network of real
    /// sockets has no such time; one that plays delay on a virtual clock does.
    fn wake_at(&self) -> Option<Duration> {
        None
    }

    /// What was dropped so far.
    fn dropped(&self) -> Dropped {
        Dropped::default()
    }
}

/// What the core asks for.
#[derive(Clone, Debug)]
pub enum NetRequest {
    /// Give an account sockets of its own, and say whose certificates it believes. Answered by
    /// `Bound`. An account that never asked uses the sockets that all share, and the system's
    /// authorities.
    Bind {
        /// Whose.
        account: AccountId,
        /// Local address and port for UDP and inbound TCP; port 0 lets the system choose, `None`
        /// the address as well, and then there is no inbound TCP. Two accounts that name the same
        /// address and port share one socket.
        local: Option<SocketAddr>,
        /// The authorities to believe.
        roots: Roots,
    },
    /// From here on these targets count as dead: opening a flow to one is told as refused, and
    /// what is sent to one is not sent. Replaces the list; for checks of failover.
    Block(Vec<SocketAddr>),
    /// Close a stream, or forget a UDP flow.
    Close(FlowId),
    /// Open a flow, or name an open one to the same target.
    Open(OpenId, Target),
    /// Ask DNS.
    Resolve(QueryId, Question),
    /// Send one whole message, or a keep-alive.
    Send {
        /// Whose it is, where that is known; for the trace.
        account: Option<AccountId>,
        /// On this flow.
        flow: FlowId,
        /// To this address; a stream knows its own.
        remote: SocketAddr,
        /// The message.
        bytes: Bytes,
    },
    /// These sources, address and prefix length, are no strangers: no rate limit before the parser
    /// applies to them. Replaces the list. Targets of `Open` count as trusted anyway.
    Trust(Vec<(IpAddr, u8)>),
    /// Close the sockets and streams of an account, and forget what it asked for.
    Unbind(AccountId),
}

/// The certificate authorities to believe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Roots {
    /// A PEM file, and nobody else.
    File(PathBuf),
    /// Those of the operating system.
    #[default]
    System,
}

/// What the core is told.
#[derive(Clone, Debug)]
pub enum NetEvent {
    /// Where an account can be reached, or why it cannot.
    Bound {
        /// The account of `Bind`.
        account: AccountId,
        /// Local addresses that are listened on.
        listen: Result<Vec<(Transport, SocketAddr)>, TransportError>,
    },
    /// A flow is gone, or a datagram came back as unreachable. Each UDP far end is a flow of its
    /// own, so one dead target does not take another with it.
    FlowLost(FlowId, TransportError),
    /// What keeps a path open and says nothing (RFC 5626 §3.5.1, §4.4.1) came in. On a stream the
    /// network has answered it already.
    KeepAlive(Flow, Bytes),
    /// An address of this computer is gone, and another one leads to the same places. The flows that
    /// left from it are told as lost after this.
    Moved {
        /// The address that is gone.
        from: IpAddr,
        /// The address that takes its place.
        to: IpAddr,
    },
    /// A flow could not be opened.
    OpenFailed(OpenId, TransportError),
    /// A flow is open.
    Opened(OpenId, Flow),
    /// A pong came in on a stream.
    Pong(FlowId),
    /// One whole message came in, or the part of one behind which a stream cannot be followed.
    Received {
        /// On this flow.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// DNS has answered.
    Resolved(QueryId, Result<Vec<Record>, DnsError>),
}

impl NetEvent {
    /// The same in the agent's words; `None` for what the agent need not know.
    pub fn as_input(&self) -> Option<Input<'_>> {
        Some(match self {
            Self::FlowLost(flow, error) => Input::FlowLost(*flow, error.clone()),
            Self::Bound { .. } | Self::KeepAlive(..) | Self::Moved { .. } => return None,
            Self::OpenFailed(id, error) => Input::OpenFailed(*id, error.clone()),
            Self::Opened(id, flow) => Input::Opened(*id, *flow),
            Self::Pong(flow) => Input::Pong(*flow),
            Self::Received { flow, bytes } => Input::Received { flow: *flow, bytes },
            Self::Resolved(id, answer) => Input::Resolved(*id, answer.clone()),
        })
    }
}

/// What an error at our own address says.
fn local_error(local: SocketAddr, error: &io::Error) -> TransportError {
    let why = if error.kind() == io::ErrorKind::AddrInUse {
        format!("{local} is in use by another program")
    } else if error.kind() == io::ErrorKind::AddrNotAvailable {
        format!("this computer has no address {}", local.ip())
    } else if error.kind() == io::ErrorKind::PermissionDenied {
        format!("this user may not listen at {local}")
    } else {
        format!("{local}: {error}")
    };
    TransportError::Local(why)
}

#[cfg(test)]
pub(crate) mod tests;
