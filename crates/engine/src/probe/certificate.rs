//! What a certificate says of itself, and what is to be said of its chain and its names.

use rustls::{
    CertificateError,
    client::{danger::ServerCertVerifier, verify_server_name},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use serde::{Deserialize, Serialize};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, prelude::FromDer};

use crate::net::certificate_sentence;

/// One certificate of a chain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CertificateReport {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The common name.
    pub common_name: Option<String>,
    /// Subject alternative names: hosts, addresses, URIs.
    pub names: Vec<String>,
    /// Good from, seconds since 1970.
    pub not_before: i64,
    /// Good until, seconds since 1970.
    pub not_after: i64,
    /// Kind and size of the key: `RSA 2048`, `EC 256`.
    pub key: String,
}

impl CertificateReport {
    /// Reads a certificate; `None` when it is none.
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let common_name = certificate.subject().iter_common_name().next();
        let names = certificate.subject_alternative_name().ok().flatten();
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            common_name: common_name.and_then(|cn| cn.as_str().ok()).map(str::to_owned),
            names: names
                .map(|names| names.value.general_names.iter().filter_map(name).collect())
                .unwrap_or_default(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            key: key(&certificate),
        })
    }

    /// True where only the common name is `domain`: good once, refused by everyone today.
    pub(super) fn is_common_name_only(&self, domain: &str) -> bool {
        let same = |cn: &String| cn.eq_ignore_ascii_case(domain);
        self.names.is_empty() && self.common_name.as_ref().is_some_and(same)
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    Some(match name {
        GeneralName::DNSName(name) | GeneralName::URI(name) => (*name).to_owned(),
        GeneralName::IPAddress(octets) => match octets.len() {
            4 => std::net::Ipv4Addr::from(<[u8; 4]>::try_from(*octets).ok()?).to_string(),
            16 => std::net::Ipv6Addr::from(<[u8; 16]>::try_from(*octets).ok()?).to_string(),
            _ => return None,
        },
        GeneralName::DirectoryName(_)
        | GeneralName::EDIPartyName(_)
        | GeneralName::Invalid(..)
        | GeneralName::OtherName(..)
        | GeneralName::RFC822Name(_)
        | GeneralName::RegisteredID(_)
        | GeneralName::X400Address(_) => return None,
    })
}

fn key(certificate: &X509Certificate<'_>) -> String {
    use x509_parser::public_key::PublicKey;
    match certificate.public_key().parsed() {
        Ok(PublicKey::EC(point)) => format!("EC {}", point.key_size()),
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        _ => certificate.public_key().algorithm.algorithm.to_id_string(),
    }
}

/// Why a chain is not trusted, its dates and names apart; `None` when it is.
pub(super) fn chain_error(
    verifier: &dyn ServerCertVerifier,
    chain: &[CertificateDer<'_>],
    domain: &str,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Option<String> {
    let Some((leaf, intermediates)) = chain.split_first() else {
        return Some("the server shows no certificate".into());
    };
    // A day on which the server's own certificate is good: its dates are judged apart.
    let day = CertificateReport::read(leaf).map_or(now, |leaf| {
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let day = now.min(leaf.not_after).max(leaf.not_before);
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(day.max(0).cast_unsigned()))
    });
    match verifier.verify_server_cert(leaf, intermediates, name, &[], day) {
        // The chain was followed to its root before the name was looked at.
        Ok(_)
        | Err(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => None,
        Err(rustls::Error::InvalidCertificate(why)) => Some(certificate_sentence(domain, &why)),
        Err(other) => Some(other.to_string()),
    }
}

/// True where one of the certificate's alternative names is `name`.
pub(super) fn names_match(leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    ParsedCertificate::try_from(leaf).is_ok_and(|leaf| verify_server_name(&leaf, name).is_ok())
}
