//! Which kind of NAT is in between, as STUN servers see it (RFC 8489; kinds of RFC 4787 §4.1).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use milliwatt_sip::transport::Transport;
use serde::{Deserialize, Serialize};

use super::{has_route, servers, stun};
use crate::clock::Clock;

/// How several STUN servers see one port of ours.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NatReport {
    /// Our address as this host knows it; `None` when no server answered.
    pub local: Option<SocketAddr>,
    /// What each server said, in the order asked.
    pub told: Vec<Told>,
}

/// What one STUN server said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The server as the settings name it.
    pub server: String,
    /// Our address as it sees it, or why it tells none.
    pub mapped: Result<SocketAddr, String>,
}

/// The NAT between us and the servers that were asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nat {
    /// Every far end sees the same address and port of ours.
    Cone,
    /// Our own address is seen.
    None,
    /// Each far end sees another port.
    Symmetric,
}

impl NatReport {
    /// The kind of NAT; `None` when no server answered. One server alone cannot tell a symmetric one.
    pub fn kind(&self) -> Option<Nat> {
        let mut seen = self.mapped();
        let first = seen.next()?;
        Some(if seen.any(|mapped| mapped != first) {
            Nat::Symmetric
        } else if self.local == Some(first) {
            Nat::None
        } else {
            Nat::Cone
        })
    }

    /// Our addresses as the servers see them.
    pub fn mapped(&self) -> impl Iterator<Item = SocketAddr> {
        self.told.iter().filter_map(|told| told.mapped.as_ref().ok().copied())
    }
}

/// Asks each of `servers`, `HOST` or `HOST:PORT`, all from one local port, one after the other: 3.5 s
/// at most for each. Names are asked of the DNS servers `dns`, the system's when empty.
pub async fn nat(servers: &[String], dns: &[SocketAddr], clock: &dyn Clock) -> NatReport {
    let mut report = NatReport::default();
    for server in servers {
        let mapped = match address(server, report.local, dns).await {
            Ok(remote) => {
                let any: SocketAddr = match remote {
                    SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                    SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
                };
                let answer = stun(remote, report.local.unwrap_or(any), clock).await;
                answer.map_err(|e| e.to_string()).map(|answer| {
                    report.local.get_or_insert(answer.local);
                    answer.mapped
                })
            }
            Err(why) => Err(why),
        };
        report.told.push(Told { server: server.clone(), mapped });
    }
    report
}

/// The server's first address that this host has a way to, of the family in use.
async fn address(
    server: &str,
    local: Option<SocketAddr>,
    dns: &[SocketAddr],
) -> Result<SocketAddr, String> {
    let (host, port) = host_and_port(server);
    let found = servers(host, Some(port), Transport::Udp, dns).await.map_err(|e| e.to_string())?;
    for remote in in_order(found, local) {
        if has_route(remote).await {
            return Ok(remote);
        }
    }
    Err(format!("the STUN server {server} has no address that can be asked from here"))
}

/// Addresses that one port of ours can ask: of its family once it is open, else IPv4 first, since most
/// trunks are there.
fn in_order(mut found: Vec<SocketAddr>, local: Option<SocketAddr>) -> Vec<SocketAddr> {
    found.retain(|remote| local.is_none_or(|local| local.is_ipv4() == remote.is_ipv4()));
    found.sort_by_key(SocketAddr::is_ipv6);
    found
}

fn host_and_port(server: &str) -> (&str, u16) {
    let bare = server.rsplit_once(']').map_or(server, |(_, after)| after);
    match server.rsplit_once(':') {
        Some((host, port)) if bare.matches(':').count() == 1 => {
            (host, port.parse().unwrap_or(USUAL_PORT))
        }
        _ => (server, USUAL_PORT),
    }
}

/// RFC 8489 §18.6.
const USUAL_PORT: u16 = 3478;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_may_be_left_out() {
        for (text, wanted) in [
            ("stun.example.net", ("stun.example.net", 3478)),
            ("stun.example.net:19302", ("stun.example.net", 19302)),
            ("192.0.2.1:3479", ("192.0.2.1", 3479)),
            ("[2001:db8::1]", ("[2001:db8::1]", 3478)),
            ("[2001:db8::1]:3479", ("[2001:db8::1]", 3479)),
            ("2001:db8::1", ("2001:db8::1", 3478)),
        ] {
            assert_eq!(host_and_port(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_server_of_either_family_is_asked() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let (four, six) = (at("192.0.2.1:3478"), at("[2001:db8::1]:3478"));
        assert_eq!(in_order(vec![six, four], None), [four, six]);
        assert_eq!(in_order(vec![six], None), [six]);
        assert_eq!(in_order(vec![six, four], Some(at("[2001:db8::9]:4000"))), [six]);
        assert!(in_order(vec![six], Some(at("192.0.2.9:4000"))).is_empty());
    }

    #[test]
    fn the_kind_follows_from_what_is_seen() {
        let kind = |seen: &[&str]| {
            let told = seen.iter().map(|seen| Told {
                server: "stun".into(),
                mapped: seen.parse().map_err(|_| (*seen).to_owned()),
            });
            let local = Some("192.0.2.9:4000".parse().unwrap());
            NatReport { local, told: told.collect() }.kind()
        };
        assert_eq!(kind(&[]), None);
        assert_eq!(kind(&["silent"]), None);
        assert_eq!(kind(&["192.0.2.9:4000", "192.0.2.9:4000"]), Some(Nat::None));
        assert_eq!(kind(&["203.0.113.1:7", "silent", "203.0.113.1:7"]), Some(Nat::Cone));
        assert_eq!(kind(&["203.0.113.1:7", "203.0.113.1:8"]), Some(Nat::Symmetric));
    }
}
