//! The flows that are known to be open.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use crate::transport::{Flow, FlowId, Target, Transport, TransportError};

/// Targets whose flow is remembered. Beyond that all are forgotten, which costs an `Open` each.
const MAX_TARGETS: usize = 256;

/// How long a place without a stream transport is remembered.
const NO_STREAM_FOR: Duration = Duration::from_secs(600);

/// Open flows, and which target each was opened for.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    open: BTreeMap<FlowId, Transport>,
    targets: Vec<(Target, Flow)>,
    no_stream: BTreeMap<SocketAddr, Duration>,
}

impl Flows {
    /// A message came in on `flow`.
    pub(crate) fn seen(&mut self, flow: &Flow) {
        self.open.insert(flow.id, flow.transport);
    }

    /// `flow` was opened for `target`.
    pub(crate) fn opened(&mut self, target: Target, flow: Flow) {
        self.seen(&flow);
        if self.targets.len() >= MAX_TARGETS {
            self.targets.clear();
        }
        self.targets.retain(|(known, _)| *known != target);
        self.targets.push((target, flow));
    }

    /// The open flow to `target`, if there is one.
    pub(crate) fn to(&self, target: &Target) -> Option<Flow> {
        self.targets.iter().find(|(known, _)| known == target).map(|(_, flow)| *flow)
    }

    /// True for a flow that we opened.
    pub(crate) fn is_ours(&self, id: FlowId) -> bool {
        self.targets.iter().any(|(_, flow)| flow.id == id)
    }

    /// The streams that we opened.
    pub(crate) fn our_streams(&self) -> Vec<Flow> {
        let streams = self.targets.iter().filter(|(_, flow)| flow.transport.is_reliable());
        let streams: BTreeMap<_, _> = streams.map(|(_, flow)| (flow.id, *flow)).collect();
        streams.into_values().collect()
    }

    /// True while `id` is open.
    pub(crate) fn is_open(&self, id: FlowId) -> bool {
        self.open.contains_key(&id)
    }

    /// No stream could be opened to `remote`.
    pub(crate) fn no_stream(&mut self, now: Duration, remote: SocketAddr) {
        self.no_stream.retain(|_, until| *until > now);
        if self.no_stream.len() < MAX_TARGETS {
            self.no_stream.insert(remote, now + NO_STREAM_FOR);
        }
    }

    /// True where a stream to `remote` is known to be of no avail.
    pub(crate) fn has_no_stream(&self, now: Duration, remote: SocketAddr) -> bool {
        self.no_stream.get(&remote).is_some_and(|until| *until > now)
    }

    /// Forgets a flow that is lost. A UDP socket outlives a datagram that found nobody; its target
    /// is opened anew all the same, since the route to it may have changed.
    pub(crate) fn lost(&mut self, id: FlowId, error: &TransportError) {
        let Some(transport) = self.open.get(&id) else { return };
        match error.remote().filter(|_| !transport.is_reliable()) {
            Some(remote) => {
                self.targets.retain(|(target, flow)| flow.id != id || target.remote != remote);
            }
            None => {
                self.open.remove(&id);
                self.targets.retain(|(_, flow)| flow.id != id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{AccountId, Transport};

    fn flow(id: u64, transport: Transport, port: u16) -> (Target, Flow) {
        let remote = ([192, 0, 2, 1], port).into();
        let target = Target { transport, remote, domain: "a".into(), account: AccountId(1) };
        (target, Flow::new(FlowId(id), transport, ([10, 0, 0, 1], 5060).into(), remote))
    }

    #[test]
    fn a_unreachable_datagram_does_not_close_the_socket() {
        let mut flows = Flows::default();
        let (near, far) = (flow(1, Transport::Udp, 5060), flow(1, Transport::Udp, 5070));
        flows.opened(near.0.clone(), near.1);
        flows.opened(far.0.clone(), far.1);
        flows.lost(FlowId(1), &TransportError::Refused(far.1.remote));
        assert!(flows.is_open(FlowId(1)));
        assert_eq!((flows.to(&near.0), flows.to(&far.0)), (Some(near.1), None));
    }

    #[test]
    fn a_lost_stream_is_gone() {
        let mut flows = Flows::default();
        let (target, stream) = flow(2, Transport::Tcp, 5060);
        flows.opened(target.clone(), stream);
        flows.lost(FlowId(2), &TransportError::Closed);
        assert!(!flows.is_open(FlowId(2)) && flows.to(&target).is_none());
    }
}
