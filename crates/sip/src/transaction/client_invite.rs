//! The INVITE client transaction (RFC 3261 §17.1.1, with RFC 6026 §7.2).
//!
//! ```text
//!            INVITE               A: send again
//!              |  +-----------------+
//!              v  |                 |        B, lost
//!           Calling <---------------+ ------------------+
//!     1xx      |  \________ 2xx __________              |
//!              v           \              \             |
//!         Proceeding --2xx--\------------> Accepted --M-+--> Terminated
//!     300-699  |             \ 300-699        ^ 2xx: up |        ^
//!       ACK    v              v  ACK          +---------+        |
//!          Completed <--------+                                  |
//!              +-- 300-699: ACK again            D, lost --------+
//! ```

use std::time::Duration;

use super::{
    Timers,
    timer::{Timer, TimerTable},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Calling,
    Proceeding,
    Accepted,
    Completed,
    Terminated,
}

/// What becomes of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It came before; nothing to do.
    Absorb,
    /// It came before and wants the same ACK again.
    AckAgain,
    /// The transaction user gets it.
    Pass,
    /// The transaction user gets it and an ACK goes out.
    PassAndAck,
}

/// What a timer of a client transaction asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fired {
    /// It has run its course.
    Ended,
    /// Send the request again.
    SendAgain,
    /// Nobody answered.
    TimedOut,
}

#[derive(Debug)]
pub(super) struct ClientInvite {
    state: State,
    timers: TimerTable,
    interval: Duration,
    reliable: bool,
    given_up: bool,
}

impl ClientInvite {
    pub(super) fn start(now: Duration, times: &Timers, reliable: bool) -> Self {
        let mut timers = TimerTable::default();
        if !reliable {
            timers.set(Timer::A, now + times.t1);
        }
        timers.set(Timer::B, now + times.give_up());
        Self { state: State::Calling, timers, interval: times.t1, reliable, given_up: false }
    }

    pub(super) fn response(&mut self, now: Duration, times: &Timers, status: u16) -> Verdict {
        match (self.state, status) {
            (State::Calling | State::Proceeding, ..200) => {
                self.state = State::Proceeding;
                self.timers.stop(Timer::A);
                // A phone may ring for longer than 64·T1, so a provisional response stops the
                // clock (§17.1.1.2), unless the request was given up.
                if !self.given_up {
                    self.timers.stop(Timer::B);
                }
                Verdict::Pass
            }
            (State::Calling | State::Proceeding, 200..300) => {
                self.finish(State::Accepted, Timer::M, now + times.give_up());
                Verdict::Pass
            }
            (State::Calling | State::Proceeding, _) => {
                // At least 32 s, since T1 of the far end is not known (§17.1.1.2).
                let linger = times.give_up().max(Duration::from_secs(32));
                let linger = if self.reliable { Duration::ZERO } else { linger };
                self.finish(State::Completed, Timer::D, now + linger);
                Verdict::PassAndAck
            }
            (State::Accepted, 200..300) => Verdict::Pass,
            (State::Completed, 300..) => Verdict::AckAgain,
            (State::Accepted | State::Completed | State::Terminated, _) => Verdict::Absorb,
        }
    }

    /// Sends no more, and ends after 64·T1 without a final response even if it rings.
    pub(super) fn give_up(&mut self, now: Duration, times: &Timers) {
        if matches!(self.state, State::Calling | State::Proceeding) {
            self.given_up = true;
            self.timers.stop(Timer::A);
            self.timers.set(Timer::B, now + times.give_up());
        }
    }

    pub(super) fn expire(&mut self, now: Duration) -> Option<Fired> {
        let timer = self.timers.expire(now)?;
        if timer == Timer::A {
            self.interval = self.interval.saturating_mul(2);
            self.timers.set(Timer::A, now + self.interval);
            return Some(Fired::SendAgain);
        }
        self.terminate();
        Some(if timer == Timer::B { Fired::TimedOut } else { Fired::Ended })
    }

    pub(super) fn terminate(&mut self) {
        self.state = State::Terminated;
        self.timers.stop_all();
    }

    /// True until any response has come.
    pub(super) fn is_calling(&self) -> bool {
        self.state == State::Calling
    }

    pub(super) fn is_terminated(&self) -> bool {
        self.state == State::Terminated
    }

    pub(super) fn wake_at(&self) -> Option<Duration> {
        self.timers.next()
    }

    fn finish(&mut self, state: State, timer: Timer, at: Duration) {
        self.state = state;
        self.timers.stop_all();
        self.timers.set(timer, at);
    }
}
