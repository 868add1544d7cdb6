//! Where the trunk's servers are.

use std::net::{IpAddr, SocketAddr};

use super::Hand;

/// Servers that are looked at; a zone can name any number.
const MOST: usize = 16;

impl Hand<'_> {
    /// The servers of the trunk's transport in the order of DNS, each once (RFC 3263 §4.2). None
    /// where DNS knows none.
    pub(super) async fn servers(&mut self) -> Vec<SocketAddr> {
        let usual = self.subject.transport().default_port();
        let port = self.subject.port();
        if let Ok(ip) = self.subject.host().parse::<IpAddr>() {
            return vec![SocketAddr::new(ip, port.unwrap_or(usual))];
        }
        if self.seen.dns.is_none() {
            self.dns().await;
        }
        let Some(dns) = &self.seen.dns else { return Vec::new() };
        let mut servers = Vec::new();
        // A port in the settings leaves SRV out.
        for server in dns.srv.iter().filter(|_| port.is_none()) {
            servers.extend(server.addresses.iter().map(|ip| SocketAddr::new(*ip, server.port)));
        }
        if servers.is_empty() {
            let at = |ip: &IpAddr| SocketAddr::new(*ip, port.unwrap_or(usual));
            servers.extend(dns.addresses.iter().map(at));
        }
        let mut each_once = Vec::new();
        for server in servers {
            if !each_once.contains(&server) && each_once.len() < MOST {
                each_once.push(server);
            }
        }
        each_once
    }
}
