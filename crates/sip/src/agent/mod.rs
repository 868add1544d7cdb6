//! The front of the signalling user agent: [`Agent`].
//!
//! > After every `handle`, call `poll` until it returns `None`; then sleep until `wake_at`, and
//! > call `handle(now, Input::Wake)` when it has passed.

use std::{collections::VecDeque, time::Duration};

use crate::{chance::Chance, transaction};

mod api;

pub use api::*;

/// Bounds on what the agent holds, whatever comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls at a time, both directions; an INVITE beyond them gets 486 Busy Here.
    pub calls: usize,
    /// Server transactions.
    pub transactions: transaction::Limits,
    /// Timers T1, T2 and T4.
    pub timers: transaction::Timers,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: 4096,
            transactions: transaction::Limits::default(),
            timers: transaction::Timers::default(),
        }
    }
}

/// A SIP user agent of any number of accounts and calls, without a socket and without a clock.
#[derive(Debug)]
pub struct Agent {
    chance: Chance,
    limits: Limits,
    out: VecDeque<Output>,
}

impl Agent {
    /// Makes an agent whose chance comes from `seed` alone.
    pub fn new(seed: [u8; 32], limits: Limits) -> Self {
        Self { chance: Chance::new(seed), limits, out: VecDeque::new() }
    }

    /// Tells the agent that something happened at `now`, the time since an epoch of the owner's.
    /// `now` never goes back.
    pub fn handle(&mut self, now: Duration, input: Input<'_>) {
        let _ = (now, input);
    }

    /// The next thing that the agent wants done; `None` when it waits.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When `handle(now, Input::Wake)` is due, if at all.
    pub fn wake_at(&self) -> Option<Duration> {
        None
    }
}
