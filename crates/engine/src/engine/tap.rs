//! Every message on its way between the phone and the network, told to the trace of its trunk.

use std::{collections::HashMap, sync::Arc};

use milliwatt_sip::{
    agent::OpenId,
    transport::{Flow, FlowId},
};

use crate::{
    clock::Clock,
    net::{NetEvent, NetRequest},
    phone::Phone,
    trace::{Direction, Entry, Traces},
};

/// Knows which flow belongs to which trunk.
pub(super) struct Tap {
    traces: Traces,
    clock: Arc<dyn Clock>,
    opening: HashMap<OpenId, String>,
    flows: HashMap<FlowId, (Flow, Option<String>)>,
}

/// Flows remembered; strangers' are forgotten first.
const FLOWS: usize = 8192;

impl Tap {
    /// Tells to `traces`.
    pub(super) fn new(traces: Traces, clock: Arc<dyn Clock>) -> Self {
        Self { traces, clock, opening: HashMap::new(), flows: HashMap::new() }
    }

    /// What the phone asks of the network.
    pub(super) fn out(&mut self, phone: &Phone, request: &NetRequest) {
        match request {
            NetRequest::Open(id, target) => {
                self.opening.insert(*id, target.domain.clone());
            }
            NetRequest::Close(flow) => drop(self.flows.remove(flow)),
            NetRequest::Send { flow, remote, bytes } => {
                if let Some((known, domain)) = self.flows.get(flow) {
                    let name = phone.trunk_of(domain.as_deref());
                    let flow = Flow { remote: *remote, ..*known };
                    self.record(name, self.entry(Direction::Out, flow, bytes.clone()));
                }
            }
            NetRequest::Bind { .. }
            | NetRequest::Block(_)
            | NetRequest::Resolve(..)
            | NetRequest::Trust(_) => {}
        }
    }

    /// What the network tells the phone.
    pub(super) fn back(&mut self, phone: &Phone, event: &NetEvent) {
        match event {
            NetEvent::Opened(id, flow) => {
                let domain = self.opening.remove(id);
                self.remember(*flow, domain);
            }
            NetEvent::OpenFailed(id, _) => drop(self.opening.remove(id)),
            NetEvent::FlowLost(flow, _)
                if self.flows.get(flow).is_some_and(|f| f.0.transport.is_reliable()) =>
            {
                self.flows.remove(flow);
            }
            NetEvent::Received { flow, bytes } => {
                self.remember(*flow, None);
                let entry = self.entry(Direction::In, *flow, bytes.clone());
                self.record(phone.trunk_of(self.domain(flow)), entry);
            }
            NetEvent::Bound { .. }
            | NetEvent::FlowLost(..)
            | NetEvent::Pong(_)
            | NetEvent::Resolved(..) => {}
        }
    }

    fn domain(&self, flow: &Flow) -> Option<&str> {
        self.flows.get(&flow.id).and_then(|(_, domain)| domain.as_deref())
    }

    fn remember(&mut self, flow: Flow, domain: Option<String>) {
        if self.flows.len() >= FLOWS {
            self.flows.retain(|_, (_, domain)| domain.is_some());
        }
        let known = self.flows.entry(flow.id).or_insert((flow, None));
        if domain.is_some() {
            known.1 = domain;
        }
    }

    fn record(&self, trunk: &str, entry: Entry) {
        self.traces.record(trunk, entry);
    }

    fn entry(&self, direction: Direction, flow: Flow, bytes: bytes::Bytes) -> Entry {
        Entry {
            number: 0,
            at: self.clock.now(),
            wall: self.clock.wall(),
            direction,
            transport: flow.transport,
            local: flow.local,
            remote: flow.remote,
            bytes,
            fault: None,
        }
    }
}
