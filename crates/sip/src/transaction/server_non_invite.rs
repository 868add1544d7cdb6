//! The non-INVITE server transaction (RFC 3261 §17.2.2).
//!
//! ```text
//!    request: up
//!        v
//!     Trying ----- 200-699 -----> Completed -- J --> Terminated
//!        | 1xx                       ^  | request: answer again
//!        v                           |  +-->
//!    Proceeding -- 200-699 ----------+
//!        +-- request: last 1xx again
//! ```

use std::time::Duration;

use super::{
    Timers,
    server_invite::Fired,
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
pub(super) struct ServerNonInvite {
    state: State,
    timers: TimerTable,
    reliable: bool,
}

impl ServerNonInvite {
    pub(super) fn start(now: Duration, times: &Timers, reliable: bool) -> Self {
        let mut timers = TimerTable::default();
        timers.set(Timer::Unanswered, now + times.give_up());
        Self { state: State::Trying, timers, reliable }
    }

    /// True where the response is to be sent.
    pub(super) fn respond(&mut self, now: Duration, times: &Timers, status: u16) -> bool {
        match (self.state, status) {
            (State::Trying | State::Proceeding, ..200) => {
                self.state = State::Proceeding;
                true
            }
            (State::Trying | State::Proceeding, _) => {
                self.state = State::Completed;
                self.timers.stop_all();
                let linger = if self.reliable { Duration::ZERO } else { times.give_up() };
                self.timers.set(Timer::J, now + linger);
                true
            }
            (State::Completed | State::Terminated, _) => false,
        }
    }

    /// True where the last response is to be sent again for a repeated request.
    pub(super) fn repeats(&self) -> bool {
        matches!(self.state, State::Proceeding | State::Completed)
    }

    pub(super) fn expire(&mut self, now: Duration) -> Option<Fired> {
        self.timers.expire(now)?;
        self.state = State::Terminated;
        self.timers.stop_all();
        Some(Fired::Ended)
    }

    /// True until a final response was sent.
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
