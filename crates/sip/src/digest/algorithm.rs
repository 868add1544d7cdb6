//! Hash algorithms (RFC 7616 §3.3, RFC 8760 §2.1).

use std::fmt;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};

/// An algorithm of the challenge; `Sess` mixes nonce and cnonce into the secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `MD5`, also meant where none is named.
    #[default]
    Md5,
    /// `MD5-sess`.
    Md5Sess,
    /// `SHA-256`.
    Sha256,
    /// `SHA-256-sess`.
    Sha256Sess,
    /// `SHA-512-256`.
    Sha512T256,
    /// `SHA-512-256-sess`.
    Sha512T256Sess,
}

impl Algorithm {
    /// Reads the token in any case.
    pub fn from_token(token: &str) -> Option<Self> {
        [
            Self::Md5,
            Self::Md5Sess,
            Self::Sha256,
            Self::Sha256Sess,
            Self::Sha512T256,
            Self::Sha512T256Sess,
        ]
        .into_iter()
        .find(|algorithm| algorithm.token().eq_ignore_ascii_case(token))
    }

    /// The token of the `algorithm` parameter.
    pub fn token(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
            Self::Sha512T256 => "SHA-512-256",
            Self::Sha512T256Sess => "SHA-512-256-sess",
        }
    }

    /// True for the `-sess` variants.
    pub fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess | Self::Sha512T256Sess)
    }

    /// Larger is stronger.
    pub(super) fn strength(self) -> u8 {
        match self {
            Self::Md5 => 0,
            Self::Md5Sess => 1,
            Self::Sha256 => 2,
            Self::Sha256Sess => 3,
            Self::Sha512T256 => 4,
            Self::Sha512T256Sess => 5,
        }
    }

    /// The hash in lower-case hexadecimal digits.
    pub(super) fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Md5 | Self::Md5Sess => digest::<Md5>(parts),
            Self::Sha256 | Self::Sha256Sess => digest::<Sha256>(parts),
            Self::Sha512T256 | Self::Sha512T256Sess => digest::<Sha512_256>(parts),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.token())
    }
}

/// The hash of the parts with a colon between them.
fn digest<D: Digest>(parts: &[&[u8]]) -> String {
    let mut hash = D::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    let digits =
        |octet: &u8| [octet >> 4, octet & 15].map(|digit| char::from_digit(digit.into(), 16));
    hash.finalize().iter().flat_map(digits).flatten().collect()
}
