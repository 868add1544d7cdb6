//! TLS: one provider process-wide, certificates verified against the configured domain, and every
//! refusal as a sentence that a user understands.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, Once, PoisonError},
};

use milliwatt_sip::transport::TransportError;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, RootCertStore, ServerConfig,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use crate::net::{Roots, ServerIdentity, pin::Pinned};

/// The provider of all TLS in this process. Installs it at the first call, so that a library that
/// asks for the process default gets the same one.
pub fn provider() -> Arc<CryptoProvider> {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // Err says that the embedding program chose one before; it stays the default.
        drop(ring::default_provider().install_default());
    });
    Arc::new(ring::default_provider())
}

/// Client settings by authorities. Clones share those that are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct ClientConfigs(Arc<Mutex<Option<Arc<ClientConfig>>>>);

impl ClientConfigs {
    /// The settings that believe `roots`. Files are read off the loop: a disk may take its time.
    ///
    /// A file is read each time, so that a new one is obeyed at the next connection; the settings
    /// of the system's authorities are kept, and with them TLS session tickets.
    pub(super) async fn of(self, roots: Roots) -> Result<Arc<ClientConfig>, TransportError> {
        let read = move || self.read(&roots);
        let read = tokio::task::spawn_blocking(read).await;
        read.unwrap_or_else(|e| Err(TransportError::Tls(e.to_string())))
    }

    fn read(&self, roots: &Roots) -> Result<Arc<ClientConfig>, TransportError> {
        if *roots != Roots::System {
            return client_config(roots).map(Arc::new);
        }
        // Whoever comes second waits for the first, on a thread for those who may wait.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = &*kept {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(client_config(roots)?);
        *kept = Some(Arc::clone(&config));
        Ok(config)
    }
}

/// Settings of a client that believes `roots`, TLS 1.2 and 1.3.
fn client_config(roots: &Roots) -> Result<ClientConfig, TransportError> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(internal)?
        // Not what the word fears: the verifier is that of the system, or of rustls.
        .dangerous()
        .with_custom_certificate_verifier(verifier(roots)?)
        .with_no_client_auth())
}

/// What judges certificates for those who believe `roots`.
///
/// # Errors
/// `TransportError::Tls` when the file cannot be read or holds no certificate, or when the system
/// has no authorities.
pub(crate) fn verifier(roots: &Roots) -> Result<Arc<dyn ServerCertVerifier>, TransportError> {
    Ok(match roots {
        Roots::File(path) => {
            let own = read_certificates(path)?;
            let mut store = RootCertStore::empty();
            // One that is no authority can still be the server's own.
            store.add_parsable_certificates(own.iter().cloned());
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider());
            let inner = builder.build().map_err(|e| TransportError::Tls(e.to_string()))?;
            Arc::new(Pinned { inner, own })
        }
        Roots::System => Arc::new(Verifier::new(provider()).map_err(|e| {
            TransportError::Tls(format!("this computer's certificate authorities: {e}"))
        })?),
    })
}

/// The certificates of a PEM file, one at least.
fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let shown = path.display();
    let unreadable = |why: String| {
        TransportError::Tls(format!("the file {shown} of certificate authorities {why}"))
    };
    let pem = std::fs::read(path).map_err(|e| unreadable(format!("cannot be read: {e}")))?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| unreadable(format!("is broken: {e}")))?;
    if certificates.is_empty() {
        return Err(unreadable("holds no certificate".into()));
    }
    Ok(certificates)
}

/// Settings of a server that shows `identity`.
///
/// # Errors
/// `TransportError::Local` when the PEM text is broken or key and certificate do not belong
/// together.
pub(super) fn server_config(identity: &ServerIdentity) -> Result<ServerConfig, TransportError> {
    let broken = |e: &dyn std::fmt::Display| {
        TransportError::Local(format!("the server certificate cannot be used: {e}"))
    };
    let chain = CertificateDer::pem_slice_iter(identity.chain_pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| broken(&e))?;
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).map_err(|e| broken(&e))?;
    ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| broken(&e))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|e| broken(&e))
}

/// The name to ask for (SNI) and to verify: a host name or an address.
pub(crate) fn server_name(domain: &str) -> Result<ServerName<'static>, TransportError> {
    let bare = domain.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(bare.to_owned())
        .map_err(|_| TransportError::Tls(format!("{domain:?} is no name that TLS can verify")))
}

/// Why a handshake with `domain` failed.
pub(crate) fn sentence(domain: &str, error: &io::Error) -> String {
    if let Some(tls) = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
        return tls_sentence(domain, tls);
    }
    if error.kind() == io::ErrorKind::UnexpectedEof
        || error.kind() == io::ErrorKind::ConnectionReset
    {
        return format!("{domain} closed the connection during the handshake");
    }
    error.to_string()
}

/// The same of a rustls error.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other errors are told as rustls words them"
)]
pub(crate) fn tls_sentence(domain: &str, error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => certificate_sentence(domain, why),
        rustls::Error::InvalidMessage(_) => {
            format!("{domain} does not speak TLS at this port")
        }
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity,
        ) => format!("{domain} offers no TLS version or cipher that is safe to use ({error})"),
        rustls::Error::AlertReceived(alert) => {
            format!("{domain} refused the handshake (alert {alert:?})")
        }
        _ => format!("the handshake with {domain} failed: {error}"),
    }
}

/// Why the certificate of `domain` was refused.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other errors are told as rustls words them"
)]
pub(crate) fn certificate_sentence(domain: &str, error: &CertificateError) -> String {
    match error {
        CertificateError::Expired => format!(
            "the certificate of {domain} has expired; if it should be good, check this \
             computer's clock"
        ),
        CertificateError::ExpiredContext { time, not_after } => format!(
            "the certificate of {domain} expired on {}; this computer's clock says {}, set it if \
             that is wrong",
            date(*not_after),
            date(*time)
        ),
        CertificateError::NotValidYet => {
            format!("the certificate of {domain} is not valid yet; check this computer's clock")
        }
        CertificateError::NotValidYetContext { time, not_before } => format!(
            "the certificate of {domain} is valid from {} only; this computer's clock says {}, \
             set it if that is wrong",
            date(*not_before),
            date(*time)
        ),
        CertificateError::NotValidForName => {
            format!("the certificate is for another name, not for {domain}")
        }
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            format!("the certificate names no host, so it is not good for {domain}")
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            format!("the certificate is for another name: {}, not for {domain}", names(presented))
        }
        CertificateError::UnknownIssuer => format!(
            "the certificate of {domain} is signed by an authority that is not known here; give \
             its CA file if it is a private one"
        ),
        CertificateError::Revoked => format!("the certificate of {domain} was revoked"),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            format!("the certificate of {domain} is not made for servers")
        }
        // webpki's word, which rustls has no variant for.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            format!(
                "the certificate of {domain} is signed by itself and not known here; give it as \
                 CA file if it is the right one"
            )
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => format!(
            "the certificate of {domain} is signed in a way that is not safe any more, such as \
             with SHA-1: the provider has to renew it"
        ),
        CertificateError::BadEncoding => format!("the certificate of {domain} cannot be read"),
        // Found by the authority's name, and not made with its key: a private authority that was
        // set up anew, most often.
        CertificateError::BadSignature => format!(
            "the certificate of {domain} is signed by an authority that is not known here, \
             although one of the same name is; give its new CA file if it is a private one"
        ),
        _ => format!("the certificate of {domain} is not good: {error}"),
    }
}

fn names(presented: &[String]) -> String {
    let shown = presented.iter().take(3).map(|name| {
        // rustls shows `DnsName("a.example")`; the name alone is what people know.
        name.split('"').nth(1).unwrap_or(name).to_owned()
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    time::OffsetDateTime::from_unix_timestamp(seconds)
        .map_or_else(|_| "a far day".to_owned(), |t| t.date().to_string())
}

fn internal(error: rustls::Error) -> TransportError {
    TransportError::Tls(error.to_string())
}
