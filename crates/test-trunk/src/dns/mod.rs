//! A DNS server with authority over one zone; it forwards nothing.

mod zone;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

pub(crate) use self::zone::{DEAD, Zone};

/// The open server.
pub(crate) struct Server {
    udp: Arc<UdpSocket>,
    tcp: TcpListener,
    address: SocketAddr,
}

/// What one server answers with.
#[derive(Clone)]
struct Answering {
    zone: Arc<Zone>,
    /// Questions and connections under way.
    room: Arc<Semaphore>,
}

/// Questions and connections at one time; more of them wait or are not heard.
const ROOM: usize = 64;
/// Between two errors: one that lasts takes no core.
const BREATH: Duration = Duration::from_millis(50);
/// Time for a whole question over TCP.
const PATIENCE: Duration = Duration::from_secs(10);
/// A port is taken for UDP only, or for TCP only: as many others are tried.
const TRIES: usize = 32;

impl Server {
    /// Opens UDP and TCP at the same port; port 0 lets the system choose.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub(crate) async fn open(at: SocketAddr) -> io::Result<Self> {
        let mut tried = 0;
        loop {
            let udp = UdpSocket::bind(at).await?;
            let address = udp.local_addr()?;
            match TcpListener::bind(address).await {
                Ok(tcp) => return Ok(Self { udp: Arc::new(udp), tcp, address }),
                Err(e) if at.port() != 0 || tried == TRIES => return Err(e),
                Err(_) => tried += 1,
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is dropped.
    pub(crate) async fn run(self, zone: Zone) {
        let Self { udp, tcp, .. } = self;
        let room = Arc::new(Semaphore::new(ROOM));
        let answering = Answering { zone: Arc::new(zone), room };
        tokio::join!(answering.clone().datagrams(udp), answering.streams(tcp));
    }
}

impl Answering {
    async fn datagrams(self, udp: Arc<UdpSocket>) {
        let mut buffer = vec![0; 4096];
        loop {
            // An error is one of an earlier answer that could not be delivered, or lasts.
            let Ok((len, from)) = udp.recv_from(&mut buffer).await else {
                sleep(BREATH).await;
                continue;
            };
            let question = buffer.get(..len).unwrap_or_default().to_vec();
            let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else { continue };
            let (answering, udp) = (self.clone(), Arc::clone(&udp));
            // Each on its own, so that a slow answer does not hold up the next.
            tokio::spawn(async move {
                if let Some(answer) = answering.answer(&question).await {
                    drop(udp.send_to(&answer, from).await);
                }
                drop(permit);
            });
        }
    }

    async fn streams(self, tcp: TcpListener) {
        loop {
            let Ok((stream, _)) = tcp.accept().await else {
                sleep(BREATH).await;
                continue;
            };
            let Ok(permit) = Arc::clone(&self.room).acquire_owned().await else { return };
            tokio::spawn(self.clone().stream(stream, permit));
        }
    }

    /// Questions on one connection, each with its length before it (RFC 1035 §4.2.2).
    async fn stream(self, mut stream: TcpStream, permit: OwnedSemaphorePermit) {
        while let Ok(Ok(question)) = timeout(PATIENCE, read(&mut stream)).await {
            let Some(answer) = self.answer(&question).await else { break };
            let Ok(length) = u16::try_from(answer.len()) else { break };
            let framed = [length.to_be_bytes().as_slice(), &answer].concat();
            if stream.write_all(&framed).await.is_err() {
                break;
            }
        }
        drop(permit);
    }

    async fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        let question = Message::from_vec(question).ok()?;
        let asks = question.metadata.message_type == MessageType::Query;
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.recursion_desired = question.metadata.recursion_desired;
        answer.add_queries(question.queries.iter().cloned());
        match question.queries.as_slice() {
            [query] if asks && question.metadata.op_code == OpCode::Query => {
                self.zone.answer(query, &mut answer);
            }
            _ if asks => answer.metadata.response_code = ResponseCode::NotImp,
            _ => return None,
        }
        sleep(self.zone.delay()).await;
        answer.to_vec().ok()
    }
}

async fn read(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut question = vec![0; usize::from(length)];
    stream.read_exact(&mut question).await?;
    Ok(question)
}
