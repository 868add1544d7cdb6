//! What all parts of the agent share: chance, transactions, flows, requests under way, outputs.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use bytes::Bytes;

use super::{
    AccountId, CallId, Event, Limits, OpenId, Output, QueryId, RequestId,
    flows::Flows,
    requests::Requests,
    route::{Asker, Opener},
    schedule::Schedule,
    sending::{Failure, Sending},
    strangers::Strangers,
    trunk::Trunk,
};
use crate::{
    chance::Chance,
    locate,
    message::Message,
    transaction::{ClientId, Layer, ServerId},
    transport::{Flow, Target},
};

/// Names a request of ours that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SendingId(pub(crate) u64);

/// Who hears how a request fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// Keep-alive and other requests whose outcome only the account cares for.
    KeepAlive(AccountId),
    /// A call.
    Call(CallId),
    /// A registration.
    Registration(AccountId),
    /// A request that the agent's owner asked for.
    Request(RequestId),
}

/// A response with what is known of the request that it answers.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) message: Box<Message>,
    pub(crate) flow: Flow,
    pub(crate) target: Target,
    /// The Contact that the request carried.
    pub(crate) contact: Option<String>,
    /// When the request was first sent.
    pub(crate) since: Duration,
    /// When it left that this answers: with credentials, or to another target, it leaves again.
    pub(crate) left: Duration,
    /// How often it had to be sent again.
    pub(crate) again: u32,
}

/// What an owner hears.
#[derive(Debug)]
pub(crate) enum Report {
    /// It left, for the first time or again.
    Sent { id: SendingId, owner: Owner, flow: Flow },
    /// The ACK left: these bytes go out again when the 2xx comes again.
    Acked { id: SendingId, owner: Owner, flow: Flow, bytes: Bytes },
    /// A response that is the owner's to act on.
    Response { id: SendingId, owner: Owner, heard: Heard },
    /// Its offer is for the other address family than that of the flow that it is to leave on.
    OfferWanted { owner: Owner, flow: Flow },
    /// No final response will come.
    Failed { id: SendingId, owner: Owner, failure: Failure },
    /// Nothing more comes of it, after a final response or a failure.
    Over { id: SendingId, owner: Owner },
}

impl Report {
    /// Who hears it.
    pub(crate) fn owner(&self) -> Owner {
        match self {
            Self::Sent { owner, .. }
            | Self::Acked { owner, .. }
            | Self::Response { owner, .. }
            | Self::Failed { owner, .. }
            | Self::OfferWanted { owner, .. }
            | Self::Over { owner, .. } => *owner,
        }
    }
}

/// The shared parts.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) chance: Chance,
    pub(crate) limits: Limits,
    pub(crate) layer: Layer,
    pub(crate) accounts: BTreeMap<AccountId, Trunk>,
    pub(crate) schedule: Schedule,
    pub(crate) flows: Flows,
    pub(crate) memory: locate::Memory,
    pub(crate) sendings: BTreeMap<SendingId, Sending>,
    pub(crate) clients: HashMap<ClientId, SendingId>,
    /// Whose the requests are that came in and whose transaction is not over.
    pub(crate) servers: HashMap<ServerId, AccountId>,
    pub(crate) queries: HashMap<QueryId, (Asker, locate::Question)>,
    pub(crate) opens: HashMap<OpenId, Opener>,
    /// Challenged requests that wait until one more proof may go out, the eldest first.
    pub(crate) held: VecDeque<SendingId>,
    pub(crate) requests: Requests,
    pub(crate) strangers: Strangers,
    pub(crate) reports: VecDeque<Report>,
    pub(crate) out: VecDeque<Output>,
    numbers: BTreeMap<Owner, u32>,
    next_name: u64,
}

impl Core {
    pub(crate) fn new(seed: [u8; 32], limits: Limits) -> Self {
        Self {
            chance: Chance::new(seed),
            layer: Layer::new(limits.timers, limits.transactions),
            limits,
            accounts: BTreeMap::new(),
            schedule: Schedule::default(),
            flows: Flows::default(),
            memory: locate::Memory::default(),
            sendings: BTreeMap::new(),
            clients: HashMap::new(),
            servers: HashMap::new(),
            queries: HashMap::new(),
            opens: HashMap::new(),
            held: VecDeque::new(),
            requests: Requests::default(),
            strangers: Strangers::default(),
            reports: VecDeque::new(),
            out: VecDeque::new(),
            numbers: BTreeMap::new(),
            next_name: 0,
        }
    }

    /// Tells the owner of the agent.
    pub(crate) fn tell(&mut self, event: Event) {
        self.out.push_back(Output::Event(Box::new(event)));
    }

    /// The account whose request that is.
    pub(crate) fn account_of(&self, client: ClientId) -> Option<AccountId> {
        let sending = self.clients.get(&client)?;
        self.sendings.get(sending).map(|sending| sending.account)
    }

    /// A name never used before.
    pub(crate) fn name(&mut self) -> u64 {
        self.next_name += 1;
        self.next_name
    }

    /// The next CSeq number in the row of `owner` (RFC 3261 §12.2.1.1).
    pub(crate) fn number(&mut self, owner: Owner) -> u32 {
        let start = || u32::try_from(self.chance.below(1 << 15)).unwrap_or_default();
        let number = self.numbers.entry(owner).or_insert_with(start);
        *number += 1;
        *number
    }

    /// Forgets the row of CSeq numbers of an owner that is gone.
    pub(crate) fn forget_numbers(&mut self, owner: Owner) {
        self.numbers.remove(&owner);
    }

    /// T1.
    pub(crate) fn t1(&self) -> Duration {
        self.limits.timers.t1
    }
}
