//! Whether this host has a way to an address at all.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;

/// True where the routing table of this host knows a way to `remote`; nothing is sent. A provider's
/// IPv6 server is none of ours on a host without IPv6.
pub async fn has_route(remote: SocketAddr) -> bool {
    let any: SocketAddr = match remote {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    match UdpSocket::bind(any).await {
        Ok(socket) => socket.connect(remote).await.is_ok(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn loopback_has_a_way_and_the_reserved_block_has_none() {
        assert!(has_route("127.0.0.1:5060".parse().unwrap()).await);
        // Class E, which no host routes (RFC 1112 §4).
        assert!(!has_route("255.255.255.255:5060".parse().unwrap()).await);
    }
}
