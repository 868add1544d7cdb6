//! What a server asks (RFC 7616 §3.3).

use std::fmt;

use super::{
    Algorithm,
    params::{Offer, read_offers},
};
use crate::grammar::quote;

/// A Digest challenge that can be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The protection space.
    pub realm: String,
    /// The server's nonce.
    pub nonce: String,
    /// To be sent back as it is.
    pub opaque: Option<String>,
    /// The nonce was too old and the password right: answer again without asking anyone.
    pub stale: bool,
    /// The hash.
    pub algorithm: Algorithm,
    /// Qualities of protection that are offered and known; empty where the server asks in the
    /// manner of RFC 2069.
    pub qop: Vec<Qop>,
    /// The `domain` parameter.
    pub domain: Option<String>,
}

/// Quality of protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop {
    /// Method and URI are protected.
    Auth,
    /// Method, URI and body are protected.
    AuthInt,
}

impl Qop {
    /// The token.
    pub fn token(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }

    pub(super) fn from_token(token: &str) -> Option<Self> {
        [Self::Auth, Self::AuthInt].into_iter().find(|qop| qop.token().eq_ignore_ascii_case(token))
    }
}

/// Why a challenge cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// The hash is unknown.
    #[error("unknown digest algorithm {0}")]
    Algorithm(String),
    /// realm or nonce is missing.
    #[error("a digest challenge without {0}")]
    Missing(&'static str),
    /// All offered qualities of protection are unknown.
    #[error("unknown quality of protection {0}")]
    Qop(String),
    /// Not Digest; Basic among others, which would give the password away.
    #[error("authentication scheme {0} is refused")]
    Scheme(String),
}

impl Challenge {
    /// Reads all challenges in one row; servers that put several into one are understood.
    pub fn parse_all(text: &str) -> Vec<Result<Self, ChallengeError>> {
        read_offers(text).iter().map(Self::from_offer).collect()
    }

    fn from_offer(offer: &Offer<'_>) -> Result<Self, ChallengeError> {
        if !offer.scheme.eq_ignore_ascii_case("Digest") {
            return Err(ChallengeError::Scheme(offer.scheme.to_owned()));
        }
        let algorithm = match offer.value("algorithm") {
            None => Algorithm::Md5,
            Some(token) => Algorithm::from_token(token)
                .ok_or_else(|| ChallengeError::Algorithm(token.to_owned()))?,
        };
        let mut qop = Vec::new();
        if let Some(offered) = offer.value("qop") {
            for known in offered.split(',').filter_map(|token| Qop::from_token(token.trim())) {
                if !qop.contains(&known) {
                    qop.push(known);
                }
            }
            if qop.is_empty() && !offered.trim().is_empty() {
                return Err(ChallengeError::Qop(offered.to_owned()));
            }
        }
        Ok(Self {
            realm: offer.owned("realm").ok_or(ChallengeError::Missing("realm"))?,
            nonce: offer.owned("nonce").ok_or(ChallengeError::Missing("nonce"))?,
            opaque: offer.owned("opaque"),
            stale: offer.value("stale").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            algorithm,
            qop,
            domain: offer.owned("domain"),
        })
    }

    /// The quality to answer with: `auth` where it is offered.
    pub fn preferred_qop(&self) -> Option<Qop> {
        if self.qop.contains(&Qop::Auth) { Some(Qop::Auth) } else { self.qop.first().copied() }
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest realm={}, nonce={}", quote(&self.realm), quote(&self.nonce))?;
        if let Some(opaque) = &self.opaque {
            write!(f, ", opaque={}", quote(opaque))?;
        }
        if let Some(domain) = &self.domain {
            write!(f, ", domain={}", quote(domain))?;
        }
        if self.stale {
            f.write_str(", stale=true")?;
        }
        write!(f, ", algorithm={}", self.algorithm)?;
        if !self.qop.is_empty() {
            let tokens: Vec<_> = self.qop.iter().map(|qop| qop.token()).collect();
            write!(f, ", qop=\"{}\"", tokens.join(","))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<Challenge, ChallengeError> {
        Challenge::parse_all(text).remove(0)
    }

    #[test]
    fn written_challenges_read_the_same() {
        let challenge = Challenge {
            realm: "Büro \"A\"".to_owned(),
            nonce: "n==".to_owned(),
            opaque: Some(String::new()),
            stale: true,
            algorithm: Algorithm::Sha512T256Sess,
            qop: vec![Qop::Auth, Qop::AuthInt],
            domain: Some("sip:a".to_owned()),
        };
        assert_eq!(one(&challenge.to_string()), Ok(challenge));
    }

    #[test]
    fn what_cannot_be_answered() {
        assert_eq!(one("Basic realm=\"x\""), Err(ChallengeError::Scheme("Basic".to_owned())));
        assert_eq!(one("Digest nonce=\"x\""), Err(ChallengeError::Missing("realm")));
        assert_eq!(one("Digest realm=\"x\""), Err(ChallengeError::Missing("nonce")));
        let unknown = one("Digest realm=x,nonce=y,algorithm=AKAv1-MD5");
        assert_eq!(unknown, Err(ChallengeError::Algorithm("AKAv1-MD5".to_owned())));
        let unknown = one("Digest realm=x,nonce=y,qop=\"token\"");
        assert_eq!(unknown, Err(ChallengeError::Qop("token".to_owned())));
    }

    #[test]
    fn qualities_of_protection() {
        let qop = |qop: &str| one(&format!("Digest realm=x,nonce=y{qop}")).unwrap().preferred_qop();
        assert_eq!(qop(""), None);
        assert_eq!(qop(",qop=\"auth-int , auth\""), Some(Qop::Auth));
        assert_eq!(qop(",qop=auth-int"), Some(Qop::AuthInt));
        assert_eq!(qop(",qop=\"\""), None);
    }
}
