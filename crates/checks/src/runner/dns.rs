//! What DNS says of the trunk's name.

use milliwatt_engine::probe;

use super::Hand;
use crate::observation::{Dns, Server};

impl Hand<'_> {
    pub(super) async fn dns(&mut self) {
        let report =
            probe::dns(self.subject.host(), self.subject.transport(), &self.dns, self.clock).await;
        let servers = report.srv.into_iter().map(|target| Server {
            name: target.name,
            port: target.port,
            priority: target.priority,
            addresses: target.addresses,
        });
        self.seen.dns = Some(Dns {
            no_such_name: report.no_such_name,
            failed: report.failed,
            naptr: report.naptr.into_iter().map(|record| record.service).collect(),
            offers_our_transport: report.offers_transport,
            srv: servers.collect(),
            addresses: report.addresses,
            slowest_ms: report.slowest_ms,
        });
    }
}
