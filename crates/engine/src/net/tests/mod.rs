//! The real network against real sockets on loopback.

mod certs;
mod dns;
mod streams;
mod tls;
mod udp;

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::{
    agent::OpenId,
    transport::{Flow, FlowId, Target, Transport, TransportError},
};
use tokio::time::timeout;

pub(crate) use self::{certs::Authority, dns::Zone};
use super::*;

pub(crate) const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Whose the targets of the tests are.
pub(crate) const ACCOUNT: AccountId = AccountId(1);

/// A message that any of the tests may send.
pub(crate) const OPTIONS: &[u8] = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";

/// A network on a clock that stands still unless it is moved.
pub(crate) struct Host {
    pub(crate) net: Sockets,
    pub(crate) now: Duration,
    next: u64,
}

impl Host {
    pub(crate) async fn new(config: NetConfig) -> Self {
        let net = Sockets::new(config).await.unwrap();
        Self { net, now: Duration::from_secs(100), next: 0 }
    }

    /// A network that listens on loopback with all that it has.
    async fn listening(limits: Limits) -> Self {
        let listen = vec![Listen::Udp(LOOPBACK), Listen::Tcp(LOOPBACK)];
        Self::new(NetConfig { listen, limits, ..NetConfig::default() }).await
    }

    pub(crate) fn at(&self, transport: Transport) -> SocketAddr {
        let listening = self.net.listening();
        listening.into_iter().find(|(t, a)| *t == transport && a.ip().is_loopback()).unwrap().1
    }

    /// The next event; a test that would wait for ever fails instead.
    pub(crate) async fn event(&mut self) -> NetEvent {
        let next = async {
            loop {
                if let Some(event) = self.net.poll(self.now) {
                    return event;
                }
                self.net.ready().await;
            }
        };
        timeout(Duration::from_secs(20), next).await.expect("nothing happened")
    }

    fn perform(&mut self, request: NetRequest) {
        self.net.perform(self.now, request);
    }

    /// Gives an account its sockets.
    async fn bind(
        &mut self,
        account: AccountId,
        local: Option<SocketAddr>,
        roots: Roots,
    ) -> Result<Vec<(Transport, SocketAddr)>, TransportError> {
        self.perform(NetRequest::Bind { account, local, roots });
        self.bound(account).await
    }

    /// What an account was given, once what it had is told to be lost.
    async fn bound(
        &mut self,
        account: AccountId,
    ) -> Result<Vec<(Transport, SocketAddr)>, TransportError> {
        let event = self.event().await;
        let NetEvent::Bound { account: of, listen } = event else { panic!("{event:?}") };
        assert_eq!(of, account);
        listen
    }

    pub(crate) async fn open(&mut self, target: Target) -> Result<Flow, TransportError> {
        self.next += 1;
        let id = OpenId(self.next);
        self.perform(NetRequest::Open(id, target));
        let event = self.event().await;
        if let NetEvent::OpenFailed(of, error) = event {
            assert_eq!(of, id);
            return Err(error);
        }
        let NetEvent::Opened(of, flow) = event else { panic!("{event:?}") };
        assert_eq!(of, id);
        Ok(flow)
    }

    fn send(&mut self, flow: Flow, bytes: &'static [u8]) {
        let bytes = Bytes::from_static(bytes);
        self.perform(NetRequest::Send { account: None, flow: flow.id, remote: flow.remote, bytes });
    }

    async fn received(&mut self) -> (Flow, Bytes) {
        let event = self.event().await;
        let NetEvent::Received { flow, bytes } = event else { panic!("{event:?}") };
        (flow, bytes)
    }

    async fn lost(&mut self) -> (FlowId, TransportError) {
        let mut event = self.event().await;
        while let NetEvent::KeepAlive(..) = event {
            event = self.event().await;
        }
        let NetEvent::FlowLost(flow, error) = event else { panic!("{event:?}") };
        (flow, error)
    }
}

pub(crate) fn target(transport: Transport, remote: SocketAddr, domain: &str) -> Target {
    Target { transport, remote, domain: domain.to_owned(), account: ACCOUNT }
}
