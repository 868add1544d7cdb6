//! One request of ours on its way: from a draft to its last response.
//!
//! A request is located (RFC 3263), its flow opened, and sent. Where a target does not answer, the
//! same request goes to the next one with another branch (§4.3); where it is challenged, it goes
//! again with credentials (RFC 3261 §22). The owner hears of a response only when it is the
//! owner's to act on.

use std::{collections::VecDeque, time::Duration};

use super::{
    AccountId, Ending, OpenId,
    challenge::{Asked, Held},
    core::{Core, Heard, Owner, Report, SendingId},
    draft::Draft,
    schedule::Due,
};
use crate::{
    locate::{DnsError, Locator},
    message::{Message, Method, Name},
    registration::retry_after,
    transaction::ClientId,
    transport::{Flow, Target, TransportError},
};

/// Why no final response will come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// Taken back before it left.
    #[error("taken back")]
    Cancelled,
    /// Timer B or F.
    #[error(
        "no answer came: check address, port and transport, and whether a firewall drops the packets"
    )]
    TimedOut,
    /// No target could be reached.
    #[error(transparent)]
    Unreachable(TransportError),
    /// No target could be found.
    #[error(transparent)]
    Unresolved(DnsError),
}

impl Failure {
    /// The same as the owner of the agent hears it.
    pub(crate) fn ending(self) -> Ending {
        match self {
            Self::Cancelled => Ending::Cancelled,
            Self::TimedOut => Ending::TimedOut,
            Self::Unreachable(error) => Ending::Unreachable(error),
            Self::Unresolved(error) => Ending::Unresolved(error),
        }
    }
}

/// Whether a challenge is answered, from never to always (RFC 3261 §22.1). A response to a challenge
/// tells who holds the nonce enough to guess the password, so a far end that is not the trunk gets
/// none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// The request leads elsewhere: never.
    Nobody,
    /// Within a dialog with the trunk: only a challenge of a realm that is known already.
    Dialog,
    /// The request goes to the account's own registrar or proxy: credentials go with it.
    Trunk,
}

/// Where a request is to go.
#[derive(Clone, Debug)]
pub(crate) enum To {
    /// The account's proxy or registrar.
    Trunk,
    /// The place that this URI leads to; `flow` is kept where it leads there.
    Hop { uri: String, flow: Option<Flow> },
    /// This place and no other.
    Target(Target),
}

/// Where it stands.
#[derive(Debug)]
pub(crate) enum State {
    /// It was challenged, and its answer waits.
    Held(Box<Held>),
    /// DNS is being asked.
    Locating(Box<Locator>),
    /// A flow is being opened to the target.
    Opening(OpenId, Target),
    /// The request outgrew a datagram: a stream is being opened, this flow is there if that fails.
    Widening(OpenId, Target, Flow),
    /// Its offer is for the other address family: another one is waited for.
    Reoffering(Flow, Target),
    /// It was sent.
    Sent,
}

/// One transmission: a client transaction.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) client: ClientId,
    pub(crate) flow: Flow,
    pub(crate) target: Target,
    pub(crate) branch: String,
    /// The Contact that it carried.
    pub(crate) contact: Option<String>,
    /// CSeq number and credentials as they were sent, for CANCEL and ACK.
    pub(crate) draft: Draft,
    /// When it left.
    pub(crate) left: Duration,
    /// A response came.
    pub(crate) heard: bool,
    /// A CANCEL was sent for it.
    pub(crate) cancelled: bool,
    /// Its final response came, or none will come.
    pub(crate) over: bool,
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct Sending {
    pub(crate) owner: Owner,
    pub(crate) account: AccountId,
    pub(crate) trust: Trust,
    pub(crate) draft: Draft,
    pub(crate) state: State,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) targets: VecDeque<Target>,
    pub(crate) failure: Option<Failure>,
    pub(crate) asked: Asked,
    /// A response above 100 and below 200 came: the trunk has let it through.
    pub(crate) rang: bool,
    /// Its final response was told: targets that were left behind must not ring on.
    pub(crate) told: bool,
    /// CANCEL is wanted, with this Reason.
    pub(crate) cancel: Option<Option<String>>,
    /// When it was first sent.
    pub(crate) since: Option<Duration>,
}

/// How long a target that failed is tried after the others, unless it says itself.
pub(crate) const REST: Duration = Duration::from_secs(60);

impl Sending {
    /// The attempt of `client`.
    pub(crate) fn attempt(&mut self, client: ClientId) -> Option<&mut Attempt> {
        self.attempts.iter_mut().find(|attempt| attempt.client == client)
    }
}

impl Core {
    /// Starts a request. Its owner hears of it through reports.
    pub(crate) fn send(
        &mut self,
        now: Duration,
        (owner, account): (Owner, AccountId),
        trust: Trust,
        draft: Draft,
        to: To,
    ) -> SendingId {
        let id = SendingId(self.name());
        let mut sending = Sending {
            owner,
            account,
            trust,
            draft,
            state: State::Sent,
            attempts: Vec::new(),
            targets: VecDeque::new(),
            failure: None,
            asked: Asked::default(),
            rang: false,
            told: false,
            cancel: None,
            since: None,
        };
        let kept = self.start_route(now, &mut sending, to);
        self.sendings.insert(id, sending);
        match kept {
            Some((flow, target)) => self.transmit(now, id, flow, target),
            None => self.advance(now, id),
        }
        id
    }

    /// Takes a request back (RFC 3261 §9.1). What has not left never leaves; what was heard of is
    /// cancelled at once, the rest when a provisional response comes.
    pub(crate) fn cancel(&mut self, now: Duration, id: SendingId, reason: Option<String>) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        if sending.cancel.is_some() {
            return;
        }
        sending.cancel = Some(reason);
        // A further try that still waits for its flow is not made.
        sending.targets.clear();
        sending.state = State::Sent;
        if sending.attempts.iter().all(|attempt| attempt.over) {
            return self.fail(id, Failure::Cancelled);
        }
        let heard = |a: &&Attempt| a.heard && !a.over && !a.cancelled;
        let clients: Vec<_> = sending.attempts.iter().filter(heard).map(|a| a.client).collect();
        for client in clients {
            self.send_cancel(now, id, client);
        }
    }

    /// Waits no longer than 64·T1 for the final response of a request whose call is over.
    pub(crate) fn give_up(&mut self, now: Duration, id: SendingId) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        sending.targets.clear();
        if let State::Held(_) = &sending.state {
            return self.fail(id, Failure::Cancelled);
        }
        for attempt in sending.attempts.iter().filter(|attempt| !attempt.over) {
            self.layer.give_up(now, attempt.client);
        }
    }

    /// A response came to one of our transactions.
    pub(crate) fn response(
        &mut self,
        now: Duration,
        client: ClientId,
        came_on: &Flow,
        message: Message,
    ) {
        let Some(id) = self.clients.get(&client).copied() else { return };
        let Some(code) = message.status() else { return };
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        let (account, told) = (sending.account, sending.told);
        let cancel = sending.cancel.is_some();
        sending.rang |= (101..200).contains(&code);
        let Some(attempt) = sending.attempt(client) else { return };
        attempt.heard = true;
        attempt.over |= code >= 200;
        let (flow, target, cancelled) = (attempt.flow, attempt.target.clone(), attempt.cancelled);
        let (contact, left) = (attempt.contact.clone(), attempt.left);
        let since = sending.since.unwrap_or(now);
        self.schedule.set(Due::Sending(id), None);
        self.learn_address(account, &flow, &message);
        if code < 200 && (cancel || told) && !cancelled {
            self.send_cancel(now, id, client);
        }
        if told && !(200..300).contains(&code) {
            return;
        }
        if code == 503 {
            match retry_after(&message) {
                Some(rest) => self.memory.overloaded(now, &target, rest),
                None => self.memory.failed(now, &target, REST),
            }
            if !cancel && self.has_more(id) {
                return self.advance(now, id);
            }
        } else {
            self.memory.works(&target);
        }
        let again = self.layer.sent_again(client);
        let message = Box::new(message);
        let mut heard = Heard { message, flow, target, contact, since, left, again };
        if matches!(code, 401 | 407) {
            match self.answer_challenge(now, id, client, came_on, heard) {
                Some(unanswered) => heard = unanswered,
                None => return,
            }
        }
        self.judge_proof(now, id, client, code);
        self.deliver(now, id, heard);
    }

    /// Hands a response to the owner of its request.
    pub(crate) fn deliver(&mut self, now: Duration, id: SendingId, heard: Heard) {
        let Some(sending) = self.sendings.get(&id) else { return };
        let (owner, invite) = (sending.owner, sending.draft.method == Method::Invite);
        let code = heard.message.status().unwrap_or_default();
        self.reports.push_back(Report::Response { id, owner, heard });
        if code < 200 {
            return;
        }
        if invite {
            self.stop_others(now, id);
        }
        let sending = self.sendings.get(&id);
        let rings_on = sending.is_some_and(|sending| sending.attempts.iter().any(|a| !a.over));
        if !invite || code >= 300 && !rings_on {
            self.finish(id);
        }
    }

    /// One target has given the final response to an INVITE: those tried before it must stop
    /// ringing, at once or as soon as they are heard of (RFC 3261 §9.1).
    fn stop_others(&mut self, now: Duration, id: SendingId) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        sending.told = true;
        sending.targets.clear();
        sending.state = State::Sent;
        let left = sending.attempts.iter().filter(|attempt| !attempt.over && !attempt.cancelled);
        let left: Vec<_> = left.map(|attempt| (attempt.client, attempt.heard)).collect();
        for (client, heard) in left {
            match heard {
                true => self.send_cancel(now, id, client),
                false => self.layer.give_up(now, client),
            }
        }
    }

    /// The layer gave up on a transaction, or could not send it.
    pub(crate) fn transaction_failed(&mut self, now: Duration, client: ClientId, failure: Failure) {
        let Some(id) = self.clients.get(&client).copied() else { return };
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        let cancel = sending.cancel.is_some();
        let latest = sending.attempts.last().is_some_and(|attempt| attempt.client == client);
        let Some(attempt) = sending.attempt(client) else { return };
        if std::mem::replace(&mut attempt.over, true) {
            return;
        }
        let target = attempt.target.clone();
        sending.failure = Some(failure);
        let told = sending.told;
        let more = matches!(sending.state, State::Sent) && !sending.targets.is_empty();
        if told {
            return;
        }
        if latest {
            // One that was left for the next is noted already.
            self.memory.failed(now, &target, REST);
        }
        if latest && !cancel && more {
            return self.advance(now, id);
        }
        self.fail_if_over(id);
    }

    /// A client transaction is gone for good.
    pub(crate) fn transaction_ended(&mut self, client: ClientId) {
        let Some(id) = self.clients.remove(&client) else { return };
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        if let Some(trunk) = self.accounts.get_mut(&sending.account) {
            trunk.answers.take(client);
        }
        sending.attempts.retain(|attempt| attempt.client != client);
        if sending.attempts.is_empty() && matches!(sending.state, State::Sent) {
            self.finish(id);
        }
    }

    /// Forgets a request: nothing that still comes for it is heard.
    pub(crate) fn finish(&mut self, id: SendingId) {
        let Some(sending) = self.sendings.remove(&id) else { return };
        self.drop_proofs(&sending);
        for attempt in &sending.attempts {
            self.clients.remove(&attempt.client);
        }
        self.schedule.set(Due::Sending(id), None);
        self.reports.push_back(Report::Over { id, owner: sending.owner });
    }

    /// Tells the owner that no final response will come.
    pub(crate) fn fail(&mut self, id: SendingId, failure: Failure) {
        let Some(sending) = self.sendings.get(&id) else { return };
        if sending.trust == Trust::Trunk
            && let Some(trunk) = self.accounts.get_mut(&sending.account)
        {
            trunk.expire_targets();
        }
        self.reports.push_back(Report::Failed { id, owner: sending.owner, failure });
        self.finish(id);
    }

    /// The same, once the last attempt is over and no target is left.
    pub(crate) fn fail_if_over(&mut self, id: SendingId) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        let open = !matches!(sending.state, State::Sent) || !sending.targets.is_empty();
        if open || sending.attempts.iter().any(|attempt| !attempt.over) {
            return;
        }
        let failure = sending.failure.take().unwrap_or(Failure::TimedOut);
        self.fail(id, failure);
    }

    fn has_more(&self, id: SendingId) -> bool {
        self.sendings.get(&id).is_some_and(|sending| !sending.targets.is_empty())
    }

    /// CANCEL goes where its INVITE went, with the same branch and Route (RFC 3261 §9.1). Nobody
    /// waits for its response: the INVITE's own tells.
    fn send_cancel(&mut self, now: Duration, id: SendingId, client: ClientId) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        let reason = sending.cancel.clone().flatten();
        let Some(attempt) = sending.attempt(client) else { return };
        attempt.cancelled = true;
        let draft = Draft {
            method: Method::Cancel,
            contact: None,
            headers: reason.map(|reason| ("Reason".to_owned(), reason)).into_iter().collect(),
            instead: attempt.draft.owners(Name::Route),
            body: None,
            credentials: Vec::new(),
            ..attempt.draft.clone()
        };
        let bytes = draft.print(&attempt.flow, &attempt.branch, None);
        let flow = attempt.flow;
        self.layer.request(now, &flow, flow.remote, bytes);
        self.layer.give_up(now, client);
    }
}
