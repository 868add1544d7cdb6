//! The network seam over the wire in memory: UDP and DNS.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::transport::{Flow, FlowId, Transport, TransportError};

use super::wire::{Datagram, Wire};
use crate::net::{Net, NetEvent, NetRequest};

/// One host's SIP socket on the wire.
#[derive(Debug)]
pub(super) struct WireNet {
    wire: Rc<RefCell<Wire>>,
    local: SocketAddr,
    flows: HashMap<FlowId, SocketAddr>,
    next_flow: u64,
    blocked: Vec<SocketAddr>,
    happened: VecDeque<NetEvent>,
}

impl WireNet {
    /// A socket at `local`.
    pub(super) fn new(wire: Rc<RefCell<Wire>>, local: SocketAddr) -> Self {
        Self {
            wire,
            local,
            flows: HashMap::new(),
            next_flow: 1,
            blocked: Vec::new(),
            happened: VecDeque::new(),
        }
    }

    /// A datagram came in.
    pub(super) fn receive(&mut self, from: SocketAddr, bytes: Bytes) {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let flow = self.flow(from);
        self.happened.push_back(NetEvent::Received { flow, bytes });
    }

    /// Nothing listens where a datagram of ours went.
    pub(super) fn refused(&mut self, remote: SocketAddr) {
        if let Some(id) = self.known(remote) {
            let error = TransportError::Refused(remote);
            self.happened.push_back(NetEvent::FlowLost(id, error));
        }
    }

    fn known(&self, remote: SocketAddr) -> Option<FlowId> {
        self.flows.iter().find(|(_, at)| **at == remote).map(|(id, _)| *id)
    }

    fn flow(&mut self, remote: SocketAddr) -> Flow {
        let id = self.known(remote).unwrap_or_else(|| {
            let id = FlowId(self.next_flow);
            self.next_flow += 1;
            self.flows.insert(id, remote);
            id
        });
        Flow::new(id, Transport::Udp, self.local, remote)
    }
}

impl Net for WireNet {
    fn perform(&mut self, now: Duration, request: NetRequest) {
        match request {
            NetRequest::Bind { account, local, .. } => {
                if let Some(port) = local.map(|local| local.port()).filter(|port| *port != 0) {
                    self.local.set_port(port);
                }
                let listen = Ok(vec![(Transport::Udp, self.local)]);
                self.happened.push_back(NetEvent::Bound { account, listen });
            }
            NetRequest::Block(targets) => self.blocked = targets,
            NetRequest::Close(flow) => drop(self.flows.remove(&flow)),
            NetRequest::Open(id, target) => {
                let usable =
                    target.transport == Transport::Udp && !self.blocked.contains(&target.remote);
                let event = if usable {
                    NetEvent::Opened(id, self.flow(target.remote))
                } else {
                    NetEvent::OpenFailed(id, TransportError::Refused(target.remote))
                };
                self.happened.push_back(event);
            }
            NetRequest::Resolve(id, question) => {
                let answer = self.wire.borrow().resolve(&question);
                self.happened.push_back(NetEvent::Resolved(id, answer));
            }
            NetRequest::Send { remote, bytes, .. } => {
                if !self.blocked.contains(&remote) {
                    let datagram = Datagram { from: self.local, to: remote, bytes };
                    self.wire.borrow_mut().send(now, datagram);
                }
            }
            NetRequest::Trust(_) | NetRequest::Unbind(_) => {}
        }
    }

    fn poll(&mut self, _now: Duration) -> Option<NetEvent> {
        self.happened.pop_front()
    }
}
