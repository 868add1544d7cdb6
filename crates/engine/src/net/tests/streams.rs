use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::clock::{Clock, SystemClock};

async fn far_end() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn to(remote: SocketAddr) -> Target {
    target(Transport::Tcp, remote, "example.net")
}

/// Reads until the far end closes; a reset counts as that.
async fn rest_of(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let read = stream.read_to_end(&mut rest);
    let _ = timeout(Duration::from_secs(20), read).await.expect("not closed");
    rest
}

#[tokio::test]
async fn a_connection_carries_whole_messages_however_they_are_cut() {
    let mut host = Host::new(NetConfig::default()).await;
    let (listener, remote) = far_end().await;
    let flow = host.open(to(remote)).await.unwrap();
    let (mut stream, from) = listener.accept().await.unwrap();
    assert_eq!((flow.local, flow.remote), (from, remote));
    host.send(flow, OPTIONS);
    let mut buffer = vec![0; OPTIONS.len()];
    stream.read_exact(&mut buffer).await.unwrap();
    assert_eq!(buffer, OPTIONS);
    for octet in OPTIONS {
        stream.write_all(&[*octet]).await.unwrap();
        stream.flush().await.unwrap();
    }
    assert_eq!(host.received().await, (flow, Bytes::from_static(OPTIONS)));
    stream.write_all(&[OPTIONS, OPTIONS].concat()).await.unwrap();
    assert_eq!(host.received().await.1, OPTIONS);
    assert_eq!(host.received().await.1, OPTIONS);
}

#[tokio::test]
async fn pings_are_answered_and_pongs_are_told() {
    let mut host = Host::new(NetConfig::default()).await;
    let (listener, remote) = far_end().await;
    let flow = host.open(to(remote)).await.unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.write_all(b"\r\n\r\n\r\n").await.unwrap();
    assert!(matches!(host.event().await, NetEvent::KeepAlive(on, _) if on == flow));
    let NetEvent::Pong(id) = host.event().await else { panic!() };
    assert_eq!(id, flow.id);
    let mut pong = [0; 2];
    stream.read_exact(&mut pong).await.unwrap();
    assert_eq!(&pong, b"\r\n");
}

#[tokio::test]
async fn a_connection_is_shared_within_a_domain_and_never_between_two() {
    let mut host = Host::new(NetConfig::default()).await;
    let (_listener, remote) = far_end().await;
    let first = host.open(to(remote)).await.unwrap();
    assert_eq!(host.open(to(remote)).await.unwrap(), first);
    assert_eq!(host.open(target(Transport::Tcp, remote, "EXAMPLE.NET")).await.unwrap(), first);
    let other = host.open(target(Transport::Tcp, remote, "example.org")).await.unwrap();
    assert_ne!(other.id, first.id);
}

#[tokio::test]
async fn requests_for_a_connection_that_comes_up_wait_for_the_same_one() {
    let mut host = Host::new(NetConfig::default()).await;
    let (listener, remote) = far_end().await;
    for id in 1..=3 {
        host.perform(NetRequest::Open(OpenId(id), to(remote)));
    }
    let mut flows = Vec::new();
    for id in 1..=3 {
        let NetEvent::Opened(of, flow) = host.event().await else { panic!() };
        assert_eq!(of, OpenId(id));
        flows.push(flow);
    }
    assert!(flows.iter().all(|flow| *flow == flows[0]));
    listener.accept().await.unwrap();
    let second = timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(second.is_err(), "a second connection came");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_refused() {
    let mut host = Host::new(NetConfig::default()).await;
    let remote = far_end().await.1;
    let error = host.open(to(remote)).await.unwrap_err();
    assert_eq!(error, TransportError::Refused(remote));
}

#[tokio::test]
async fn a_connection_that_the_far_end_closes_is_lost_and_opened_anew() {
    let mut host = Host::new(NetConfig::default()).await;
    let (listener, remote) = far_end().await;
    let first = host.open(to(remote)).await.unwrap();
    drop(listener.accept().await.unwrap());
    assert_eq!(host.lost().await, (first.id, TransportError::Closed));
    host.send(first, OPTIONS);
    assert_eq!(host.lost().await, (first.id, TransportError::Closed));
    assert_eq!(host.net.dropped().gone, 1);
    assert_ne!(host.open(to(remote)).await.unwrap().id, first.id);
}

#[tokio::test]
async fn what_was_sent_before_a_close_still_arrives() {
    let mut host = Host::new(NetConfig::default()).await;
    let (listener, remote) = far_end().await;
    let flow = host.open(to(remote)).await.unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    for _ in 0..100 {
        host.send(flow, OPTIONS);
    }
    host.perform(NetRequest::Close(flow.id));
    assert_eq!(rest_of(&mut stream).await, OPTIONS.repeat(100));
}

#[tokio::test]
async fn an_inbound_connection_is_a_flow_that_can_be_answered() {
    let mut host = Host::listening(Limits::default()).await;
    let mut stream = TcpStream::connect(host.at(Transport::Tcp)).await.unwrap();
    stream.write_all(OPTIONS).await.unwrap();
    let (flow, bytes) = host.received().await;
    assert_eq!((flow.transport, bytes), (Transport::Tcp, Bytes::from_static(OPTIONS)));
    assert_eq!(flow.remote, stream.local_addr().unwrap());
    host.send(flow, b"SIP/2.0 200 OK\r\n\r\n");
    host.perform(NetRequest::Close(flow.id));
    assert_eq!(rest_of(&mut stream).await, b"SIP/2.0 200 OK\r\n\r\n");
}

#[tokio::test]
async fn strangers_connections_are_bounded_and_leave_room_for_trusted_ones() {
    let limits = Limits { inbound: 2, ..Limits::default() };
    let mut host = Host::listening(limits).await;
    let here = host.at(Transport::Tcp);
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(here).await.unwrap();
        stream.write_all(OPTIONS).await.unwrap();
        host.received().await;
        held.push(stream);
    }
    let mut beyond = TcpStream::connect(here).await.unwrap();
    assert_eq!(rest_of(&mut beyond).await, b"");
    assert_eq!(host.net.dropped().connections, 1);
    host.perform(NetRequest::Trust(vec![(LOOPBACK.ip(), 32)]));
    let mut friend = TcpStream::connect(here).await.unwrap();
    friend.write_all(OPTIONS).await.unwrap();
    host.received().await;
    // One that is closed makes room again.
    host.perform(NetRequest::Trust(Vec::new()));
    drop(held.pop());
    host.lost().await;
    let mut next = TcpStream::connect(here).await.unwrap();
    next.write_all(OPTIONS).await.unwrap();
    host.received().await;
}

#[tokio::test]
async fn slow_senders_are_closed_and_idle_partners_are_not() {
    let limits = Limits {
        header: Duration::from_millis(500),
        message: Duration::from_secs(1),
        ..Limits::default()
    };
    let mut host = Host::listening(limits).await;
    let here = host.at(Transport::Tcp);
    for slow in [&b""[..], b"\r\n\r\n", b"OPTIONS sip:a SIP", b"OPTIONS sip:a\r\nl: 9\r\n\r\nx"] {
        let mut stream = TcpStream::connect(here).await.unwrap();
        stream.write_all(slow).await.unwrap();
        let (_, why) = host.lost().await;
        assert!(why.to_string().ends_with("did not finish its message in time"), "{why}");
        rest_of(&mut stream).await;
    }
    let mut good = TcpStream::connect(here).await.unwrap();
    good.write_all(OPTIONS).await.unwrap();
    let (flow, _) = host.received().await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    good.write_all(OPTIONS).await.unwrap();
    assert_eq!(host.received().await.0, flow);
}

#[tokio::test]
async fn a_stream_that_cannot_be_followed_is_answered_and_closed() {
    let mut host = Host::listening(Limits::default()).await;
    let mut stream = TcpStream::connect(host.at(Transport::Tcp)).await.unwrap();
    let bad = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: -9\r\n\r\nmore";
    stream.write_all(bad).await.unwrap();
    let (flow, head) = host.received().await;
    assert!(head.starts_with(b"OPTIONS"), "{head:?}");
    host.send(flow, b"SIP/2.0 400 Bad Request\r\n\r\n");
    host.perform(NetRequest::Close(flow.id));
    assert_eq!(rest_of(&mut stream).await, b"SIP/2.0 400 Bad Request\r\n\r\n");
}

#[tokio::test]
async fn a_far_end_that_reads_nothing_is_given_up_when_its_queue_is_full() {
    let limits = Limits { queue: 4, ..Limits::default() };
    let mut host = Host::new(NetConfig { limits, ..NetConfig::default() }).await;
    let (listener, remote) = far_end().await;
    let flow = host.open(to(remote)).await.unwrap();
    let _unread = listener.accept().await.unwrap();
    let big: Bytes = vec![b'x'; 4 << 20].into();
    for _ in 0..20 {
        let bytes = big.clone();
        host.perform(NetRequest::Send { account: None, flow: flow.id, remote, bytes });
        tokio::task::yield_now().await;
    }
    assert!(host.lost().await.1.to_string().ends_with("does not take what is sent to it"));
    assert_eq!(host.net.dropped().sends, 1);
}

#[tokio::test]
async fn a_stranger_is_read_at_a_bounded_rate_and_a_trusted_source_without_one() {
    let limits = Limits { stranger_per_second: 2, ..Limits::default() };
    let mut host = Host::listening(limits).await;
    let clock = SystemClock::new();
    let mut stream = TcpStream::connect(host.at(Transport::Tcp)).await.unwrap();
    stream.write_all(&OPTIONS.repeat(5)).await.unwrap();
    for _ in 0..5 {
        host.received().await;
    }
    // Two at once, two a second later, and one after two.
    assert!(clock.now() >= Duration::from_secs(2), "{:?}", clock.now());
    host.perform(NetRequest::Trust(vec![(LOOPBACK.ip(), 32)]));
    stream.write_all(&OPTIONS.repeat(200)).await.unwrap();
    for _ in 0..200 {
        host.received().await;
    }
    // At a stranger's rate they would take 100 s.
    assert!(clock.now() < Duration::from_secs(60), "{:?}", clock.now());
}

#[tokio::test]
async fn strangers_connections_are_taken_at_a_bounded_rate() {
    let limits = Limits { connections_per_second: 2, ..Limits::default() };
    let mut host = Host::listening(limits).await;
    let here = host.at(Transport::Tcp);
    let clock = SystemClock::new();
    let mut taken = Vec::new();
    while taken.len() < 6 {
        let mut stream = TcpStream::connect(here).await.unwrap();
        // One that is refused may be closed before it is written to.
        drop(stream.write_all(OPTIONS).await);
        tokio::select! {
            _ = host.received() => taken.push(stream),
            _ = rest_of(&mut stream) => {}
        }
    }
    assert!(clock.now() >= Duration::from_secs(2), "{:?}", clock.now());
    assert!(host.net.dropped().connections > 0);
}

#[tokio::test]
async fn an_account_that_goes_closes_the_streams_that_came_to_it() {
    let mut host = Host::new(NetConfig::default()).await;
    let here = host.bind(ACCOUNT, Some(LOOPBACK), Roots::System).await.unwrap()[1].1;
    let mut heard = TcpStream::connect(here).await.unwrap();
    heard.write_all(OPTIONS).await.unwrap();
    let (flow, _) = host.received().await;
    // This one is up, and the network has not heard of it.
    let mut unheard = TcpStream::connect(here).await.unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    host.perform(NetRequest::Unbind(ACCOUNT));
    assert_eq!(host.lost().await.0, flow.id);
    for stream in [&mut heard, &mut unheard] {
        tokio::select! {
            rest = rest_of(stream) => assert_eq!(rest, b""),
            event = host.event() => panic!("{event:?}"),
        }
    }
}

#[tokio::test]
async fn a_stream_that_comes_up_for_an_account_that_went_is_closed() {
    let mut host = Host::new(NetConfig::default()).await;
    let (listener, remote) = far_end().await;
    host.bind(ACCOUNT, None, Roots::System).await.unwrap();
    host.perform(NetRequest::Open(OpenId(1), to(remote)));
    let (mut stream, _) = listener.accept().await.unwrap();
    // Its task tells that it is up; nobody has looked yet.
    while host.net.told.is_empty() {
        tokio::task::yield_now().await;
    }
    host.perform(NetRequest::Unbind(ACCOUNT));
    let failed = host.event().await;
    assert!(matches!(failed, NetEvent::OpenFailed(OpenId(1), _)), "{failed:?}");
    tokio::select! {
        rest = rest_of(&mut stream) => assert_eq!(rest, b""),
        event = host.event() => panic!("{event:?}"),
    }
}

#[tokio::test]
async fn a_stream_knows_the_port_that_is_listened_at_beside_it() {
    let mut host = Host::new(NetConfig::default()).await;
    let (_listener, remote) = far_end().await;
    assert_eq!(host.open(to(remote)).await.unwrap().listens, None);
    let listen = host.bind(AccountId(2), Some(LOOPBACK), Roots::System).await.unwrap();
    let flow = host.open(Target { account: AccountId(2), ..to(remote) }).await.unwrap();
    assert_eq!(flow.reachable(), listen[1].1);
    assert_ne!(flow.local, listen[1].1);
}
