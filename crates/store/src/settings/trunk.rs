//! A trunk as the TOML of the command line contract writes it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// One trunk: everything that a TOML file of the contract can say.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trunk {
    /// Identity, servers and credentials.
    pub trunk: TrunkAccount,
    /// Our numbers.
    pub numbers: Numbers,
    /// Codecs, encryption, DTMF.
    pub media: MediaSettings,
    /// Certificates.
    pub tls: TlsSettings,
    /// What tests may do.
    pub test: TestSettings,
    /// Limits of checks, by id, over the catalogue's own.
    pub limits: BTreeMap<String, Limit>,
}

/// Table `[trunk]`.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrunkAccount {
    /// Its name in the settings.
    pub name: String,
    /// Provider profile that facts come from.
    pub profile: Option<String>,
    /// Domain of the address of record, with a port if it has one.
    pub domain: String,
    /// Registrar, `host` or `host:port`; the domain when `None`.
    pub registrar: Option<String>,
    /// Outbound proxy, `host` or `host:port`.
    pub proxy: Option<String>,
    /// `udp`, `tcp`, `tls`, `ws` or `wss`.
    pub transport: String,
    /// User part.
    pub user: String,
    /// User for digest; `user` when `None`.
    pub auth_user: Option<String>,
    /// Register, or be known by address.
    pub register: bool,
    /// Registration time to ask for, seconds.
    pub expires: u32,
    /// Where the password is.
    pub password: Option<SecretRef>,
    /// Local address and port to bind.
    pub bind: Option<String>,
    /// Address to show instead of the host's own.
    pub public_address: Option<String>,
    /// Sources besides registrar and proxy that are heard, CIDR.
    pub allow: Vec<String>,
    /// Ask for a bulk registration (RFC 6140).
    pub gin: bool,
    /// `crlf`, `options`, `register` (asks what is registered, which finds a registrar that forgot) or
    /// `off`.
    pub keep_alive: String,
    /// Time between two keep-alives, seconds; 0 is 25, and 2 on UDP to a registrar in the network of
    /// one's own. The registrar can ask for less (Flow-Timer, RFC 5626 §4.4).
    pub keep_alive_every: u32,
    /// Session-Expires to ask for, seconds; 0 asks for none.
    pub session_expires: u32,
    /// Reliable provisionals: `off`, `supported` or `required`.
    pub reliable: String,
}

impl Default for TrunkAccount {
    fn default() -> Self {
        Self {
            name: String::new(),
            profile: None,
            domain: String::new(),
            registrar: None,
            proxy: None,
            transport: "udp".into(),
            user: String::new(),
            auth_user: None,
            register: true,
            expires: 3600,
            password: None,
            bind: None,
            public_address: None,
            allow: Vec::new(),
            gin: false,
            keep_alive: "crlf".into(),
            keep_alive_every: 0,
            session_expires: 1800,
            reliable: "supported".into(),
        }
    }
}

/// Where a secret is; never the secret itself.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file that only its owner can read.
    File(String),
    /// An entry of the system's keyring.
    Keyring(String),
}

/// Table `[numbers]`.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Numbers {
    /// Our numbers, the one to show first.
    pub dids: Vec<String>,
    /// ISO country that national numbers are read in.
    pub country: Option<String>,
    /// `request-uri`, `to`, `p-called-party-id` or `diversion`.
    pub did_in: String,
    /// Headers that carry the chosen number: `from`, `pai`, `ppi`, `rpid`.
    pub identity: Vec<String>,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            dids: Vec::new(),
            country: None,
            did_in: "request-uri".into(),
            identity: vec!["from".into()],
        }
    }
}

/// Table `[media]`.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MediaSettings {
    /// Codecs in order.
    pub codecs: Vec<String>,
    /// `off`, `optional` or `required`.
    pub srtp: String,
    /// `rfc4733`, `inband` or `info`.
    pub dtmf: String,
    /// First and last RTP port.
    pub rtp_ports: Option<(u16, u16)>,
    /// End a call after so many seconds without RTP; 0 never.
    pub rtp_timeout: u32,
    /// STUN servers that tell which kind of NAT is in between, `HOST` or `HOST:PORT`; two of them at
    /// least to know a symmetric one.
    pub stun: Vec<String>,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            codecs: vec!["PCMU".into(), "PCMA".into()],
            srtp: "off".into(),
            dtmf: "rfc4733".into(),
            rtp_ports: None,
            rtp_timeout: 60,
            stun: Vec::new(),
        }
    }
}

/// Table `[tls]`.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsSettings {
    /// PEM file of an own certificate authority.
    pub ca: Option<String>,
}

/// Table `[test]`.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TestSettings {
    /// Calls cost money: consent, allow-list and budget apply. `None`: billed unless on loopback.
    pub billed: Option<bool>,
    /// Destinations that tests may dial, `*` at the end matches any rest.
    pub allow: Vec<String>,
    /// Number that outbound tests dial.
    pub destination: Option<String>,
    /// Calls at one time.
    pub channels: Option<u32>,
    /// Calls a second.
    pub cps: Option<f64>,
    /// The most calls that tests may be given for an hour, whatever `--budget` says; 100 unless said.
    pub max_calls: Option<u32>,
    /// The most minutes of call time of the same; 60 unless said.
    pub max_minutes: Option<f64>,
}

impl TestSettings {
    /// True where the allow-list names the destination, or its beginning with `*`.
    pub fn allows(&self, number: &str) -> bool {
        self.allow.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => number.starts_with(start),
            None => number == pattern,
        })
    }
}

/// Table `[limits."ID"]`.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Passes up to here.
    pub pass: f64,
    /// Warns up to here, fails beyond.
    pub warn: f64,
}

/// By hand: the errors of a derived one would repeat a password that stands where its reference
/// should.
impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reference;

        impl<'de> Visitor<'de> for Reference {
            type Value = SecretRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("where the password is")
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<SecretRef, E> {
                Err(E::custom(PASSWORD_FORM))
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<SecretRef, E> {
                Err(E::custom(PASSWORD_FORM))
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<SecretRef, E> {
                Err(E::custom(PASSWORD_FORM))
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<SecretRef, E> {
                Err(E::custom(PASSWORD_FORM))
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<SecretRef, E> {
                Err(E::custom(PASSWORD_FORM))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretRef, A::Error> {
                let kind: String = map
                    .next_key()
                    .ok()
                    .flatten()
                    .ok_or_else(|| de::Error::custom(PASSWORD_FORM))?;
                let place: String =
                    map.next_value().map_err(|_| de::Error::custom(PASSWORD_FORM))?;
                match (kind.as_str(), map.next_key::<String>()) {
                    ("env", Ok(None)) => Ok(SecretRef::Env(place)),
                    ("file", Ok(None)) => Ok(SecretRef::File(place)),
                    ("keyring", Ok(None)) => Ok(SecretRef::Keyring(place)),
                    _ => Err(de::Error::custom(PASSWORD_FORM)),
                }
            }
        }

        deserializer.deserialize_any(Reference)
    }
}

const PASSWORD_FORM: &str = "a password never stands in the settings; say where it is: \
     { keyring = \"NAME\" }, { env = \"NAME\" } or { file = \"PATH\" }";
