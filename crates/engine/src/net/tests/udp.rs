use std::{io::Write, net::UdpSocket};

use super::*;

fn far_end() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind(LOOPBACK).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn to(remote: SocketAddr) -> Target {
    target(Transport::Udp, remote, "example.net")
}

#[tokio::test]
async fn an_opened_flow_carries_messages_both_ways_under_one_name() {
    let mut host = Host::new(NetConfig::default()).await;
    let (socket, remote) = far_end();
    let flow = host.open(to(remote)).await.unwrap();
    assert_eq!((flow.transport, flow.remote), (Transport::Udp, remote));
    assert_eq!(flow.local.ip(), LOOPBACK.ip());
    host.send(flow, OPTIONS);
    let mut buffer = [0; 2000];
    let (len, from) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..len], from), (OPTIONS, flow.local));
    socket.send_to(b"SIP/2.0 200 OK\r\n\r\n", from).unwrap();
    let (on, bytes) = host.received().await;
    assert_eq!((on, &bytes[..]), (flow, &b"SIP/2.0 200 OK\r\n\r\n"[..]));
    assert_eq!(host.open(to(remote)).await.unwrap(), flow);
}

#[tokio::test]
async fn ipv6_works_as_ipv4_does() {
    // A computer without IPv6 has nothing to show here.
    let Ok(socket) = UdpSocket::bind("[::1]:0") else { return };
    let mut host = Host::new(NetConfig::default()).await;
    let flow = host.open(to(socket.local_addr().unwrap())).await.unwrap();
    assert_eq!(flow.local.ip().to_string(), "::1");
    socket.send_to(OPTIONS, flow.local).unwrap();
    assert_eq!(host.received().await.0, flow);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_refused_port_is_told_at_once_and_leaves_other_flows_alone() {
    let mut host = Host::new(NetConfig::default()).await;
    let (socket, alive) = far_end();
    let dead = far_end().1;
    let good = host.open(to(alive)).await.unwrap();
    let bad = host.open(to(dead)).await.unwrap();
    assert_ne!(good.id, bad.id);
    for _ in 0..3 {
        host.send(bad, OPTIONS);
        assert_eq!(host.lost().await, (bad.id, TransportError::Refused(dead)));
        host.send(good, OPTIONS);
        assert_eq!(socket.recv_from(&mut [0; 2000]).unwrap().1, good.local);
    }
}

#[tokio::test]
async fn strangers_are_heard_at_a_bounded_rate_and_trusted_sources_without_one() {
    let limits = Limits { strangers_per_second: 10, stranger_per_second: 4, ..Limits::default() };
    let mut host = Host::listening(limits).await;
    let here = host.at(Transport::Udp);
    let heard = async |host: &mut Host, sources: &[UdpSocket]| {
        for source in sources {
            for _ in 0..50 {
                source.send_to(OPTIONS, here).unwrap();
            }
        }
        // All is in the socket's buffer by now: loopback delivers before `send_to` returns.
        timeout(Duration::from_secs(20), host.net.ready()).await.unwrap();
        let mut heard = 0;
        for _ in 0..20 {
            while let Some(event) = host.net.poll(host.now) {
                assert!(matches!(event, NetEvent::Received { .. }), "{event:?}");
                heard += 1;
            }
        }
        heard
    };
    let sources: Vec<_> = (0..4).map(|_| far_end().0).collect();
    // One alone: twice its own rate at once. All together: twice the common rate.
    assert_eq!(heard(&mut host, &sources[..1]).await, 8);
    assert_eq!(host.net.dropped().strangers, 42);
    host.now += Duration::from_secs(100);
    assert!((8..=20).contains(&heard(&mut host, &sources).await));
    host.perform(NetRequest::Trust(vec![(LOOPBACK.ip(), 32)]));
    assert_eq!(heard(&mut host, &sources).await, 200);
}

#[tokio::test]
async fn keep_alives_are_no_messages() {
    let mut host = Host::listening(Limits::default()).await;
    let here = host.at(Transport::Udp);
    let socket = far_end().0;
    for datagram in [&b"\r\n\r\n"[..], b"\r\n", b"\0\0\0\0", b"", OPTIONS] {
        socket.send_to(datagram, here).unwrap();
    }
    for datagram in [&b"\r\n\r\n"[..], b"\r\n", b"\0\0\0\0", b""] {
        let event = host.event().await;
        assert!(matches!(&event, NetEvent::KeepAlive(_, bytes) if bytes == datagram), "{event:?}");
    }
    assert_eq!(&host.received().await.1[..], OPTIONS);
}

#[tokio::test]
async fn far_ends_are_remembered_within_a_bound_and_answered_beyond_it() {
    let limits = Limits { udp_flows: 3, ..Limits::default() };
    let mut host = Host::listening(limits).await;
    let here = host.at(Transport::Udp);
    let sockets: Vec<_> = (0..6).map(|_| far_end()).collect();
    let mut flows = Vec::new();
    for (socket, _) in &sockets {
        host.now += Duration::from_millis(100);
        socket.send_to(OPTIONS, here).unwrap();
        flows.push(host.received().await.0);
    }
    // The first is forgotten; its name still leads to the socket.
    host.send(flows[0], OPTIONS);
    assert_eq!(sockets[0].0.recv_from(&mut [0; 100]).unwrap().1, here);
    sockets[0].0.send_to(OPTIONS, here).unwrap();
    assert_ne!(host.received().await.0.id, flows[0].id);
}

#[tokio::test]
async fn a_blocked_target_is_dead_and_comes_back() {
    let mut host = Host::new(NetConfig::default()).await;
    let (socket, remote) = far_end();
    let flow = host.open(to(remote)).await.unwrap();
    host.perform(NetRequest::Block(vec![remote]));
    assert_eq!(host.open(to(remote)).await, Err(TransportError::Refused(remote)));
    host.send(flow, b"lost");
    host.perform(NetRequest::Block(Vec::new()));
    host.send(flow, OPTIONS);
    let mut buffer = [0; 100];
    let len = socket.recv(&mut buffer).unwrap();
    assert_eq!(&buffer[..len], OPTIONS);
}

#[tokio::test]
async fn an_account_can_have_an_address_of_its_own() {
    let mut host = Host::new(NetConfig::default()).await;
    let listen = host.bind(ACCOUNT, Some(LOOPBACK), Roots::System).await.unwrap();
    let address = listen[0].1;
    assert_eq!(listen, [(Transport::Udp, address), (Transport::Tcp, address)]);

    let (_socket, remote) = far_end();
    let flow = host.open(to(remote)).await.unwrap();
    assert_eq!((flow.local, flow.account), (address, ACCOUNT));
    let other = host.open(Target { account: AccountId(2), ..to(remote) }).await.unwrap();
    assert_ne!(other.local, address);
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(OPTIONS).unwrap();
    let (inbound, _) = host.received().await;
    assert_eq!(inbound.account, ACCOUNT);

    // Bound again, the same socket stays; given back, its address is free.
    let again = host.bind(ACCOUNT, Some(LOOPBACK), Roots::System).await.unwrap();
    assert_eq!(again[0].1, address);
    host.perform(NetRequest::Bind { account: ACCOUNT, local: None, roots: Roots::System });
    assert_eq!(host.lost().await.0, inbound.id);
    assert_eq!(host.lost().await, (flow.id, TransportError::Closed));
    let without = host.bound(ACCOUNT).await.unwrap();
    assert!(!without.iter().any(|(_, a)| *a == address));
    drop(stream);
    UdpSocket::bind(address).unwrap();
}

#[tokio::test]
async fn two_accounts_of_one_domain_have_each_its_own_socket() {
    let mut host = Host::new(NetConfig::default()).await;
    let second = AccountId(2);
    let (socket, remote) = far_end();
    let mut flows = Vec::new();
    for account in [ACCOUNT, second] {
        host.bind(account, None, Roots::System).await.unwrap();
        let flow = host.open(Target { account, ..to(remote) }).await.unwrap();
        assert_eq!(flow.account, account);
        socket.send_to(OPTIONS, flow.local).unwrap();
        assert_eq!(host.received().await.0, flow);
        flows.push(flow);
    }
    assert_ne!(flows[0].local, flows[1].local);
    // One that moves or goes takes nothing of the other's with it.
    let local = Some(LOOPBACK);
    host.perform(NetRequest::Bind { account: second, local, roots: Roots::System });
    assert_eq!(host.lost().await, (flows[1].id, TransportError::Closed));
    host.bound(second).await.unwrap();
    host.perform(NetRequest::Unbind(second));
    socket.send_to(OPTIONS, flows[0].local).unwrap();
    assert_eq!(host.received().await.0.account, ACCOUNT);
    UdpSocket::bind((LOOPBACK.ip(), flows[1].local.port())).unwrap();
}

#[tokio::test]
async fn an_account_moves_from_all_addresses_to_one_at_the_same_port_and_back() {
    let mut host = Host::new(NetConfig::default()).await;
    let (_socket, remote) = far_end();
    let any = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
    let all = host.bind(ACCOUNT, Some(any), Roots::System).await.unwrap()[0].1;
    let one = SocketAddr::new(LOOPBACK.ip(), all.port());
    for address in [one, all, one] {
        let flow = host.open(to(remote)).await.unwrap();
        let local = Some(address);
        host.perform(NetRequest::Bind { account: ACCOUNT, local, roots: Roots::System });
        assert_eq!(host.lost().await, (flow.id, TransportError::Closed));
        let listen = host.bound(ACCOUNT).await.unwrap();
        assert_eq!(listen, [(Transport::Udp, address), (Transport::Tcp, address)]);
    }
    let mut stream = std::net::TcpStream::connect(one).unwrap();
    stream.write_all(OPTIONS).unwrap();
    assert_eq!(host.received().await.0.account, ACCOUNT);
}

#[tokio::test]
async fn a_flow_of_an_account_that_went_never_leads_to_anothers_socket() {
    let mut host = Host::new(NetConfig::default()).await;
    let second = AccountId(2);
    let (socket, remote) = far_end();
    host.bind(ACCOUNT, Some(LOOPBACK), Roots::System).await.unwrap();
    let stale = host.open(to(remote)).await.unwrap();
    host.perform(NetRequest::Unbind(ACCOUNT));
    assert_eq!(host.lost().await, (stale.id, TransportError::Closed));
    host.bind(second, Some(LOOPBACK), Roots::System).await.unwrap();
    let flow = host.open(Target { account: second, ..to(remote) }).await.unwrap();
    assert_ne!(flow.id, stale.id);
    host.send(stale, b"stale");
    assert_eq!(host.lost().await, (stale.id, TransportError::Closed));
    host.perform(NetRequest::Close(stale.id));
    host.send(flow, OPTIONS);
    let mut buffer = [0; 100];
    let (len, from) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..len], from), (OPTIONS, flow.local));
}

#[tokio::test]
async fn accounts_that_name_one_address_share_its_socket() {
    let mut host = Host::new(NetConfig::default()).await;
    let (socket, remote) = far_end();
    let address = host.bind(ACCOUNT, Some(LOOPBACK), Roots::System).await.unwrap()[0].1;
    host.bind(AccountId(2), Some(address), Roots::System).await.unwrap();
    for account in [ACCOUNT, AccountId(2)] {
        let flow = host.open(Target { account, ..to(remote) }).await.unwrap();
        assert_eq!((flow.local, flow.account), (address, AccountId::default()));
    }
    host.perform(NetRequest::Unbind(ACCOUNT));
    socket.send_to(OPTIONS, address).unwrap();
    assert_eq!(host.received().await.0.account, AccountId(2));
    host.perform(NetRequest::Unbind(AccountId(2)));
    UdpSocket::bind(address).unwrap();
}

#[tokio::test]
async fn an_address_that_cannot_be_had_is_told_in_words() {
    let mut host = Host::new(NetConfig::default()).await;
    let (_socket, taken) = far_end();
    for (local, expected) in [
        (taken, format!("{taken} is in use by another program")),
        ("203.0.113.1:5060".parse().unwrap(), "this computer has no address 203.0.113.1".into()),
    ] {
        let refused = host.bind(ACCOUNT, Some(local), Roots::System).await.unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }
}
