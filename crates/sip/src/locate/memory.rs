//! The places that failed a short while ago, so that the next request does not wait for them again.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use crate::transport::{Target, Transport};

/// Failed places that are remembered. When there are more, the one due back first is forgotten,
/// which costs one more try and nothing else.
const MAX_FAILED: usize = 256;

/// Which targets to leave for last, and until when.
///
/// A server that failed, or that answered 503 with Retry-After, is tried after all others until its
/// time is over (RFC 3261 §21.5.4, RFC 3263 §4.3); then it has its place back.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    failed: BTreeMap<(Transport, SocketAddr), Rest>,
}

#[derive(Clone, Copy, Debug)]
struct Rest {
    until: Duration,
    /// The server has asked for it.
    asked: bool,
}

impl Memory {
    /// The target failed at `now` and is left for last for `rest`.
    pub fn failed(&mut self, now: Duration, target: &Target, rest: Duration) {
        self.note(now, target, rest, false);
    }

    /// The target itself has asked at `now` to be left in peace for `rest`.
    pub fn overloaded(&mut self, now: Duration, target: &Target, rest: Duration) {
        self.note(now, target, rest, true);
    }

    fn note(&mut self, now: Duration, target: &Target, rest: Duration, asked: bool) {
        self.failed.retain(|_, rest| rest.until > now);
        if self.failed.len() >= MAX_FAILED {
            let soonest = self.failed.iter().min_by_key(|(_, rest)| rest.until);
            if let Some(key) = soonest.map(|(key, _)| *key) {
                self.failed.remove(&key);
            }
        }
        let rest = Rest { until: now.saturating_add(rest), asked };
        self.failed.insert((target.transport, target.remote), rest);
    }

    /// The target answered.
    pub fn works(&mut self, target: &Target) {
        self.failed.remove(&(target.transport, target.remote));
    }

    /// Until when the target is left for last; `None` where it has its place.
    pub fn rests_until(&self, now: Duration, target: &Target) -> Option<Duration> {
        self.rest(now, target).map(|rest| rest.until)
    }

    /// Until when every one of the targets has asked to be left in peace; `None` where one has not.
    pub fn all_overloaded_until(&self, now: Duration, targets: &[Target]) -> Option<Duration> {
        let asked = |target| Some(self.rest(now, target).filter(|rest| rest.asked)?.until);
        let all: Option<Vec<Duration>> = targets.iter().map(asked).collect();
        all?.into_iter().min()
    }

    fn rest(&self, now: Duration, target: &Target) -> Option<Rest> {
        let known = self.failed.get(&(target.transport, target.remote));
        known.filter(|rest| rest.until > now).copied()
    }

    /// Moves the targets that failed to the end; among them the one due back first comes first.
    pub fn order(&self, now: Duration, targets: &mut [Target]) {
        targets.sort_by_key(|target| self.rests_until(now, target).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::AccountId;

    fn target(last: u8) -> Target {
        Target {
            transport: Transport::Udp,
            remote: SocketAddr::from(([192, 0, 2, last], 5060)),
            domain: "example.net".into(),
            account: AccountId(1),
        }
    }

    fn order(memory: &Memory, now: u64) -> Vec<u8> {
        let mut targets = vec![target(1), target(2), target(3)];
        memory.order(Duration::from_secs(now), &mut targets);
        targets
            .iter()
            .map(|target| match target.remote.ip() {
                std::net::IpAddr::V4(ip) => ip.octets()[3],
                std::net::IpAddr::V6(_) => 0,
            })
            .collect()
    }

    #[test]
    fn a_failed_target_goes_last_and_comes_back() {
        let mut memory = Memory::default();
        memory.failed(Duration::ZERO, &target(1), Duration::from_secs(30));
        memory.failed(Duration::ZERO, &target(2), Duration::from_secs(10));
        assert_eq!(order(&memory, 5), [3, 2, 1]);
        assert_eq!(order(&memory, 10), [2, 3, 1]);
        assert_eq!(order(&memory, 30), [1, 2, 3]);
        memory.failed(Duration::from_secs(30), &target(1), Duration::from_secs(30));
        memory.works(&target(1));
        assert_eq!(order(&memory, 31), [1, 2, 3]);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut memory = Memory::default();
        for port in 0..2000 {
            let mut target = target(1);
            target.remote.set_port(port);
            memory.failed(Duration::ZERO, &target, Duration::from_secs(u64::from(port)));
        }
        assert_eq!(memory.failed.len(), MAX_FAILED);
    }
}
