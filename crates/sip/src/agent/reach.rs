//! Calls whose connection is replaced: which of them tell their far end, and when.

use std::time::Duration;

use super::{AccountId, Agent, CallId, Output, schedule::Due};
use crate::transport::{FlowId, TransportError};

/// The time between two calls that tell their far ends: a hundred take two seconds, and no proxy
/// that has just come back is met by all at once.
const APART: Duration = Duration::from_millis(20);

impl Agent {
    /// A flow is lost. Calls of an account that registers wait until it is registered again; the
    /// others open a flow of their own.
    pub(super) fn calls_lost(&mut self, now: Duration, flow: FlowId) {
        let waits = |id: &AccountId| {
            let trunk = self.core.accounts.get(id);
            trunk.is_some_and(|trunk| trunk.registration.is_between_flows())
        };
        let lost = self.calls.values().filter(|call| call.is_known_by(flow));
        let lost = lost.filter(|call| !waits(&call.account));
        let lost = lost.filter(|call| call.is_misplaced(&self.core)).map(|call| call.id).collect();
        self.replace(now, lost);
    }

    /// An account is registered on another flow than before.
    pub(super) fn account_moved(&mut self, now: Duration, id: AccountId) {
        let calls = self.calls.values().filter(|call| call.account == id);
        let moved = calls.filter(|call| call.is_misplaced(&self.core));
        let moved = moved.map(|call| call.id).collect();
        self.replace(now, moved);
    }

    /// This computer slept: what is left of its streams is closed. One that a call still needs is
    /// asked whether it lives.
    pub(super) fn slept(&mut self, now: Duration) {
        for flow in self.core.flows.our_streams() {
            if self.calls.values().any(|call| call.hangs_on(flow.id)) {
                let bytes = bytes::Bytes::from_static(b"\r\n\r\n");
                let (flow, remote) = (flow.id, flow.remote);
                self.core.out.push_back(Output::Send { account: None, flow, remote, bytes });
            } else {
                self.core.out.push_back(Output::Close(flow.id));
                self.flow_lost(now, flow.id, TransportError::Closed);
            }
        }
        self.core.register_anew(now, |_| true);
    }

    fn replace(&mut self, now: Duration, calls: Vec<CallId>) {
        let mut at = now;
        for id in calls {
            let Some(call) = self.calls.get_mut(&id) else { continue };
            let trunk = self.core.accounts.get(&call.account);
            let by = trunk.and_then(|trunk| trunk.registration.flow()).copied();
            let within = self.core.chance.between(Duration::ZERO, APART);
            call.replaced(&self.core, at + within, by);
            self.core.schedule.set(Due::Call(id), call.wake_at());
            at += APART;
        }
    }
}
