//! One stream connection, TCP or TLS: bytes to messages and back, with deadlines and a bounded
//! queue.

use std::{io, time::Duration};

use bytes::Bytes;
use milliwatt_sip::{
    stream::{Framed, Framer},
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
    listen::Throttle,
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
}

/// Everything that a connection is run with.
pub(super) struct Connection<S> {
    pub(super) stream: S,
    pub(super) flow: Flow,
    pub(super) limits: Limits,
    /// Of a connection that we did not ask for. Its first message must come in time.
    pub(super) throttle: Option<Throttle>,
    /// What is to be sent. When its other end is dropped, the connection is closed behind the last
    /// message.
    pub(super) outbox: mpsc::Receiver<Bytes>,
    pub(super) told: mpsc::Sender<Told>,
}

impl<S: AsyncRead + AsyncWrite + Send + 'static> Connection<S> {
    /// Runs to the end of the connection.
    pub(super) async fn run(self) {
        let Self { stream, flow, limits, throttle, outbox, told } = self;
        let (read, write) = tokio::io::split(stream);
        let (pongs, ponged) = mpsc::channel(PONGS);
        let reader = Reader { read, flow, limits, throttle, pongs, told: told.clone() };
        let why = tokio::select! {
            why = reader.run() => why,
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

/// Time for an answer to what broke the stream.
const ANSWER: Duration = Duration::from_secs(2);

/// How far a message has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Body,
    Header,
    Idle,
}

impl Stage {
    fn of(framer: &Framer) -> Self {
        if framer.is_inside_headers() {
            Self::Header
        } else if framer.is_inside() {
            Self::Body
        } else {
            Self::Idle
        }
    }
}

struct Reader<S> {
    read: ReadHalf<S>,
    flow: Flow,
    limits: Limits,
    throttle: Option<Throttle>,
    pongs: mpsc::Sender<()>,
    told: mpsc::Sender<Told>,
}

impl<S: AsyncRead> Reader<S> {
    /// Reads until the connection ends, and says why it did.
    async fn run(mut self) -> TransportError {
        let inbound = self.throttle.is_some();
        let mut framer = Framer::new();
        let mut buffer = vec![0; READ];
        // Of a connection that we did not ask for the first message is due at once.
        let mut spoken = !inbound;
        let mut stage = if inbound { Stage::Header } else { Stage::Idle };
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
                () = &mut header, if stage == Stage::Header => return self.too_slow(),
                () = &mut message, if stage != Stage::Idle => return self.too_slow(),
            };
            framer.push(buffer.get(..len).unwrap_or_default());
            let whole = match self.hand_over(&mut framer).await {
                Ok(whole) => whole,
                Err(why) => return why,
            };
            spoken |= whole;
            let was = stage;
            stage = Stage::of(&framer);
            if !spoken && stage == Stage::Idle {
                // Line ends alone do not make a stranger's connection one that talks.
                stage = was;
            } else if stage != Stage::Idle && (whole || was == Stage::Idle) {
                header.set(sleep(self.limits.header));
                message.set(sleep(self.limits.message));
            }
        }
    }

    /// Hands over what is complete; true when a message was.
    async fn hand_over(&mut self, framer: &mut Framer) -> Result<bool, TransportError> {
        let mut whole = false;
        while let Some(framed) = framer.next() {
            if let Some(throttle) = &self.throttle {
                throttle.pass().await;
            }
            match framed {
                Framed::Broken { reason, head } => {
                    // What can be read of it may still be answered.
                    self.tell(NetEvent::Received { flow: self.flow, bytes: head }).await?;
                    self.discard().await;
                    let why = format!("{} sends no SIP: {reason}", self.flow.remote);
                    return Err(TransportError::Local(why));
                }
                Framed::Message(bytes) => {
                    whole = true;
                    self.tell(NetEvent::Received { flow: self.flow, bytes }).await?;
                }
                Framed::Ping => {
                    // Full: pongs are on their way already.
                    let _ = self.pongs.try_send(());
                    let ping = Bytes::from_static(b"\r\n\r\n");
                    self.tell(NetEvent::KeepAlive(self.flow, ping)).await?;
                }
                Framed::Pong => self.tell(NetEvent::Pong(self.flow.id)).await?,
            }
        }
        Ok(whole)
    }

    /// Reads on without looking, so that the answer to the last message is not lost in a reset.
    async fn discard(&mut self) {
        let mut buffer = [0; 1024];
        let all = async { while matches!(self.read.read(&mut buffer).await, Ok(1..)) {} };
        // Whether the far end closes or the time is over makes no difference.
        drop(timeout(ANSWER, all).await);
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
