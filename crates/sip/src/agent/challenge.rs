//! Digest challenges of the trunk and the answers to them (RFC 3261 §22, RFC 7616, RFC 8760).
//!
//! - Only requests to the account's own registrar or proxy are answered for, and of those within a
//!   dialog only where the realm is known: a far end that asks for a proof gets none.
//! - The strongest known challenge is answered. A request is answered for twice at most, and the
//!   second time only where the nonce alone was the trouble (`stale`) or another realm asks.
//! - A nonce that worked is used again, its counter rising by one; no counter is used twice.
//! - After three wrong passwords in ten minutes nothing is answered, so that no account is locked.

use std::{collections::VecDeque, time::Duration};

use super::{
    Account, Event,
    core::{Core, SendingId},
    draft::Draft,
    schedule::Due,
    sending::{State, Trust},
};
use crate::{
    digest::{self, Challenge, Credentials, Login, Realm, Signed},
    message::{Message, Method},
    transaction::ClientId,
};

/// How often one request is sent with credentials.
const MAX_ANSWERS: u8 = 2;

/// Wrong passwords in [`WRONG_FOR`] after which nothing is answered.
const MAX_WRONG: usize = 3;
const WRONG_FOR: Duration = Duration::from_secs(600);

/// A challenge that was answered, and its counter.
#[derive(Debug)]
struct Known {
    side: Realm,
    challenge: Challenge,
    cnonce: String,
    count: u32,
}

/// What an account knows of its trunk's challenges.
#[derive(Debug)]
pub(crate) struct Answers {
    user: String,
    password: Option<super::Password>,
    /// The last challenge of each side.
    known: Vec<Known>,
    /// The realms that have accepted us; no other one is answered after that.
    pinned: Vec<(Realm, String)>,
    wrong: VecDeque<Duration>,
}

impl Answers {
    pub(crate) fn new(account: &Account) -> Self {
        Self {
            user: account.auth_user.clone().unwrap_or_else(|| account.user.clone()),
            password: account.password.clone(),
            known: Vec::new(),
            pinned: Vec::new(),
            wrong: VecDeque::new(),
        }
    }

    /// The owner asks to try again: wrong passwords are forgiven.
    pub(crate) fn forgive(&mut self) {
        self.wrong.clear();
    }

    /// Credentials for a request, one header for each side that has challenged us.
    pub(crate) fn credentials(&mut self, draft: &Draft) -> Vec<(&'static str, String)> {
        let Some(password) = &self.password else { return Vec::new() };
        let login = Login { user: &self.user, password: &password.0 };
        let body = draft.body.as_ref().map_or(&[][..], |(_, body)| body);
        let signed = Signed { method: &draft.method, uri: &draft.uri, body };
        let answer = |known: &mut Known| {
            known.count += 1;
            let value =
                Credentials::answer(&known.challenge, login, signed, &known.cnonce, known.count);
            (known.side.credentials_header().as_str(), value.to_string())
        };
        self.known.iter_mut().map(answer).collect()
    }

    /// Takes the challenge to be answered next.
    fn learn(&mut self, side: Realm, challenge: &Challenge, cnonce: String) {
        self.known.retain(|known| known.side != side);
        self.known.push(Known { side, challenge: challenge.clone(), cnonce, count: 0 });
    }

    /// Whether a challenge to a request is answered.
    fn may_answer(
        &mut self,
        now: Duration,
        side: Realm,
        challenge: &Challenge,
        trust: Trust,
    ) -> bool {
        while self.wrong.front().is_some_and(|at| *at + WRONG_FOR <= now) {
            self.wrong.pop_front();
        }
        let pinned = self.pinned.iter().find(|(pinned, _)| *pinned == side);
        let realm = match pinned {
            Some((_, realm)) => *realm == challenge.realm,
            None => trust == Trust::Trunk,
        };
        realm && trust != Trust::Nobody && self.wrong.len() < MAX_WRONG && self.password.is_some()
    }

    /// A request with credentials was accepted: its realms are the trunk's.
    fn accepted(&mut self) {
        self.wrong.clear();
        for known in &self.known {
            if !self.pinned.iter().any(|(side, _)| *side == known.side) {
                self.pinned.push((known.side, known.challenge.realm.clone()));
            }
        }
    }

    /// The password was wrong: its nonce is of no use, and nor is the next try.
    fn refused(&mut self, now: Duration) {
        self.known.clear();
        self.wrong.push_back(now);
    }
}

impl Core {
    /// A 401 or 407 came. True where the request went again with credentials.
    pub(crate) fn answer_challenge(
        &mut self,
        now: Duration,
        id: SendingId,
        client: ClientId,
        message: &Message,
    ) -> bool {
        let Some(sending) = self.sendings.get_mut(&id) else { return false };
        let Some(trunk) = self.accounts.get_mut(&sending.account) else { return false };
        let side = if message.status() == Some(407) { Realm::Proxy } else { Realm::Server };
        let offered = digest::challenges(message, side);
        let challenge = digest::choose(&offered);
        let carried = sending.attempt(client).map(|attempt| attempt.draft.credentials.clone());
        let carried = carried.unwrap_or_default();
        let header = side.credentials_header();
        let tried = carried.iter().any(|(name, _)| *name == header.as_str());
        let again = challenge.is_some_and(|challenge| {
            // An answer that was made without being asked may rest on a nonce that is too old.
            !tried || challenge.stale || sending.answered == 0 && is_other(&carried, challenge)
        });
        let wrong = tried && !again;
        if wrong {
            trunk.answers.refused(now);
        }
        let answer = challenge.filter(|challenge| {
            again
                && sending.answered < MAX_ANSWERS
                && trunk.answers.may_answer(now, side, challenge, sending.trust)
        });
        let event = Event::Challenged {
            account: sending.account,
            challenges: message
                .values(side.challenge_header())
                .map(|value| value.text().into_owned())
                .collect(),
            chosen: challenge.map(|challenge| challenge.algorithm.token().to_owned()),
        };
        let Some(challenge) = answer else {
            self.tell(event);
            return false;
        };
        trunk.answers.learn(side, challenge, self.chance.token(8));
        sending.answered += 1;
        let owner = sending.owner;
        let place = sending.attempt(client).map(|a| (a.flow, a.target.clone()));
        sending.state = State::Sent;
        self.tell(event);
        let number = self.number(owner);
        self.schedule.set(Due::Sending(id), None);
        if let Some(sending) = self.sendings.get_mut(&id) {
            sending.draft.cseq = number;
        }
        if let Some((flow, target)) = place {
            self.transmit(now, id, flow, target);
        }
        true
    }

    /// A response other than a challenge came to a request with credentials: they were right.
    pub(crate) fn credentials_accepted(&mut self, id: SendingId, client: ClientId) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        let account = sending.account;
        let carried = sending.attempt(client).is_some_and(|a| !a.draft.credentials.is_empty());
        if let Some(trunk) = self.accounts.get_mut(&account).filter(|_| carried) {
            trunk.answers.accepted();
        }
    }

    /// Fresh credentials for a request that is about to leave, where it may carry any.
    pub(crate) fn sign(&mut self, id: SendingId) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        let Some(trunk) = self.accounts.get_mut(&sending.account) else { return };
        let signs = sending.trust == Trust::Trunk || sending.answered > 0;
        if signs && sending.draft.method != Method::Ack {
            sending.draft.credentials = trunk.answers.credentials(&sending.draft);
        }
    }
}

/// True where the request carried an answer to another nonce than this challenge's.
fn is_other(carried: &[(&'static str, String)], challenge: &Challenge) -> bool {
    let nonces = carried.iter().filter_map(|(_, value)| Credentials::parse(value).ok());
    nonces.into_iter().all(|credentials| credentials.nonce != challenge.nonce)
}
