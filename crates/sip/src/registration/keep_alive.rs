//! Keeping the flow of a registration open (RFC 5626 §3.5, §4.4).

use std::time::Duration;

use crate::{
    agent::KeepAlive,
    chance::Chance,
    transport::{Flow, is_inward},
};

/// How long a pong may take (RFC 5626 §4.4.1).
const PONG_WITHIN: Duration = Duration::from_secs(10);

/// How often a flow is kept open where the trunk does not say (RFC 5626 §4.4.1).
const USUAL: Duration = Duration::from_secs(25);
/// The same on UDP to a registrar in the network of one's own, where a restart is found in no other
/// way and two octets cost nobody anything.
const NEARBY: Duration = Duration::from_secs(2);

/// What is due on the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// A REGISTER that asks for the bindings.
    Bindings,
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
    /// What the trunk says.
    set: Option<Duration>,
    /// What the registrar wants.
    asked: Option<Duration>,
    /// What holds on this flow.
    every: Duration,
    next: Option<Duration>,
    pong_by: Option<Duration>,
    pongs: bool,
    stream: bool,
    /// A request of ours waits for its answer.
    asking: bool,
    /// The registrar refuses such requests on this flow.
    refused: bool,
    /// It has listed us on this flow.
    listed: bool,
    /// It never has, and was told of us once more for that.
    doubted: bool,
}

/// What a registrar's list says of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has listed us before, and does no more.
    Forgotten,
    /// We are there, or it is one that never lists a phone that it knows.
    Known,
    /// It has never listed us: it may have forgotten us before it was first asked.
    Unlikely,
}

impl Pinger {
    pub(super) fn new(kind: KeepAlive, set: Option<Duration>) -> Self {
        Self {
            kind,
            set,
            asked: None,
            every: USUAL,
            next: None,
            pong_by: None,
            pongs: false,
            stream: false,
            asking: false,
            refused: false,
            listed: false,
            doubted: false,
        }
    }

    /// Starts on a new flow, or goes on where it is the same.
    pub(super) fn start(&mut self, now: Duration, flow: &Flow, same: bool, chance: &mut Chance) {
        self.every = self.time_on(flow);
        if same && self.next.is_some() {
            return;
        }
        self.stop();
        self.pongs = false;
        (self.refused, self.listed, self.doubted) = (false, false, false);
        self.stream = flow.transport.is_reliable();
        if self.stream || self.kind != KeepAlive::Off {
            self.next = Some(now + self.interval(chance));
        }
    }

    pub(super) fn stop(&mut self) {
        self.asking = false;
        self.next = None;
        self.pong_by = None;
    }

    /// The registrar wants to hear from us at least so often (Flow-Timer, RFC 5626 §4.4).
    pub(super) fn at_least_every(&mut self, time: Duration) {
        self.asked = Some(self.asked.map_or(time, |asked| asked.min(time)));
    }

    /// The shorter of what the trunk's settings and the registrar want on `flow`.
    fn time_on(&self, flow: &Flow) -> Duration {
        let short = matches!(self.kind, KeepAlive::Crlf | KeepAlive::Register);
        let near = short && !flow.transport.is_reliable() && is_inward(flow.remote.ip());
        let set = self.set.unwrap_or(if near { NEARBY } else { USUAL });
        self.asked.map_or(set, |asked| set.min(asked)).max(Duration::from_secs(1))
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
        if let Some(request) = self.request() {
            return (!std::mem::replace(&mut self.asking, true)).then_some(request);
        }
        if self.stream && self.pongs {
            self.pong_by.get_or_insert(now + PONG_WITHIN);
        }
        Some(Due::Ping)
    }

    /// The request that keeps the flow open, where not CRLF does.
    fn request(&self) -> Option<Due> {
        match self.kind {
            KeepAlive::Options if !self.stream => Some(Due::Options),
            KeepAlive::Register if !self.stream && !self.refused => Some(Due::Bindings),
            KeepAlive::Crlf | KeepAlive::Off | KeepAlive::Options | KeepAlive::Register => None,
        }
    }

    /// What the registrar holds is asked for.
    pub(super) fn asks_for_bindings(&self) -> bool {
        self.request() == Some(Due::Bindings)
    }

    /// The request that was due has its answer, or will have none. False where none was out.
    pub(super) fn answered(&mut self) -> bool {
        std::mem::take(&mut self.asking)
    }

    /// The registrar has listed what it holds, with us or without.
    pub(super) fn standing(&mut self, listed: bool) -> Standing {
        if listed {
            self.listed = true;
            Standing::Known
        } else if self.listed {
            Standing::Forgotten
        } else if std::mem::replace(&mut self.doubted, true) {
            Standing::Known
        } else {
            Standing::Unlikely
        }
    }

    /// The registrar does not answer such requests: on this flow CRLF has to do.
    pub(super) fn refused(&mut self) {
        self.refused = true;
    }

    pub(super) fn wake_at(&self) -> Option<Duration> {
        self.next.into_iter().chain(self.pong_by).min()
    }

    /// 80 to 100 % of the set time, by lot (RFC 5626 §4.4).
    fn interval(&self, chance: &mut Chance) -> Duration {
        chance.between(self.every * 4 / 5, self.every)
    }
}
