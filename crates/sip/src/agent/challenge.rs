//! Digest challenges of the trunk and the answers to them (RFC 3261 §22, RFC 7616, RFC 8760).
//!
//! - Only the trunk is answered: the challenge must come on a flow of its own, before anything was
//!   heard of a callee, and the answer goes there alone. A request within a dialog is answered for
//!   only where the realm has accepted us before. A far end that asks for a proof gets none.
//! - Of each realm the strongest known challenge is answered. A request is answered for twice at
//!   most, and the second time only where the nonce was the trouble or another realm asks.
//! - As many proofs are under way as may be wrong without locking the account; a request that is
//!   one too many waits for the verdict on the others ([`Answers`](super::answers::Answers)).

use std::time::Duration;

use super::{
    Event,
    answers::{Budget, ChallengeId, Kind, Proof, Verdict},
    core::{Core, Heard, SendingId},
    schedule::Due,
    sending::{Sending, State, Trust},
    trunk::Trunk,
};
use crate::{
    digest::{self, Challenge, Realm},
    message::Method,
    transaction::ClientId,
    transport::Flow,
};

/// How often one request is sent with credentials that were asked for.
const MAX_ANSWERS: u8 = 2;

/// What a request knows of its challenges.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// How often it was answered for.
    answered: u8,
    /// The side that asked first.
    first: Option<Realm>,
    challenges: Vec<ChallengeId>,
}

/// A challenged request that waits until one more proof may go out.
#[derive(Debug)]
pub(crate) struct Held {
    side: Realm,
    challenges: Vec<Challenge>,
    heard: Heard,
    /// Then the owner hears of the challenge.
    until: Duration,
}

impl Core {
    /// A 401 or 407 came on `flow`. Gives the response back where it is the owner's to act on;
    /// otherwise the request went again with credentials, or will.
    pub(crate) fn answer_challenge(
        &mut self,
        now: Duration,
        id: SendingId,
        client: ClientId,
        flow: &Flow,
        heard: Heard,
    ) -> Option<Heard> {
        let side = if heard.message.status() == Some(407) { Realm::Proxy } else { Realm::Server };
        let offered = digest::challenges(&heard.message, side);
        let Some((sending, trunk)) = self.sending_of(id) else { return Some(heard) };
        let proof = trunk.answers.take(client);
        let ours = trunk.trusts(flow) && trunk.trusts(&heard.flow);
        // What the owner proves or fails to is not ours to mend.
        let owners = sending.draft.proves_by_itself();
        let challenges = match ours && !sending.rang && !owners {
            true => to_answer(now, sending, trunk, side, &offered, proof),
            false => Vec::new(),
        };
        let (account, wanted) = (sending.account, sending.cancel.is_none());
        let values = heard.message.values(side.challenge_header());
        self.tell(Event::Challenged {
            account,
            challenges: values.map(|value| value.text().into_owned()).collect(),
            chosen: digest::choose(&offered).map(|challenge| challenge.algorithm.to_string()),
        });
        if challenges.is_empty() || !wanted {
            return Some(heard);
        }
        let until = now + self.limits.timers.give_up();
        self.prove(now, id, Box::new(Held { side, challenges, heard, until }))
    }

    fn sending_of(&mut self, id: SendingId) -> Option<(&mut Sending, &mut Trunk)> {
        let sending = self.sendings.get_mut(&id)?;
        let trunk = self.accounts.get_mut(&sending.account)?;
        Some((sending, trunk))
    }

    /// Sends the request again with credentials, or lets it wait until that may be done.
    fn prove(&mut self, now: Duration, id: SendingId, held: Box<Held>) -> Option<Heard> {
        let Some((sending, trunk)) = self.sending_of(id) else { return Some(held.heard) };
        let kind = Kind::of(&sending.draft.method);
        match trunk.answers.budget(now, kind, held.side, &held.challenges) {
            Budget::Free => self.send_answer(now, id, *held),
            Budget::Spent => return Some(held.heard),
            Budget::Waits => {
                let until = held.until;
                sending.state = State::Held(held);
                self.held.push_back(id);
                self.schedule.set(Due::Sending(id), Some(until));
            }
        }
        None
    }

    fn send_answer(&mut self, now: Duration, id: SendingId, held: Held) {
        let cnonces: Vec<_> = held.challenges.iter().map(|_| self.chance.token(8)).collect();
        let Some((sending, trunk)) = self.sending_of(id) else { return };
        let challenges = held.challenges.into_iter().zip(cnonces);
        let learnt: Vec<_> = challenges
            .map(|(challenge, cnonce)| trunk.answers.learn(held.side, challenge, cnonce))
            .collect();
        trunk.answers.replace(&mut sending.asked.challenges, &learnt);
        sending.asked.answered += 1;
        sending.asked.first.get_or_insert(held.side);
        sending.state = State::Sent;
        let owner = sending.owner;
        let number = self.number(owner);
        self.schedule.set(Due::Sending(id), None);
        if let Some(sending) = self.sendings.get_mut(&id) {
            sending.draft.cseq = number;
        }
        self.transmit(now, id, held.heard.flow, held.heard.target);
    }

    /// Looks again after the requests that wait; true where one went on or was given up.
    pub(crate) fn release(&mut self, now: Duration) -> bool {
        let waiting = std::mem::take(&mut self.held);
        let before = waiting.len();
        for id in waiting {
            if let Some(held) = self.take_held(id)
                && let Some(heard) = self.prove(now, id, held)
            {
                self.deliver(now, id, heard);
            }
        }
        self.held.len() != before
    }

    /// A request has waited for as long as its transaction might have: its challenge is told.
    pub(crate) fn give_up_held(&mut self, now: Duration, id: SendingId) {
        self.held.retain(|held| *held != id);
        if let Some(held) = self.take_held(id) {
            self.deliver(now, id, held.heard);
        }
    }

    fn take_held(&mut self, id: SendingId) -> Option<Box<Held>> {
        let sending = self.sendings.get_mut(&id)?;
        if !matches!(sending.state, State::Held(_)) {
            return None;
        }
        let State::Held(held) = std::mem::replace(&mut sending.state, State::Sent) else {
            return None;
        };
        Some(held)
    }

    /// A response other than a challenge came.
    pub(crate) fn judge_proof(
        &mut self,
        now: Duration,
        id: SendingId,
        client: ClientId,
        code: u16,
    ) {
        if let Some(verdict) = Verdict::of(code)
            && let Some((_, trunk)) = self.sending_of(id)
        {
            trunk.answers.judged(now, client, verdict);
        }
    }

    /// Fresh credentials for a request that is about to leave on `flow`, where it may carry any:
    /// nobody but the trunk gets them.
    pub(crate) fn sign(&mut self, now: Duration, id: SendingId, flow: &Flow) -> Option<Proof> {
        let (sending, trunk) = self.sending_of(id)?;
        let trusted = trunk.trusts(flow);
        if sending.draft.method == Method::Ack {
            // An ACK repeats the credentials of its INVITE (RFC 3261 §22.1).
            sending.draft.credentials.retain(|_| trusted);
            return None;
        }
        sending.draft.credentials.clear();
        let owners = sending.draft.proves_by_itself();
        if !trusted || sending.trust == Trust::Nobody || owners {
            return None;
        }
        let unasked = sending.trust == Trust::Trunk;
        let asked = &sending.asked.challenges;
        let (proof, credentials) = trunk.answers.sign(now, &sending.draft, asked, unasked);
        sending.draft.credentials = credentials;
        Some(proof)
    }

    /// The request has left as it was signed.
    pub(crate) fn signed(&mut self, id: SendingId, client: ClientId, proof: Option<Proof>) {
        if let Some((_, trunk)) = self.sending_of(id)
            && let Some(proof) = proof
        {
            trunk.answers.sent(client, proof);
        }
    }

    /// A request is over: what had no verdict gets none.
    pub(crate) fn drop_proofs(&mut self, sending: &Sending) {
        let Some(trunk) = self.accounts.get_mut(&sending.account) else { return };
        for attempt in &sending.attempts {
            trunk.answers.take(attempt.client);
        }
    }
}

/// The challenges of the trunk that are answered, and notes a proof that was wrong.
fn to_answer(
    now: Duration,
    sending: &Sending,
    trunk: &mut Trunk,
    side: Realm,
    offered: &[Challenge],
    proof: Option<Proof>,
) -> Vec<Challenge> {
    let (answers, asked) = (&mut trunk.answers, &sending.asked);
    if !answers.hears(Kind::of(&sending.draft.method), side, asked.first) {
        return Vec::new();
    }
    let mut chosen = digest::choose_each(offered);
    chosen.retain(|challenge| answers.permits(side, &challenge.realm, sending.trust));
    let (mut wrong, mut over) = (false, asked.answered >= MAX_ANSWERS);
    for challenge in chosen.iter().filter(|challenge| !challenge.stale) {
        let used = proof.as_ref().and_then(|p| answers.nonce(p, side, &challenge.realm));
        wrong |= used.is_some();
        // A proof that was made unasked may rest on a nonce that is too old.
        over |= used.is_some_and(|nonce| asked.answered > 0 || nonce == challenge.nonce);
    }
    if let Some(proof) = proof.filter(|_| wrong) {
        answers.refused(now, &proof);
    }
    if over { Vec::new() } else { chosen.into_iter().cloned().collect() }
}
