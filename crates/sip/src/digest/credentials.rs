//! What a client answers, and how a server checks it (RFC 7616 §3.4).

use std::fmt;

use super::{Algorithm, Challenge, ChallengeError, Qop, params::read_offers};
use crate::{grammar::quote, message::Method};

/// User and password.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The user name of the account.
    pub user: &'a str,
    /// Its password.
    pub password: &'a str,
}

/// The parts of a request that digest protects.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The method.
    pub method: &'a Method,
    /// The Request-URI as it stands in the request.
    pub uri: &'a str,
    /// The body, which counts with `auth-int` only.
    pub body: &'a [u8],
}

/// The value of an Authorization or Proxy-Authorization header.
///
/// ```
/// use milliwatt_sip::digest::{Challenge, Credentials, Login, Signed};
/// use milliwatt_sip::message::Method;
///
/// let challenge = Challenge::parse_all(r#"Digest realm="a", nonce="n", qop="auth""#).remove(0).unwrap();
/// let signed = Signed { method: &Method::Register, uri: "sip:a", body: b"" };
/// let login = Login { user: "u", password: "p" };
/// let answer = Credentials::answer(&challenge, login, signed, "c", 1);
/// let read = Credentials::parse(&answer.to_string()).unwrap();
/// assert!(read.verify(login, &Method::Register, b""));
/// assert!(!read.verify(Login { user: "u", password: "q" }, &Method::Register, b""));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The realm of the challenge.
    pub realm: String,
    /// The nonce of the challenge.
    pub nonce: String,
    /// The Request-URI that was signed.
    pub uri: String,
    /// The proof, in hexadecimal digits.
    pub response: String,
    /// The hash.
    pub algorithm: Algorithm,
    /// The opaque of the challenge.
    pub opaque: Option<String>,
    /// The quality of protection, and the client's nonce and counter that come with it.
    pub qop: Option<(Qop, String, u32)>,
}

impl Credentials {
    /// Answers a challenge. `cnonce` must be fresh for each nonce and `count` rise by one with each
    /// use of it, from 1 on. With a `-sess` algorithm the cnonce stays the same for one nonce.
    pub fn answer(
        challenge: &Challenge,
        login: Login<'_>,
        signed: Signed<'_>,
        cnonce: &str,
        count: u32,
    ) -> Self {
        let uses_cnonce = |qop| (qop, cnonce.to_owned(), count);
        let mut answer = Self {
            username: login.user.to_owned(),
            realm: challenge.realm.clone(),
            nonce: challenge.nonce.clone(),
            uri: signed.uri.to_owned(),
            response: String::new(),
            algorithm: challenge.algorithm,
            opaque: challenge.opaque.clone(),
            qop: challenge.preferred_qop().map(uses_cnonce),
        };
        answer.response = answer.proof(login.password, signed.method, signed.body);
        answer
    }

    /// Reads a header value.
    ///
    /// # Errors
    ///
    /// When it is not Digest, or a parameter that must be there is missing or unknown.
    pub fn parse(text: &str) -> Result<Self, ChallengeError> {
        let offers = read_offers(text);
        let offer = offers.first().ok_or(ChallengeError::Missing("a scheme"))?;
        if !offer.scheme.eq_ignore_ascii_case("Digest") {
            return Err(ChallengeError::Scheme(offer.scheme.to_owned()));
        }
        let needed = |name| offer.owned(name).ok_or(ChallengeError::Missing(name));
        let token = offer.value("algorithm").unwrap_or("MD5");
        let qop = match offer.value("qop") {
            None => None,
            Some(token) => {
                let qop = Qop::from_token(token);
                let qop = qop.ok_or_else(|| ChallengeError::Qop(token.to_owned()))?;
                let count = u32::from_str_radix(&needed("nc")?, 16);
                Some((qop, needed("cnonce")?, count.map_err(|_| ChallengeError::Missing("nc"))?))
            }
        };
        Ok(Self {
            username: needed("username")?,
            realm: needed("realm")?,
            nonce: needed("nonce")?,
            uri: needed("uri")?,
            response: needed("response")?,
            algorithm: Algorithm::from_token(token)
                .ok_or_else(|| ChallengeError::Algorithm(token.to_owned()))?,
            opaque: offer.owned("opaque"),
            qop,
        })
    }

    /// True where the answer proves that user and password. The nonce, the realm, the counter and
    /// that `uri` is the request's are the server's to check. Takes the same time for every answer.
    pub fn verify(&self, login: Login<'_>, method: &Method, body: &[u8]) -> bool {
        let proof = self.proof(login.password, method, body);
        let given = self.response.to_ascii_lowercase();
        let differ = proof.bytes().zip(given.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b));
        differ == 0 && proof.len() == given.len() && self.username == login.user
    }

    /// `request-digest` (RFC 7616 §3.4.1).
    fn proof(&self, password: &str, method: &Method, body: &[u8]) -> String {
        let hash = |parts: &[&[u8]]| self.algorithm.hash(parts);
        let secret = hash(&[self.username.as_bytes(), self.realm.as_bytes(), password.as_bytes()]);
        let nonce = self.nonce.as_bytes();
        let cnonce = self.qop.as_ref().map_or("", |(_, cnonce, _)| cnonce).as_bytes();
        let secret = if self.algorithm.is_session() {
            hash(&[secret.as_bytes(), nonce, cnonce])
        } else {
            secret
        };
        let (method, uri) = (method.as_str().as_bytes(), self.uri.as_bytes());
        let Some((qop, _, count)) = &self.qop else {
            return hash(&[secret.as_bytes(), nonce, hash(&[method, uri]).as_bytes()]);
        };
        let act = match qop {
            Qop::Auth => hash(&[method, uri]),
            Qop::AuthInt => hash(&[method, uri, hash(&[body]).as_bytes()]),
        };
        let count = format!("{count:08x}");
        let token = qop.token().as_bytes();
        hash(&[secret.as_bytes(), nonce, count.as_bytes(), cnonce, token, act.as_bytes()])
    }
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest username={}, realm={}", quote(&self.username), quote(&self.realm))?;
        write!(f, ", nonce={}, uri={}", quote(&self.nonce), quote(&self.uri))?;
        write!(f, ", response=\"{}\", algorithm={}", self.response, self.algorithm)?;
        if let Some((qop, cnonce, count)) = &self.qop {
            write!(f, ", cnonce={}, qop={}, nc={count:08x}", quote(cnonce), qop.token())?;
        }
        if let Some(opaque) = &self.opaque {
            write!(f, ", opaque={}", quote(opaque))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({} in {})", self.username, self.realm)
    }
}

impl fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({})", self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(challenge: &str, login: (&str, &str), uri: &str, cnonce: &str) -> String {
        let challenge = Challenge::parse_all(challenge).remove(0).unwrap();
        let signed = Signed { method: &Method::from("GET"), uri, body: b"" };
        let login = Login { user: login.0, password: login.1 };
        let answer = Credentials::answer(&challenge, login, signed, cnonce, 1);
        assert_eq!(Credentials::parse(&answer.to_string()).unwrap(), answer);
        answer.response
    }

    /// The example of RFC 7616 §3.9.1.
    #[test]
    fn md5_and_sha_256() {
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let answer = |algorithm| {
            proof(
                &format!(
                    "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, nonce=\"{nonce}\""
                ),
                ("Mufasa", "Circle of Life"),
                "/dir/index.html",
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            )
        };
        assert_eq!(answer("MD5"), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(
            answer("SHA-256"),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }

    /// The example of RFC 7616 §3.9.2 as corrected by erratum 4897.
    #[test]
    fn sha_512_256_and_utf_8() {
        let challenge = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
            nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\"";
        let login = ("J\u{e4}s\u{f8}n Doe", "Secret, or not?");
        let response =
            proof(challenge, login, "/doe.json", "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v");
        assert_eq!(response, "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
    }

    /// The example of RFC 2617 §3.5, and the manner of RFC 2069 without qop.
    #[test]
    fn older_forms() {
        let challenge =
            "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        let login = ("Mufasa", "Circle Of Life");
        let with_qop = format!("{challenge}, qop=\"auth\"");
        assert_eq!(
            proof(&with_qop, login, "/dir/index.html", "0a4f113b"),
            "6629fae49393a05397450978507c4ef1"
        );
        assert_eq!(
            proof(challenge, login, "/dir/index.html", ""),
            "670fd8c2df070c60b045671b8b24ff02"
        );
    }

    #[test]
    fn session_and_body_count() {
        let challenge = Challenge {
            algorithm: Algorithm::Sha256Sess,
            qop: vec![Qop::AuthInt],
            realm: "r".to_owned(),
            nonce: "n".to_owned(),
            ..Challenge::default()
        };
        let login = Login { user: "u", password: "p" };
        let signed = Signed { method: &Method::Invite, uri: "sip:a", body: b"v=0" };
        let answer = Credentials::answer(&challenge, login, signed, "c", 0x1f);
        assert!(answer.to_string().contains("nc=0000001f"));
        assert!(answer.verify(login, &Method::Invite, b"v=0"));
        assert!(!answer.verify(login, &Method::Invite, b"v=1"));
        assert!(!answer.verify(login, &Method::Bye, b"v=0"));
        assert!(!answer.verify(Login { user: "w", ..login }, &Method::Invite, b"v=0"));
        assert!(!format!("{answer:?}{login:?}").contains(&answer.response));
    }

    #[test]
    fn what_is_no_answer() {
        for text in [
            "",
            "Basic QWxhZGRpbg==",
            "Digest username=\"a\"",
            "NoOneKnowsThisScheme opaque-data=here",
        ] {
            assert!(Credentials::parse(text).is_err(), "{text}");
        }
    }
}
