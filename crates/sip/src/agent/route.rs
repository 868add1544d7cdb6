//! Where a request goes: located, opened, sent, and on to the next place where the first is silent
//! (RFC 3263 §4).

use std::time::Duration;

use super::{
    AccountId, OpenId, Output, QueryId,
    core::{Core, Report, SendingId},
    draft::Draft,
    schedule::Due,
    sending::{Attempt, Failure, REST, Sending, State, To, Trust},
    trunk::Trunk,
};
use crate::{
    locate::{Ask, DnsError, Locator, Record, Step},
    message::{Message, Method},
    transaction::{ServerId, must_use_stream},
    transport::{Flow, FlowId, Target, Transport, TransportError},
    uri::{Scheme, Uri},
};

/// How long the stream for a request too large for a datagram may take to open.
const WIDENING_LIMIT: Duration = Duration::from_secs(3);

/// How long an INVITE waits for an offer of the other address family.
const OFFER_LIMIT: Duration = Duration::from_secs(3);

/// Who asked DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// An account that wants to know its trunk's addresses.
    Account(AccountId),
    /// A request.
    Sending(SendingId),
}

/// Who wants a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opener {
    /// A request of ours.
    Sending(SendingId),
    /// A response whose stream is gone (RFC 3261 §18.2.2).
    Server(ServerId),
}

impl Core {
    /// Finds the first place to go: a flow to send on at once, or targets and state in `sending`.
    pub(crate) fn start_route(
        &mut self,
        now: Duration,
        sending: &mut Sending,
        to: To,
    ) -> Option<(Flow, Target)> {
        let Some(trunk) = self.accounts.get(&sending.account) else {
            sending.failure = Some(Failure::Unresolved(DnsError::NameNotFound(String::new())));
            return None;
        };
        let (uri, flow) = match to {
            To::Target(target) => {
                sending.targets.push_back(target);
                return None;
            }
            To::Trunk => {
                match trunk.targets(now, &self.flows, &sending.draft.method) {
                    Some(mut targets) => {
                        self.memory.order(now, &mut targets);
                        sending.targets = targets.into();
                    }
                    None => sending.state = State::Locating(Box::new(Locator::new(trunk.ask()))),
                }
                return None;
            }
            To::Hop { uri, flow } => (uri, flow.filter(|flow| self.flows.is_open(flow.id))),
        };
        let Ok(uri) = Uri::parse(&uri) else {
            sending.failure = Some(Failure::Unresolved(DnsError::NameNotFound(uri)));
            return None;
        };
        let kept = flow.and_then(|flow| kept(&flow, &uri, self.flows.is_ours(flow.id)));
        if let Some(flow) = kept {
            return Some((flow, trunk.target(flow.transport, flow.remote)));
        }
        sending.state = State::Locating(Box::new(Locator::new(ask(&uri, trunk))));
        None
    }

    /// Goes on: to the next answer of DNS, or to the next target. Without one it has failed.
    pub(crate) fn advance(&mut self, now: Duration, id: SendingId) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        if let State::Locating(locator) = &mut sending.state {
            match locator.poll() {
                Some(Step::Ask(question)) => {
                    self.question(Asker::Sending(id), question);
                    return self.advance(now, id);
                }
                Some(Step::Done(Ok(located))) => {
                    let mut targets = located.targets.clone();
                    let account = sending.account;
                    sending.state = State::Sent;
                    if sending.trust == Trust::Trunk
                        && let Some(trunk) = self.accounts.get_mut(&account)
                    {
                        trunk.located(now, located);
                        let method = &sending.draft.method;
                        targets = trunk.targets(now, &self.flows, method).unwrap_or(targets);
                        self.tell_trust(account);
                    }
                    return self.use_targets(now, id, targets);
                }
                Some(Step::Done(Err(error))) => {
                    sending.state = State::Sent;
                    match self.stale_targets(id, &error) {
                        Some(targets) => return self.use_targets(now, id, targets),
                        None => return self.fail(id, Failure::Unresolved(error)),
                    }
                }
                None => return,
            }
        }
        self.next_target(now, id);
    }

    /// The places found before, when DNS itself has failed: they are better than none (RFC 8767).
    fn stale_targets(&self, id: SendingId, error: &DnsError) -> Option<Vec<Target>> {
        let sending = self.sendings.get(&id).filter(|sending| sending.trust == Trust::Trunk)?;
        let broken = matches!(error, DnsError::ServerFailure(_) | DnsError::TimedOut(_));
        let trunk = self.accounts.get(&sending.account).filter(|_| broken)?;
        trunk.stale_targets().map(<[Target]>::to_vec)
    }

    fn use_targets(&mut self, now: Duration, id: SendingId, mut targets: Vec<Target>) {
        self.memory.order(now, &mut targets);
        if let Some(sending) = self.sendings.get_mut(&id) {
            sending.targets = targets.into();
        }
        self.next_target(now, id);
    }

    fn next_target(&mut self, now: Duration, id: SendingId) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        let Some(target) = sending.targets.pop_front() else { return self.fail_if_over(id) };
        if let Some(flow) = self.flows.to(&target) {
            return self.transmit(now, id, flow, target);
        }
        let account = sending.account;
        let open = self.open(Opener::Sending(id), target.clone());
        let silent = self.accounts.get(&account).map(|trunk| trunk.account.failover_after);
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        sending.state = State::Opening(open, target);
        // A stream to a place that drops every packet must not cost the network's whole patience.
        let limit = silent.filter(|_| !sending.targets.is_empty());
        self.schedule.set(Due::Sending(id), limit.map(|limit| now + limit));
    }

    /// DNS has answered.
    pub(crate) fn resolved(
        &mut self,
        now: Duration,
        query: QueryId,
        result: Result<Vec<Record>, DnsError>,
    ) {
        let Some((asker, question)) = self.queries.remove(&query) else { return };
        match asker {
            Asker::Account(account) => self.trunk_resolved(now, account, &question, result),
            Asker::Sending(id) => {
                let Some(sending) = self.sendings.get_mut(&id) else { return };
                if let State::Locating(locator) = &mut sending.state {
                    locator.answer(&question, result, &mut self.chance);
                    self.advance(now, id);
                }
            }
        }
    }

    /// Asks DNS.
    pub(crate) fn question(&mut self, asker: Asker, question: crate::locate::Question) {
        let query = QueryId(self.name());
        self.queries.insert(query, (asker, question.clone()));
        self.out.push_back(Output::Resolve(query, question));
    }

    fn open(&mut self, opener: Opener, target: Target) -> OpenId {
        let open = OpenId(self.name());
        self.opens.insert(open, opener);
        self.out.push_back(Output::Open(open, target));
        open
    }

    /// A flow is open.
    pub(crate) fn opened(&mut self, now: Duration, open: OpenId, flow: Flow) {
        self.flows.seen(&flow);
        let id = match self.opens.remove(&open) {
            Some(Opener::Sending(id)) => id,
            Some(Opener::Server(server)) => return self.layer.rehome(server, &flow),
            None => return,
        };
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        let target = match &sending.state {
            State::Opening(waits, target) | State::Widening(waits, target, _) if *waits == open => {
                target.clone()
            }
            State::Held(_)
            | State::Locating(_)
            | State::Opening(..)
            | State::Reoffering(..)
            | State::Widening(..)
            | State::Sent => return,
        };
        sending.state = State::Sent;
        self.flows.opened(target.clone(), flow);
        self.transmit(now, id, flow, target);
    }

    /// The stream that a request came in on is gone before its answer: the answer goes to where the
    /// request's Via says that its sender listens (RFC 3261 §18.2.2).
    pub(crate) fn answer_elsewhere(
        &mut self,
        server: ServerId,
        account: AccountId,
        flow: &Flow,
        request: &Message,
    ) {
        let Some(trunk) = self.accounts.get(&account) else { return };
        let port = request.top_via().and_then(|via| via.port());
        let port = port.unwrap_or_else(|| flow.transport.default_port());
        let target = trunk.target(flow.transport, (flow.remote.ip(), port).into());
        match self.flows.to(&target) {
            Some(flow) => self.layer.rehome(server, &flow),
            None => {
                self.open(Opener::Server(server), target);
            }
        }
    }

    /// A flow could not be opened.
    pub(crate) fn open_failed(&mut self, now: Duration, open: OpenId, error: TransportError) {
        let Some(Opener::Sending(id)) = self.opens.remove(&open) else { return };
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        match &sending.state {
            State::Opening(waits, target) if *waits == open => {
                self.memory.failed(now, target, REST);
                sending.failure = Some(Failure::Unreachable(error));
                sending.state = State::Sent;
                self.advance(now, id);
            }
            State::Widening(waits, ..) if *waits == open => self.stay_narrow(now, id),
            State::Held(_)
            | State::Locating(_)
            | State::Opening(..)
            | State::Reoffering(..)
            | State::Widening(..)
            | State::Sent => {}
        }
    }

    /// The target has been silent for as long as the account allows.
    pub(crate) fn target_silent(&mut self, now: Duration, id: SendingId) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        if let State::Widening(..) = &sending.state {
            return self.stay_narrow(now, id);
        }
        if let State::Held(_) = &sending.state {
            return self.give_up_held(now, id);
        }
        if let State::Reoffering(..) = &sending.state {
            sending.state = State::Sent;
            return self.advance(now, id);
        }
        if let State::Opening(_, target) = &sending.state {
            self.memory.failed(now, target, REST);
            sending.failure = Some(Failure::Unreachable(TransportError::TimedOut(target.remote)));
            sending.state = State::Sent;
            return self.advance(now, id);
        }
        if let Some(attempt) = sending.attempts.last() {
            self.memory.failed(now, &attempt.target, REST);
            let client = attempt.client;
            self.layer.give_up(now, client);
        }
        self.advance(now, id);
    }

    /// No stream to be had for a long request: it goes as a datagram after all, and long requests
    /// to that place do so from the start for a while.
    fn stay_narrow(&mut self, now: Duration, id: SendingId) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        let State::Widening(_, stream, flow) = std::mem::replace(&mut sending.state, State::Sent)
        else {
            return;
        };
        self.flows.no_stream(now, stream.remote);
        let target = Target { transport: flow.transport, ..stream };
        self.transmit(now, id, flow, target);
    }

    /// Asks the owner for an offer of the family of `flow`, where the request's is for the other.
    fn asks_for_offer(
        &mut self,
        now: Duration,
        id: SendingId,
        flow: &Flow,
        target: &Target,
    ) -> bool {
        let Some(sending) = self.sendings.get_mut(&id) else { return false };
        if !sending.draft.is_for_other_family(flow) {
            return false;
        }
        sending.state = State::Reoffering(*flow, target.clone());
        self.reports.push_back(Report::OfferWanted { owner: sending.owner, flow: *flow });
        self.schedule.set(Due::Sending(id), Some(now + OFFER_LIMIT));
        true
    }

    /// Another offer has come: the request that waited for it leaves.
    pub(crate) fn offered_again(&mut self, now: Duration, id: SendingId, from: &Draft) {
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        sending.draft.body.clone_from(&from.body);
        sending.draft.local = from.local;
        if let State::Reoffering(flow, target) = &sending.state {
            let (flow, target) = (*flow, target.clone());
            sending.state = State::Sent;
            self.transmit(now, id, flow, target);
        }
    }

    /// Sends the request to `target` on `flow`.
    pub(crate) fn transmit(&mut self, now: Duration, id: SendingId, flow: Flow, target: Target) {
        if self.asks_for_offer(now, id, &flow, &target) {
            return;
        }
        let branch = self.chance.branch();
        let proof = self.sign(now, id, &flow);
        let Some(sending) = self.sendings.get_mut(&id) else { return };
        let Some(trunk) = self.accounts.get(&sending.account) else { return };
        let ack = sending.draft.method == Method::Ack;
        let public = trunk.public(&flow);
        let contact = sending.draft.contact.as_ref().map(|contact| contact.value(&flow, public));
        let bytes = sending.draft.print(&flow, &branch, public);
        let wide = flow.transport == Transport::Udp && must_use_stream(bytes.len(), None);
        if wide && !ack && !self.flows.has_no_stream(now, target.remote) {
            let stream = Target { transport: Transport::Tcp, ..target };
            let open = self.open(Opener::Sending(id), stream.clone());
            if let Some(sending) = self.sendings.get_mut(&id) {
                sending.state = State::Widening(open, stream, flow);
            }
            return self.schedule.set(Due::Sending(id), Some(now + WIDENING_LIMIT));
        }
        let owner = sending.owner;
        if ack {
            self.out.push_back(Output::Send {
                account: Some(trunk.id),
                flow: flow.id,
                remote: flow.remote,
                bytes: bytes.clone(),
            });
            self.reports.push_back(Report::Acked { id, owner, flow, bytes });
            return self.finish(id);
        }
        let client = self.layer.request(now, &flow, flow.remote, bytes);
        self.clients.insert(client, id);
        sending.since.get_or_insert(now);
        let silent = trunk.account.failover_after;
        let more = !sending.targets.is_empty();
        let draft = sending.draft.clone();
        let (heard, cancelled, over) = (false, false, false);
        sending.attempts.push(Attempt {
            client,
            flow,
            target,
            branch,
            contact,
            draft,
            left: now,
            heard,
            cancelled,
            over,
        });
        self.signed(id, client, proof);
        self.schedule.set(Due::Sending(id), more.then(|| now + silent));
        self.reports.push_back(Report::Sent { id, owner, flow });
    }

    /// A flow is lost, or a datagram found nobody.
    pub(crate) fn flow_lost(&mut self, now: Duration, flow: FlowId, error: &TransportError) {
        self.flows.lost(flow, error);
        self.layer.flow_lost(now, flow, error);
    }
}

/// The flow of a dialog stays where the next hop is the place at its other end. `opened` tells that
/// we opened it: on a stream that the far end opened its port says nothing.
///
/// A secure stream stays whatever port the URI says: many a trunk behind TLS writes the port and
/// transport of its inside, and clear text is no alternative.
fn kept(flow: &Flow, uri: &Uri, opened: bool) -> Option<Flow> {
    let ip = uri.host()?.ip()?;
    let port = uri.port().unwrap_or_else(|| flow.transport.default_port());
    if flow.transport.is_reliable() {
        let elsewhere = opened && port != flow.remote.port() && !flow.transport.is_secure();
        return (ip == flow.remote.ip() && !elsewhere).then_some(*flow);
    }
    let asked = uri.params().value("transport").and_then(Transport::from_token);
    let datagram = asked.is_none_or(|transport| transport == Transport::Udp) && !is_sips(uri);
    let same_family = ip.is_ipv4() == flow.local.is_ipv4();
    (same_family && datagram).then(|| Flow { remote: (ip, port).into(), ..*flow })
}

/// What RFC 3263 is asked for a URI. The transport of the account is the liked one; an account on
/// TLS never falls back to clear text.
fn ask(uri: &Uri, trunk: &Trunk) -> Ask {
    let liked = trunk.account.transport;
    let supported = match liked {
        Transport::Tls | Transport::Wss => vec![liked],
        Transport::Tcp => vec![Transport::Tcp, Transport::Udp, Transport::Tls],
        Transport::Udp => vec![Transport::Udp, Transport::Tcp, Transport::Tls],
        Transport::Ws => vec![Transport::Ws, Transport::Wss],
    };
    Ask {
        host: uri.host().map(|host| host.to_string()).unwrap_or_default(),
        port: uri.port(),
        transport: uri.params().value("transport").and_then(Transport::from_token),
        secure: is_sips(uri),
        domain: trunk.account.domain.clone(),
        account: trunk.id,
        supported,
        ipv4: true,
        ipv6: true,
    }
}

fn is_sips(uri: &Uri) -> bool {
    matches!(uri.scheme(), Scheme::Sips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_stays_on_its_flow_where_the_next_hop_is_there() {
        use Transport::{Tcp, Tls, Udp};
        for (transport, opened, uri, stays) in [
            (Udp, true, "sip:b@192.0.2.9:5070", Some(5070)),
            (Udp, true, "sip:b@198.51.100.1", Some(5060)),
            (Udp, true, "sip:b@192.0.2.9;transport=tcp", None),
            (Udp, true, "sips:b@192.0.2.9", None),
            (Udp, true, "sip:b@[2001:db8::1]", None),
            (Udp, true, "sip:b@host.example", None),
            (Tcp, true, "sip:192.0.2.9;lr", Some(5060)),
            (Tcp, true, "sip:b@192.0.2.9:6000;transport=tcp", None),
            (Tcp, false, "sip:b@192.0.2.9:6000;transport=tcp", Some(5060)),
            (Tcp, true, "sip:b@192.0.2.8;transport=tcp", None),
            (Tls, true, "sip:b@192.0.2.9:6000;transport=udp", Some(5060)),
        ] {
            let (local, remote) = (([10, 0, 0, 1], 5060).into(), ([192, 0, 2, 9], 5060).into());
            let flow = Flow::new(FlowId(1), transport, local, remote);
            let kept = kept(&flow, &Uri::parse(uri).unwrap(), opened);
            assert_eq!(kept.map(|flow| flow.remote.port()), stays, "{transport} {uri}");
        }
    }
}
