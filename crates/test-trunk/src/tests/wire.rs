//! Real sockets: registration over each transport, DNS, and that nothing is left behind.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use milliwatt_engine::net::Dns;
use milliwatt_sip::{
    digest::{Credentials, Login, Realm, Signed, challenges, choose},
    locate::{DnsError, Kind, Question, RecordData},
    message::{Framing, Message, Method},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
};

use crate::{Config, Faults, TestTrunk};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn config(faults: &[&str]) -> Config {
    let mut config = Config { listen: "127.0.0.1:0".parse().unwrap(), ..Config::default() };
    config.dns = Some(config.listen);
    for fault in faults {
        config.faults.set(fault).unwrap();
    }
    config
}

async fn start(faults: &[&str]) -> TestTrunk {
    TestTrunk::start(config(faults)).await.unwrap()
}

fn register(number: u32, transport: &str, credentials: Option<&str>) -> String {
    let credentials = credentials.map(|c| format!("Authorization: {c}\r\n")).unwrap_or_default();
    format!(
        "REGISTER sip:test-trunk.invalid SIP/2.0\r\n\
         Via: SIP/2.0/{transport} 127.0.0.1:5999;branch=z9hG4bKreg{number};rport\r\n\
         From: <sip:alice@test-trunk.invalid>;tag=a\r\nTo: <sip:alice@test-trunk.invalid>\r\n\
         Call-ID: registering\r\nCSeq: {number} REGISTER\r\nMax-Forwards: 70\r\n\
         Contact: <sip:alice@127.0.0.1:5999>\r\nExpires: 600\r\n{credentials}Content-Length: 0\r\n\r\n"
    )
}

/// What answers the challenge of a response.
fn credentials(response: &Message, password: &str) -> String {
    let offered = challenges(response, Realm::Server);
    let signed = Signed { method: &Method::Register, uri: "sip:test-trunk.invalid", body: b"" };
    let login = Login { user: "alice", password };
    Credentials::answer(choose(&offered).unwrap(), login, signed, "cnonce", 1).to_string()
}

fn parse(bytes: &[u8]) -> Message {
    Message::parse(bytes.to_vec(), Framing::Datagram).unwrap()
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, text: &str) -> Message {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        assert!(
            tokio::time::timeout(PATIENCE, stream.read_buf(&mut read)).await.unwrap().unwrap() > 0
        );
    }
    parse(&read)
}

/// Registers over a stream: the status of the answer to the credentials.
async fn registers<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, transport: &str) -> u16 {
    let asked = say(stream, &register(1, transport, None)).await;
    assert_eq!(asked.status(), Some(401));
    let credentials = credentials(&asked, "alice-secret");
    let told = say(stream, &register(2, transport, Some(&credentials))).await;
    assert_eq!(told.contacts().count(), 1);
    told.status().unwrap()
}

async fn tls(
    trunk: &TestTrunk,
    name: &str,
) -> std::io::Result<impl AsyncRead + AsyncWrite + Unpin> {
    use tokio_rustls::rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, pem::PemObject},
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(trunk.ca_pem().as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(milliwatt_engine::net::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(trunk.tls_address()).await?;
    let name = name.to_owned().try_into().unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

#[tokio::test]
async fn registers_over_udp() {
    let trunk = start(&[]).await;
    let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    phone.connect(trunk.address()).await.unwrap();
    let mut buffer = [0; 4096];
    phone.send(register(1, "UDP", None).as_bytes()).await.unwrap();
    let len = tokio::time::timeout(PATIENCE, phone.recv(&mut buffer)).await.unwrap().unwrap();
    let asked = parse(&buffer[..len]);
    let credentials = credentials(&asked, "alice-secret");
    phone.send(register(2, "UDP", Some(&credentials)).as_bytes()).await.unwrap();
    let len = tokio::time::timeout(PATIENCE, phone.recv(&mut buffer)).await.unwrap().unwrap();
    let told = parse(&buffer[..len]);
    assert_eq!(told.status(), Some(200));
    let via = told.top_via().unwrap();
    assert_eq!(via.rport(), Some(Some(phone.local_addr().unwrap().port())));
}

#[tokio::test]
async fn registers_over_tcp_and_tls() {
    let trunk = start(&[]).await;
    let mut stream = TcpStream::connect(trunk.address()).await.unwrap();
    assert_eq!(registers(&mut stream, "TCP").await, 200);
    for name in ["test-trunk.invalid", "one.test-trunk.invalid", "127.0.0.1"] {
        let mut stream = tls(&trunk, name).await.unwrap();
        assert_eq!(registers(&mut stream, "TLS").await, 200, "{name}");
    }
}

#[tokio::test]
async fn each_bad_certificate_is_refused_for_its_own_reason() {
    for (fault, reason) in [
        ("cert=expired", "Expired"),
        ("cert=unknown-ca", "UnknownIssuer"),
        ("cert=weak", "UnsupportedSignatureAlgorithm"),
        ("cert=wrong-name", "NotValidForName"),
    ] {
        let trunk = start(&[fault]).await;
        let error = tls(&trunk, "test-trunk.invalid").await.err().unwrap();
        let why = format!("{error:?}");
        assert!(why.contains(reason), "{fault}: {why}");
    }
}

#[tokio::test]
async fn the_tls_port_can_be_open_and_dumb() {
    let trunk = start(&["tls-closed"]).await;
    assert!(tls(&trunk, "test-trunk.invalid").await.is_err());
    let mut stream = TcpStream::connect(trunk.address()).await.unwrap();
    assert_eq!(registers(&mut stream, "TCP").await, 200);
}

async fn ask(dns: &Dns, name: &str, kind: Kind) -> Result<Vec<RecordData>, DnsError> {
    let records = dns.ask(&Question { name: name.to_owned(), kind }).await?;
    Ok(records.into_iter().map(|record| record.data).collect())
}

#[tokio::test]
async fn dns_leads_to_the_trunk() {
    let trunk = start(&[]).await;
    let dns = Dns::new(&[trunk.dns_address().unwrap()]);
    let naptr = ask(&dns, "test-trunk.invalid", Kind::Naptr).await.unwrap();
    assert_eq!(naptr.len(), 3);
    let srv = ask(&dns, "_sips._tcp.test-trunk.invalid", Kind::Srv).await.unwrap();
    let ports: Vec<u16> = srv
        .iter()
        .map(|data| {
            let RecordData::Srv { port, .. } = data else { panic!("{data:?}") };
            *port
        })
        .collect();
    assert_eq!(ports, [trunk.tls_address().port(); 2]);
    let a = ask(&dns, "one.test-trunk.invalid", Kind::A).await.unwrap();
    assert_eq!(a, [RecordData::A("127.0.0.1".parse().unwrap())]);
    assert!(matches!(
        ask(&dns, "one.test-trunk.invalid", Kind::Aaaa).await,
        Err(DnsError::NoRecords(_))
    ));
    assert!(matches!(
        ask(&dns, "nobody.test-trunk.invalid", Kind::A).await,
        Err(DnsError::NameNotFound(_))
    ));
}

#[tokio::test]
async fn dns_can_be_slow_or_know_nothing() {
    let trunk = start(&["dns=slow"]).await;
    let dns = Dns::new(&[trunk.dns_address().unwrap()]);
    let began = tokio::time::Instant::now();
    ask(&dns, "test-trunk.invalid", Kind::A).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(700));
    let trunk = start(&["dns=nxdomain"]).await;
    let dns = Dns::new(&[trunk.dns_address().unwrap()]);
    let gone = ask(&dns, "test-trunk.invalid", Kind::Naptr).await;
    assert!(matches!(gone, Err(DnsError::NameNotFound(_))), "{gone:?}");
}

#[tokio::test]
async fn an_address_in_use_is_told_and_a_stopped_trunk_gives_its_ports_back() {
    let trunk = start(&[]).await;
    let same = |dns: Option<SocketAddr>| Config {
        listen: trunk.address(),
        tls: Some(trunk.tls_address()),
        dns,
        faults: Faults::default(),
        ..Config::default()
    };
    let (again, dns) = (same(None), trunk.dns_address());
    let error = TestTrunk::start(again.clone()).await.unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
    let both = Config { dns, ..again };
    trunk.stop().await;
    TestTrunk::start(both).await.unwrap().stop().await;
}
