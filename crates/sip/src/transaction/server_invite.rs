//! The INVITE server transaction (RFC 3261 §17.2.1, with RFC 6026 §7.1).
//!
//! ```text
//!             INVITE: up; 200 ms: 100
//!               v
//!          Proceeding <--+ 1xx: send; INVITE: last 1xx again
//!           |      |  +--+
//!   300-699 |      | 2xx
//!           v      +------> Accepted --+ 2xx: send; INVITE: absorb; ACK: up
//!   +-- Completed             |    ^---+
//!   |   G, INVITE: again      L
//!   H       | ACK             |
//!   |       v                 v
//!   |   Confirmed --- I --> Terminated
//!   +---------------------------^
//! ```

use std::time::Duration;

use super::{
    Timers,
    timer::{Timer, TimerTable},
};

/// How long the transaction user may stay silent before 100 goes out (§17.2.1).
const TRYING_AFTER: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Proceeding,
    Accepted,
    Completed,
    Confirmed,
    Terminated,
}

/// Whose an ACK is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AckFor {
    /// The dialog's: it acknowledges a 2xx.
    Dialog,
    /// Nobody's: nothing was refused or accepted yet.
    Nothing,
    /// This transaction's: it acknowledges a refusal.
    Transaction,
}

/// What a timer of a server transaction asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fired {
    /// It has run its course.
    Ended,
    /// The refusal was never acknowledged.
    NoAck,
    /// Send the last response again.
    SendAgain,
    /// Send 100.
    Trying,
}

#[derive(Debug)]
pub(super) struct ServerInvite {
    state: State,
    timers: TimerTable,
    interval: Duration,
    reliable: bool,
}

impl ServerInvite {
    pub(super) fn start(now: Duration, times: &Timers, reliable: bool) -> Self {
        let mut timers = TimerTable::default();
        timers.set(Timer::Trying, now + TRYING_AFTER);
        Self { state: State::Proceeding, timers, interval: times.t1, reliable }
    }

    /// True where the response is to be sent.
    pub(super) fn respond(&mut self, now: Duration, times: &Timers, status: u16) -> bool {
        match (self.state, status) {
            (State::Proceeding, ..200) => {
                self.timers.stop(Timer::Trying);
                true
            }
            (State::Proceeding, 200..300) => {
                self.state = State::Accepted;
                self.timers.stop_all();
                self.timers.set(Timer::L, now + times.give_up());
                true
            }
            (State::Proceeding, _) => {
                self.state = State::Completed;
                self.timers.stop_all();
                if !self.reliable {
                    self.timers.set(Timer::G, now + times.t1);
                }
                self.timers.set(Timer::H, now + times.give_up());
                true
            }
            (State::Accepted, 200..300) => true,
            (State::Accepted | State::Completed | State::Confirmed | State::Terminated, _) => false,
        }
    }

    /// True where the last response is to be sent again for a repeated INVITE.
    pub(super) fn repeats(&self) -> bool {
        matches!(self.state, State::Proceeding | State::Completed)
    }

    pub(super) fn ack(&mut self, now: Duration, times: &Timers) -> AckFor {
        match self.state {
            State::Proceeding => AckFor::Nothing,
            State::Accepted => AckFor::Dialog,
            State::Completed => {
                self.state = State::Confirmed;
                self.timers.stop_all();
                let linger = if self.reliable { Duration::ZERO } else { times.t4 };
                self.timers.set(Timer::I, now + linger);
                AckFor::Transaction
            }
            State::Confirmed | State::Terminated => AckFor::Transaction,
        }
    }

    pub(super) fn expire(&mut self, now: Duration, times: &Timers) -> Option<Fired> {
        let timer = self.timers.expire(now)?;
        if timer == Timer::Trying {
            return Some(Fired::Trying);
        }
        if timer == Timer::G {
            self.interval = self.interval.saturating_mul(2).min(times.t2);
            self.timers.set(Timer::G, now + self.interval);
            return Some(Fired::SendAgain);
        }
        self.state = State::Terminated;
        self.timers.stop_all();
        Some(if timer == Timer::H { Fired::NoAck } else { Fired::Ended })
    }

    /// True until a final response was sent.
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Proceeding
    }

    pub(super) fn is_terminated(&self) -> bool {
        self.state == State::Terminated
    }

    pub(super) fn wake_at(&self) -> Option<Duration> {
        self.timers.next()
    }
}
