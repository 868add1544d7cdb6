//! The trunk's own authority and the certificate that its TLS port shows.

use std::time::{Duration, SystemTime};

use milliwatt_engine::net::ServerIdentity;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use crate::{faults::ShownCertificate, numbers::DOMAIN};

/// What TLS is served with.
pub(crate) struct Issued {
    /// The authorities to believe, PEM.
    pub(crate) ca_pem: String,
    /// The certificate to show, and its key.
    pub(crate) identity: ServerIdentity,
}

/// Makes an authority and has it sign what is to be shown. Each call makes new keys; they come from
/// the system's randomness, since none of them is worth repeating.
///
/// # Errors
/// When the system gives no randomness.
pub(crate) fn issue(shown: ShownCertificate, today: SystemTime) -> Result<Issued, rcgen::Error> {
    let ours = authority("Milliwatt test trunk CA", today)?;
    let ca_pem = ours.pem();
    let identity = match shown {
        ShownCertificate::Expired => sign(&ours, &names(), today - 30 * DAY, today - DAY)?,
        ShownCertificate::Good => sign(&ours, &names(), today - DAY, today + 365 * DAY)?,
        ShownCertificate::UnknownCa => {
            let stranger = authority("Nobody's CA", today)?;
            sign(&stranger, &names(), today - DAY, today + 365 * DAY)?
        }
        ShownCertificate::Weak => {
            return Ok(Issued { ca_pem: ca_pem + WEAK_CA, identity: weak() });
        }
        ShownCertificate::WrongName => {
            let names = ["elsewhere.invalid".to_owned()];
            sign(&ours, &names, today - DAY, today + 365 * DAY)?
        }
    };
    Ok(Issued { ca_pem, identity })
}

/// Signed by SHA-1 with an RSA key of 1024 bits; its own key is RSA with 2048, the weakest that
/// rustls shows. Made with OpenSSL, because rcgen makes nothing as weak as this; good until 2126.
fn weak() -> ServerIdentity {
    ServerIdentity {
        chain_pem: include_str!("../data/weak-server.pem").to_owned(),
        key_pem: include_str!("../data/weak-server-key.pem").to_owned(),
    }
}

const WEAK_CA: &str = include_str!("../data/weak-ca.pem");
const DAY: Duration = Duration::from_secs(24 * 3600);

/// All names that the trunk is reached by.
fn names() -> Vec<String> {
    let hosts = [DOMAIN.to_owned(), format!("one.{DOMAIN}"), format!("two.{DOMAIN}")];
    let here = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    hosts.into_iter().chain(here).collect()
}

fn authority(
    name: &str,
    today: SystemTime,
) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = (today - 365 * DAY).into();
    params.not_after = (today + 3650 * DAY).into();
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn sign(
    issuer: &CertifiedIssuer<'static, KeyPair>,
    names: &[String],
    from: SystemTime,
    until: SystemTime,
) -> Result<ServerIdentity, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    if let Some(name) = names.first() {
        params.distinguished_name.push(DnType::CommonName, name.as_str());
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = from.into();
    params.not_after = until.into();
    let certificate = params.signed_by(&key, issuer)?;
    Ok(ServerIdentity { chain_pem: certificate.pem(), key_pem: key.serialize_pem() })
}
