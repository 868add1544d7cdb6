//! Outbound connections: TCP, and TLS on top of it.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use milliwatt_sip::transport::{Target, TransportError};
use rustls::ClientConfig;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::net::tls;

/// Connects to `remote`, from `local` if given, in `limit`.
pub(crate) async fn tcp(
    remote: SocketAddr,
    local: Option<IpAddr>,
    limit: Duration,
) -> Result<TcpStream, TransportError> {
    let socket = match remote {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }
    .map_err(|e| TransportError::Local(e.to_string()))?;
    if let Some(ip) = local {
        let local = SocketAddr::new(ip, 0);
        socket.bind(local).map_err(|e| super::local_error(local, &e))?;
    }
    let stream = timeout(limit, socket.connect(remote))
        .await
        .map_err(|_| TransportError::TimedOut(remote))?
        .map_err(|e| remote_error(remote, &e))?;
    prepare(&stream);
    Ok(stream)
}

/// Shakes hands as a client of `target.domain` in `limit`.
pub(crate) async fn tls(
    stream: TcpStream,
    target: &Target,
    config: Arc<ClientConfig>,
    limit: Duration,
) -> Result<TlsStream<TcpStream>, TransportError> {
    let name = tls::server_name(&target.domain)?;
    timeout(limit, TlsConnector::from(config).connect(name, stream))
        .await
        .map_err(|_| {
            TransportError::Tls(format!("{} does not answer the handshake", target.domain))
        })?
        .map_err(|e| TransportError::Tls(tls::sentence(&target.domain, &e)))
}

/// Makes a connection send small messages at once, and notice a far end that vanished.
pub(super) fn prepare(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(30))
        .with_interval(Duration::from_secs(5));
    // Neither option is needed for a connection to work.
    drop(stream.set_nodelay(true));
    drop(socket.set_tcp_keepalive(&keepalive));
    #[cfg(target_os = "linux")]
    drop(socket.set_tcp_user_timeout(Some(Duration::from_secs(20))));
}

/// What an error of a socket says about `remote`.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other kinds are told as the system words them"
)]
pub(super) fn remote_error(remote: SocketAddr, error: &io::Error) -> TransportError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => TransportError::Refused(remote),
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => TransportError::Unreachable(remote),
        io::ErrorKind::TimedOut => TransportError::TimedOut(remote),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => TransportError::Closed,
        io::ErrorKind::PermissionDenied => TransportError::Local(format!(
            "this computer does not allow sending to {remote} (firewall?)"
        )),
        _ => TransportError::Local(format!("{remote}: {error}")),
    }
}
