//! Digest authentication (RFC 7616, RFC 8760, RFC 3261 §22).
//!
//! Basic is refused: it is never read as a challenge. All text is UTF-8.

mod algorithm;
mod challenge;
mod credentials;
mod params;

pub use algorithm::Algorithm;
pub use challenge::{Challenge, ChallengeError, Qop};
pub use credentials::{Credentials, Login, Signed};

use crate::message::{Message, Name};

/// The side that asks, and with it the headers to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realm {
    /// A proxy: Proxy-Authenticate and Proxy-Authorization, with 407.
    Proxy,
    /// A user agent server or registrar: WWW-Authenticate and Authorization, with 401.
    Server,
}

impl Realm {
    /// The header of the challenge.
    pub fn challenge_header(self) -> Name<'static> {
        match self {
            Self::Proxy => Name::ProxyAuthenticate,
            Self::Server => Name::WwwAuthenticate,
        }
    }

    /// The header of the answer.
    pub fn credentials_header(self) -> Name<'static> {
        match self {
            Self::Proxy => Name::ProxyAuthorization,
            Self::Server => Name::Authorization,
        }
    }
}

/// The Digest challenges in a response that can be understood, in order.
pub fn challenges(response: &Message, realm: Realm) -> Vec<Challenge> {
    let rows = response.values(realm.challenge_header());
    rows.flat_map(|row| Challenge::parse_all(&row.text())).filter_map(Result::ok).collect()
}

/// The challenge to answer: the strongest algorithm that is known; of equal ones the first
/// (RFC 8760 §2.4).
pub fn choose<'a>(challenges: impl IntoIterator<Item = &'a Challenge>) -> Option<&'a Challenge> {
    let mut best: Option<&Challenge> = None;
    for challenge in challenges {
        if best.is_none_or(|best| challenge.algorithm.strength() > best.algorithm.strength()) {
            best = Some(challenge);
        }
    }
    best
}

/// The same for each realm, in the order in which they ask: several proxies on the way of a forked
/// request have each a realm of their own (RFC 3261 §22.3). The first [`MAX_REALMS`] are heard.
pub fn choose_each(challenges: &[Challenge]) -> Vec<&Challenge> {
    let mut realms: Vec<&str> = Vec::new();
    for challenge in challenges {
        if realms.len() < MAX_REALMS && !realms.contains(&challenge.realm.as_str()) {
            realms.push(&challenge.realm);
        }
    }
    let of = |realm: &str| choose(challenges.iter().filter(|challenge| challenge.realm == realm));
    realms.into_iter().filter_map(of).collect()
}

/// Realms of one response that are heard.
pub const MAX_REALMS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Builder, Framing};

    #[test]
    fn the_strongest_known_challenge_is_chosen() {
        let raw = Builder::response(401, "")
            .header(Name::WwwAuthenticate, r#"Basic realm="a""#)
            .header(Name::WwwAuthenticate, r#"Digest realm="a", nonce="1""#)
            .header(Name::WwwAuthenticate, r#"Digest realm="a", nonce="x", algorithm=SHA-1024"#)
            .header(
                Name::WwwAuthenticate,
                r#"Digest realm="a", nonce="2", algorithm=SHA-256, qop="auth""#,
            )
            .header(Name::WwwAuthenticate, r#"Digest realm="a", nonce="3", algorithm=SHA-256"#)
            .header(
                Name::ProxyAuthenticate,
                r#"Digest realm="p", nonce="4", algorithm=SHA-512-256"#,
            )
            .build();
        let response = Message::parse(raw, Framing::Datagram).unwrap();
        let offered = challenges(&response, Realm::Server);
        assert_eq!(offered.len(), 3);
        assert_eq!(choose(&offered).unwrap().nonce, "2");
        assert_eq!(challenges(&response, Realm::Proxy).len(), 1);
        assert!(choose(&[]).is_none());
    }
}
