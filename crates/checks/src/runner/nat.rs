//! How the trunk and STUN servers see our address.

use milliwatt_engine::probe;

use super::Hand;
use crate::plan::Options;

impl Hand<'_> {
    pub(super) async fn nat(&mut self) {
        if self.seen.options.is_empty() {
            // Its answer tells how the trunk sees us (RFC 3581 §4).
            self.options(Options { count: 1, each_server: false }).await;
        }
        let servers = &self.subject.trunk.media.stun;
        if !servers.is_empty() {
            self.seen.nat = Some(probe::nat(servers, &self.dns, self.clock).await);
        }
    }
}
