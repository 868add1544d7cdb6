//! One handshake, looked at from all sides. A bad certificate is recorded, not refused; not one
//! octet of SIP is sent over the connection.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use milliwatt_sip::transport::{AccountId, Target, Transport, TransportError};
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme, SupportedProtocolVersion,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
    version::{TLS12, TLS13},
};
use serde::{Deserialize, Serialize};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

use super::{
    CertificateReport, OldTls,
    certificate::{chain_error, names_match},
    ms_since, old_tls,
};
use crate::{
    clock::Clock,
    net::{Roots, connect_tcp, connect_tls, provider, server_name, verifier},
};

/// What TLS at one address looks like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TlsReport {
    /// TCP came up.
    pub reached: bool,
    /// Why no handshake came to its end.
    pub failed: Option<String>,
    /// TCP and handshake together, ms.
    pub took_ms: f64,
    /// Version that a modern client gets: `TLSv1.3` or `TLSv1.2`.
    pub version: Option<String>,
    /// Cipher suite, as IANA names it.
    pub suite: Option<String>,
    /// TLS 1.2 is spoken.
    pub accepts_1_2: bool,
    /// What comes of TLS 1.1 (RFC 8996 withdrew it).
    pub tls_1_1: OldTls,
    /// What comes of TLS 1.0.
    pub tls_1_0: OldTls,
    /// Why the chain is not trusted, dates and name apart.
    pub chain_error: Option<String>,
    /// One of the alternative names is the domain (RFC 5922 §7.2).
    pub name_matches: bool,
    /// Only the common name is the domain.
    pub common_name_only: bool,
    /// Days until the server's certificate ends; negative when it has ended.
    pub days_left: Option<f64>,
    /// The certificate is not good yet.
    pub not_yet_valid: bool,
    /// The certificates shown, the server's own first.
    pub chain: Vec<CertificateReport>,
}

/// Certificates of a chain that are looked at.
const CHAIN: usize = 10;

/// Shakes hands with `remote` as a client of `domain`, three times with modern versions at most,
/// then asks for TLS 1.1 and 1.0 with a bare ClientHello. `limit` bounds each step; where TCP does not
/// come up it is the first and last.
pub async fn tls(
    remote: SocketAddr,
    domain: &str,
    roots: &Roots,
    limit: Duration,
    clock: &dyn Clock,
) -> TlsReport {
    let mut report = TlsReport::default();
    let target = Target {
        transport: Transport::Tls,
        remote,
        domain: domain.to_owned(),
        account: AccountId::default(),
    };
    let start = clock.now();
    let both = match connect_tcp(remote, None, limit).await {
        Err(error) => Err(error),
        Ok(stream) => {
            report.reached = true;
            shake_hands(stream, &target, &[&TLS13, &TLS12], limit).await
        }
    };
    report.took_ms = ms_since(clock, start);
    match both {
        Err(error) => report.failed = Some(error.to_string()),
        Ok(seen) => {
            report.accepts_1_2 =
                seen.version == "TLSv1.2" || handshake(&target, &[&TLS12], limit).await.is_ok();
            judge(&mut report, &seen, domain, roots, clock.wall());
            report.version = Some(seen.version);
            report.suite = Some(seen.suite);
        }
    }
    if !report.reached {
        return report;
    }
    report.tls_1_1 = old_tls(remote, domain, 1, limit).await;
    report.tls_1_0 = old_tls(remote, domain, 0, limit).await;
    report
}

/// What a finished handshake showed.
struct Seen {
    version: String,
    suite: String,
    chain: Vec<CertificateDer<'static>>,
}

fn judge(report: &mut TlsReport, seen: &Seen, domain: &str, roots: &Roots, wall: SystemTime) {
    let since_1970 = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let chain = seen.chain.iter().take(CHAIN);
    report.chain = chain.filter_map(CertificateReport::read).collect();
    if let Some(leaf) = report.chain.first() {
        let now = since_1970.as_secs_f64();
        report.days_left = Some((leaf.not_after as f64 - now) / 86_400.0);
        report.not_yet_valid = leaf.not_before as f64 > now;
        report.common_name_only = leaf.is_common_name_only(domain);
    }
    let Ok(name) = server_name(domain) else {
        report.chain_error = Some(format!("{domain:?} is no name that TLS can verify"));
        return;
    };
    report.name_matches = seen.chain.first().is_some_and(|leaf| names_match(leaf, &name));
    report.chain_error = match verifier(roots) {
        Err(error) => Some(error.to_string()),
        Ok(verifier) => {
            let now = UnixTime::since_unix_epoch(since_1970);
            chain_error(&*verifier, &seen.chain, domain, &name, now)
        }
    };
}

async fn handshake(
    target: &Target,
    versions: &[&'static SupportedProtocolVersion],
    limit: Duration,
) -> Result<Seen, TransportError> {
    let stream = connect_tcp(target.remote, None, limit).await?;
    shake_hands(stream, target, versions, limit).await
}

async fn shake_hands(
    stream: TcpStream,
    target: &Target,
    versions: &[&'static SupportedProtocolVersion],
    limit: Duration,
) -> Result<Seen, TransportError> {
    let recorder = Arc::new(Recorder { provider: provider(), chain: Mutex::default() });
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .map_err(|e| TransportError::Tls(e.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    let mut stream = connect_tls(stream, target, Arc::new(config), limit).await?;
    let (_, session) = stream.get_ref();
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2",
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "unknown",
    };
    let suite = session.negotiated_cipher_suite();
    let suite = suite.and_then(|s| s.suite().as_str()).unwrap_or("unknown").to_owned();
    let chain = std::mem::take(&mut *recorder.chain.lock().unwrap_or_else(PoisonError::into_inner));
    // Said goodbye to; whether it is heard makes no difference.
    drop(timeout(limit, stream.shutdown()).await);
    Ok(Seen { version: version.to_owned(), suite: suite.replace("TLS13_", "TLS_"), chain })
}

/// Notes the chain and lets the handshake go on; the signatures of the handshake are verified, so
/// that the chain is the one of the far end's key.
#[derive(Debug)]
struct Recorder {
    provider: Arc<CryptoProvider>,
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) =
            all.map(|certificate| certificate.clone().into_owned()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, date_time_ymd};

    use super::*;
    use crate::{
        clock::SystemClock,
        net::{
            Listen, Net, NetConfig, NetEvent,
            tests::{Authority, Host, LOOPBACK},
        },
    };

    const DOMAIN: &str = "sip.example.net";
    const LIMIT: Duration = Duration::from_secs(5);

    async fn report(
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
        ca: &Authority,
        roots: &Roots,
    ) -> TlsReport {
        let listen = vec![Listen::Tls(LOOPBACK, ca.issue(names, change))];
        let mut server = Host::new(NetConfig { listen, ..NetConfig::default() }).await;
        let at = server.at(Transport::Tls);
        let report = tls(at, DOMAIN, roots, LIMIT, &SystemClock::new()).await;
        while let Some(event) = server.net.poll(server.now) {
            assert!(matches!(event, NetEvent::FlowLost(..)), "{event:?}");
        }
        report
    }

    #[tokio::test]
    async fn a_good_server_has_nothing_to_be_said_of_it() {
        let ca = Authority::new();
        let report = report(&[DOMAIN], |_| {}, &ca, &ca.roots()).await;
        assert_eq!(report.failed, None);
        assert_eq!(report.version.as_deref(), Some("TLSv1.3"));
        assert!(report.suite.as_ref().unwrap().starts_with("TLS_AES_"), "{report:?}");
        assert!(report.accepts_1_2 && report.name_matches && !report.common_name_only);
        assert_eq!((report.tls_1_1, report.tls_1_0), (OldTls::Refused, OldTls::Refused));
        assert_eq!(report.chain_error, None);
        assert_eq!(report.chain.len(), 2);
        assert_eq!(report.chain[0].names, [DOMAIN]);
        assert_eq!(report.chain[0].key, "EC 256");
        assert!(report.days_left.unwrap() > 1000.0 && !report.not_yet_valid);
    }

    #[tokio::test]
    async fn each_fault_of_a_certificate_shows_apart() {
        let ca = Authority::new();
        let roots = ca.roots();

        let expired =
            report(&[DOMAIN], |p| p.not_after = date_time_ymd(2020, 1, 1), &ca, &roots).await;
        assert_eq!(expired.chain_error, None);
        assert!(expired.name_matches && expired.days_left.unwrap() < -2000.0);

        let early =
            report(&[DOMAIN], |p| p.not_before = date_time_ymd(3000, 1, 1), &ca, &roots).await;
        assert!(early.not_yet_valid && early.chain_error.is_none());

        let other = report(&["www.example.org"], |_| {}, &ca, &roots).await;
        assert!(!other.name_matches && !other.common_name_only);
        assert_eq!(other.chain_error, None);

        let old_style = |p: &mut CertificateParams| {
            p.distinguished_name.push(DnType::CommonName, DOMAIN);
        };
        let common = report(&[], old_style, &ca, &roots).await;
        assert!(!common.name_matches && common.common_name_only);

        let unknown = report(&[DOMAIN], |_| {}, &Authority::named("Another"), &roots).await;
        assert!(unknown.name_matches);
        let why = unknown.chain_error.unwrap();
        assert!(why.contains("an authority that is not known here"), "{why}");
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_is_told() {
        let nobody = std::net::TcpListener::bind(LOOPBACK).unwrap().local_addr().unwrap();
        let report = tls(nobody, DOMAIN, &Roots::System, LIMIT, &SystemClock::new()).await;
        assert_eq!(report.failed, Some(format!("nothing listens at {nobody}")));
        assert_eq!(report.tls_1_0, OldTls::Unknown);
        assert!(!report.reached);
    }

    #[tokio::test]
    async fn a_refused_handshake_is_no_missing_connection() {
        let listener = tokio::net::TcpListener::bind(LOOPBACK).await.unwrap();
        let at = listener.local_addr().unwrap();
        let closing = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(stream);
            }
        });
        let report = tls(at, DOMAIN, &Roots::System, LIMIT, &SystemClock::new()).await;
        assert!(report.reached && report.failed.is_some(), "{report:?}");
        closing.abort();
    }
}
