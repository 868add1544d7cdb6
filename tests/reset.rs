//! Fault 3: a firewall resets the connection to the trunk in mid-call.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use milliwatt_engine::{
    api::{Outcome, Side},
    trace::{Direction, Entry},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use crate::harness::Line;

/// Passes connections on until it is told to reset them. Where it can read them it writes its own
/// address for that of the carrier, so that requests in a dialog come through it as well.
struct Relay {
    at: SocketAddr,
    reset: watch::Sender<()>,
    taken: Arc<AtomicUsize>,
    _accepts: JoinSet<()>,
}

impl Relay {
    async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (reset, resets) = watch::channel(());
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&taken);
        let mut accepts = JoinSet::new();
        accepts.spawn(async move {
            let mut passes = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let mut resets = resets.clone();
                resets.mark_unchanged();
                let far = TcpStream::connect(target).await.unwrap();
                passes.spawn(pass(near, far, resets));
            }
        });
        Self { at, reset, taken, _accepts: accepts }
    }

    /// Resets all connections, to both sides.
    fn reset(&self) {
        self.reset.send(()).unwrap();
    }
}

async fn pass(mut near: TcpStream, mut far: TcpStream, mut resets: watch::Receiver<()>) {
    let replace = (far.peer_addr().unwrap().to_string(), near.local_addr().unwrap().to_string());
    let (mut out, mut back) = ([0; 16_384], [0; 16_384]);
    loop {
        let open = tokio::select! {
            read = near.read(&mut out) => match read {
                Ok(len @ 1..) => far.write_all(&out[..len]).await.is_ok(),
                Ok(0) | Err(_) => false,
            },
            read = far.read(&mut back) => match read {
                Ok(len @ 1..) => {
                    exchange(&mut back[..len], replace.0.as_bytes(), replace.1.as_bytes());
                    near.write_all(&back[..len]).await.is_ok()
                }
                Ok(0) | Err(_) => false,
            },
            _ = resets.changed() => {
                // What is closed without lingering is reset.
                near.set_zero_linger().unwrap();
                far.set_zero_linger().unwrap();
                false
            }
        };
        if !open {
            return;
        }
    }
}

/// Puts `new` in the place of each `old`; of one length, since Content-Length is not counted anew.
fn exchange(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    if old.len() != new.len() {
        return;
    }
    for at in 0..=bytes.len().saturating_sub(old.len()) {
        if bytes[at..].starts_with(old) {
            bytes[at..at + old.len()].copy_from_slice(new);
        }
    }
}

fn ports_of<'a>(trace: &'a [Entry], method: &'a str) -> impl Iterator<Item = u16> + 'a {
    let sent = |entry: &&Entry| entry.direction == Direction::Out;
    let sent = trace.iter().filter(sent);
    sent.filter(move |entry| entry.first_line().starts_with(method)).map(|entry| entry.local.port())
}

fn a_call_outlives_its_connection(transport: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut line = Line::new("127.0.0.1").await;
        let target = match transport {
            "tls" => line.carrier.tls_address(),
            _ => line.carrier.address(),
        };
        let relay = Relay::to(target).await;
        line.register(transport, relay.at).await;
        let call = line.call("9001").await;
        line.heard(50).await;
        assert_eq!(relay.taken.load(Ordering::SeqCst), 1);
        let reset = SystemTime::now();
        relay.reset();
        line.registered().await;
        line.heard(100).await;
        let report = line.hang_up(call).await;
        assert_eq!((report.outcome, report.hangup_by), (Outcome::Answered, Some(Side::Local)));
        let media = &report.media;
        assert_eq!((media.lost, media.longest_gap_ms), (0, Some(0.0)), "{media:?}");

        let trace = line.trace();
        assert_eq!(relay.taken.load(Ordering::SeqCst), 2);
        let first = ports_of(&trace, "INVITE ").next().unwrap();
        let again = ports_of(&trace, "REGISTER ").last().unwrap();
        assert_ne!(first, again, "{trace:#?}");
        // How soon it logs in anew is held on virtual time, in the agent's own tests.
        let asks = |method: &str| {
            let is = |entry: &Entry| entry.first_line().starts_with(method);
            let at = trace.iter().position(|entry| is(entry) && entry.wall >= reset);
            at.unwrap_or_else(|| panic!("no {method}after the reset: {trace:#?}"))
        };
        assert!(asks("REGISTER ") < asks("BYE "), "{trace:#?}");
        assert_eq!(ports_of(&trace, "ACK ").last(), Some(first), "{trace:#?}");
        assert!(ports_of(&trace, "BYE ").all(|port| port != first), "{trace:#?}");
        let bye = trace.iter().position(|entry| entry.first_line().starts_with("BYE ")).unwrap();
        let answered = |entry: &Entry| {
            entry.direction == Direction::In && entry.first_line() == "SIP/2.0 200 OK"
        };
        assert!(trace[bye..].iter().any(answered), "{trace:#?}");
        line.end().await;
    });
}

#[test]
fn a_call_outlives_a_reset_of_tcp() {
    a_call_outlives_its_connection("tcp");
}

#[test]
fn a_call_outlives_a_reset_of_tls() {
    a_call_outlives_its_connection("tls");
}
