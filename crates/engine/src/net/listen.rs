//! Inbound connections: bounded in number, strangers apart from those that are trusted.

use std::{
    future::poll_fn,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::transport::{AccountId, Flow, FlowId, Transport};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use crate::net::{
    Limits,
    bucket::{Rate, Trusted},
    connect::prepare,
    ports::Owner,
    stream::{Connection, Told},
};

/// What all listeners of one network share.
#[derive(Clone)]
pub(super) struct Inbound {
    pub(super) limits: Limits,
    pub(super) next_flow: Arc<AtomicU64>,
    pub(super) told: mpsc::Sender<Told>,
    pub(super) trusted: Arc<Mutex<Trusted>>,
    pub(super) refused: Arc<AtomicU64>,
    pub(super) strangers: Arc<Semaphore>,
    pub(super) friends: Arc<Semaphore>,
    /// Strangers' connections.
    pub(super) connections: Rate,
    /// Strangers' messages on all connections.
    pub(super) messages: Rate,
}

/// Slows down what a stranger sends on one connection.
pub(super) struct Throttle {
    source: IpAddr,
    trusted: Arc<Mutex<Trusted>>,
    own: Rate,
    all: Rate,
}

impl Throttle {
    /// Waits until one more message may be read. A source that is trusted by now never waits.
    pub(super) async fn pass(&self) {
        if !is_trusted(&self.trusted, self.source) {
            self.own.wait().await;
            self.all.wait().await;
        }
    }
}

fn is_trusted(trusted: &Mutex<Trusted>, source: IpAddr) -> bool {
    trusted.lock().unwrap_or_else(PoisonError::into_inner).contains(source)
}

/// A listener that can be shut from outside, at once: its address is free when `shut` returns,
/// while a task that is aborted lets go of it some time later.
pub(super) struct Door(Mutex<Way>);

struct Way {
    listener: Option<TcpListener>,
    waiting: Option<Waker>,
}

impl Door {
    pub(super) fn new(listener: TcpListener) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Way { listener: Some(listener), waiting: None })))
    }

    /// Closes the listener; whoever waits for connections stops.
    pub(super) fn shut(&self) {
        let mut way = self.way();
        way.listener = None;
        if let Some(waker) = way.waiting.take() {
            waker.wake();
        }
    }

    /// The next connection; `None` when the door is shut.
    async fn next(&self) -> Option<io::Result<(TcpStream, SocketAddr)>> {
        poll_fn(|cx| {
            let mut way = self.way();
            let Some(listener) = &way.listener else { return Poll::Ready(None) };
            let accepted = listener.poll_accept(cx).map(Some);
            way.waiting = accepted.is_pending().then(|| cx.waker().clone());
            accepted
        })
        .await
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts for `owner` until the door is shut; `acceptor` makes it TLS.
pub(super) async fn accept(
    door: Arc<Door>,
    acceptor: Option<TlsAcceptor>,
    inbound: Inbound,
    owner: Owner,
) {
    while let Some(accepted) = door.next().await {
        match accepted {
            Ok((stream, remote)) => match inbound.admit(remote) {
                Some(permit) => {
                    let (acceptor, inbound) = (acceptor.clone(), inbound.clone());
                    tokio::spawn(inbound.serve(stream, owner.of(), acceptor, permit));
                }
                None => {
                    inbound.refused.fetch_add(1, Ordering::Relaxed);
                }
            },
            // Out of descriptors, or a connection that was gone before it was taken.
            Err(e) => {
                tracing::debug!(%e, "accept");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

impl Inbound {
    fn admit(&self, remote: SocketAddr) -> Option<OwnedSemaphorePermit> {
        if is_trusted(&self.trusted, remote.ip()) {
            return Arc::clone(&self.friends).try_acquire_owned().ok();
        }
        let room = Arc::clone(&self.strangers).try_acquire_owned().ok()?;
        self.connections.take().then_some(room)
    }

    async fn serve(
        self,
        stream: TcpStream,
        account: AccountId,
        acceptor: Option<TlsAcceptor>,
        permit: OwnedSemaphorePermit,
    ) {
        prepare(&stream);
        let (Ok(local), Ok(remote)) = (stream.local_addr(), stream.peer_addr()) else { return };
        let id = FlowId(self.next_flow.fetch_add(1, Ordering::Relaxed));
        let transport = if acceptor.is_some() { Transport::Tls } else { Transport::Tcp };
        let flow = Flow { account, ..Flow::new(id, transport, local, remote) };
        match acceptor {
            None => self.run(stream, flow).await,
            Some(acceptor) => match timeout(self.limits.header, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => self.run(stream, flow).await,
                Ok(Err(e)) => tracing::debug!(%e, "inbound TLS handshake"),
                Err(_) => tracing::debug!("inbound TLS handshake took too long"),
            },
        }
        drop(permit);
    }

    async fn run<S>(&self, stream: S, flow: Flow)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + 'static,
    {
        let (sender, outbox) = mpsc::channel::<Bytes>(self.limits.queue);
        if self.told.send(Told::Accepted(flow, sender)).await.is_err() {
            return;
        }
        let (limits, told) = (self.limits, self.told.clone());
        let throttle = Some(Throttle {
            source: flow.remote.ip(),
            trusted: Arc::clone(&self.trusted),
            own: Rate::new(limits.stranger_per_second),
            all: self.messages.clone(),
        });
        Connection { stream, flow, limits, throttle, outbox, told }.run().await;
    }
}
