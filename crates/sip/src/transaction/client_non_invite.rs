//! The non-INVITE client transaction (RFC 3261 §17.1.2).
//!
//! ```text
//!     request
//!        v       E: send again
//!     Trying <---------+
//!        | \           |   F, lost
//!    1xx |  \ 200-699  +-------------------> Terminated
//!        v   \                                   ^
//!   Proceeding \--------> Completed ------- K ---+
//!        +-- 200-699 -------^
//! ```

use std::time::Duration;

use super::{
    Timers,
    client_invite::{Fired, Verdict},
    timer::{Timer, TimerTable},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Trying,
    Proceeding,
    Completed,
    Terminated,
}

#[derive(Debug)]
pub(super) struct ClientNonInvite {
    state: State,
    timers: TimerTable,
    interval: Duration,
    reliable: bool,
}

impl ClientNonInvite {
    pub(super) fn start(now: Duration, times: &Timers, reliable: bool) -> Self {
        let mut timers = TimerTable::default();
        if !reliable {
            timers.set(Timer::E, now + times.t1);
        }
        timers.set(Timer::F, now + times.give_up());
        Self { state: State::Trying, timers, interval: times.t1, reliable }
    }

    pub(super) fn response(&mut self, now: Duration, times: &Timers, status: u16) -> Verdict {
        match (self.state, status) {
            (State::Trying | State::Proceeding, ..200) => {
                self.state = State::Proceeding;
                Verdict::Pass
            }
            (State::Trying | State::Proceeding, _) => {
                self.state = State::Completed;
                self.timers.stop_all();
                let linger = if self.reliable { Duration::ZERO } else { times.t4 };
                self.timers.set(Timer::K, now + linger);
                Verdict::Pass
            }
            (State::Completed | State::Terminated, _) => Verdict::Absorb,
        }
    }

    /// Sends no more, and ends after 64·T1 without a final response.
    pub(super) fn give_up(&mut self, now: Duration, times: &Timers) {
        if self.is_open() {
            self.timers.stop(Timer::E);
            self.timers.set(Timer::F, now + times.give_up());
        }
    }

    pub(super) fn expire(&mut self, now: Duration, times: &Timers) -> Option<Fired> {
        let timer = self.timers.expire(now)?;
        if timer == Timer::E {
            self.interval = if self.state == State::Proceeding {
                times.t2
            } else {
                self.interval.saturating_mul(2).min(times.t2)
            };
            self.timers.set(Timer::E, now + self.interval);
            return Some(Fired::SendAgain);
        }
        self.terminate();
        Some(if timer == Timer::F { Fired::TimedOut } else { Fired::Ended })
    }

    pub(super) fn terminate(&mut self) {
        self.state = State::Terminated;
        self.timers.stop_all();
    }

    /// True until a final response has come.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Trying | State::Proceeding)
    }

    pub(super) fn is_terminated(&self) -> bool {
        self.state == State::Terminated
    }

    pub(super) fn wake_at(&self) -> Option<Duration> {
        self.timers.next()
    }
}
