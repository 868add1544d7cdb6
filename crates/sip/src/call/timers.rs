//! The timers of one call.

use std::time::Duration;

/// What a call may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// The 2xx of ours goes out again: T1, doubling up to T2 (RFC 3261 §13.3.1.4).
    AcceptAgain,
    /// No ACK to our 2xx for 64·T1: the call is ended (RFC 3261 §13.3.1.4).
    AcceptGiveUp,
    /// The owner hears that the call is over, though the far end has not confirmed it yet.
    EndUnconfirmed,
    /// The wait after a 491 or a 5xx with Retry-After is over (RFC 3261 §14.1).
    Glare,
    /// The owner never answered an offer of the far end.
    OfferUnanswered,
    /// A provisional response goes out again each minute (RFC 3261 §13.3.1.1).
    ProvisionalAgain,
    /// A reliable provisional response goes out again: T1, doubling (RFC 3262 §3).
    ReliableAgain,
    /// No PRACK for 64·T1 (RFC 3262 §3).
    ReliableGiveUp,
    /// Nobody answers: CANCEL as the caller, 480 as the callee.
    RingTimeout,
    /// It is ours to refresh the session (RFC 4028 §7.2).
    SessionRefresh,
    /// The session was not refreshed in time (RFC 4028 §10).
    SessionExpired,
    /// The far end is to be told where we are (RFC 3261 §12.2.1).
    TargetRefresh,
}

const ALL: [Timer; 12] = [
    Timer::AcceptAgain,
    Timer::AcceptGiveUp,
    Timer::EndUnconfirmed,
    Timer::Glare,
    Timer::OfferUnanswered,
    Timer::ProvisionalAgain,
    Timer::ReliableAgain,
    Timer::ReliableGiveUp,
    Timer::RingTimeout,
    Timer::SessionRefresh,
    Timer::SessionExpired,
    Timer::TargetRefresh,
];

/// At most one instant a timer.
#[derive(Debug, Default)]
pub(crate) struct Timers([Option<Duration>; ALL.len()]);

impl Timers {
    /// Starts `timer`, or moves it, to go off at `at`.
    pub(crate) fn set(&mut self, timer: Timer, at: Duration) {
        if let Some(slot) = self.0.get_mut(timer as usize) {
            *slot = Some(at);
        }
    }

    /// Stops `timer`.
    pub(crate) fn stop(&mut self, timer: Timer) {
        if let Some(slot) = self.0.get_mut(timer as usize) {
            *slot = None;
        }
    }

    /// Stops all.
    pub(crate) fn stop_all(&mut self) {
        self.0 = Default::default();
    }

    /// True while `timer` runs.
    pub(crate) fn runs(&self, timer: Timer) -> bool {
        self.0.get(timer as usize).is_some_and(Option::is_some)
    }

    /// When `timer` goes off.
    pub(crate) fn at(&self, timer: Timer) -> Option<Duration> {
        self.0.get(timer as usize).copied().flatten()
    }

    /// The next instant at which one goes off.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.0.iter().flatten().min().copied()
    }

    /// Takes the earliest timer that is due at `now`.
    pub(crate) fn expired(&mut self, now: Duration) -> Option<Timer> {
        let due = ALL.into_iter().zip(self.0).filter_map(|(t, at)| Some((at?, t)));
        let (at, timer) = due.min_by_key(|(at, _)| *at)?;
        (at <= now).then(|| {
            self.stop(timer);
            timer
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_goes_off_first_and_once() {
        let mut timers = Timers::default();
        let at = Duration::from_secs;
        timers.set(Timer::SessionRefresh, at(9));
        timers.set(Timer::AcceptAgain, at(2));
        timers.set(Timer::Glare, at(3));
        timers.stop(Timer::Glare);
        assert_eq!(timers.next(), Some(at(2)));
        assert_eq!(timers.expired(at(1)), None);
        assert_eq!(timers.expired(at(10)), Some(Timer::AcceptAgain));
        assert_eq!(timers.expired(at(10)), Some(Timer::SessionRefresh));
        assert_eq!(timers.expired(at(10)), None);
    }

    #[test]
    fn the_list_is_in_the_order_of_the_enum() {
        for (at, timer) in ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, at);
        }
    }
}
