//! Flows: opened, sent on, closed.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::Ordering,
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::{
    agent::OpenId,
    transport::{FlowId, Target, Transport, TransportError},
};

use super::Sockets;
use crate::net::{
    NetEvent,
    dial::Dialling,
    pool::{Key, Unsent},
    ports::family,
    udp::{self, UdpPort},
};

impl Sockets {
    pub(super) fn open(&mut self, now: Duration, id: OpenId, target: Target) {
        let remote = target.remote;
        self.look_soon(now);
        if self.blocked.contains(&remote) {
            return self.failed(id, TransportError::Refused(remote));
        }
        match target.transport {
            Transport::Tcp | Transport::Tls => self.open_stream(id, target),
            Transport::Udp => {
                let opened = match self.port_for(&target) {
                    Some(port) => port.open(now, remote),
                    None => Err(TransportError::Unreachable(remote)),
                };
                self.queue.push_back(match opened {
                    Err(e) => NetEvent::OpenFailed(id, e),
                    Ok(flow) => NetEvent::Opened(id, flow),
                });
            }
            Transport::Ws | Transport::Wss => {
                let why = format!("{} is not spoken here", target.transport);
                self.failed(id, TransportError::Local(why));
            }
        }
    }

    fn failed(&mut self, id: OpenId, error: TransportError) {
        self.queue.push_back(NetEvent::OpenFailed(id, error));
    }

    fn open_stream(&mut self, id: OpenId, target: Target) {
        let line = self.lines.get(&target.account);
        let roots = line.map(|line| line.roots.clone()).unwrap_or_default();
        let local = line.and_then(|line| line.local).map(|local| local.ip());
        let same_family = |ip: &IpAddr| ip.is_ipv4() == target.remote.is_ipv4();
        let local = local.filter(|ip| !ip.is_unspecified()).filter(same_family);
        let key = Key::new(&target, local, &roots);
        if let Some(flow) = self.pool.find(&key) {
            self.queue.push_back(NetEvent::Opened(id, flow));
            return;
        }
        if self.pool.join(&key, id) {
            return;
        }
        let tls = target.transport.is_secure().then(|| (self.configs.clone(), roots));
        let listens = self.listening_port(&target);
        let dialling = Dialling {
            key: key.clone(),
            target,
            local,
            tls,
            listens,
            limits: self.limits,
            flow: FlowId(self.inbound.next_flow.fetch_add(1, Ordering::Relaxed)),
            told: self.inbound.told.clone(),
        };
        let task = tokio::spawn(dialling.run());
        self.pool.opening(key, id, task.abort_handle());
    }

    /// The port of the account's own at which the far end can open a stream to us.
    fn listening_port(&self, target: &Target) -> Option<u16> {
        let line = self.lines.get(&target.account)?;
        let place = (*line.udp.get(family(target.remote.ip()))?)?;
        let at = (target.transport, self.ports.bound(place)?);
        let mut listeners = self.listeners.iter().map(|(transport, at, _)| (*transport, *at));
        listeners.any(|listener| listener == at).then_some(at.1.port())
    }

    /// The UDP socket for a target: its account's own, or the shared one of its family.
    fn port_for(&mut self, target: &Target) -> Option<&mut UdpPort> {
        let family = family(target.remote.ip());
        let own = self.lines.get(&target.account).and_then(|line| *line.udp.get(family)?);
        let place = own.or(*self.shared.get(family)?)?;
        self.ports.get(place)
    }

    pub(super) fn send(&mut self, flow: FlowId, remote: SocketAddr, bytes: Bytes) {
        if self.blocked.contains(&remote) {
            return;
        }
        let sent = match udp::socket_of(flow) {
            None => match self.pool.send(flow, bytes) {
                Err(Unsent::Full) => {
                    self.dropped.sends += 1;
                    self.pool.remove(flow);
                    let why = format!("{remote} does not take what is sent to it");
                    Err(TransportError::Local(why))
                }
                Err(Unsent::Gone) => {
                    self.dropped.gone += 1;
                    Err(TransportError::Closed)
                }
                Ok(()) => Ok(()),
            },
            Some(place) => match self.ports.get(place) {
                Some(port) => port.send(remote, bytes, &mut self.dropped),
                None => {
                    self.dropped.gone += 1;
                    Err(TransportError::Closed)
                }
            },
        };
        if let Err(error) = sent {
            self.queue.push_back(NetEvent::FlowLost(flow, error));
        }
    }

    pub(super) fn close(&mut self, flow: FlowId) {
        match udp::socket_of(flow) {
            None => drop(self.pool.remove(flow)),
            Some(place) => {
                if let Some(port) = self.ports.get(place) {
                    port.close(flow);
                }
            }
        }
    }
}
