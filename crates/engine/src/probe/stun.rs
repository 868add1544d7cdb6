//! A STUN binding request (RFC 8489): how a server on the other side sees our address.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{net::UdpSocket, time::timeout};

use super::ms_since;
use crate::{clock::Clock, net::provider};

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StunReport {
    /// Our address as this host knows it.
    pub local: SocketAddr,
    /// Our address as the server sees it.
    pub mapped: SocketAddr,
    /// Time to the answer, ms, from the request that was answered or an earlier one.
    pub took_ms: f64,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StunError {
    /// No answer to three requests.
    #[error("the STUN server {0} does not answer")]
    Silent(SocketAddr),
    /// The socket cannot be had, or the server not be reached.
    #[error("the STUN server {0} cannot be asked: {1}")]
    Local(SocketAddr, String),
    /// The server answered with an error.
    #[error("the STUN server {0} refuses with code {1}")]
    Refused(SocketAddr, u16),
}

/// Waiting times of the requests (RFC 8489 §6.2.1, cut short).
const WAITS: [Duration; 3] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

const COOKIE: u32 = 0x2112_a442;
const HEADER: usize = 20;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const MAPPED_ADDRESS: u16 = 0x0001;
const ERROR_CODE: u16 = 0x0009;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;

/// Asks `server` from `local` (port 0 for any), three times at most, within 3.5 s.
///
/// # Errors
/// As [`StunError`] tells.
pub async fn stun(
    server: SocketAddr,
    local: SocketAddr,
    clock: &dyn Clock,
) -> Result<StunReport, StunError> {
    let said = |e: std::io::Error| StunError::Local(server, e.to_string());
    let socket = UdpSocket::bind(local).await.map_err(said)?;
    socket.connect(server).await.map_err(said)?;
    let mut id = [0; 12];
    if provider().secure_random.fill(&mut id).is_err() {
        return Err(StunError::Local(server, "no random numbers".into()));
    }
    let request = binding_request(id);
    let start = clock.now();
    for wait in WAITS {
        socket.send(&request).await.map_err(said)?;
        let answer = async {
            let mut buffer = [0; 1500];
            loop {
                let len = socket.recv(&mut buffer).await.map_err(said)?;
                match read(buffer.get(..len).unwrap_or_default(), id) {
                    Some(Answer::Mapped(mapped)) => return Ok(mapped),
                    Some(Answer::Refused(code)) => return Err(StunError::Refused(server, code)),
                    None => {}
                }
            }
        };
        if let Ok(answer) = timeout(wait, answer).await {
            let mapped = answer?;
            let local = socket.local_addr().map_err(said)?;
            return Ok(StunReport { local, mapped, took_ms: ms_since(clock, start) });
        }
    }
    Err(StunError::Silent(server))
}

fn binding_request(id: [u8; 12]) -> Vec<u8> {
    let mut request = Vec::with_capacity(HEADER);
    request.extend_from_slice(&BINDING_REQUEST.to_be_bytes());
    request.extend_from_slice(&[0, 0]);
    request.extend_from_slice(&COOKIE.to_be_bytes());
    request.extend_from_slice(&id);
    request
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Mapped(SocketAddr),
    Refused(u16),
}

/// Reads an answer to the request `id`; `None` for anything else.
fn read(message: &[u8], id: [u8; 12]) -> Option<Answer> {
    let (header, body) = message.split_at_checked(HEADER)?;
    let length = usize::from(u16_at(header, 2)?);
    if header.get(4..8)? != COOKIE.to_be_bytes() || header.get(8..)? != id {
        return None;
    }
    let mut rest = body.get(..length)?;
    let kind = u16_at(header, 0)?;
    let mut plain = None;
    while let Some((attribute, value, after)) = next_attribute(rest) {
        rest = after;
        match (kind, attribute) {
            (BINDING_ERROR, ERROR_CODE) => {
                let (class, number) = (value.get(2)? & 7, value.get(3)?);
                return Some(Answer::Refused(u16::from(class) * 100 + u16::from(*number)));
            }
            (BINDING_SUCCESS, XOR_MAPPED_ADDRESS) => {
                return address(value, Some(id)).map(Answer::Mapped);
            }
            // What servers older than RFC 5389 send.
            (BINDING_SUCCESS, MAPPED_ADDRESS) => plain = plain.or_else(|| address(value, None)),
            _ => {}
        }
    }
    plain.map(Answer::Mapped)
}

/// Type, value, and what follows the padding.
fn next_attribute(rest: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (kind, length) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
    let value = rest.get(4..4 + length)?;
    let after = rest.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
    Some((kind, value, after))
}

/// RFC 8489 §14.1 and, with the transaction's name, §14.2.
fn address(value: &[u8], xor: Option<[u8; 12]>) -> Option<SocketAddr> {
    let mut mask = [0; 16];
    if let Some(id) = xor {
        let (cookie, rest) = mask.split_at_mut(4);
        cookie.copy_from_slice(&COOKIE.to_be_bytes());
        rest.copy_from_slice(&id);
    }
    let port = u16_at(value, 2)? ^ u16::from_be_bytes([mask[0], mask[1]]);
    let octets = value.get(4..)?;
    let plain: Vec<u8> = octets.iter().zip(mask).map(|(octet, mask)| octet ^ mask).collect();
    let ip = match value.get(1)? {
        1 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(plain.get(..4)?).ok()?)),
        2 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(plain).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes(pair.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::VirtualClock, net::tests::LOOPBACK};

    fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            text.bytes().filter_map(|b| (b as char).to_digit(16)).map(|d| d as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    /// The responses of RFC 5769 §2.2 and §2.3.
    #[test]
    fn the_sample_responses_of_rfc_5769_are_read() {
        let v4 = unhex(
            "0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 \
             00200008 0001a147 e112a643 00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 \
             80280004 c07d4c96",
        );
        let v6 = unhex(
            "01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 \
             00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 \
             1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c",
        );
        let id: [u8; 12] = v4[8..20].try_into().unwrap();
        let expected = "192.0.2.1:32853".parse().unwrap();
        assert_eq!(read(&v4, id), Some(Answer::Mapped(expected)));
        let expected = "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap();
        assert_eq!(read(&v6, id), Some(Answer::Mapped(expected)));
        assert_eq!(read(&v4, [0; 12]), None);
        for cut in 0..v6.len() {
            assert_eq!(read(&v6[..cut], id), None);
        }
    }

    #[test]
    fn errors_are_told_with_their_code() {
        let mut message = binding_request([3; 12]);
        message[..4].copy_from_slice(&[1, 0x11, 0, 8]);
        message.extend_from_slice(&[0, 9, 0, 4, 0, 0, 4, 20]);
        assert_eq!(read(&message, [3; 12]), Some(Answer::Refused(420)));
    }

    #[tokio::test]
    async fn a_server_tells_our_address_and_the_second_request_may_be_the_answered_one() {
        let server = UdpSocket::bind(LOOPBACK).await.unwrap();
        let at = server.local_addr().unwrap();
        let answering = tokio::spawn(async move {
            let mut buffer = [0; 100];
            server.recv_from(&mut buffer).await.unwrap();
            let (len, from) = server.recv_from(&mut buffer).await.unwrap();
            let mut answer = buffer[..len].to_vec();
            let SocketAddr::V4(v4) = from else { panic!() };
            answer[..4].copy_from_slice(&[1, 1, 0, 12]);
            answer.extend_from_slice(&[0, 1, 0, 8, 0, 1]);
            answer.extend_from_slice(&v4.port().to_be_bytes());
            answer.extend_from_slice(&v4.ip().octets());
            server.send_to(b"noise", from).await.unwrap();
            server.send_to(&answer, from).await.unwrap();
            from
        });
        let report = stun(at, LOOPBACK, &VirtualClock::default()).await.unwrap();
        let from = answering.await.unwrap();
        assert_eq!((report.local, report.mapped), (from, from));
    }
}
