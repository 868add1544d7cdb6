//! The timers of one transaction (RFC 3261 table 4, RFC 6026 §7).

use std::time::Duration;

/// A timer, by the letter that the RFC gives it. C belongs to proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// Sends an INVITE again, from T1 and doubling; not on a reliable transport.
    A,
    /// Gives an INVITE up that nobody answers.
    B,
    /// Keeps an INVITE client after a refusal, to acknowledge its repetitions.
    D,
    /// Sends a non-INVITE request again, from T1 and doubling up to T2; not on a reliable transport.
    E,
    /// Gives a non-INVITE request up.
    F,
    /// Sends a refusal of an INVITE again, from T1 and doubling up to T2; not on a reliable
    /// transport.
    G,
    /// Gives up waiting for the ACK to a refusal.
    H,
    /// Keeps an INVITE server after the ACK, to absorb its repetitions.
    I,
    /// Keeps a non-INVITE server, to answer repetitions of the request.
    J,
    /// Keeps a non-INVITE client, to absorb repetitions of the response.
    K,
    /// Keeps an INVITE server after a 2xx, to absorb repetitions of the INVITE.
    L,
    /// Keeps an INVITE client after a 2xx, to pass on further ones.
    M,
    /// Sends 100 by itself 200 ms after an INVITE that has no response yet (§17.2.1).
    Trying,
    /// Drops a non-INVITE request that was never answered: after 64·T1 its sender has given up and
    /// an answer would be a stray (RFC 4320 §4.2).
    Unanswered,
}

impl Timer {
    const COUNT: usize = 14;

    const ALL: [Self; Self::COUNT] = [
        Self::A,
        Self::B,
        Self::D,
        Self::E,
        Self::F,
        Self::G,
        Self::H,
        Self::I,
        Self::J,
        Self::K,
        Self::L,
        Self::M,
        Self::Trying,
        Self::Unanswered,
    ];
}

/// The instants at which the timers of one transaction go off.
#[derive(Clone, Debug, Default)]
pub(super) struct TimerTable {
    at: [Option<Duration>; Timer::COUNT],
}

impl TimerTable {
    pub(super) fn set(&mut self, timer: Timer, at: Duration) {
        if let Some(slot) = self.at.get_mut(timer as usize) {
            *slot = Some(at);
        }
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        if let Some(slot) = self.at.get_mut(timer as usize) {
            *slot = None;
        }
    }

    pub(super) fn stop_all(&mut self) {
        self.at = Default::default();
    }

    /// The earliest instant of all.
    pub(super) fn next(&self) -> Option<Duration> {
        self.at.iter().flatten().min().copied()
    }

    /// Takes out the earliest timer that is due.
    pub(super) fn expire(&mut self, now: Duration) -> Option<Timer> {
        let (timer, slot) = Timer::ALL
            .into_iter()
            .zip(&mut self.at)
            .filter(|(_, at)| at.is_some_and(|at| at <= now))
            .min_by_key(|(_, at)| **at)?;
        *slot = None;
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_due_timer_comes_out_first_and_once() {
        let mut table = TimerTable::default();
        table.set(Timer::B, Duration::from_secs(32));
        table.set(Timer::A, Duration::from_secs(1));
        assert_eq!(table.next(), Some(Duration::from_secs(1)));
        assert_eq!(table.expire(Duration::from_millis(999)), None);
        assert_eq!(table.expire(Duration::from_secs(40)), Some(Timer::A));
        assert_eq!(table.expire(Duration::from_secs(40)), Some(Timer::B));
        assert_eq!(table.expire(Duration::from_secs(40)), None);
    }

    #[test]
    fn every_timer_has_its_own_slot() {
        for (index, timer) in Timer::ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, index);
        }
    }
}
