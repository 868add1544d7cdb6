//! A client transaction with its bytes: which machine it runs on and what it sends.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;

use super::{
    Timers,
    client_invite::{ClientInvite, Fired, Verdict},
    client_non_invite::ClientNonInvite,
    key::{ClientKey, SentRequest},
};
use crate::transport::{Flow, FlowId};

#[derive(Debug)]
pub(super) struct Client {
    pub(super) key: ClientKey,
    pub(super) flow: FlowId,
    pub(super) remote: SocketAddr,
    pub(super) reliable: bool,
    pub(super) request: Bytes,
    /// The ACK that went out, to be sent again octet for octet.
    pub(super) ack: Option<Bytes>,
    pub(super) from_tag: Option<Box<str>>,
    pub(super) to_tag: Option<Box<str>>,
    pub(super) sent_again: u32,
    /// Where it stands in the queue of the layer.
    pub(super) queued: Option<Duration>,
    machine: Machine,
}

#[derive(Debug)]
enum Machine {
    Invite(ClientInvite),
    NonInvite(ClientNonInvite),
}

impl Client {
    pub(super) fn start(
        now: Duration,
        times: &Timers,
        flow: &Flow,
        remote: SocketAddr,
        sent: SentRequest,
        request: Bytes,
    ) -> Self {
        let reliable = flow.transport.is_reliable();
        let machine = if sent.key.is_invite() {
            Machine::Invite(ClientInvite::start(now, times, reliable))
        } else {
            Machine::NonInvite(ClientNonInvite::start(now, times, reliable))
        };
        Self {
            key: sent.key,
            flow: flow.id,
            remote,
            reliable,
            request,
            ack: None,
            from_tag: sent.from_tag,
            to_tag: sent.to_tag,
            sent_again: 0,
            queued: None,
            machine,
        }
    }

    pub(super) fn response(&mut self, now: Duration, times: &Timers, status: u16) -> Verdict {
        match &mut self.machine {
            Machine::Invite(machine) => machine.response(now, times, status),
            Machine::NonInvite(machine) => machine.response(now, times, status),
        }
    }

    pub(super) fn give_up(&mut self, now: Duration, times: &Timers) {
        match &mut self.machine {
            Machine::Invite(machine) => machine.give_up(now, times),
            Machine::NonInvite(machine) => machine.give_up(now, times),
        }
    }

    pub(super) fn expire(&mut self, now: Duration, times: &Timers) -> Option<Fired> {
        match &mut self.machine {
            Machine::Invite(machine) => machine.expire(now),
            Machine::NonInvite(machine) => machine.expire(now, times),
        }
    }

    pub(super) fn terminate(&mut self) {
        match &mut self.machine {
            Machine::Invite(machine) => machine.terminate(),
            Machine::NonInvite(machine) => machine.terminate(),
        }
    }

    /// True while a transport error means that the request failed. An INVITE that rings is not
    /// touched: its answer may come another way (§17.1.1.2, figure 5).
    pub(super) fn fails_with_transport(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.is_calling(),
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
