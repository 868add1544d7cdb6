//! One stream connection, TCP or TLS: bytes to messages and back, with deadlines and a bounded
//! queue.

use std::{io, net::SocketAddr, time::Duration};

use bytes::Bytes;
use milliwatt_sip::{
    stream::{Framed, Framer, Partial},
    transport::{Flow, FlowId, TransportError},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf},
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::net::{
    Limits, NetEvent,
    connect::remote_error,
    pool::{Key, Opened},
};

/// What a task tells.
pub(super) enum Told {
    /// A connection came in.
    Accepted(Flow, mpsc::Sender<Bytes>),
    /// An attempt to open one has ended.
    Opened(Key, Opened),
    /// A message, a pong, or garbage.
    Event(NetEvent),
    /// The connection is over.
    Ended(FlowId, TransportError),
    /// A datagram of the UDP socket with this index did not reach this far end.
    #[cfg(target_os = "linux")]
    Unreachable(u8, SocketAddr, TransportError),
}

/// Everything that a connection is run with.
pub(super) struct Connection<S> {
    pub(super) stream: S,
    pub(super) flow: Flow,
    pub(super) limits: Limits,
    /// The first message must come in time: we did not ask for this connection.
    pub(super) inbound: bool,
    /// What is to be sent. When its other end is dropped, the connection is closed behind the last
    /// message.
    pub(super) outbox: mpsc::Receiver<Bytes>,
    pub(super) told: mpsc::Sender<Told>,
}

impl<S: AsyncRead + AsyncWrite + Send + 'static> Connection<S> {
    /// Runs to the end of the connection.
    pub(super) async fn run(self) {
        let Self { stream, flow, limits, inbound, outbox, told } = self;
        let (read, write) = tokio::io::split(stream);
        let (pongs, ponged) = mpsc::channel(PONGS);
        let reader = Reader { read, flow, limits, pongs, told: told.clone() };
        let why = tokio::select! {
            why = reader.run(inbound) => why,
            why = send_all(write, flow, outbox, ponged) => why,
        };
        // Err says that the network itself is gone.
        drop(told.send(Told::Ended(flow.id, why)).await);
    }
}

/// Pings that may wait for their pong; a far end that sends more gets no further ones.
const PONGS: usize = 4;

/// Bytes read at once.
const READ: usize = 16 * 1024;

/// Longest time that one write may take: a far end that reads nothing is gone.
const WRITE: Duration = Duration::from_secs(20);

struct Reader<S> {
    read: ReadHalf<S>,
    flow: Flow,
    limits: Limits,
    pongs: mpsc::Sender<()>,
    told: mpsc::Sender<Told>,
}

impl<S: AsyncRead> Reader<S> {
    /// Reads until the connection ends, and says why it did.
    async fn run(mut self, inbound: bool) -> TransportError {
        let mut framer = Framer::new();
        let mut buffer = vec![0; READ];
        // Of a connection that we did not ask for the first message is due at once.
        let mut partial = inbound.then_some(Partial::Header);
        let header = sleep(self.limits.header);
        let message = sleep(self.limits.message);
        tokio::pin!(header, message);
        loop {
            let len = tokio::select! {
                biased;
                read = self.read.read(&mut buffer) => match read {
                    Ok(0) => return TransportError::Closed,
                    Ok(len) => len,
                    Err(e) => return remote_error(self.flow.remote, &e),
                },
                () = &mut header, if partial == Some(Partial::Header) => return self.too_slow(),
                () = &mut message, if partial.is_some() => return self.too_slow(),
            };
            let bytes = buffer.get(..len).unwrap_or_default();
            framer.push(bytes);
            let whole = match self.hand_over(&mut framer, bytes).await {
                Ok(whole) => whole,
                Err(why) => return why,
            };
            let was = partial;
            let first = inbound && was.is_some() && !whole && framer.partial().is_none();
            // Line ends alone do not make a stranger's connection one that talks.
            partial = if first { was } else { framer.partial() };
            if partial.is_some() && (whole || was.is_none()) {
                header.set(sleep(self.limits.header));
                message.set(sleep(self.limits.message));
            }
        }
    }

    /// Hands over what is complete; true when a message was.
    async fn hand_over(
        &self,
        framer: &mut Framer,
        bytes: &[u8],
    ) -> Result<bool, TransportError> {
        let mut whole = false;
        while let Some(framed) = framer.next() {
            let event = match framed {
                Framed::Broken(why) => {
                    let why = why.to_string();
                    self.tell(NetEvent::Garbage {
                        flow: self.flow,
                        bytes: Bytes::copy_from_slice(bytes),
                        why: why.clone(),
                    })
                    .await?;
                    let remote = self.flow.remote;
                    return Err(TransportError::Local(format!("{remote} sends no SIP: {why}")));
                }
                Framed::Message(bytes) => {
                    whole = true;
                    NetEvent::Received { flow: self.flow, bytes }
                }
                Framed::Ping => {
                    // Full: pongs are on their way already.
                    drop(self.pongs.try_send(()));
                    continue;
                }
                Framed::Pong => NetEvent::Pong(self.flow.id),
            };
            self.tell(event).await?;
        }
        Ok(whole)
    }

    /// Waits for room: a far end that sends faster than we read is slowed down by TCP.
    async fn tell(&self, event: NetEvent) -> Result<(), TransportError> {
        self.told.send(Told::Event(event)).await.map_err(|_| TransportError::Closed)
    }

    fn too_slow(&self) -> TransportError {
        let remote = self.flow.remote;
        TransportError::Local(format!("{remote} did not finish its message in time"))
    }
}

/// Sends what is put into `outbox`, and pongs, until the sender is dropped or the far end is gone.
async fn send_all<S: AsyncWrite>(
    mut write: WriteHalf<S>,
    flow: Flow,
    mut outbox: mpsc::Receiver<Bytes>,
    mut pongs: mpsc::Receiver<()>,
) -> TransportError {
    loop {
        let bytes = tokio::select! {
            bytes = outbox.recv() => bytes,
            // The reader lives as long as this loop, so its end is never seen here.
            Some(()) = pongs.recv() => Some(Bytes::from_static(b"\r\n")),
        };
        let Some(bytes) = bytes else { break };
        match timeout(WRITE, write_whole(&mut write, &bytes)).await {
            Err(_) => return TransportError::TimedOut(flow.remote),
            Ok(Err(e)) => return remote_error(flow.remote, &e),
            Ok(Ok(())) => {}
        }
    }
    // The far end may be gone already, and need not be told then.
    drop(timeout(Duration::from_secs(1), write.shutdown()).await);
    TransportError::Closed
}

async fn write_whole<S: AsyncWrite>(write: &mut WriteHalf<S>, bytes: &[u8]) -> io::Result<()> {
    write.write_all(bytes).await?;
    write.flush().await
}
