//! A STUN server (RFC 8489) at two ports: what a phone behind NAT asks for its address.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::net::UdpSocket;

use crate::faults::Faults;

/// The open server.
pub(crate) struct Server {
    sockets: [UdpSocket; 2],
    addresses: [SocketAddr; 2],
}

const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0, 1];
const BINDING_SUCCESS: [u8; 2] = [1, 1];
const XOR_MAPPED_ADDRESS: [u8; 2] = [0, 0x20];
/// Between two errors: one that lasts takes no core.
const BREATH: Duration = Duration::from_millis(50);
/// Header, and the largest attribute after it.
const LARGEST: usize = 576;

impl Server {
    /// Opens `at` and the port after it; with port 0 the system chooses both.
    ///
    /// # Errors
    /// When one of them cannot be had.
    pub(crate) async fn open(at: SocketAddr) -> io::Result<Self> {
        let next = if at.port() == 0 { 0 } else { at.port().saturating_add(1) };
        let sockets =
            [UdpSocket::bind(at).await?, UdpSocket::bind(SocketAddr::new(at.ip(), next)).await?];
        let [one, two] = &sockets;
        let addresses = [one.local_addr()?, two.local_addr()?];
        Ok(Self { sockets, addresses })
    }

    /// Where it listens.
    pub(crate) fn addresses(&self) -> [SocketAddr; 2] {
        self.addresses
    }

    /// Answers until it is dropped.
    pub(crate) async fn run(self, faults: Faults) {
        let seen = |from: SocketAddr, second: bool| {
            let mut seen = faults.nat.unwrap_or(from);
            if second && faults.nat_symmetric {
                seen.set_port(seen.port().wrapping_add(1));
            }
            seen
        };
        let [one, two] = &self.sockets;
        tokio::join!(serve(one, |from| seen(from, false)), serve(two, |from| seen(from, true)));
    }
}

async fn serve(socket: &UdpSocket, seen: impl Fn(SocketAddr) -> SocketAddr) {
    let mut buffer = [0; LARGEST];
    loop {
        // An error is one of an earlier answer that could not be delivered, or lasts.
        let Ok((len, from)) = socket.recv_from(&mut buffer).await else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let request = buffer.get(..len).unwrap_or_default();
        if let Some(answer) = answer(request, seen(from)) {
            drop(socket.send_to(&answer, from).await);
        }
    }
}

/// The answer to a binding request; `None` for anything else.
fn answer(request: &[u8], seen: SocketAddr) -> Option<Vec<u8>> {
    let (header, _) = request.split_at_checked(20)?;
    let (kind, rest) = header.split_first_chunk::<2>()?;
    let (_, mask) = rest.split_first_chunk::<2>()?;
    if *kind != BINDING_REQUEST || !mask.starts_with(&COOKIE) {
        return None;
    }
    let value = xor_mapped(seen, mask);
    let length = u16::try_from(value.len()).ok()?;
    let mut answer = Vec::with_capacity(24 + value.len());
    answer.extend(BINDING_SUCCESS);
    answer.extend((length + 4).to_be_bytes());
    answer.extend_from_slice(mask);
    answer.extend(XOR_MAPPED_ADDRESS);
    answer.extend(length.to_be_bytes());
    answer.extend(value);
    Some(answer)
}

/// RFC 8489 §14.2: the port and the address, masked by cookie and transaction.
fn xor_mapped(seen: SocketAddr, mask: &[u8]) -> Vec<u8> {
    let (family, octets) = match seen.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let masked = |bytes: &[u8]| -> Vec<u8> { bytes.iter().zip(mask).map(|(b, m)| b ^ m).collect() };
    let mut value = vec![0, family];
    value.extend(masked(&seen.port().to_be_bytes()));
    value.extend(masked(&octets));
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The response of RFC 5769 §2.2, its own attributes apart.
    #[test]
    fn an_address_is_masked_as_the_rfc_shows() {
        let mut request = vec![0, 1, 0, 0];
        request.extend(COOKIE);
        request.extend([0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae]);
        let answered = answer(&request, "192.0.2.1:32853".parse().unwrap()).unwrap();
        assert_eq!(answered[..4], [1, 1, 0, 12]);
        assert_eq!(answered[4..20], request[4..]);
        let wanted = [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43];
        assert_eq!(answered[20..], wanted);
        for cut in 0..request.len() {
            assert_eq!(answer(&request[..cut], "192.0.2.1:1".parse().unwrap()), None);
        }
        assert_eq!(answer(&answered, "192.0.2.1:1".parse().unwrap()), None, "no request");
    }
}
