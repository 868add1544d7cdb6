//! Every message on its way between the phone and the network, told to the trace of its trunk.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use milliwatt_sip::transport::{AccountId, Flow, FlowId};

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
    /// What came in, until the phone has read it: it knows best whose it is, and what is wrong
    /// with it.
    came: Option<(Flow, Entry)>,
}

/// Flows remembered; those that we did not open are forgotten first.
const FLOWS: usize = 8192;

impl Tap {
    /// Tells to `traces`.
    pub(super) fn new(traces: Traces, clock: Arc<dyn Clock>) -> Self {
        Self { traces, clock, flows: HashMap::new(), came: None }
    }

    /// What the phone asks of the network.
    pub(super) fn out(&mut self, phone: &Phone, request: &NetRequest) {
        match request {
            NetRequest::Close(flow) => drop(self.flows.remove(flow)),
            NetRequest::Send { account, flow, remote, bytes } => {
                if let Some((known, _)) = self.flows.get(flow) {
                    let flow = Flow { remote: *remote, ..*known };
                    let entry = self.entry(Direction::Out, &flow, bytes.clone());
                    self.record(phone, account.unwrap_or(flow.account), entry);
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

    /// What the network tells, before the phone hears of it.
    pub(super) fn back(&mut self, phone: &Phone, event: &NetEvent) {
        match event {
            NetEvent::Opened(_, flow) => self.remember(*flow, true),
            NetEvent::FlowLost(flow, _)
                if self.flows.get(flow).is_some_and(|f| f.0.transport.is_reliable()) =>
            {
                self.flows.remove(flow);
            }
            NetEvent::KeepAlive(flow, bytes) => {
                self.remember(*flow, false);
                let entry = self.entry(Direction::In, flow, bytes.clone());
                self.record(phone, flow.account, entry);
                if flow.transport.is_reliable() {
                    let pong = self.entry(Direction::Out, flow, Bytes::from_static(PONG));
                    self.record(phone, flow.account, pong);
                }
            }
            NetEvent::Pong(flow) => {
                if let Some((flow, _)) = self.flows.get(flow) {
                    let entry = self.entry(Direction::In, flow, Bytes::from_static(PONG));
                    self.record(phone, flow.account, entry);
                }
            }
            NetEvent::Received { flow, bytes } => {
                self.remember(*flow, false);
                let entry = self.entry(Direction::In, flow, bytes.clone());
                self.came = Some((*flow, entry));
            }
            NetEvent::Bound { .. }
            | NetEvent::FlowLost(..)
            | NetEvent::Moved { .. }
            | NetEvent::OpenFailed(..)
            | NetEvent::Resolved(..) => {}
        }
    }

    /// The phone has read what came in.
    pub(super) fn heard(
        &mut self,
        phone: &Phone,
        account: Option<AccountId>,
        fault: Option<String>,
    ) {
        if let Some((flow, entry)) = self.came.take() {
            self.record(phone, account.unwrap_or(flow.account), Entry { fault, ..entry });
        }
    }

    /// A trunk is gone.
    pub(super) fn gone(&mut self, trunk: &str) {
        self.traces.remove(trunk);
    }

    fn remember(&mut self, flow: Flow, opened: bool) {
        if self.flows.len() >= FLOWS {
            self.flows.retain(|_, (_, opened)| *opened);
        }
        let known = self.flows.entry(flow.id).or_insert((flow, opened));
        *known = (flow, known.1 || opened);
    }

    fn record(&self, phone: &Phone, account: AccountId, entry: Entry) {
        log::message(&entry);
        self.traces.record(phone.trunk_of(account), entry);
    }

    fn entry(&self, direction: Direction, flow: &Flow, bytes: Bytes) -> Entry {
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

/// The answer to a keep-alive on a stream (RFC 5626 §4.4.1).
const PONG: &[u8] = b"\r\n";
