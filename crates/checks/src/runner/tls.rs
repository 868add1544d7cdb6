//! Handshakes with the trunk's servers.

use std::{
    future::{Future, poll_fn},
    net::SocketAddr,
    task::Poll,
    time::Duration,
};

use milliwatt_engine::{net::Roots, probe, probe::OldTls};

use super::Hand;
use crate::observation::Tls;

/// Time for each handshake.
const LIMIT: Duration = Duration::from_secs(4);

impl Hand<'_> {
    pub(super) async fn tls(&mut self) {
        let servers = self.servers().await;
        let hand = &*self;
        let each = at_once(servers.into_iter().map(|server| hand.handshakes(server))).await;
        let worst = each.into_iter().reduce(Tls::worst);
        self.seen.tls = Some(worst.unwrap_or_else(|| Tls {
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
        let refused = report.failed.as_ref().filter(|_| report.reached);
        Tls {
            reached: report.reached,
            refused: refused.map(|why| format!("{server}: {why}")),
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
    /// The worse of two servers, point by point. One that cannot be reached says nothing of encryption:
    /// `reach.options` tells of it. One that refuses the handshake shows no certificate.
    fn worst(self, other: Self) -> Self {
        match (self.reached, other.reached) {
            (true, false) => return self,
            (false, _) => return other,
            (true, true) => {}
        }
        let refused = self.refused.clone().or_else(|| other.refused.clone());
        let accepts_old = self.accepts_old || other.accepts_old;
        let shown = match (&self.failed, &other.failed) {
            (Some(_), _) => other,
            (None, Some(_)) => self,
            (None, None) => self.worse_shown(other),
        };
        Self { refused, accepts_old, ..shown }
    }

    /// The worse of two servers whose handshakes came to their end.
    fn worse_shown(self, other: Self) -> Self {
        let older = if self.version <= other.version { &self } else { &other };
        let (version, suite) = (older.version.clone(), older.suite.clone());
        let names = if self.name_matches { other.names } else { self.names };
        Self {
            reached: true,
            failed: None,
            refused: None,
            version,
            suite,
            accepts_1_2: self.accepts_1_2 && other.accepts_1_2,
            accepts_old: self.accepts_old || other.accepts_old,
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

/// Awaits all of them at the same time; what they give, in their order.
async fn at_once<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut under_way: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, done) in under_way.iter_mut().filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                *done = Some(output);
            }
        }
        let over = under_way.iter().all(|(_, done)| done.is_some());
        if over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    under_way.into_iter().filter_map(|(_, done)| done).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_server_is_told_point_by_point() {
        let good = Tls {
            reached: true,
            version: Some("TLSv1.3".into()),
            suite: Some("TLS_AES_128_GCM_SHA256".into()),
            accepts_1_2: true,
            name_matches: true,
            names: vec!["sip.example.net".into()],
            days_left: Some(90.0),
            ..Tls::default()
        };
        let old = Tls {
            version: Some("TLSv1.2".into()),
            suite: Some("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA".into()),
            names: vec!["old.example.net".into()],
            name_matches: false,
            chain_error: Some("unknown".into()),
            days_left: Some(-1.0),
            ..good.clone()
        };
        for worst in [good.clone().worst(old.clone()), old.clone().worst(good.clone())] {
            assert_eq!((&worst.version, &worst.suite), (&old.version, &old.suite));
            assert_eq!(worst.chain_error.as_deref(), Some("unknown"));
            assert_eq!(worst.names, ["old.example.net"]);
            assert!(!worst.name_matches && !worst.common_name_only);
            assert_eq!(worst.days_left, Some(-1.0));
        }
        let dead = Tls { failed: Some("refused".into()), ..Tls::default() };
        assert!(dead.clone().worst(good.clone()).name_matches);
        assert!(good.clone().worst(dead.clone()).failed.is_none());
        assert!(dead.clone().worst(dead).failed.is_some());
        let outdated = Tls {
            reached: true,
            failed: Some("handshake".into()),
            refused: Some("192.0.2.1:5061: handshake".into()),
            accepts_old: true,
            ..Tls::default()
        };
        for worst in [good.clone().worst(outdated.clone()), outdated.clone().worst(good.clone())] {
            assert_eq!((&worst.refused, &worst.failed), (&outdated.refused, &None));
            assert!(worst.accepts_old && worst.name_matches);
            assert_eq!(worst.version, good.version);
        }
        let both = outdated.clone().worst(outdated);
        assert!(both.failed.is_some() && both.accepts_old);
    }

    /// One after the other they would wait for each other for ever.
    #[tokio::test]
    async fn servers_are_looked_at_at_the_same_time() {
        let meet = tokio::sync::Barrier::new(2);
        let each = [1, 2].map(|n| {
            let meet = &meet;
            async move {
                meet.wait().await;
                n
            }
        });
        assert_eq!(at_once(each.into_iter()).await, [1, 2]);
    }
}
