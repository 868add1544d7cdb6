//! What is listened at: the addresses of the set-up, and those of each account.

use std::{io, net::SocketAddr, sync::Arc};

use milliwatt_sip::transport::{AccountId, Transport, TransportError};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Line, Open, Sockets};
use crate::net::{
    Listen, NetEvent, Roots,
    listen::{Door, accept},
    local_error,
    ports::{Owner, Pair, Place, family},
    tls,
};

impl Sockets {
    /// Listens at an address of the set-up.
    pub(super) async fn listen(&mut self, listen: Listen) -> Result<(), TransportError> {
        match listen {
            Listen::Tcp(address) => self.listen_stream(address, None).await,
            Listen::Tls(address, identity) => {
                let config = Arc::new(tls::server_config(&identity)?);
                self.listen_stream(address, Some(TlsAcceptor::from(config))).await
            }
            Listen::Udp(address) => {
                let place = self.ports.bind(address).map_err(|e| local_error(address, &e))?;
                if let Some(shared) = self.shared.get_mut(family(address.ip())) {
                    shared.get_or_insert(place);
                }
                Ok(())
            }
        }
    }

    async fn listen_stream(
        &mut self,
        address: SocketAddr,
        acceptor: Option<TlsAcceptor>,
    ) -> Result<(), TransportError> {
        let listener = TcpListener::bind(address).await.map_err(|e| local_error(address, &e))?;
        self.accept(listener, acceptor, Owner::default()).map_err(|e| local_error(address, &e))
    }

    fn accept(
        &mut self,
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        owner: Owner,
    ) -> io::Result<()> {
        let transport = if tls.is_some() { Transport::Tls } else { Transport::Tcp };
        let address = listener.local_addr()?;
        let door = Door::new(listener);
        tokio::spawn(accept(Arc::clone(&door), tls, self.inbound.clone(), owner));
        self.listeners.push((transport, address, Open(door)));
        Ok(())
    }

    /// Gives an account its sockets and authorities, in place of those that it had.
    pub(super) fn bind(&mut self, account: AccountId, local: Option<SocketAddr>, roots: Roots) {
        let old = self.lines.remove(&account);
        let kept = old.as_ref().filter(|old| old.local == local).map(|old| old.udp);
        if old.as_ref().is_some_and(|old| kept.is_none() || old.roots != roots) {
            self.close_streams(account);
        }
        let bound = match kept {
            Some(udp) => Ok(udp),
            None => {
                // The old ones go first: 0.0.0.0:5060 is in the way of 10.0.0.5:5060.
                self.release(old.map(|old| old.udp).unwrap_or_default());
                self.own_sockets(local)
            }
        };
        let udp = *bound.as_ref().unwrap_or(&[None; 2]);
        self.lines.insert(account, Line { local, udp, roots });
        udp.into_iter().flatten().for_each(|place| self.settle_owner(place));
        let listen = match (bound, local) {
            (Err(e), Some(address)) => Err(local_error(address, &e)),
            (Err(e), None) => Err(TransportError::Local(e.to_string())),
            (Ok(udp), Some(address)) => Ok(self.listen_beside(udp, address)),
            (Ok(udp), None) => Ok(self.udp_addresses(udp)),
        };
        self.queue.push_back(NetEvent::Bound { account, listen });
    }

    /// Closes all that an account has.
    pub(super) fn unbind(&mut self, account: AccountId) {
        let Some(line) = self.lines.remove(&account) else { return };
        self.close_streams(account);
        self.release(line.udp);
    }

    /// A socket at `local`, and one at a port that the system chooses for each family without.
    fn own_sockets(&mut self, local: Option<SocketAddr>) -> io::Result<Pair> {
        let mut udp = [None; 2];
        if let Some(address) = local
            && let Some(place) = udp.get_mut(family(address.ip()))
        {
            *place = Some(self.ports.bind(address)?);
        }
        Ok(self.ports.complete(udp))
    }

    fn udp_addresses(&self, udp: Pair) -> Vec<(Transport, SocketAddr)> {
        let bound = udp.into_iter().flatten().filter_map(|place| self.ports.bound(place));
        bound.map(|address| (Transport::Udp, address)).collect()
    }

    /// Listens for TCP at the port of the UDP socket that is bound to `local` (RFC 3261 §18.2.1).
    /// Without it, UDP still works.
    fn listen_beside(&mut self, udp: Pair, local: SocketAddr) -> Vec<(Transport, SocketAddr)> {
        let place = udp.get(family(local.ip())).copied().flatten();
        let Some(port) = place.and_then(|place| self.ports.get(place)) else { return Vec::new() };
        let (address, owner) = (port.bound(), port.owner().clone());
        let mut listen = vec![(Transport::Udp, address)];
        if self.listeners.iter().any(|(t, a, _)| (*t, *a) == (Transport::Tcp, address)) {
            listen.push((Transport::Tcp, address));
            return listen;
        }
        let listener = listen_now(address).and_then(|listener| self.accept(listener, None, owner));
        match listener {
            Ok(()) => listen.push((Transport::Tcp, address)),
            Err(e) => tracing::info!(%e, %address, "no TCP beside UDP"),
        }
        listen
    }

    /// Closes those of the sockets that nobody uses, and tells of the flows that end with them.
    fn release(&mut self, udp: Pair) {
        for place in udp.into_iter().flatten() {
            if self.users(place).next().is_some() || self.shared.contains(&Some(place)) {
                self.settle_owner(place);
            } else if let Some(port) = self.ports.close(place) {
                let lost = |flow| NetEvent::FlowLost(flow, TransportError::Closed);
                self.queue.extend(port.flows().map(lost));
                let beside = (Transport::Tcp, port.bound());
                self.listeners.retain(|(transport, address, _)| (*transport, *address) != beside);
            }
        }
    }

    fn users(&self, place: Place) -> impl Iterator<Item = AccountId> {
        let uses = move |line: &Line| line.udp.contains(&Some(place));
        self.lines.iter().filter(move |(_, line)| uses(line)).map(|(account, _)| *account)
    }

    /// A socket of one account is its own; one that several have asked for is nobody's.
    fn settle_owner(&mut self, place: Place) {
        let mut users = self.users(place);
        let (first, second) = (users.next(), users.next());
        drop(users);
        let owner = first.filter(|_| second.is_none()).unwrap_or_default();
        if let Some(port) = self.ports.get(place) {
            port.owner().set(owner);
        }
    }

    /// Closes the streams of an account whose settings are others now: another address, other
    /// authorities.
    fn close_streams(&mut self, account: AccountId) {
        let why = || TransportError::Local("the settings of the trunk have changed".into());
        let (flows, opening) = self.pool.close(account);
        self.queue.extend(flows.into_iter().map(|flow| NetEvent::FlowLost(flow, why())));
        self.queue.extend(opening.into_iter().map(|id| NetEvent::OpenFailed(id, why())));
    }
}

/// Binds and listens at once, as `perform` does not wait.
fn listen_now(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
