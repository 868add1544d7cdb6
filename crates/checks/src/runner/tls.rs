//! Handshakes with the trunk's servers.

use std::{net::SocketAddr, time::Duration};

use milliwatt_engine::{net::Roots, probe, probe::OldTls};

use super::Hand;
use crate::observation::Tls;

/// Time for each handshake.
const LIMIT: Duration = Duration::from_secs(4);

impl Hand<'_> {
    pub(super) async fn tls(&mut self) {
        let mut all: Option<Tls> = None;
        for server in self.servers().await {
            let tls = self.handshakes(server).await;
            all = Some(match all {
                Some(others) => others.worst(tls),
                None => tls,
            });
        }
        self.seen.tls = Some(all.unwrap_or_else(|| Tls {
            failed: Some("the server's name has no address".into()),
            ..Tls::default()
        }));
    }

    async fn handshakes(&self, server: SocketAddr) -> Tls {
        let roots = match &self.subject.trunk.tls.ca {
            Some(file) => Roots::File(file.into()),
            None => Roots::System,
        };
        let report = probe::tls(server, self.subject.host(), &roots, LIMIT, self.clock).await;
        let accepted = |old: OldTls| old == OldTls::Accepted;
        Tls {
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
        }
    }
}

impl Tls {
    /// The worse of two servers, point by point. One that does not come up at all says nothing of
    /// encryption, unless it speaks old versions alone: `reach.options` tells of it.
    fn worst(self, other: Self) -> Self {
        let accepts_old = self.accepts_old || other.accepts_old;
        if self.failed.is_some() || other.failed.is_some() {
            let up = if self.failed.is_some() { other } else { self };
            return Self { accepts_old, ..up };
        }
        let names = if self.name_matches { other.names } else { self.names };
        Self {
            failed: None,
            version: self.version.min(other.version),
            suite: self.suite,
            accepts_1_2: self.accepts_1_2 && other.accepts_1_2,
            accepts_old,
            chain_error: self.chain_error.or(other.chain_error),
            name_matches: self.name_matches && other.name_matches,
            names,
            // No name at all is worse than an old one.
            common_name_only: (self.name_matches || self.common_name_only)
                && (other.name_matches || other.common_name_only)
                && (self.common_name_only || other.common_name_only),
            days_left: match (self.days_left, other.days_left) {
                (Some(one), Some(two)) => Some(one.min(two)),
                (one, two) => one.or(two),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_server_is_told_point_by_point() {
        let good = Tls {
            version: Some("TLSv1.3".into()),
            accepts_1_2: true,
            name_matches: true,
            names: vec!["sip.example.net".into()],
            days_left: Some(90.0),
            ..Tls::default()
        };
        let old = Tls {
            version: Some("TLSv1.2".into()),
            names: vec!["old.example.net".into()],
            name_matches: false,
            chain_error: Some("unknown".into()),
            days_left: Some(-1.0),
            ..good.clone()
        };
        for worst in [good.clone().worst(old.clone()), old.worst(good.clone())] {
            assert_eq!(worst.version.as_deref(), Some("TLSv1.2"));
            assert_eq!(worst.chain_error.as_deref(), Some("unknown"));
            assert_eq!(worst.names, ["old.example.net"]);
            assert!(!worst.name_matches && !worst.common_name_only);
            assert_eq!(worst.days_left, Some(-1.0));
        }
        let ancient = Tls { failed: Some("old".into()), accepts_old: true, ..Tls::default() };
        let worst = ancient.worst(good.clone());
        assert!(worst.accepts_old && worst.name_matches && worst.failed.is_none());
        let dead = Tls { failed: Some("refused".into()), ..Tls::default() };
        assert!(dead.clone().worst(good.clone()).name_matches);
        assert!(good.worst(dead.clone()).failed.is_none());
        assert!(dead.clone().worst(dead).failed.is_some());
    }
}
