//! Where a message goes and where it came from, as values. No socket lives here.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

/// A SIP transport (RFC 3261 §18, RFC 7118 for WebSocket).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// TCP, port 5060 unless said.
    Tcp,
    /// TLS over TCP, port 5061 unless said.
    Tls,
    /// UDP, port 5060 unless said.
    Udp,
    /// WebSocket, port 80 unless said.
    Ws,
    /// Secure WebSocket, port 443 unless said.
    Wss,
}

impl Transport {
    /// The token of Via's sent-protocol: `UDP`, `TCP`, `TLS`, `WS`, `WSS`.
    pub fn via_token(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Udp => "UDP",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }

    /// Reads a transport token of a Via or of a `transport` URI parameter, in any case.
    pub fn from_token(token: &str) -> Option<Self> {
        [Self::Tcp, Self::Tls, Self::Udp, Self::Ws, Self::Wss]
            .into_iter()
            .find(|t| t.via_token().eq_ignore_ascii_case(token))
    }

    /// The port used when none is given (RFC 3261 §19.1.2).
    pub fn default_port(self) -> u16 {
        match self {
            Self::Tcp | Self::Udp => 5060,
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    /// True where the transport itself delivers in order or tells that it could not.
    pub fn is_reliable(self) -> bool {
        self != Self::Udp
    }

    /// True where the bytes are encrypted and the far end's name was verified.
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.via_token())
    }
}

/// Names an account, chosen by the owner. Zero is nobody's: it stands for what is opened on behalf
/// of no account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub u32);

/// Names one flow: a stream connection, or one local UDP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowId(pub u64);

/// A flow that is open: what Via and Contact are written from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its name.
    pub id: FlowId,
    /// Its transport.
    pub transport: Transport,
    /// Our address on it as this host sees it, never an unspecified one.
    pub local: SocketAddr,
    /// The address at the far end.
    pub remote: SocketAddr,
    /// Whose it is; nobody's where several accounts share it.
    pub account: AccountId,
    /// The port of ours at which the far end can open another such flow, where it is not that of
    /// `local`: a stream leaves from a port that nobody listens at.
    pub listens: Option<u16>,
}

impl Flow {
    /// The address of ours to write into Via and Contact: where responses and requests find us when
    /// this flow is gone (RFC 3261 §18.1.1, §18.2.2).
    pub fn reachable(&self) -> SocketAddr {
        SocketAddr::new(self.local.ip(), self.listens.unwrap_or(self.local.port()))
    }

    /// True for the same way to the same far end.
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.remote == other.remote
    }

    /// A flow that is nobody's.
    pub const fn new(
        id: FlowId,
        transport: Transport,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Self {
        Self { id, transport, local, remote, account: AccountId(0), listens: None }
    }
}

/// One place to try, the outcome of RFC 3263.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The transport to use.
    pub transport: Transport,
    /// The address to send to.
    pub remote: SocketAddr,
    /// The configured domain: certificates are verified against it (RFC 5922 §7.1), not against an
    /// SRV target, and connections are never shared between two domains.
    pub domain: String,
    /// Whose it is. Two accounts of one domain may be bound to two addresses and believe two
    /// authorities, so they share no connection either.
    pub account: AccountId,
}

/// Why a flow could not be opened or was lost. Each has its own sentence for the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Nothing listens at that port (RST or ICMP port unreachable).
    #[error("nothing listens at {0}")]
    Refused(SocketAddr),
    /// No route, or the network is down (ICMP host or net unreachable).
    #[error("{0} cannot be reached from this network")]
    Unreachable(SocketAddr),
    /// The connection did not come up in time.
    #[error("{0} does not answer")]
    TimedOut(SocketAddr),
    /// The TLS handshake failed, with the reason in the words of the verifier.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// The far end closed the stream.
    #[error("the far end closed the connection")]
    Closed,
    /// A local cause: address in use, no permission, out of descriptors.
    #[error("{0}")]
    Local(String),
}

impl TransportError {
    /// The far end that it tells of; `None` where it tells of a whole flow.
    pub(crate) fn remote(&self) -> Option<SocketAddr> {
        match self {
            Self::Refused(remote) | Self::Unreachable(remote) | Self::TimedOut(remote) => {
                Some(*remote)
            }
            Self::Closed | Self::Local(_) | Self::Tls(_) => None,
        }
    }
}

/// Loopback, private (RFC 1918, RFC 4193), link-local or unspecified: no address of the public
/// internet.
pub fn is_inward(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unique_local()
                || ip.is_unicast_link_local()
                || ip.is_unspecified()
        }
    }
}
