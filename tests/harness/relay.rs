//! A firewall in the way of streams: it passes them on, and resets them when it is told to.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// Passes connections on until it is told to reset them. Where it can read them it writes its own
/// address for that of the carrier, so that requests in a dialog come through it as well.
pub(crate) struct Relay {
    /// Where it listens.
    pub(crate) at: SocketAddr,
    reset: watch::Sender<()>,
    taken: Arc<AtomicUsize>,
    _accepts: JoinSet<()>,
}

impl Relay {
    /// Before `target`.
    pub(crate) async fn to(target: SocketAddr) -> Self {
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

    /// Connections that came in so far.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    /// Resets all connections, to both sides.
    pub(crate) fn reset(&self) {
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
pub(super) fn exchange(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    if old.len() != new.len() {
        return;
    }
    for at in 0..=bytes.len().saturating_sub(old.len()) {
        if bytes[at..].starts_with(old) {
            bytes[at..at + old.len()].copy_from_slice(new);
        }
    }
}
