//! Every message on its way between the phone and the network, told to the trace of its trunk.

use std::{collections::HashMap, sync::Arc};

use milliwatt_sip::transport::{Flow, FlowId};

use super::log;
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
    /// Each flow, and whether we opened it.
    flows: HashMap<FlowId, (Flow, bool)>,
}

/// Flows remembered; those that we did not open are forgotten first.
const FLOWS: usize = 8192;

impl Tap {
    /// Tells to `traces`.
    pub(super) fn new(traces: Traces, clock: Arc<dyn Clock>) -> Self {
        Self { traces, clock, flows: HashMap::new() }
    }

    /// What the phone asks of the network.
    pub(super) fn out(&mut self, phone: &Phone, request: &NetRequest) {
        match request {
            NetRequest::Close(flow) => drop(self.flows.remove(flow)),
            NetRequest::Send { flow, remote, bytes } => {
                if let Some((known, _)) = self.flows.get(flow) {
                    let flow = Flow { remote: *remote, ..*known };
                    self.record(phone, Direction::Out, flow, bytes.clone());
                }
            }
            NetRequest::Bind { .. }
            | NetRequest::Block(_)
            | NetRequest::Open(..)
            | NetRequest::Resolve(..)
            | NetRequest::Trust(_)
            | NetRequest::Unbind(_) => {}
        }
    }

    /// What the network tells the phone.
    pub(super) fn back(&mut self, phone: &Phone, event: &NetEvent) {
        match event {
            NetEvent::Opened(_, flow) => self.remember(*flow, true),
            NetEvent::FlowLost(flow, _)
                if self.flows.get(flow).is_some_and(|f| f.0.transport.is_reliable()) =>
            {
                self.flows.remove(flow);
            }
            NetEvent::Received { flow, bytes } => {
                self.remember(*flow, false);
                self.record(phone, Direction::In, *flow, bytes.clone());
            }
            NetEvent::Bound { .. }
            | NetEvent::FlowLost(..)
            | NetEvent::OpenFailed(..)
            | NetEvent::Pong(_)
            | NetEvent::Resolved(..) => {}
        }
    }

    fn remember(&mut self, flow: Flow, opened: bool) {
        if self.flows.len() >= FLOWS {
            self.flows.retain(|_, (_, opened)| *opened);
        }
        let known = self.flows.entry(flow.id).or_insert((flow, opened));
        *known = (flow, known.1 || opened);
    }

    fn record(&self, phone: &Phone, direction: Direction, flow: Flow, bytes: bytes::Bytes) {
        let entry = Entry {
            number: 0,
            at: self.clock.now(),
            wall: self.clock.wall(),
            direction,
            transport: flow.transport,
            local: flow.local,
            remote: flow.remote,
            bytes,
            fault: None,
        };
        log::message(&entry);
        self.traces.record(phone.trunk_of(flow.account), entry);
    }
}
