//! How the real network is set up.

use std::{net::SocketAddr, time::Duration};

/// What [`super::Sockets`] is made from.
#[derive(Clone, Debug, Default)]
pub struct NetConfig {
    /// Sockets that listen from the start, besides those that `NetRequest::Bind` asks for.
    pub listen: Vec<Listen>,
    /// DNS servers to ask; the system's when empty.
    pub nameservers: Vec<SocketAddr>,
    /// Bounds.
    pub limits: Limits,
}

/// One address to listen at.
#[derive(Clone, Debug)]
pub enum Listen {
    /// TCP.
    Tcp(SocketAddr),
    /// TLS, with the certificate to show.
    Tls(SocketAddr, ServerIdentity),
    /// UDP.
    Udp(SocketAddr),
}

/// A certificate with its key.
#[derive(Clone)]
pub struct ServerIdentity {
    /// The chain in PEM, the server's own certificate first.
    pub chain_pem: String,
    /// The private key in PEM (PKCS #8, PKCS #1 or SEC1).
    pub key_pem: String,
}

impl std::fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerIdentity(…)")
    }
}

/// Bounds on what the outside can make us hold or do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time for a TCP connection to come up, and again for its TLS handshake.
    pub connect: Duration,
    /// Time from the first byte of a message to the end of its header.
    pub header: Duration,
    /// Time from the first byte of a message to its end.
    pub message: Duration,
    /// Strangers' connections open at one time; as many again are kept for trusted sources.
    pub inbound: usize,
    /// Strangers' connections taken in one second; those beyond are closed at once.
    pub connections_per_second: u32,
    /// Strangers' messages a second, all together; `u32::MAX` for no limit. Datagrams beyond are
    /// dropped, streams are read no faster.
    pub strangers_per_second: u32,
    /// Messages of one stranger a second: of one source of datagrams, or on one connection.
    pub stranger_per_second: u32,
    /// Messages that wait to be sent, a socket or a connection.
    pub queue: usize,
    /// UDP far ends that are remembered; the one unused for the longest time goes first.
    pub udp_flows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(4),
            header: Duration::from_secs(10),
            message: Duration::from_secs(30),
            inbound: 32,
            connections_per_second: 32,
            strangers_per_second: 400,
            stranger_per_second: 50,
            queue: 1024,
            udp_flows: 4096,
        }
    }
}
