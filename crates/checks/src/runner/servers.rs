//! Where the trunk's servers are.

use std::net::SocketAddr;

use milliwatt_engine::probe;

use super::Hand;

/// Servers that are looked at; a zone can name any number.
const MOST: usize = 16;

impl Hand<'_> {
    /// The servers of the trunk's transport in the order in which the phone tries them. None where DNS
    /// knows none. Those beyond the first sixteen are written down as not asked.
    pub(super) async fn servers(&mut self) -> Vec<SocketAddr> {
        let subject = &self.subject;
        let (host, port, transport) = (subject.host(), subject.port(), subject.transport());
        let found = probe::servers(host, port, transport, &self.dns).await;
        let mut servers = found.unwrap_or_default();
        self.seen.not_asked = servers.split_off(servers.len().min(MOST));
        servers
    }
}
