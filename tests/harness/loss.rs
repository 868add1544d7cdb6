//! A line that loses datagrams between two programs, and knows what was sent again for it.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{free_port, relay::exchange};

/// All sendings of each message: `INVITE`, `200 INVITE`, `ACK`.
type Sendings = BTreeMap<String, Vec<Vec<u8>>>;

/// Loses the first sending of every message, both ways, and passes on the others. Each side sees
/// addresses of this line alone, so that requests in a dialog come through it as well.
pub(crate) struct LossyLine {
    /// Where the one program finds the other.
    pub(crate) near: SocketAddr,
    /// Where the other finds the one.
    pub(crate) far: SocketAddr,
    seen: Arc<Mutex<Sendings>>,
    over: Arc<AtomicBool>,
    ways: Vec<JoinHandle<()>>,
}

impl LossyLine {
    /// Between programs at two ports of loopback.
    pub(crate) fn between(one: u16, other: u16) -> Self {
        let face = || Arc::new(UdpSocket::bind(("127.0.0.1", free_port())).unwrap());
        let (near, far) = (face(), face());
        let mut line = Self {
            near: near.local_addr().unwrap(),
            far: far.local_addr().unwrap(),
            seen: Arc::default(),
            over: Arc::default(),
            ways: Vec::new(),
        };
        line.carry(&near, &far, other);
        line.carry(&far, &near, one);
        line
    }

    /// What was sent so far, what was lost of it included.
    pub(crate) fn seen(&self) -> Sendings {
        self.seen.lock().unwrap().clone()
    }

    fn carry(&mut self, from: &Arc<UdpSocket>, to: &Arc<UdpSocket>, target: u16) {
        let (from, to) = (Arc::clone(from), Arc::clone(to));
        let (seen, over) = (Arc::clone(&self.seen), Arc::clone(&self.over));
        from.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mask = to.local_addr().unwrap().to_string();
        self.ways.push(thread::spawn(move || {
            let mut datagram = [0; 65_536];
            while !over.load(Ordering::Relaxed) {
                let Ok((len, source)) = from.recv_from(&mut datagram) else { continue };
                let bytes = &mut datagram[..len];
                let Some(kind) = kind(bytes) else { continue };
                let mut seen = seen.lock().unwrap();
                let sendings = seen.entry(kind).or_default();
                sendings.push(bytes.to_vec());
                if sendings.len() > 1 {
                    exchange(bytes, source.to_string().as_bytes(), mask.as_bytes());
                    to.send_to(bytes, ("127.0.0.1", target)).unwrap();
                }
            }
        }));
    }
}

impl Drop for LossyLine {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for way in self.ways.drain(..) {
            way.join().unwrap();
        }
    }
}

/// The method of a request, or the code of a response with the method that it answers; nothing for
/// what is no message.
fn kind(message: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(message);
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    match first.next()? {
        "SIP/2.0" => {
            let answered = lines.find_map(|line| line.strip_prefix("CSeq: "))?;
            Some(format!("{} {}", first.next()?, answered.split_once(' ')?.1))
        }
        "" => None,
        method => Some(method.to_owned()),
    }
}
