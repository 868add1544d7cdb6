//! Handshakes with the trunk's server.

use std::{net::SocketAddr, time::Duration};

use milliwatt_engine::{net::Roots, probe, probe::OldTls};

use super::Hand;
use crate::observation::Tls;

/// Time for each handshake.
const LIMIT: Duration = Duration::from_secs(4);
/// Port of SIP over TLS (RFC 3261 §19.1.2).
const PORT: u16 = 5061;

impl Hand<'_> {
    pub(super) async fn tls(&mut self) {
        let Some(remote) = self.tls_server().await else {
            let failed = Some("the server's name has no address".into());
            self.seen.tls = Some(Tls { failed, ..Tls::default() });
            return;
        };
        let roots = match &self.subject.trunk.tls.ca {
            Some(file) => Roots::File(file.into()),
            None => Roots::System,
        };
        let report = probe::tls(remote, self.subject.host(), &roots, LIMIT, self.clock).await;
        let accepted = |old: OldTls| old == OldTls::Accepted;
        self.seen.tls = Some(Tls {
            failed: report.failed,
            version: report.version,
            suite: report.suite,
            accepts_1_2: report.accepts_1_2,
            accepts_old: accepted(report.tls_1_1) || accepted(report.tls_1_0),
            chain_error: report.chain_error,
            name_matches: report.name_matches,
            names: report.chain.first().map(|first| first.names.clone()).unwrap_or_default(),
            common_name_only: report.common_name_only,
            days_left: report.days_left,
        });
    }

    /// The first server's address, as DNS tells it.
    async fn tls_server(&mut self) -> Option<SocketAddr> {
        if let Ok(ip) = self.subject.host().parse() {
            return Some(SocketAddr::new(ip, self.subject.port().unwrap_or(PORT)));
        }
        if self.seen.dns.is_none() {
            self.dns().await;
        }
        let dns = self.seen.dns.as_ref()?;
        let by_srv =
            dns.srv.iter().find_map(|server| Some((*server.addresses.first()?, server.port)));
        let by_name = || Some((*dns.addresses.first()?, self.subject.port().unwrap_or(PORT)));
        by_srv.filter(|_| self.subject.port().is_none()).or_else(by_name).map(Into::into)
    }
}
