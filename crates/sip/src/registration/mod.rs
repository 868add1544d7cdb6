//! Registration (RFC 3261 §10.2): keeps a contact at a registrar, whatever happens there.
//!
//! [`Registration`] says when to send REGISTER and what stands in it; the agent sends it, answers
//! challenges, and tells how it went.
//!
//! ```text
//!                start                     2xx
//!   Unregistered ------> Registering ---------------> Registered
//!      ^  ^                ^   |  ^                     |    |
//!      |  |    flow lost,  |   |  +---- refresh due ----+    | stop
//!      |  |    time over   |   | 4xx: Refused; 408, 480,     |
//!      |  |                |   v 5xx, silence               v
//!      |  +-- stop ----- Waiting                      Unregistering
//!      +------------------------------ any answer -----------+
//! ```

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use crate::{
    agent::{KeepAlive, Registration as Status},
    chance::Chance,
    message::Message,
    transport::{Flow, FlowId},
};

mod answer;
mod back_off;
mod keep_alive;
mod questions;

pub use answer::retry_after;
pub use back_off::BackOff;

use answer::{Answer, Verdict};
use keep_alive::{Due, Pinger};

/// The least time between two REGISTER requests that are not forced by an answer.
const PACE: Duration = Duration::from_secs(1);

/// What a registration is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Seconds to ask for.
    pub expires: u32,
    /// Ask for a bulk registration (RFC 6140).
    pub gin: bool,
    /// Keep-alive on UDP; streams always get the double CRLF.
    pub keep_alive: KeepAlive,
    /// Time between two keep-alives; `None`: 25 s, and 2 s on UDP within the network of one's own.
    pub keep_alive_every: Option<Duration>,
}

/// What the agent has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Ask the registrar on the flow of the registration what it holds: a REGISTER without Contact
    /// (RFC 3261 §10.2.3). Report with `kept_alive`.
    Bindings(Flow),
    /// Close this flow: it sends no pong any more. A new REGISTER follows.
    Close(FlowId),
    /// Send OPTIONS to the registrar on the flow of the registration. Report with `kept_alive`.
    Options(Flow),
    /// Send `CRLF` (UDP) or `CRLFCRLF` (stream) on this flow.
    Ping(Flow),
    /// Send REGISTER with this time in seconds, 0 to give the registration back, and report with
    /// `answered` or `failed`. At most one is under way.
    Register {
        /// Expires.
        expires: u32,
    },
    /// Tell the owner.
    Tell(Status),
}

/// The registration of one account.
#[derive(Debug)]
pub struct Registration {
    settings: Settings,
    state: State,
    wanted: bool,
    bound: Option<Answer>,
    flow: Option<Flow>,
    expires: u32,
    raised: bool,
    sent_at: Option<Duration>,
    next: Option<Duration>,
    /// Until when the registrar has asked to be left in peace.
    asked_until: Option<Duration>,
    ends: Option<Duration>,
    back_off: BackOff,
    pinger: Pinger,
    tasks: VecDeque<Task>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing under way: unregistered, registered, refused, or waiting for the next try.
    Idle,
    Registering,
    Unregistering,
}

impl Registration {
    /// A registration that nobody asked for yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            state: State::Idle,
            wanted: false,
            bound: None,
            flow: None,
            expires: settings.expires.max(1),
            raised: false,
            sent_at: None,
            next: None,
            asked_until: None,
            ends: None,
            back_off: BackOff::default(),
            pinger: Pinger::new(settings.keep_alive, settings.keep_alive_every),
            tasks: VecDeque::new(),
            settings,
        }
    }

    /// Registers and keeps the registration fresh. Where it stands already, it is refreshed.
    pub fn start(&mut self, now: Duration) {
        self.wanted = true;
        self.back_off.over();
        self.expires = self.settings.expires.max(1);
        self.raised = false;
        self.asked_until = None;
        if self.state == State::Idle {
            self.register(now);
        }
    }

    /// Gives the registration back.
    pub fn stop(&mut self, now: Duration) {
        self.wanted = false;
        self.next = None;
        if self.state == State::Idle {
            self.unregister(now);
        }
    }

    /// The REGISTER got its final response, challenges apart. `contact` is the URI that it carried,
    /// `flow` the one that it went out on, at `left`: one that answers a challenge is a REGISTER of
    /// its own.
    pub fn answered(
        &mut self,
        now: Duration,
        left: Duration,
        flow: &Flow,
        contact: &str,
        response: &Message,
        chance: &mut Chance,
    ) {
        let verdict = Verdict::of(response, contact, self.expires);
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => {}
            State::Unregistering => self.gone(now),
            // Stopped in the meantime: what was granted is given back.
            State::Registering if !self.wanted => {
                if let Verdict::Bound(answer) = verdict {
                    self.bound = Some(answer);
                }
                self.unregister(now);
            }
            State::Registering => match verdict {
                Verdict::Bound(answer) => self.bind(now, left, flow, contact, answer, chance),
                Verdict::Later { code, why, asked } => {
                    self.wait(now, Some(code), why, asked, chance);
                }
                Verdict::Refused { code, reason } => self.refuse(code, reason),
                Verdict::TooBrief { least } => self.raise(now, response, least),
            },
        }
    }

    /// The REGISTER got no response: no place could be found or reached, or none answered. `why` is
    /// a sentence for the user.
    pub fn failed(&mut self, now: Duration, why: String, chance: &mut Chance) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => {}
            State::Unregistering => self.gone(now),
            State::Registering if !self.wanted => self.unregister(now),
            State::Registering => self.wait(now, None, why, None, chance),
        }
    }

    /// A flow is gone, or of a flow that leads to several places the far end at `remote`. If the
    /// registration stood on it, it is made anew at once.
    pub fn flow_lost(&mut self, now: Duration, flow: FlowId, remote: Option<SocketAddr>) {
        let other = |ours: &Flow| remote.is_some_and(|remote| remote != ours.remote);
        if self.flow.is_none_or(|ours| ours.id != flow || other(&ours)) {
            return;
        }
        self.flow = None;
        self.pinger.stop();
        if self.wanted && self.state == State::Idle {
            self.at_pace(now);
        }
    }

    /// The registrar cannot know us any more (our address changed, a keep-alive request went
    /// unanswered, the host slept): register again, at most once a second.
    pub fn renew(&mut self, now: Duration) {
        if self.wanted && self.state == State::Idle {
            self.at_pace(now);
        }
    }

    /// The same, and what has failed so far was no fault of the registrar's. What it has asked for
    /// holds good all the same.
    pub fn renew_at_once(&mut self, now: Duration) {
        self.back_off.over();
        self.renew(now);
    }

    /// A pong came in.
    pub fn pong(&mut self, flow: FlowId) {
        if self.flow.is_some_and(|ours| ours.id == flow) {
            self.pinger.pong();
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Task> {
        self.tasks.pop_front()
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Duration, chance: &mut Chance) {
        if self.ends.is_some_and(|ends| ends <= now) {
            // Nobody renewed it: the registrar has dropped it by itself.
            self.ends = None;
            self.bound = None;
        }
        if self.state == State::Idle && self.next.is_some_and(|next| next <= now) {
            self.register(now);
        }
        while let Some((due, flow)) = self.pinger.expire(now, chance).zip(self.flow) {
            match due {
                Due::Lost => {
                    self.tasks.push_back(Task::Close(flow.id));
                    self.flow_lost(now, flow.id, None);
                }
                Due::Bindings => self.ask(now, flow),
                Due::Options => self.tasks.push_back(Task::Options(flow)),
                Due::Ping => self.tasks.push_back(Task::Ping(flow)),
            }
        }
    }

    /// When `wake` is due.
    pub fn wake_at(&self) -> Option<Duration> {
        self.next.into_iter().chain(self.ends).chain(self.pinger.wake_at()).min()
    }

    /// When the next REGISTER is due, a refresh or another try; `None` where one is under way or
    /// none is wanted. `renewed_at` is when `renew` will be called, if that is known.
    pub fn registers_at(&self, renewed_at: Option<Duration>) -> Option<Duration> {
        let next = self.next?;
        Some(renewed_at.map_or(next, |at| next.min(self.paced(at))))
    }

    /// True while the registrar holds our contact, as far as we know.
    pub fn is_registered(&self) -> bool {
        self.bound.is_some()
    }

    /// True where nothing is under way or wanted.
    pub fn is_idle(&self) -> bool {
        self.state == State::Idle && !self.wanted
    }

    /// True while it is wanted and stands on no flow: the next REGISTER brings one.
    pub fn is_between_flows(&self) -> bool {
        self.wanted && self.flow.is_none()
    }

    /// The flow that the registration stands on: requests of the account go out on it.
    pub fn flow(&self) -> Option<&Flow> {
        self.flow.as_ref()
    }

    /// Route values for requests outside a dialog, in order (RFC 3608).
    pub fn service_route(&self) -> &[String] {
        self.bound.as_ref().map_or(&[], |answer| &answer.service_route)
    }

    /// The URIs that are ours besides the address of record (RFC 7315 §4.1).
    pub fn associated(&self) -> &[String] {
        self.bound.as_ref().map_or(&[], |answer| &answer.associated)
    }

    /// What a REGISTER that binds demands (RFC 6140 §5.2).
    pub fn demands(&self) -> &'static [(&'static str, &'static str)] {
        if self.settings.gin { &[("Require", "gin"), ("Proxy-Require", "gin")] } else { &[] }
    }

    fn register(&mut self, now: Duration) {
        self.state = State::Registering;
        self.sent_at = Some(now);
        self.next = None;
        // What was asked before says nothing of what this will bring.
        self.pinger.answered();
        if self.bound.is_none() {
            self.tasks.push_back(Task::Tell(Status::Registering));
        }
        self.tasks.push_back(Task::Register { expires: self.expires });
    }

    fn unregister(&mut self, now: Duration) {
        if self.bound.is_none() {
            return self.gone(now);
        }
        self.state = State::Unregistering;
        self.sent_at = Some(now);
        self.tasks.push_back(Task::Register { expires: 0 });
    }

    /// The registration was given back, or its end could not be told; it ends by itself then.
    fn gone(&mut self, now: Duration) {
        self.bound = None;
        self.ends = None;
        self.flow = None;
        self.pinger.stop();
        self.tasks.push_back(Task::Tell(Status::Unregistered));
        if self.wanted {
            self.at_pace(now);
        }
    }

    fn bind(
        &mut self,
        now: Duration,
        left: Duration,
        flow: &Flow,
        contact: &str,
        answer: Answer,
        chance: &mut Chance,
    ) {
        let granted = Duration::from_secs(u64::from(answer.expires));
        let same = self.flow.is_some_and(|ours| ours.is_same(flow));
        self.flow = Some(*flow);
        if let Some(every) = answer.flow_timer {
            self.pinger.at_least_every(every);
        }
        self.pinger.start(now, flow, same, chance);
        self.back_off.over();
        self.asked_until = None;
        // A registrar that asks for still longer at a later refresh is obeyed once more.
        self.raised = false;
        self.ends = Some(now + granted);
        // Half of a short time, and of a long one all but a minute: time for Timer F and a second
        // server before the registrar forgets us. A tenth by lot keeps phones apart.
        let spare = (granted / 2).min(Duration::from_secs(60));
        let due = granted.saturating_sub(spare + chance.between(Duration::ZERO, spare / 10));
        self.next = Some(now + due.max(PACE));
        self.tasks.push_back(Task::Tell(Status::Registered {
            expires: answer.expires,
            contact: contact.to_owned(),
            contacts: answer.contacts.clone(),
            associated: answer.associated.clone(),
            path: answer.path.clone(),
            round_trip: now.saturating_sub(left),
        }));
        self.bound = Some(answer);
    }

    fn wait(
        &mut self,
        now: Duration,
        code: Option<u16>,
        why: String,
        asked: Option<Duration>,
        chance: &mut Chance,
    ) {
        let retry_in = self.back_off.failed(now, asked, chance);
        self.next = Some(now + retry_in);
        self.asked_until = asked.and(self.next);
        self.tasks.push_back(Task::Tell(Status::Failed { code, why, retry_in }));
    }

    fn refuse(&mut self, code: u16, reason: String) {
        self.wanted = false;
        self.bound = None;
        self.ends = None;
        self.flow = None;
        self.pinger.stop();
        self.tasks.push_back(Task::Tell(Status::Refused { code, reason }));
    }

    /// 423: once more with the time that the registrar wants (RFC 3261 §10.2.8), but once only.
    fn raise(&mut self, now: Duration, response: &Message, least: Option<u32>) {
        match least {
            Some(least) if least > self.expires && !self.raised => {
                self.raised = true;
                self.expires = least;
                self.register(now);
            }
            Some(_) | None => self.refuse(423, response.reason().into_owned()),
        }
    }

    fn at_pace(&mut self, now: Duration) {
        self.next = Some(self.paced(now));
    }

    /// The first moment from `at` on at which a REGISTER may leave that no answer forces.
    fn paced(&self, at: Duration) -> Duration {
        let earliest = self.sent_at.map_or(at, |sent| sent + PACE);
        earliest.max(at).max(self.asked_until.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
