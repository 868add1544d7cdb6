//! ICMP errors of UDP sockets on Linux: the error queue tells which far end is unreachable, so
//! that a refused port is known at once instead of after the retransmissions.

use std::{
    io::{self, IoSliceMut},
    net::{SocketAddr, SocketAddrV4, SocketAddrV6},
    os::fd::AsRawFd,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use milliwatt_sip::transport::TransportError;
use nix::{
    cmsg_space, libc,
    sys::socket::{
        ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt,
        sockopt::{Ipv4RecvErr, Ipv6RecvErr},
    },
};
use socket2::Socket;
use tokio::{io::Interest, net::UdpSocket};

use crate::net::connect::remote_error;

/// Asks the kernel to keep ICMP errors for us. Without it, failover waits for a timer.
pub(super) fn enable(socket: &Socket, ipv6: bool) {
    let done = if ipv6 {
        setsockopt(socket, Ipv6RecvErr, &true)
    } else {
        setsockopt(socket, Ipv4RecvErr, &true)
    };
    if let Err(e) = done {
        tracing::debug!(%e, "no ICMP errors will be told");
    }
}

/// The errors of one socket, one after the other.
pub(super) struct Errors {
    socket: Arc<UdpSocket>,
    next: Option<Pin<Box<Next>>>,
}

type Next = dyn Future<Output = Option<(SocketAddr, TransportError)>> + Send;

impl Errors {
    /// Those of `socket`.
    pub(super) fn of(socket: Arc<UdpSocket>) -> Self {
        let next = Box::pin(next(Arc::clone(&socket)));
        Self { socket, next: Some(next) }
    }

    /// The next error: which far end, and what.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(SocketAddr, TransportError)> {
        let Some(waiting) = &mut self.next else { return Poll::Pending };
        let found = ready!(waiting.as_mut().poll(cx));
        self.next = None;
        let Some(found) = found else { return Poll::Pending };
        self.next = Some(Box::pin(next(Arc::clone(&self.socket))));
        Poll::Ready(found)
    }
}

/// `None` when the socket can tell no errors.
async fn next(socket: Arc<UdpSocket>) -> Option<(SocketAddr, TransportError)> {
    loop {
        socket.ready(Interest::ERROR).await.ok()?;
        match socket.try_io(Interest::ERROR, || take(&socket)) {
            Ok(Some(found)) => return Some(found),
            Ok(None) => {}
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return None,
        }
    }
}

/// One entry of the error queue; `None` inside for an entry that names nobody.
#[expect(clippy::wildcard_enum_match_arm, reason = "only errors are waited for")]
fn take(socket: &UdpSocket) -> io::Result<Option<(SocketAddr, TransportError)>> {
    let mut payload = [0u8; 64];
    let mut iov = [IoSliceMut::new(&mut payload)];
    let mut control = cmsg_space!(libc::sock_extended_err, libc::sockaddr_in6);
    let message = recvmsg::<SockaddrStorage>(
        socket.as_raw_fd(),
        &mut iov,
        Some(&mut control),
        MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT,
    )?;
    let Some(remote) = message.address.as_ref().and_then(address) else { return Ok(None) };
    let mut errors = message.cmsgs()?.filter_map(|c| match c {
        ControlMessageOwned::Ipv4RecvErr(e, _) | ControlMessageOwned::Ipv6RecvErr(e, _) => {
            Some(e.ee_errno)
        }
        _ => None,
    });
    let Some(errno) = errors.next().and_then(|e| i32::try_from(e).ok()) else { return Ok(None) };
    if errno == libc::EMSGSIZE {
        // A smaller path MTU: the kernel fragments the retransmission.
        return Ok(None);
    }
    Ok(Some((remote, remote_error(remote, &io::Error::from_raw_os_error(errno)))))
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|a| SocketAddrV4::new(a.ip(), a.port()).into());
    v4.or_else(|| {
        let a = storage.as_sockaddr_in6()?;
        Some(SocketAddrV6::new(a.ip(), a.port(), a.flowinfo(), a.scope_id()).into())
    })
}
