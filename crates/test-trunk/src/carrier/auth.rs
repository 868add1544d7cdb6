//! Who may do what: digest by RFC 7616 and RFC 8760.

use std::{collections::VecDeque, time::Duration};

use milliwatt_sip::{
    digest::{Algorithm, Credentials, Login, Realm},
    message::{Message, Method},
    transaction::ServerId,
    transport::Flow,
};

use super::Carrier;

/// The realm of every challenge.
pub(super) const REALM: &str = "test-trunk.invalid";

/// Nonces that are good, and how often each was used; the oldest go first.
#[derive(Debug, Default)]
pub(super) struct Nonces(VecDeque<(String, u32)>);

const NONCES: usize = 1024;

/// What came of a look at a request's credentials.
pub(super) enum Verdict {
    /// This user.
    User(String),
    /// Ask, and say whether the answer was right but the nonce old.
    Ask {
        /// `stale=true`.
        stale: bool,
    },
}

impl Carrier {
    /// Looks whose request it is.
    pub(super) fn examine(&mut self, message: &Message, realm: Realm) -> Verdict {
        let rows = message.values(realm.credentials_header());
        let ours = rows
            .filter_map(|row| Credentials::parse(&row.text()).ok())
            .find(|credentials| credentials.realm == REALM);
        let Some(given) = ours else { return Verdict::Ask { stale: false } };
        let user = self.users.iter().find(|(name, _)| *name == given.username);
        let right = user.is_some_and(|(name, password)| {
            let method = message.method().unwrap_or(Method::Options);
            given.verify(Login { user: name, password }, &method, &message.body())
        });
        let signed_this = message.request_uri().is_some_and(|uri| uri == given.uri.as_str());
        if !right || !signed_this || self.faults.wrong_password {
            return Verdict::Ask { stale: false };
        }
        let count = given.qop.as_ref().map_or(u32::MAX, |(_, _, count)| *count);
        let fresh = self.nonces.use_up(&given.nonce, count);
        if !fresh || (self.faults.stale_nonce && self.nonces.is_first(&given.nonce)) {
            return Verdict::Ask { stale: true };
        }
        Verdict::User(given.username)
    }

    /// Asks for credentials: SHA-256 first, as RFC 8760 §2.3 has it, then MD5.
    pub(super) fn challenge(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        message: &Message,
        realm: Realm,
        stale: bool,
    ) {
        let code = if message.method() == Some(Method::Register) { 401 } else { 407 };
        let algorithms = if self.faults.challenge_broken {
            vec!["GOST-94"]
        } else if self.faults.md5_only {
            vec![Algorithm::Md5.token()]
        } else {
            vec![Algorithm::Sha256.token(), Algorithm::Md5.token()]
        };
        let nonce = self.chance.token(16);
        self.nonces.add(nonce.clone());
        let mut answer = self.answer(message, flow, code);
        for algorithm in algorithms {
            let stale = if stale { ", stale=true" } else { "" };
            let value = format!(
                "Digest realm=\"{REALM}\", nonce=\"{nonce}\", qop=\"auth\", algorithm={algorithm}{stale}"
            );
            answer = answer.header(realm.challenge_header(), value);
        }
        let bytes = answer.build();
        self.layer.respond(now, id, bytes);
    }

    /// Answers a request of a known user with a code, and asks anyone else.
    pub(super) fn authenticated(
        &mut self,
        now: Duration,
        id: ServerId,
        flow: Flow,
        message: &Message,
        code: u16,
    ) {
        match self.examine(message, Realm::Proxy) {
            Verdict::User(_) => self.refuse(now, id, flow, message, code),
            Verdict::Ask { stale } => self.challenge(now, id, flow, message, Realm::Proxy, stale),
        }
    }
}

impl Nonces {
    fn add(&mut self, nonce: String) {
        if self.0.len() >= NONCES {
            self.0.pop_front();
        }
        self.0.push_back((nonce, 0));
    }

    /// True where the nonce is ours and the count is above all that came with it (RFC 7616 §3.4).
    fn use_up(&mut self, nonce: &str, count: u32) -> bool {
        let Some((_, used)) = self.0.iter_mut().find(|(known, _)| known == nonce) else {
            return false;
        };
        let fresh = count > *used;
        *used = count.max(*used);
        fresh
    }

    /// True where a nonce is the first that was given out, or every other one after it: with the
    /// fault that makes nonces stale, the second try must succeed.
    fn is_first(&self, nonce: &str) -> bool {
        self.0.iter().position(|(known, _)| known == nonce).is_some_and(|place| place % 2 == 0)
    }
}
