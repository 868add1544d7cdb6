//! Which of our addresses faces a trunk: SDP has to name it before the first INVITE leaves.
//!
//! A trunk that a call went to has told it already. Otherwise the places of the trunk are looked up
//! and a UDP flow to the first one is asked for its local address. That sends nothing, whatever the
//! transport of the trunk: a stream to a silent place would hold the call up, and the agent finds
//! the place that answers by itself.

use std::{collections::VecDeque, time::Duration};

use milliwatt_sip::{
    agent::{AccountId, Ending, OpenId, QueryId},
    chance::Chance,
    locate::{Ask, DnsError, Locator, Question, Record, Step},
    transport::{Target, Transport, TransportError},
};

use super::Phone;
use crate::net::{NetEvent, NetRequest};

/// The searches under way.
#[derive(Debug)]
pub(super) struct Routes {
    chance: Chance,
    searches: Vec<Search>,
    next: u64,
}

#[derive(Debug)]
struct Search {
    account: AccountId,
    locator: Locator,
    questions: Vec<(QueryId, Question)>,
    targets: VecDeque<Target>,
    opening: Option<OpenId>,
}

impl Routes {
    /// None under way.
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Self { chance: Chance::new(seed), searches: Vec::new(), next: OURS }
    }

    /// A name that the agent does not use.
    fn name(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn answered(
        &mut self,
        id: QueryId,
        records: Result<Vec<Record>, DnsError>,
    ) -> Option<AccountId> {
        for search in &mut self.searches {
            if let Some(at) = search.questions.iter().position(|(asked, _)| *asked == id) {
                let (_, question) = search.questions.swap_remove(at);
                search.locator.answer(&question, records, &mut self.chance);
                return Some(search.account);
            }
        }
        None
    }

    fn opening(&mut self, id: OpenId) -> Option<&mut Search> {
        self.searches.iter_mut().find(|search| search.opening == Some(id))
    }

    fn forget(&mut self, account: AccountId) {
        self.searches.retain(|search| search.account != account);
    }
}

impl Phone {
    /// Starts a search, unless one for this trunk is under way.
    pub(super) fn find_route(&mut self, now: Duration, account: AccountId) {
        let Some(line) = self.lines.get(&account) else { return };
        if self.routes.searches.iter().any(|search| search.account == account) {
            return;
        }
        let (host, port) = &line.next_hop;
        let ask = Ask::for_trunk((host, *port), line.transport, (&line.domain, account));
        let locator = Locator::new(ask);
        let (questions, targets) = (Vec::new(), VecDeque::new());
        self.routes.searches.push(Search { account, locator, questions, targets, opening: None });
        self.search_on(now, account);
    }

    /// Takes an answer of the network that belongs to a search; false when it is the agent's.
    pub(super) fn route_answer(&mut self, now: Duration, event: &NetEvent) -> bool {
        match event {
            NetEvent::Resolved(id, records) if id.0 > OURS => {
                if let Some(account) = self.routes.answered(*id, records.clone()) {
                    self.search_on(now, account);
                }
                true
            }
            NetEvent::Opened(id, flow) if id.0 > OURS => {
                if let Some(account) = self.routes.opening(*id).map(|search| search.account) {
                    self.routes.forget(account);
                    self.route_found(account, flow.local.ip());
                }
                true
            }
            NetEvent::OpenFailed(id, error) if id.0 > OURS => {
                if let Some(search) = self.routes.opening(*id) {
                    search.opening = None;
                    let account = search.account;
                    self.open_next(now, account, Some(error.clone()));
                }
                true
            }
            NetEvent::Bound { .. }
            | NetEvent::FlowLost(..)
            | NetEvent::KeepAlive(..)
            | NetEvent::OpenFailed(..)
            | NetEvent::Opened(..)
            | NetEvent::Moved { .. }
            | NetEvent::Pong(_)
            | NetEvent::Received { .. }
            | NetEvent::Resolved(..) => false,
        }
    }

    /// Asks what the search wants to know next.
    fn search_on(&mut self, now: Duration, account: AccountId) {
        loop {
            let name = self.routes.name();
            let Some(search) = self.routes.searches.iter_mut().find(|s| s.account == account)
            else {
                return;
            };
            match search.locator.poll() {
                None => return,
                Some(Step::Ask(question)) => {
                    let id = QueryId(name);
                    search.questions.push((id, question.clone()));
                    self.net(NetRequest::Resolve(id, question));
                }
                Some(Step::Done(Ok(located))) => {
                    search.targets = located.targets.into();
                    return self.open_next(now, account, None);
                }
                Some(Step::Done(Err(error))) => {
                    self.routes.forget(account);
                    return self.route_failed(now, account, &Ending::Unresolved(error));
                }
            }
        }
    }

    /// Tries the next place; the last error is told when there is none.
    fn open_next(&mut self, now: Duration, account: AccountId, error: Option<TransportError>) {
        let name = self.routes.name();
        let Some(search) = self.routes.searches.iter_mut().find(|s| s.account == account) else {
            return;
        };
        if let Some(target) = search.targets.pop_front() {
            let id = OpenId(name);
            search.opening = Some(id);
            let target = Target { transport: Transport::Udp, ..target };
            return self.net(NetRequest::Open(id, target));
        }
        self.routes.forget(account);
        let error = error.unwrap_or_else(|| TransportError::Local("no place to send to".into()));
        self.route_failed(now, account, &Ending::Unreachable(error));
    }
}

/// Names above this are ours; the agent counts from zero.
const OURS: u64 = 1 << 63;
