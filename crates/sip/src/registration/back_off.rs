//! How long to wait after a failure.

use std::time::Duration;

use crate::chance::Chance;

const SHORTEST: Duration = Duration::from_secs(1);
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// The waiting times of one outage: 1 to 60 s, a sixth of the time that the outage has lasted.
///
/// Doubling the time would leave a phone unregistered for up to as long as the outage itself. In
/// this way a registrar that was gone for half a minute has its phones back within 5 s, and one
/// that was gone for an hour sees each of them about once a minute. The second half of each waiting
/// time is drawn by lot, so that phones that failed together do not come back together.
#[derive(Clone, Debug, Default)]
pub struct BackOff {
    since: Option<Duration>,
}

impl BackOff {
    /// The time to wait after a failure at `now`; `asked` is what the far end wants, in Retry-After,
    /// and is obeyed within 1 to 300 s.
    pub fn failed(
        &mut self,
        now: Duration,
        asked: Option<Duration>,
        chance: &mut Chance,
    ) -> Duration {
        let since = *self.since.get_or_insert(now);
        if let Some(asked) = asked {
            return asked.clamp(SHORTEST, LONGEST_ASKED);
        }
        let lasted = now.saturating_sub(since);
        let most = (lasted / 6).clamp(FIRST, LONGEST);
        chance.between(most / 2, most)
    }

    /// The last try has failed.
    pub fn is_failing(&self) -> bool {
        self.since.is_some()
    }

    /// The outage is over.
    pub fn over(&mut self) {
        self.since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn it_starts_at_1_to_2_s_and_ends_at_30_to_60_s() {
        let (mut back_off, mut chance) = (BackOff::default(), Chance::new([1; 32]));
        let mut now = Duration::ZERO;
        let mut tries = 0;
        while now < secs(3600) {
            let wait = back_off.failed(now, None, &mut chance);
            assert!((secs(1)..=secs(60)).contains(&wait), "{wait:?}");
            if now < secs(30) {
                assert!(wait <= secs(5), "{wait:?} after {now:?}");
            }
            now += wait;
            tries += 1;
        }
        assert!((70..140).contains(&tries), "{tries}");
        assert!(back_off.failed(now, None, &mut chance) >= secs(30));
        back_off.over();
        assert!(back_off.failed(now, None, &mut chance) <= secs(2));
    }

    #[test]
    fn it_differs_from_phone_to_phone() {
        let wait = |seed| {
            let mut back_off = BackOff::default();
            let mut chance = Chance::new([seed; 32]);
            back_off.failed(Duration::ZERO, None, &mut chance);
            back_off.failed(secs(600), None, &mut chance)
        };
        let mut waits: Vec<Duration> = (0..50).map(wait).collect();
        waits.sort();
        waits.dedup();
        assert!(waits.len() > 45);
    }

    #[test]
    fn what_is_asked_is_obeyed_within_bounds() {
        let (mut back_off, mut chance) = (BackOff::default(), Chance::new([1; 32]));
        for (asked, obeyed) in [(0, 1), (1, 1), (30, 30), (300, 300), (1_000_000_000, 300)] {
            assert_eq!(back_off.failed(secs(9), Some(secs(asked)), &mut chance), secs(obeyed));
        }
    }
}
