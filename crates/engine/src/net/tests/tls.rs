use rcgen::{DnType, ExtendedKeyUsagePurpose, SanType, date_time_ymd};
use rustls::server::Acceptor;
use tokio::{io::AsyncWriteExt, net::TcpListener};
use tokio_rustls::LazyConfigAcceptor;

use super::{certs::self_signed, *};

/// A server that shows `identity`, and a client that believes `roots` for `sip.example.net`.
async fn pair(identity: ServerIdentity, roots: Roots) -> (Host, Host, SocketAddr) {
    let listen = vec![Listen::Tls(LOOPBACK, identity)];
    let server = Host::new(NetConfig { listen, ..NetConfig::default() }).await;
    let at = server.at(Transport::Tls);
    (client(roots).await, server, at)
}

async fn client(roots: Roots) -> Host {
    let mut host = Host::new(NetConfig::default()).await;
    host.perform(NetRequest::Bind { account: ACCOUNT, local: None, roots });
    let NetEvent::Bound { .. } = host.event().await else { panic!() };
    host
}

fn to(remote: SocketAddr) -> Target {
    target(Transport::Tls, remote, "sip.example.net")
}

/// What a user reads when the server shows `identity`.
async fn refusal(identity: ServerIdentity, roots: Roots) -> String {
    let (mut host, _server, at) = pair(identity, roots).await;
    let error = host.open(to(at)).await.unwrap_err();
    assert!(matches!(error, TransportError::Tls(_)), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn a_good_certificate_opens_a_secure_flow_both_ways() {
    let ca = Authority::new();
    let good = ca.issue(&["sip.example.net"], |_| {});
    let (mut host, mut server, at) = pair(good, ca.roots()).await;
    let flow = host.open(to(at)).await.unwrap();
    assert_eq!(flow.transport, Transport::Tls);
    host.send(flow, OPTIONS);
    let (inbound, bytes) = server.received().await;
    assert_eq!((inbound.transport, bytes), (Transport::Tls, Bytes::from_static(OPTIONS)));
    server.send(inbound, OPTIONS);
    assert_eq!(host.received().await, (flow, Bytes::from_static(OPTIONS)));
}

#[tokio::test]
async fn an_address_is_verified_as_an_address() {
    let ca = Authority::new();
    let good = ca.issue(&["127.0.0.1"], |_| {});
    let listen = vec![Listen::Tls(LOOPBACK, good)];
    let server = Host::new(NetConfig { listen, ..NetConfig::default() }).await;
    let mut host = Host::new(NetConfig::default()).await;
    host.perform(NetRequest::Bind { account: ACCOUNT, local: None, roots: ca.roots() });
    host.event().await;
    let at = server.at(Transport::Tls);
    host.open(target(Transport::Tls, at, "127.0.0.1")).await.unwrap();
}

#[tokio::test]
async fn bad_certificates_are_refused_each_with_its_own_sentence() {
    let ca = Authority::new();
    let issue = |change: fn(&mut rcgen::CertificateParams)| ca.issue(&["sip.example.net"], change);
    let cases = [
        (
            issue(|p| p.not_after = date_time_ymd(2020, 5, 1)),
            "no secure connection: the certificate of sip.example.net expired on 2020-05-01; \
             this computer's clock says ",
        ),
        (
            issue(|p| p.not_before = date_time_ymd(3000, 5, 1)),
            "no secure connection: the certificate of sip.example.net is valid from 3000-05-01 \
             only; this computer's clock says ",
        ),
        (
            ca.issue(&["www.example.org", "example.org"], |_| {}),
            "no secure connection: the certificate is for another name: www.example.org, \
             example.org, not for sip.example.net",
        ),
        (
            ca.issue(&["*.example.org"], |_| {}),
            "no secure connection: the certificate is for another name: *.example.org",
        ),
        (
            ca.issue(&["*.net"], |p| {
                p.subject_alt_names
                    .push(SanType::URI("https://sip.example.net".try_into().unwrap()))
            }),
            "no secure connection: the certificate is for another name: ",
        ),
        (
            ca.issue(&[], |p| p.distinguished_name.push(DnType::CommonName, "sip.example.net")),
            "no secure connection: the certificate names no host, so it is not good for \
             sip.example.net",
        ),
        (
            Authority::named("Another").issue(&["sip.example.net"], |_| {}),
            "no secure connection: the certificate of sip.example.net is signed by an authority \
             that is not known here; give its CA file",
        ),
        (
            Authority::new().issue(&["sip.example.net"], |_| {}),
            "no secure connection: the certificate of sip.example.net is signed by an authority \
             that is not known here, although one of the same name is",
        ),
        (
            issue(|p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            "no secure connection: the certificate of sip.example.net is not made for servers",
        ),
    ];
    for (identity, expected) in cases {
        let shown = refusal(identity, ca.roots()).await;
        assert!(shown.starts_with(expected), "{shown}");
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_good_where_the_user_named_it_and_nowhere_else() {
    let (own, _folder, roots) = self_signed(&["sip.example.net"], |_| {});
    let (mut host, mut server, at) = pair(own.clone(), roots).await;
    let flow = host.open(to(at)).await.unwrap();
    host.send(flow, OPTIONS);
    assert_eq!(server.received().await.1, OPTIONS);

    let ca = Authority::new();
    for roots in [ca.roots(), Roots::System] {
        let shown = refusal(own.clone(), roots).await;
        assert!(shown.contains("is signed by itself and not known here"), "{shown}");
    }
    let (other, _folder, roots) = self_signed(&["sip.example.org"], |_| {});
    let shown = refusal(other, roots).await;
    assert!(shown.contains("is for another name: sip.example.org"), "{shown}");
    let (old, _folder, roots) =
        self_signed(&["sip.example.net"], |p| p.not_after = date_time_ymd(2020, 5, 1));
    let shown = refusal(old, roots).await;
    assert!(shown.contains("expired on 2020-05-01"), "{shown}");
    let (client, _folder, roots) = self_signed(&["sip.example.net"], |p| {
        p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let shown = refusal(client, roots).await;
    assert!(shown.contains("is not made for servers"), "{shown}");
}

#[tokio::test]
async fn the_authorities_of_the_system_do_not_know_ours() {
    let ca = Authority::new();
    let shown = refusal(ca.issue(&["sip.example.net"], |_| {}), Roots::System).await;
    assert!(shown.contains("is signed by an authority that is not known here"), "{shown}");
}

#[tokio::test]
async fn files_of_authorities_that_cannot_be_used_are_told() {
    let ca = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let identity = || ca.issue(&["sip.example.net"], |_| {});
    let missing = refusal(identity(), Roots::File(path.clone())).await;
    assert!(missing.contains("ca.pem of certificate authorities cannot be read"), "{missing}");
    std::fs::write(&path, "nothing").unwrap();
    let empty = refusal(identity(), Roots::File(path.clone())).await;
    assert!(empty.ends_with("of certificate authorities holds no certificate"), "{empty}");
}

#[tokio::test]
async fn servers_that_are_silent_closed_or_speak_no_tls_are_told_apart() {
    let ca = Authority::new();
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let at = listener.local_addr().unwrap();
    let limits = Limits { connect: Duration::from_secs(1), ..Limits::default() };
    let mut host = Host::new(NetConfig { limits, ..NetConfig::default() }).await;
    host.perform(NetRequest::Bind { account: ACCOUNT, local: None, roots: ca.roots() });
    host.event().await;

    let silent = host.open(to(at)).await.unwrap_err().to_string();
    assert_eq!(silent, "no secure connection: sip.example.net does not answer the handshake");
    drop(listener.accept().await.unwrap());

    let mut host = client(ca.roots()).await;
    let closing = tokio::spawn(async move {
        drop(listener.accept().await.unwrap());
        listener
    });
    let closed = host.open(to(at)).await.unwrap_err().to_string();
    assert_eq!(
        closed,
        "no secure connection: sip.example.net closed the connection during the handshake"
    );
    let listener = closing.await.unwrap();

    let speaking = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"SIP/2.0 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    });
    let other = host.open(to(at)).await.unwrap_err().to_string();
    assert_eq!(other, "no secure connection: sip.example.net does not speak TLS at this port");
    drop(speaking.await.unwrap());
}

/// The name that a client of `domain` asks a server for (SNI, RFC 6066 §3).
async fn asked_for(domain: &str) -> Option<String> {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await.unwrap();
        hello.client_hello().server_name().map(str::to_owned)
    });
    let ca = Authority::new();
    let mut host = client(ca.roots()).await;
    // The server has heard enough, and closes.
    host.open(target(Transport::Tls, at, domain)).await.unwrap_err();
    server.await.unwrap()
}

#[tokio::test]
async fn a_server_is_asked_for_by_its_name() {
    assert_eq!(asked_for("sip.example.net").await.as_deref(), Some("sip.example.net"));
    // Of an address nothing is said.
    assert_eq!(asked_for("127.0.0.1").await, None);
}

#[tokio::test]
async fn two_domains_at_one_address_shake_hands_twice() {
    let ca = Authority::new();
    let good = ca.issue(&["sip.example.net", "sip.example.org"], |_| {});
    let (mut host, _server, at) = pair(good, ca.roots()).await;
    let first = host.open(to(at)).await.unwrap();
    let second = host.open(target(Transport::Tls, at, "sip.example.org")).await.unwrap();
    assert_ne!((first.id, first.local), (second.id, second.local));
}

#[tokio::test]
async fn two_accounts_of_one_domain_believe_each_its_own_authorities() {
    let (ca, other) = (Authority::new(), Authority::new());
    let good = ca.issue(&["sip.example.net"], |_| {});
    let (mut host, _server, at) = pair(good, ca.roots()).await;
    host.bind(AccountId(2), None, other.roots()).await.unwrap();
    host.bind(AccountId(3), None, ca.roots()).await.unwrap();
    let mine = host.open(to(at)).await.unwrap();
    let refused = host.open(Target { account: AccountId(2), ..to(at) }).await.unwrap_err();
    assert!(refused.to_string().contains("an authority that is not known here"), "{refused}");
    let third = host.open(Target { account: AccountId(3), ..to(at) }).await.unwrap();
    assert_ne!((mine.id, mine.local), (third.id, third.local));
    assert_eq!((mine.account, third.account), (ACCOUNT, AccountId(3)));
    // Other authorities: what the old ones have let through is closed, the neighbour's stays.
    host.perform(NetRequest::Bind { account: ACCOUNT, local: None, roots: other.roots() });
    assert_eq!(host.lost().await.0, mine.id);
    assert!(matches!(host.event().await, NetEvent::Bound { account: ACCOUNT, .. }));
    host.open(to(at)).await.unwrap_err();
    let kept = host.open(Target { account: AccountId(3), ..to(at) }).await.unwrap();
    assert_eq!(kept, third);
}

#[cfg(unix)]
#[tokio::test]
async fn a_slow_file_of_authorities_keeps_nobody_else_waiting() {
    let ca = Authority::new();
    let Roots::File(pem) = ca.roots() else { panic!() };
    let folder = tempfile::tempdir().unwrap();
    let slow = folder.path().join("slow.pem");
    // A pipe is read only when somebody writes to it.
    let made = std::process::Command::new("mkfifo").arg(&slow).status().unwrap();
    assert!(made.success());
    let good = ca.issue(&["sip.example.net"], |_| {});
    let (mut host, _server, at) = pair(good, Roots::File(slow.clone())).await;
    host.perform(NetRequest::Open(OpenId(77), to(at)));
    let other = host.open(Target { transport: Transport::Udp, ..to(at) }).await.unwrap();
    assert_eq!(other.transport, Transport::Udp);
    let writing = tokio::task::spawn_blocking(move || {
        std::fs::write(slow, std::fs::read(pem).unwrap()).unwrap();
    });
    let event = host.event().await;
    assert!(matches!(event, NetEvent::Opened(OpenId(77), _)), "{event:?}");
    writing.await.unwrap();
}
