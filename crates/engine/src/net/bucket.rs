//! Who is a stranger, and how much of strangers is heard: the rate limit before the parser.

use std::{net::IpAddr, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};

/// Tokens that fill up at a steady rate and are taken one a datagram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    filled_at: Duration,
}

impl Bucket {
    /// A full bucket: `burst` at once, `per_second` in the long run.
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        let burst = f64::from(burst);
        Self { per_second: f64::from(per_second), burst, tokens: burst, filled_at: Duration::ZERO }
    }

    /// Takes one token; false when there is none.
    pub(super) fn take(&mut self, now: Duration) -> bool {
        let passed = now.saturating_sub(self.filled_at).as_secs_f64();
        self.filled_at = self.filled_at.max(now);
        self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
        let granted = self.tokens >= 1.0;
        if granted {
            self.tokens -= 1.0;
        }
        granted
    }
}

/// A rate for tasks, which read no clock: what is taken comes back a second later.
#[derive(Clone, Debug)]
pub(super) struct Rate(Arc<Semaphore>);

impl Rate {
    /// So many a second.
    pub(super) fn new(per_second: u32) -> Self {
        let permits = usize::try_from(per_second).unwrap_or(usize::MAX);
        Self(Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))))
    }

    /// Takes one; false when there is none.
    pub(super) fn take(&self) -> bool {
        Arc::clone(&self.0).try_acquire_owned().map(give_back).is_ok()
    }

    /// Waits for one.
    pub(super) async fn wait(&self) {
        // It is never closed.
        drop(Arc::clone(&self.0).acquire_owned().await.map(give_back));
    }
}

fn give_back(permit: OwnedSemaphorePermit) {
    tokio::spawn(async move {
        sleep(Duration::from_secs(1)).await;
        drop(permit);
    });
}

/// The sources that no limit applies to.
#[derive(Clone, Debug, Default)]
pub(super) struct Trusted(Vec<(IpAddr, u8)>);

impl Trusted {
    /// Replaces the list.
    pub(super) fn replace(&mut self, list: Vec<(IpAddr, u8)>) {
        self.0 = list;
    }

    /// True where `source` lies in one of the ranges.
    pub(super) fn contains(&self, source: IpAddr) -> bool {
        let source = source.to_canonical();
        self.0.iter().any(|&(net, prefix)| in_range(source, net.to_canonical(), prefix))
    }
}

fn in_range(source: IpAddr, net: IpAddr, prefix: u8) -> bool {
    match (source, net) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let shift = 32u32.saturating_sub(u32::from(prefix));
            same_above(u128::from(a.to_bits()), u128::from(b.to_bits()), shift)
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let shift = 128u32.saturating_sub(u32::from(prefix));
            same_above(a.to_bits(), b.to_bits(), shift)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

fn same_above(a: u128, b: u128, shift: u32) -> bool {
    (a ^ b).checked_shr(shift).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_grants_its_burst_and_then_its_rate() {
        let mut bucket = Bucket::new(10, 5);
        let first = (0..20).filter(|_| bucket.take(Duration::ZERO)).count();
        assert_eq!(first, 5);
        let second = (1..=1000u64).filter(|ms| bucket.take(Duration::from_millis(*ms))).count();
        assert_eq!(second, 10);
    }

    #[test]
    fn ranges_hold_their_own_addresses_only() {
        let mut trusted = Trusted::default();
        let list = ["10.1.0.0", "192.0.2.7", "2001:db8::"].map(|a| a.parse().unwrap());
        trusted.replace(vec![(list[0], 16), (list[1], 32), (list[2], 32)]);
        for (address, inside) in [
            ("10.1.255.1", true),
            ("10.2.0.1", false),
            ("192.0.2.7", true),
            ("::ffff:192.0.2.7", true),
            ("192.0.2.8", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(trusted.contains(address.parse().unwrap()), inside, "{address}");
        }
        trusted.replace(vec![("0.0.0.0".parse().unwrap(), 0)]);
        assert!(trusted.contains("203.0.113.9".parse().unwrap()));
    }
}
