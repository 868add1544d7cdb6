//! A ClientHello of TLS 1.0 or 1.1, written by hand: versions that rustls does not speak, and that
//! no trunk should. The handshake is never finished, so nothing depends on its weak ciphers.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use crate::net::{connect_tcp, provider};

/// What a server makes of an old version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OldTls {
    /// It would go on with it.
    Accepted,
    /// It sends an alert, or closes.
    Refused,
    /// It could not be asked, or does not answer.
    #[default]
    Unknown,
}

/// Asks `remote` for TLS 1.`minor` (0 or 1) in the name of `domain`.
pub async fn old_tls(remote: SocketAddr, domain: &str, minor: u8, limit: Duration) -> OldTls {
    let Ok(mut stream) = connect_tcp(remote, None, limit).await else { return OldTls::Unknown };
    let mut random = [0; 32];
    if provider().secure_random.fill(&mut random).is_err() {
        return OldTls::Unknown;
    }
    let version = [3, minor.min(1) + 1];
    let hello = client_hello(version, domain, random);
    let answer = async {
        stream.write_all(&hello).await?;
        let mut head = [0; HEAD];
        let mut filled = 0;
        while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match stream.read(rest).await? {
                0 => break,
                len => filled += len,
            }
        }
        std::io::Result::Ok(judge(head.get(..filled).unwrap_or_default(), version))
    };
    match timeout(limit, answer).await {
        Err(_) => OldTls::Unknown,
        // A reset says no as an alert does.
        Ok(Err(_)) => OldTls::Refused,
        Ok(Ok(judged)) => judged,
    }
}

/// Record header, handshake header, and the version that the server chose.
const HEAD: usize = 11;

/// What the first octets of an answer say.
fn judge(head: &[u8], version: [u8; 2]) -> OldTls {
    const ALERT: u8 = 21;
    const HANDSHAKE: u8 = 22;
    const SERVER_HELLO: u8 = 2;
    match head {
        [] | [ALERT, ..] => OldTls::Refused,
        [HANDSHAKE, _, _, _, _, SERVER_HELLO, _, _, _, major, minor] => {
            if [*major, *minor] == version { OldTls::Accepted } else { OldTls::Refused }
        }
        _ => OldTls::Unknown,
    }
}

/// RFC 4346 §7.4.1.2, with the extensions without which servers refuse for another reason than the
/// version: the name (RFC 6066), curves and point formats (RFC 8422).
fn client_hello(version: [u8; 2], domain: &str, random: [u8; 32]) -> Vec<u8> {
    /// What servers of that time had: ECDHE, DHE and static RSA with AES-CBC and 3DES, and the
    /// signal of secure renegotiation (RFC 5746).
    const SUITES: [u16; 11] =
        [0xc009, 0xc00a, 0xc013, 0xc014, 0x0033, 0x0039, 0x002f, 0x0035, 0xc012, 0x000a, 0x00ff];
    let mut extensions = Vec::new();
    let is_name = !domain.is_empty() && domain.parse::<std::net::IpAddr>().is_err();
    if is_name && domain.len() < 256 {
        // One list, holding one host name (type 0).
        let name = with_length(domain.as_bytes());
        let list = with_length(&[&[0], name.as_slice()].concat());
        extension(&mut extensions, 0, &list);
    }
    extension(&mut extensions, 10, &[0, 6, 0, 23, 0, 24, 0, 25]);
    extension(&mut extensions, 11, &[1, 0]);
    let mut body = Vec::with_capacity(128);
    body.extend_from_slice(&version);
    body.extend_from_slice(&random);
    body.push(0);
    body.extend(with_length(&SUITES.map(u16::to_be_bytes).concat()));
    body.extend_from_slice(&[1, 0]);
    body.extend(with_length(&extensions));
    // The length of a handshake message has three octets; ours needs two.
    let handshake = [&[1, 0], with_length(&body).as_slice()].concat();
    // The record says 1.0, as RFC 5246 appendix E.1 has it for a first message.
    [&[22, 3, 1], with_length(&handshake).as_slice()].concat()
}

fn extension(out: &mut Vec<u8>, kind: u16, data: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend(with_length(data));
}

/// `data` behind its length in two octets; all that is written here is far shorter.
fn with_length(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), data].concat()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::net::tests::LOOPBACK;

    #[test]
    fn the_hello_has_right_lengths_everywhere() {
        for domain in ["", "sip.example.net", "192.0.2.1"] {
            let hello = client_hello([3, 2], domain, [7; 32]);
            let length = |at: usize| usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
            assert_eq!(length(3), hello.len() - 5);
            assert_eq!((hello[5], hello[6]), (1, 0));
            assert_eq!(length(7), hello.len() - 9);
            assert_eq!(hello[9..11], [3, 2]);
            let suites = 9 + 2 + 32 + 1;
            assert_eq!(length(suites), 22);
            let extensions = suites + 2 + 22 + 2;
            assert_eq!(length(extensions), hello.len() - extensions - 2);
            let named = hello.windows(15).any(|w| w == b"sip.example.net");
            assert_eq!(named, domain == "sip.example.net");
        }
    }

    #[tokio::test]
    async fn answers_are_told_apart() {
        let hello = |minor| [22, 3, minor, 0, 80, 2, 0, 0, 76, 3, minor].to_vec();
        for (answer, expected) in [
            (hello(2), OldTls::Accepted),
            (hello(1), OldTls::Refused),
            (hello(3), OldTls::Refused),
            (vec![21, 3, 1, 0, 2, 2, 70], OldTls::Refused),
            (Vec::new(), OldTls::Refused),
            (b"SIP/2.0 400 Bad Request".to_vec(), OldTls::Unknown),
            (vec![22, 3, 2], OldTls::Unknown),
        ] {
            let listener = TcpListener::bind(LOOPBACK).await.unwrap();
            let at = listener.local_addr().unwrap();
            let sent = answer.clone();
            let server = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut hello = [0; 1024];
                let len = stream.read(&mut hello).await.unwrap();
                stream.write_all(&sent).await.unwrap();
                len
            });
            let told = old_tls(at, "sip.example.net", 1, Duration::from_secs(5)).await;
            assert_eq!(told, expected, "{answer:?}");
            assert!(server.await.unwrap() > 60);
        }
    }
}
