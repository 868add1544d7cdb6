//! A server transaction with its bytes: which machine it runs on and what it answered.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;

use super::{
    Timers,
    key::{MergeKey, ServerKey},
    room::Seat,
    server_invite::{AckFor, Fired, ServerInvite},
    server_non_invite::ServerNonInvite,
};
use crate::transport::{Flow, FlowId};

#[derive(Debug)]
pub(super) struct Server {
    pub(super) key: ServerKey,
    /// The key of an ACK to our refusal where the branch does not tell (RFC 2543).
    pub(super) ack_key: Option<ServerKey>,
    /// What the same request by another way is known by.
    pub(super) merge_key: Option<MergeKey>,
    pub(super) flow: FlowId,
    pub(super) remote: SocketAddr,
    pub(super) reliable: bool,
    /// Its stream is gone.
    pub(super) orphaned: bool,
    /// The 100 to send by ourselves.
    pub(super) trying: Option<Bytes>,
    /// The response to send again, octet for octet.
    pub(super) last: Option<Bytes>,
    pub(super) seat: Seat,
    /// Where it stands in the queue of the layer.
    pub(super) queued: Option<Duration>,
    machine: Machine,
}

#[derive(Debug)]
enum Machine {
    Invite(ServerInvite),
    NonInvite(ServerNonInvite),
}

impl Server {
    pub(super) fn start(
        now: Duration,
        times: &Timers,
        flow: &Flow,
        key: ServerKey,
        trying: Option<Bytes>,
        seat: Seat,
    ) -> Self {
        let reliable = flow.transport.is_reliable();
        let machine = if key.is_invite() {
            Machine::Invite(ServerInvite::start(now, times, reliable))
        } else {
            Machine::NonInvite(ServerNonInvite::start(now, times, reliable))
        };
        Self {
            key,
            ack_key: None,
            merge_key: None,
            flow: flow.id,
            remote: flow.remote,
            reliable,
            orphaned: false,
            trying,
            last: None,
            seat,
            queued: None,
            machine,
        }
    }

    pub(super) fn move_to(&mut self, flow: &Flow) {
        self.flow = flow.id;
        self.remote = flow.remote;
        self.orphaned = false;
    }

    pub(super) fn respond(&mut self, now: Duration, times: &Timers, status: u16) -> bool {
        match &mut self.machine {
            Machine::Invite(machine) => machine.respond(now, times, status),
            Machine::NonInvite(machine) => machine.respond(now, times, status),
        }
    }

    pub(super) fn repeats(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.repeats(),
            Machine::NonInvite(machine) => machine.repeats(),
        }
    }

    pub(super) fn ack(&mut self, now: Duration, times: &Timers) -> AckFor {
        match &mut self.machine {
            Machine::Invite(machine) => machine.ack(now, times),
            Machine::NonInvite(_) => AckFor::Nothing,
        }
    }

    pub(super) fn expire(&mut self, now: Duration, times: &Timers) -> Option<Fired> {
        match &mut self.machine {
            Machine::Invite(machine) => machine.expire(now, times),
            Machine::NonInvite(machine) => machine.expire(now),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.is_open(),
            Machine::NonInvite(machine) => machine.is_open(),
        }
    }

    pub(super) fn is_terminated(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.is_terminated(),
            Machine::NonInvite(machine) => machine.is_terminated(),
        }
    }

    pub(super) fn wake_at(&self) -> Option<Duration> {
        match &self.machine {
            Machine::Invite(machine) => machine.wake_at(),
            Machine::NonInvite(machine) => machine.wake_at(),
        }
    }
}
