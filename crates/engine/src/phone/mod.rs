//! The phone itself, without a socket, a clock or a thread: commands, network and media go in;
//! requests to them, events and history go out.
//!
//! > After every `handle`, call `poll` until it returns `None`; then sleep until `wake_at`, and
//! > call `handle(now, Input::Wake)` when it has passed.
//!
//! What `poll` gives is to be done in its order: sound that is to stop comes before the message
//! that says so. All chance comes from the seed.

pub mod advice;
mod answer;
mod call;
mod dial;
mod digits;
mod end;
mod findings;
mod fork;
mod history;
mod io;
mod line;
mod media;
mod moved;
mod offer;
mod quality;
mod recordings;
mod redirect;
mod renegotiate;
mod route;
mod shown;
mod signal;
mod snapshot;
mod trunk;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use milliwatt_sip::agent::{self, AccountId, Agent};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

#[cfg(test)]
pub(crate) use self::call::blank_report;
pub(crate) use self::snapshot::coming;
use self::{call::Call, line::Question, route::Routes, trunk::Line};
pub use self::{io::*, recordings::Recordings};
use crate::{
    api::{CallId, Command, Event},
    net::NetRequest,
};

/// One phone: any number of trunks and calls.
#[derive(Debug)]
pub struct Phone {
    agent: Agent,
    chance: ChaCha20Rng,
    user_agent: String,
    /// Time of day at the zero of the owner's clock, since 1970.
    wall_clock: Duration,
    lines: BTreeMap<AccountId, Line>,
    /// Names of trunks that are given back and not gone yet.
    leaving: BTreeMap<AccountId, String>,
    calls: BTreeMap<CallId, Call>,
    recordings: Recordings,
    routes: Routes,
    next_account: u32,
    /// What keeps the history from being written, as it is known: it was told once.
    trouble: Option<String>,
    /// When a row that is late is told of.
    slow_at: Option<Duration>,
    stopping: bool,
    idle: bool,
    out: VecDeque<Output>,
}

impl Phone {
    /// A phone without a trunk. `wall_clock` is the time since 1970 at the instant that the owner's
    /// clock calls zero; it is written into RTCP and used for nothing else.
    pub fn new(seed: [u8; 32], user_agent: &str, wall_clock: Duration) -> Self {
        let mut chance = ChaCha20Rng::from_seed(seed);
        let agent = Agent::new(draw(&mut chance), agent::Limits::default());
        Self {
            agent,
            routes: Routes::new(draw(&mut chance)),
            chance,
            user_agent: user_agent.to_owned(),
            wall_clock,
            lines: BTreeMap::new(),
            leaving: BTreeMap::new(),
            calls: BTreeMap::new(),
            recordings: Recordings::default(),
            next_account: 1,
            trouble: None,
            slow_at: None,
            stopping: false,
            idle: false,
            out: VecDeque::new(),
        }
    }

    /// Tells the phone that something happened at `now`, which never goes back.
    pub fn handle(&mut self, now: Duration, input: Input) {
        match input {
            Input::Command(command) => self.command(now, command),
            Input::GivenUp(call, trunk, dial) => self.given_up(call, &trunk, &dial),
            Input::Trunk(trunk, password) => self.add_trunk(now, trunk, password),
            Input::Net(event) => self.network(now, event),
            Input::Media(call, notice) => self.media(now, call, notice),
            Input::Row(call, row) => self.row(now, call, row),
            Input::History(state) => self.history_state(state),
            Input::Slept(time) => self.slept(now, time),
            Input::Wake => self.wake(now),
        }
        self.drain_agent(now);
    }

    /// The next thing to do or to know; `None` when the phone waits.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When `handle(now, Input::Wake)` is due, if at all.
    pub fn wake_at(&self) -> Option<Duration> {
        let calls = self.calls.values().filter_map(Call::wake_at).min();
        [self.agent.wake_at(), calls, self.slow_at].into_iter().flatten().min()
    }

    /// Calls that are not over.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    fn command(&mut self, now: Duration, command: Command) {
        match command {
            Command::AddTrunk { trunk } => self.add_trunk(now, trunk, None),
            Command::RemoveTrunk { trunk } => self.remove_trunk(now, &trunk),
            Command::Block { targets } => self.net(NetRequest::Block(targets)),
            Command::Register { trunk } => self.register(now, &trunk, true),
            Command::Unregister { trunk } => self.register(now, &trunk, false),
            Command::Dial { call, trunk, dial } => self.dial(now, call, trunk, *dial),
            Command::Ring { call } => self.ring(now, call),
            Command::EarlyMedia { call, sound } => self.early_media(now, call, sound),
            Command::Answer { call, sound, codecs } => self.answer(now, call, sound, codecs),
            Command::AutoAnswer { trunk, how } => self.auto_answer(now, &trunk, how),
            Command::Reject { call, code, headers } => self.reject(now, call, code, headers),
            Command::HangUp { call } => self.hang_up(now, call, None),
            Command::Hold { call } => self.hold(now, call, true),
            Command::Resume { call } => self.hold(now, call, false),
            Command::SendDtmf { call, digits, mode, on_ms, off_ms } => {
                self.send_dtmf(now, call, digits, mode, on_ms, off_ms);
            }
            Command::Mute { call, on } => self.mute(call, on),
            Command::Record { call, into } => self.record(call, into),
            Command::Request { request, trunk, method, to, server, headers, body } => {
                let question = Question { method, to, server, headers, body };
                self.request(now, request, &trunk, question);
            }
            Command::Shutdown => self.shutdown(now),
        }
    }

    fn wake(&mut self, now: Duration) {
        let due: Vec<CallId> = self
            .calls
            .values()
            .filter(|call| call.wake_at().is_some_and(|at| at <= now))
            .map(|call| call.id)
            .collect();
        for id in due {
            self.call_timers(now, id);
        }
        self.history_timer(now);
        if self.agent.wake_at().is_some_and(|at| at <= now) {
            self.agent.handle(now, agent::Input::Wake);
        }
    }

    fn shutdown(&mut self, now: Duration) {
        if self.stopping {
            return;
        }
        self.stopping = true;
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        for id in calls {
            self.hang_up(now, id, None);
        }
        self.tell_agent(now, agent::Command::Shutdown);
    }

    /// Tells `Stopped` once, when nothing is left to wait for.
    fn stop_if_done(&mut self) {
        if self.stopping && self.idle && self.calls.is_empty() {
            self.stopping = false;
            self.event(Event::Stopped);
        }
    }

    /// Does what the agent wants done, until it waits.
    fn drain_agent(&mut self, now: Duration) {
        while let Some(output) = self.agent.poll() {
            match output {
                agent::Output::Heard { account, fault } => {
                    self.out.push_back(Output::Heard(account, fault));
                }
                agent::Output::Send { account, flow, remote, bytes } => {
                    self.net(NetRequest::Send { account, flow, remote, bytes });
                }
                agent::Output::Gone(account) => self.gone(account),
                agent::Output::Trust(account, addresses) => self.found_at(account, addresses),
                agent::Output::Resolve(id, question) => self.net(NetRequest::Resolve(id, question)),
                agent::Output::Open(id, target) => self.net(NetRequest::Open(id, target)),
                agent::Output::Close(flow) => self.net(NetRequest::Close(flow)),
                agent::Output::Event(event) => self.signal(now, *event),
            }
        }
        self.stop_if_done();
    }

    fn tell_agent(&mut self, now: Duration, command: agent::Command) {
        self.agent.handle(now, agent::Input::Command(command));
    }

    fn net(&mut self, request: NetRequest) {
        self.out.push_back(Output::Net(request));
    }

    fn event(&mut self, event: Event) {
        self.out.push_back(Output::Event(Box::new(event)));
    }

    fn notice(&mut self, call: Option<CallId>, kind: &str, text: impl Into<String>) {
        self.event(Event::Notice { call, kind: kind.to_owned(), text: text.into() });
    }

    fn seed(&mut self) -> [u8; 32] {
        draw(&mut self.chance)
    }
}

fn draw(chance: &mut ChaCha20Rng) -> [u8; 32] {
    let mut seed = [0; 32];
    chance.fill_bytes(&mut seed);
    seed
}

/// The call's name in signalling.
fn leg(call: CallId) -> agent::CallId {
    agent::CallId(call.0)
}

/// Milliseconds as the interface tells them.
fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
