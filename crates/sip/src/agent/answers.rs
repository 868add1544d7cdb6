//! What an account knows of its trunk's challenges, and how far it may prove its password.
//!
//! - A nonce is used again, its counter rising by one, for the kind of request that was accepted
//!   with it; no counter is used twice.
//! - A side whose realms have accepted us is pinned to them: no other realm gets a proof.
//! - Three wrong proofs in ten minutes, and nothing is proven any more, so that no account is
//!   locked. A proof without a verdict counts: it may be the next wrong one.

use std::{collections::VecDeque, time::Duration};

use super::{Account, Password, draft::Draft, sending::Trust};
use crate::{
    digest::{Challenge, Credentials, Login, Realm, Signed},
    message::Method,
    transaction::ClientId,
};

/// Wrong proofs in [`WRONG_FOR`] after which nothing is proven.
const MAX_WRONG: usize = 3;
const WRONG_FOR: Duration = Duration::from_secs(600);

/// Challenges that are remembered for their counters.
const MAX_KNOWN: usize = 64;

/// What is asked for. A registrar asks for REGISTER alone: its nonce in an INVITE would go on to
/// the callee, who could guess the password with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Invite,
    Other,
    Register,
}

impl Kind {
    pub(crate) fn of(method: &Method) -> Self {
        if *method == Method::Invite {
            Self::Invite
        } else if *method == Method::Register {
            Self::Register
        } else {
            Self::Other
        }
    }
}

/// Names a challenge that an account has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChallengeId(u64);

/// The credentials of one request.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    pub(crate) kind: Kind,
    /// The request was challenged before; else it carries them unasked.
    pub(crate) asked: bool,
    pub(crate) used: Vec<ChallengeId>,
}

/// What a response says of the proof in its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The request went on to the callee, or was done.
    Accepted,
    /// 403: the password, or what was asked for.
    Forbidden,
    /// Whatever went wrong, the password need not be right.
    Unknown,
}

impl Verdict {
    /// Reads the code of a response that is no challenge; `None` where it says nothing yet.
    pub(crate) fn of(code: u16) -> Option<Self> {
        match code {
            ..=100 => None,
            // What stands above 299 here is the callee's to say.
            101..=299 | 404 | 480 | 486 | 487 | 600..=699 => Some(Self::Accepted),
            403 => Some(Self::Forbidden),
            _ => Some(Self::Unknown),
        }
    }
}

/// Whether one more proof may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Budget {
    Free,
    /// As many are under way as may still be wrong: their verdicts decide.
    Waits,
    Spent,
}

/// A challenge, and how far it was used.
#[derive(Debug)]
struct Known {
    id: ChallengeId,
    side: Realm,
    challenge: Challenge,
    cnonce: String,
    count: u32,
    /// The kinds of request that were accepted with it, and when last.
    accepted: Vec<(Kind, Duration)>,
}

impl Known {
    fn is_of(&self, side: Realm, realm: &str) -> bool {
        self.side == side && self.challenge.realm == realm
    }

    fn good_for(&self, kind: Kind) -> Option<Duration> {
        self.accepted.iter().find(|(good, _)| *good == kind).map(|(_, at)| *at)
    }
}

/// What an account knows of its trunk's challenges.
#[derive(Debug)]
pub(crate) struct Answers {
    user: String,
    password: Option<Password>,
    known: VecDeque<Known>,
    /// The realms that have accepted us, by side.
    pinned: Vec<(Realm, String)>,
    /// The side that asks for a proof of an INVITE.
    invite_side: Option<Realm>,
    /// Proofs without a verdict.
    open: Vec<(ClientId, Proof)>,
    /// Wrong proofs, with the kind of request where other kinds were accepted before.
    wrong: VecDeque<(Duration, Option<Kind>)>,
    next: u64,
}

impl Answers {
    pub(crate) fn new(account: &Account) -> Self {
        Self {
            user: account.auth_user.clone().unwrap_or_else(|| account.user.clone()),
            password: account.password.clone(),
            known: VecDeque::new(),
            pinned: Vec::new(),
            invite_side: None,
            open: Vec::new(),
            wrong: VecDeque::new(),
            next: 0,
        }
    }

    /// Goes on where the same user and password left off; another password starts anew.
    pub(crate) fn inherit(&mut self, before: Self) {
        if self.user == before.user && self.password == before.password {
            *self = before;
        }
    }

    /// Whether a challenge of that realm is answered at all.
    pub(crate) fn permits(&self, side: Realm, realm: &str, trust: Trust) -> bool {
        let mut of_side = self.pinned.iter().filter(|(pinned, _)| *pinned == side).peekable();
        self.password.is_some()
            && match trust {
                Trust::Trunk => {
                    of_side.peek().is_none() || of_side.any(|(_, known)| known == realm)
                }
                Trust::Dialog => self.pinned.iter().any(|(_, known)| known == realm),
                Trust::Nobody => false,
            }
    }

    /// Whether this side may ask for a proof: of an INVITE the one that asked `first`, since a
    /// callee can send the other's status code.
    pub(crate) fn hears(&self, kind: Kind, side: Realm, first: Option<Realm>) -> bool {
        kind != Kind::Invite || first.or(self.invite_side).is_none_or(|first| first == side)
    }

    /// Whether a proof for these challenges may go out.
    pub(crate) fn budget(
        &self,
        now: Duration,
        kind: Kind,
        side: Realm,
        challenges: &[Challenge],
    ) -> Budget {
        let wrong = self.wrong_proofs(now, kind);
        if wrong >= MAX_WRONG {
            return Budget::Spent;
        }
        let proven = |challenge: &Challenge| self.is_proven(now, kind, side, &challenge.realm);
        match wrong + self.open.len() < MAX_WRONG || challenges.iter().all(proven) {
            true => Budget::Free,
            false => Budget::Waits,
        }
    }

    /// Credentials for a request: for the challenges that it was `asked`, and `unasked` those that
    /// a request of its kind was accepted with before, one header each.
    pub(crate) fn sign(
        &self,
        now: Duration,
        draft: &Draft,
        asked: &[ChallengeId],
        unasked: bool,
    ) -> (Proof, Vec<(&'static str, String)>) {
        let kind = Kind::of(&draft.method);
        let mut chosen: Vec<&Known> = asked.iter().filter_map(|id| self.known(*id)).collect();
        if unasked && (!asked.is_empty() || self.may_go_unasked(now, kind)) {
            let good = self.known.iter().filter(|known| known.good_for(kind).is_some());
            for known in good {
                let there = |it: &&Known| it.is_of(known.side, &known.challenge.realm);
                if !chosen.iter().any(there) {
                    chosen.push(known);
                }
            }
        }
        let values = chosen.iter().filter_map(|known| self.answer(known, draft)).collect();
        let used = chosen.iter().map(|known| known.id).collect();
        (Proof { kind, asked: !asked.is_empty(), used }, values)
    }

    fn answer(&self, known: &Known, draft: &Draft) -> Option<(&'static str, String)> {
        let password = self.password.as_ref()?.reveal();
        let login = Login { user: &self.user, password };
        let body = draft.body.as_ref().map_or(&[][..], |(_, body)| body);
        let signed = Signed { method: &draft.method, uri: &draft.uri, body };
        let count = known.count.saturating_add(1);
        let value = Credentials::answer(&known.challenge, login, signed, &known.cnonce, count);
        Some((known.side.credentials_header().as_str(), value.to_string()))
    }

    /// A request with this proof has left: its counters are used up.
    pub(crate) fn sent(&mut self, client: ClientId, proof: Proof) {
        for known in self.known.iter_mut().filter(|known| proof.used.contains(&known.id)) {
            known.count = known.count.saturating_add(1);
        }
        if !proof.used.is_empty() {
            self.open.push((client, proof));
        }
    }

    /// Takes the proof of a request that has its verdict, or will get none.
    pub(crate) fn take(&mut self, client: ClientId) -> Option<Proof> {
        let at = self.open.iter().position(|(open, _)| *open == client)?;
        Some(self.open.swap_remove(at).1)
    }

    /// A response came that is no challenge.
    pub(crate) fn judged(&mut self, now: Duration, client: ClientId, verdict: Verdict) {
        let Some(proof) = self.take(client) else { return };
        match verdict {
            Verdict::Accepted => self.accepted(now, &proof),
            Verdict::Forbidden if !self.were_proven(now, &proof) => {
                let others = self.known.iter().any(|known| !known.accepted.is_empty());
                self.wrong.push_back((now, others.then_some(proof.kind)));
            }
            Verdict::Forbidden | Verdict::Unknown => {}
        }
    }

    fn accepted(&mut self, now: Duration, proof: &Proof) {
        self.wrong.clear();
        let spaces = self.spaces(proof);
        if proof.kind == Kind::Invite && self.invite_side.is_none() {
            self.invite_side = spaces.first().map(|(side, _)| *side);
        }
        for known in &mut self.known {
            if spaces.iter().any(|(side, realm)| known.is_of(*side, realm)) {
                known.accepted.retain(|(kind, _)| *kind != proof.kind);
            }
            if proof.used.contains(&known.id) {
                known.accepted.push((proof.kind, now));
            }
        }
        let pinned: Vec<Realm> = self.pinned.iter().map(|(side, _)| *side).collect();
        self.pinned.extend(spaces.into_iter().filter(|(side, _)| !pinned.contains(side)));
    }

    /// The proof was wrong: what it rested on is not used unasked again.
    pub(crate) fn refused(&mut self, now: Duration, proof: &Proof) {
        let spaces = self.spaces(proof);
        for known in &mut self.known {
            if spaces.iter().any(|(side, realm)| known.is_of(*side, realm)) {
                known.accepted.clear();
            }
        }
        self.wrong.retain(|(at, _)| *at + WRONG_FOR > now);
        self.wrong.push_back((now, None));
    }

    /// The nonce that a proof rested on in that realm.
    pub(crate) fn nonce(&self, proof: &Proof, side: Realm, realm: &str) -> Option<&str> {
        let mut known = proof.used.iter().filter_map(|id| self.known(*id));
        known.find(|known| known.is_of(side, realm)).map(|known| known.challenge.nonce.as_str())
    }

    /// Takes a challenge that is about to be answered. A nonce that comes again keeps its counter.
    pub(crate) fn learn(
        &mut self,
        side: Realm,
        challenge: Challenge,
        cnonce: String,
    ) -> ChallengeId {
        let challenge = Challenge { stale: false, ..challenge };
        let same = |known: &&Known| known.side == side && known.challenge == challenge;
        if let Some(known) = self.known.iter().find(same) {
            return known.id;
        }
        let used = self.known.iter().filter(|known| {
            known.challenge.realm == challenge.realm && known.challenge.nonce == challenge.nonce
        });
        let count = used.map(|known| known.count).max().unwrap_or(0);
        self.make_room();
        self.next += 1;
        let id = ChallengeId(self.next);
        self.known.push_back(Known { id, side, challenge, cnonce, count, accepted: Vec::new() });
        id
    }

    /// Replaces the challenges of the same realms in a request's list by the newer ones.
    pub(crate) fn replace(&self, asked: &mut Vec<ChallengeId>, newer: &[ChallengeId]) {
        let spaces: Vec<_> = newer.iter().filter_map(|id| self.known(*id)).collect();
        asked.retain(|id| {
            let old = self.known(*id);
            old.is_some_and(|old| !spaces.iter().any(|n| n.is_of(old.side, &old.challenge.realm)))
        });
        asked.extend_from_slice(newer);
    }

    fn make_room(&mut self) {
        if self.known.len() >= MAX_KNOWN {
            let unused = self.known.iter().position(|known| known.accepted.is_empty());
            self.known.remove(unused.unwrap_or(0));
        }
    }

    fn known(&self, id: ChallengeId) -> Option<&Known> {
        self.known.iter().find(|known| known.id == id)
    }

    fn spaces(&self, proof: &Proof) -> Vec<(Realm, String)> {
        let used = proof.used.iter().filter_map(|id| self.known(*id));
        used.map(|known| (known.side, known.challenge.realm.clone())).collect()
    }

    fn wrong_proofs(&self, now: Duration, kind: Kind) -> usize {
        let counts = |(at, only): &&(Duration, Option<Kind>)| {
            *at + WRONG_FOR > now && only.is_none_or(|only| only == kind)
        };
        self.wrong.iter().filter(counts).count()
    }

    /// A proof that nobody asked for may rest on a nonce that is too old, so it leaves room for the
    /// one that is asked for then.
    fn may_go_unasked(&self, now: Duration, kind: Kind) -> bool {
        let wrong = self.wrong_proofs(now, kind);
        let unasked = self.open.iter().filter(|(_, proof)| !proof.asked).count();
        let proven = self.known.iter().any(|known| is_recent(now, known.good_for(kind)));
        wrong + unasked < MAX_WRONG - 1 && (proven || wrong + self.open.len() < MAX_WRONG)
    }

    /// The password was accepted in that realm a short while ago: it is taken for right.
    fn is_proven(&self, now: Duration, kind: Kind, side: Realm, realm: &str) -> bool {
        let mut of_realm = self.known.iter().filter(|known| known.is_of(side, realm));
        of_realm.any(|known| is_recent(now, known.good_for(kind)))
    }

    fn were_proven(&self, now: Duration, proof: &Proof) -> bool {
        let spaces = self.spaces(proof);
        spaces.iter().all(|(side, realm)| self.is_proven(now, proof.kind, *side, realm))
    }
}

fn is_recent(now: Duration, at: Option<Duration>) -> bool {
    at.is_some_and(|at| at + WRONG_FOR > now)
}
