//! Opening a stream to a target, and running it.

use std::net::IpAddr;

use milliwatt_sip::transport::{Flow, FlowId, Target, TransportError};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::mpsc,
};

use crate::net::{
    Limits, Roots, connect,
    pool::Key,
    stream::{Connection, Told},
    tls::ClientConfigs,
};

/// Everything that a connection is opened with.
pub(super) struct Dialling {
    pub(super) key: Key,
    pub(super) target: Target,
    pub(super) local: Option<IpAddr>,
    /// For TLS: whom to believe.
    pub(super) tls: Option<(ClientConfigs, Roots)>,
    /// The port that we listen at beside it.
    pub(super) listens: Option<u16>,
    pub(super) limits: Limits,
    pub(super) flow: FlowId,
    pub(super) told: mpsc::Sender<Told>,
}

impl Dialling {
    /// Opens the connection, tells how that went, and runs it.
    pub(super) async fn run(self) {
        let (told, key) = (self.told.clone(), self.key.clone());
        if let Err(error) = self.open().await {
            // Err says that the network itself is gone.
            drop(told.send(Told::Opened(key, Err(error))).await);
        }
    }

    async fn open(mut self) -> Result<(), TransportError> {
        let limit = self.limits.connect;
        let config = match self.tls.take() {
            None => None,
            Some((configs, roots)) => Some(configs.of(roots).await?),
        };
        let stream = connect::tcp(self.target.remote, self.local, limit).await?;
        let flow = self.flow_of(&stream)?;
        match config {
            None => self.up(stream, flow).await,
            Some(config) => {
                let stream = connect::tls(stream, &self.target, config, limit).await?;
                self.up(stream, flow).await;
            }
        }
        Ok(())
    }

    fn flow_of(&self, stream: &TcpStream) -> Result<Flow, TransportError> {
        let local = stream.local_addr().map_err(|_| TransportError::Closed)?;
        let Target { transport, remote, account, .. } = self.target;
        Ok(Flow {
            account,
            listens: self.listens,
            ..Flow::new(self.flow, transport, local, remote)
        })
    }

    async fn up<S: AsyncRead + AsyncWrite + Send + 'static>(self, stream: S, flow: Flow) {
        let Self { key, limits, told, .. } = self;
        let (sender, outbox) = mpsc::channel(limits.queue);
        if told.send(Told::Opened(key, Ok((flow, sender)))).await.is_ok() {
            Connection { stream, flow, limits, throttle: None, outbox, told }.run().await;
        }
    }
}
