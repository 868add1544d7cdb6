//! Whether this host has a way to an address at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

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

/// True where this host has the address `own`, and it is up; also where the system lets programs bind
/// any address (`ip_nonlocal_bind`).
pub async fn is_ours(own: IpAddr) -> bool {
    UdpSocket::bind((own, 0)).await.is_ok()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddrV6;

    use super::*;

    #[tokio::test]
    async fn loopback_has_a_way_and_a_link_that_is_not_there_has_none() {
        assert!(has_route("127.0.0.1:5060".parse().unwrap()).await);
        // A link-local address on an interface of a number that no host has.
        let link = SocketAddrV6::new("fe80::1".parse().unwrap(), 5060, 0, u32::MAX);
        assert!(!has_route(link.into()).await);
    }

    #[tokio::test]
    async fn an_address_of_another_host_is_not_ours() {
        assert!(is_ours("127.0.0.1".parse().unwrap()).await);
        assert!(!is_ours("192.0.2.1".parse().unwrap()).await);
    }
}
