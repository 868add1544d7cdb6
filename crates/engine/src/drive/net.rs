//! The network seam over the wire in memory: UDP and DNS.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::transport::{Flow, FlowId, Transport, TransportError};

use super::wire::{Datagram, Wire};
use crate::net::{Net, NetEvent, NetRequest};

/// One host's SIP sockets on the wire.
#[derive(Debug)]
pub(super) struct WireNet {
    wire: Rc<RefCell<Wire>>,
    /// One for each address; the first of a family is used.
    locals: Vec<SocketAddr>,
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
            locals: vec![local],
            flows: HashMap::new(),
            next_flow: 1,
            blocked: Vec::new(),
            happened: VecDeque::new(),
        }
    }

    /// A socket at a further address, at the port of the first.
    pub(super) fn add_address(&mut self, ip: IpAddr) {
        let port = self.locals.first().map_or(0, SocketAddr::port);
        self.locals.push(SocketAddr::new(ip, port));
    }

    /// The address `from` is gone, and `to` leads to the same places.
    pub(super) fn moved(&mut self, from: IpAddr, to: IpAddr) {
        for local in self.locals.iter_mut().filter(|local| local.ip() == from) {
            local.set_ip(to);
        }
        self.happened.push_back(NetEvent::Moved { from, to });
        let family = |at: &SocketAddr| at.is_ipv4() == from.is_ipv4();
        for (flow, _) in self.flows.extract_if(|_, remote| family(remote)) {
            let error = TransportError::Local(format!("{from} is gone"));
            self.happened.push_back(NetEvent::FlowLost(flow, error));
        }
    }

    /// A datagram came in.
    pub(super) fn receive(&mut self, from: SocketAddr, bytes: Bytes) {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        if let Some(flow) = self.flow(from) {
            self.happened.push_back(NetEvent::Received { flow, bytes });
        }
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

    /// Our end of what is sent to `remote`; `None` where this host has no address of its family.
    fn local(&self, remote: SocketAddr) -> Option<SocketAddr> {
        self.locals.iter().find(|local| local.is_ipv4() == remote.is_ipv4()).copied()
    }

    fn flow(&mut self, remote: SocketAddr) -> Option<Flow> {
        let local = self.local(remote)?;
        let id = self.known(remote).unwrap_or_else(|| {
            let id = FlowId(self.next_flow);
            self.next_flow += 1;
            self.flows.insert(id, remote);
            id
        });
        Some(Flow::new(id, Transport::Udp, local, remote))
    }
}

impl Net for WireNet {
    fn perform(&mut self, now: Duration, request: NetRequest) {
        match request {
            NetRequest::Bind { account, local, .. } => {
                if let Some(port) = local.map(|local| local.port()).filter(|port| *port != 0) {
                    self.locals.iter_mut().for_each(|local| local.set_port(port));
                }
                let listen = Ok(self.locals.iter().map(|at| (Transport::Udp, *at)).collect());
                self.happened.push_back(NetEvent::Bound { account, listen });
            }
            NetRequest::Block(targets) => self.blocked = targets,
            NetRequest::Close(flow) => drop(self.flows.remove(&flow)),
            NetRequest::Open(id, target) => {
                let usable =
                    target.transport == Transport::Udp && !self.blocked.contains(&target.remote);
                let event = match self.flow(target.remote) {
                    Some(flow) if usable => NetEvent::Opened(id, flow),
                    Some(_) => NetEvent::OpenFailed(id, TransportError::Refused(target.remote)),
                    None => NetEvent::OpenFailed(id, TransportError::Unreachable(target.remote)),
                };
                self.happened.push_back(event);
            }
            NetRequest::Resolve(id, question) => {
                let answer = self.wire.borrow().resolve(&question);
                self.happened.push_back(NetEvent::Resolved(id, answer));
            }
            NetRequest::Send { remote, bytes, .. } => {
                let from = self.local(remote).filter(|_| !self.blocked.contains(&remote));
                if let Some(from) = from {
                    let datagram = Datagram { from, to: remote, bytes };
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
