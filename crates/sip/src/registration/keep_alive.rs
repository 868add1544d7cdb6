//! Keeping the flow of a registration open (RFC 5626 §3.5, §4.4).

use std::time::Duration;

use crate::{agent::KeepAlive, chance::Chance, transport::Flow};

/// How long a pong may take (RFC 5626 §4.4.1).
const PONG_WITHIN: Duration = Duration::from_secs(10);

/// What is due on the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// No pong came.
    Lost,
    /// An OPTIONS request.
    Options,
    /// CRLF on UDP, a double CRLF on a stream.
    Ping,
}

/// The keep-alive of one flow.
///
/// A far end that never answered a ping is not expected to: without RFC 5626 it need not know what
/// a ping is. One that answered once has to answer each.
#[derive(Clone, Debug)]
pub(super) struct Pinger {
    kind: KeepAlive,
    every: Duration,
    next: Option<Duration>,
    pong_by: Option<Duration>,
    pongs: bool,
    stream: bool,
}

impl Pinger {
    pub(super) fn new(kind: KeepAlive, every: Duration) -> Self {
        let every = every.max(Duration::from_secs(1));
        Self { kind, every, next: None, pong_by: None, pongs: false, stream: false }
    }

    /// Starts on a new flow, or goes on where it is the same.
    pub(super) fn start(&mut self, now: Duration, flow: &Flow, same: bool, chance: &mut Chance) {
        if same && self.next.is_some() {
            return;
        }
        self.stop();
        self.pongs = false;
        self.stream = flow.transport.is_reliable();
        if self.stream || self.kind != KeepAlive::Off {
            self.next = Some(now + self.interval(chance));
        }
    }

    pub(super) fn stop(&mut self) {
        self.next = None;
        self.pong_by = None;
    }

    /// The registrar wants to hear from us at least so often (Flow-Timer, RFC 5626 §4.4).
    pub(super) fn at_least_every(&mut self, time: Duration) {
        self.every = self.every.min(time.max(Duration::from_secs(1)));
    }

    pub(super) fn pong(&mut self) {
        self.pongs = true;
        self.pong_by = None;
    }

    pub(super) fn expire(&mut self, now: Duration, chance: &mut Chance) -> Option<Due> {
        if self.pong_by.is_some_and(|by| by <= now) {
            self.stop();
            return Some(Due::Lost);
        }
        if self.next.is_none_or(|next| next > now) {
            return None;
        }
        self.next = Some(now + self.interval(chance));
        if !self.stream && self.kind == KeepAlive::Options {
            return Some(Due::Options);
        }
        if self.stream && self.pongs {
            self.pong_by.get_or_insert(now + PONG_WITHIN);
        }
        Some(Due::Ping)
    }

    pub(super) fn wake_at(&self) -> Option<Duration> {
        self.next.into_iter().chain(self.pong_by).min()
    }

    /// 80 to 100 % of the set time, by lot (RFC 5626 §4.4).
    fn interval(&self, chance: &mut Chance) -> Duration {
        chance.between(self.every * 4 / 5, self.every)
    }
}
