//! Who may do what: digest by RFC 7616 and RFC 8760.

use std::{collections::VecDeque, time::Duration};

use milliwatt_sip::{
    digest::{Credentials, Login, Realm},
    message::{Message, Method},
    transaction::ServerId,
    transport::Flow,
};

use super::Carrier;
use crate::numbers::DOMAIN;

/// Nonces that are good; the oldest go first.
#[derive(Debug, Default)]
pub(super) struct Nonces(VecDeque<Nonce>);

#[derive(Debug)]
struct Nonce {
    text: String,
    /// The highest count that came with it.
    used: u32,
    /// It replaces a stale one.
    renewed: bool,
}

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
            .find(|credentials| credentials.realm == DOMAIN);
        let Some(given) = ours else { return Verdict::Ask { stale: false } };
        let user = self.users.iter().find(|(name, _)| *name == given.username);
        let right = user.is_some_and(|(name, password)| {
            let method = message.method().unwrap_or(Method::Options);
            given.verify(Login { user: name, password }, &method, &message.body())
        });
        let signed_this = message.request_uri().is_some_and(|uri| uri == given.uri.as_str());
        let offered = self.algorithms().contains(&given.algorithm.token());
        if !right || !signed_this || !offered || self.faults.wrong_password {
            return Verdict::Ask { stale: false };
        }
        let count = given.qop.as_ref().map_or(u32::MAX, |(_, _, count)| *count);
        if self.nonces.use_up(&given.nonce, count, self.faults.stale_nonce) {
            Verdict::User(given.username)
        } else {
            Verdict::Ask { stale: true }
        }
    }

    /// SHA-256 first, as RFC 8760 §2.3 has it, then MD5.
    fn algorithms(&self) -> &'static [&'static str] {
        const BOTH: [&str; 2] = ["SHA-256", "MD5"];
        if self.faults.challenge_broken {
            &["GOST-94"]
        } else if self.faults.md5_only {
            &["MD5"]
        } else {
            &BOTH
        }
    }

    /// Asks for credentials.
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
        let nonce = self.chance.token(16);
        self.nonces.add(nonce.clone(), stale);
        let mut answer = self.answer(message, flow, code);
        for algorithm in self.algorithms() {
            let stale = if stale { ", stale=true" } else { "" };
            let value = format!(
                "Digest realm=\"{DOMAIN}\", nonce=\"{nonce}\", qop=\"auth\", algorithm={algorithm}{stale}"
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
    fn add(&mut self, text: String, renewed: bool) {
        if self.0.len() >= NONCES {
            self.0.pop_front();
        }
        self.0.push_back(Nonce { text, used: 0, renewed });
    }

    /// True where the nonce is ours and the count is above all that came with it (RFC 7616 §3.4).
    /// `one_time` wants the fault: then only the nonce that replaces a stale one is good, and once,
    /// so that each request takes one more round and no more.
    fn use_up(&mut self, text: &str, count: u32, one_time: bool) -> bool {
        let Some(nonce) = self.0.iter_mut().find(|known| known.text == text) else {
            return false;
        };
        let fresh = count > nonce.used;
        let good = !one_time || (nonce.renewed && nonce.used == 0);
        nonce.used = count.max(nonce.used);
        fresh && good
    }
}
