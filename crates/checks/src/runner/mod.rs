//! Runs checks: merges what they need, does it once, and lets each judge what was seen.

#![allow(clippy::wildcard_enum_match_arm, reason = "an observer picks the events that it knows")]

mod allowance;
mod call;
mod challenge;
mod dids;
mod dns;
mod judging;
mod leg;
mod nat;
mod options;
mod place;
mod registration;
mod servers;
mod sounds;
mod tls;

use std::{net::SocketAddr, time::Duration};

use milliwatt_engine::{
    Engine, Events,
    api::{CallId, Command, Event, Registration},
    clock::Clock,
    trace::Direction,
};
use tokio::sync::watch;

pub use self::sounds::Sounds;
use self::{dids::Awaited, judging::Judging};
use crate::{
    check::Check,
    guard::Purse,
    observation::{Leg, Observation},
    plan::Plan,
    report::{Entry, Obstacle, Report, time_of_day},
    subject::Subject,
};

/// What a run is told of, as it happens.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A plan begins; `left` more follow.
    Begins(&'a Plan, usize),
    /// The call of a plan was hung up: no more than this was paid for from the budget.
    CutShort(&'a Plan, Duration),
    /// A check is judged.
    Judged(&'a Entry),
}

/// How a run is made.
pub struct Run<'a> {
    /// The phone; its trunk is added by the run.
    pub engine: Engine,
    /// The trunk.
    pub subject: Subject,
    /// Name of the suite, for the report.
    pub suite: &'a str,
    /// The checks, in the order of the report.
    pub checks: Vec<&'static dyn Check>,
    /// DNS servers to ask; the system's when empty.
    pub dns: Vec<SocketAddr>,
    /// The engine's clock.
    pub clock: &'a dyn Clock,
    /// What may be spent, and where it is written down.
    pub purse: Purse<'a>,
    /// Name of the capture file that the trace is written to, for the evidence; `None` where it is
    /// not written.
    pub capture: Option<String>,
    /// What calls play, and where what they hear is kept.
    pub sounds: Sounds,
    /// Becomes true when the user has had enough.
    pub stop: watch::Receiver<bool>,
}

impl Run<'_> {
    /// Does it all, and judges each check as soon as what it needs was seen. The engine's trunk is
    /// removed at the end, which gives its registration back.
    pub async fn perform(mut self, mut progress: impl FnMut(Progress<'_>)) -> Report {
        let begun = self.clock.now();
        let started = time_of_day(self.clock.wall());
        let mut hand = Hand::new(&self);
        if let Err(why) = hand.add_trunk().await {
            hand.seen.obstacle = Some(Obstacle::Here(why));
        }
        let plans = needed(&self.checks, &self.subject);
        let capture = self.capture.as_deref();
        let mut judging = Judging::new(&self.checks, &self.subject, capture, &mut progress);
        for (at, plan) in plans.iter().enumerate() {
            if *self.stop.borrow() || hand.is_in_vain(plan) {
                continue;
            }
            let later = plans.get(at + 1..).unwrap_or_default();
            progress(Progress::Begins(plan, later.len()));
            let start = self.clock.now();
            let frames = hand.frames();
            let done = tokio::select! {
                () = hand.carry_out(plan) => true,
                _ = self.stop.wait_for(|stop| *stop) => false,
            };
            hand.look_around(plan, done && later.iter().any(Plan::is_signalling));
            if let Some(cut) = hand.seen.cut_short(plan) {
                progress(Progress::CutShort(plan, cut.paid));
            }
            if done && !hand.seen.obstacle.as_ref().is_some_and(Obstacle::is_ours) {
                let seconds = (self.clock.now() - start).as_secs_f64();
                let frame = (hand.frames() > frames).then_some(frames + 1);
                judging.judge(plan, &hand.seen, (seconds, frame), &mut progress);
            }
        }
        hand.finish().await;
        let obstacle = hand.seen.obstacle;
        Report {
            trunk: self.subject.name().to_owned(),
            suite: self.suite.to_owned(),
            started,
            seconds: (self.clock.now() - begun).as_secs_f64(),
            entries: judging.finish(obstacle.as_ref(), &mut progress),
            interrupted: *self.stop.borrow(),
            obstacle,
        }
    }
}

/// Carries plans out through the engine and writes down what is seen.
struct Hand<'a> {
    engine: Engine,
    events: Events,
    clock: &'a dyn Clock,
    subject: Subject,
    dns: Vec<SocketAddr>,
    trunk: String,
    registered: bool,
    /// Our contact as the last REGISTER wrote it.
    contact: Option<String>,
    /// Why the log-in was refused, if it was.
    refused: Option<String>,
    /// The trunk has said something.
    heard: bool,
    /// When it was first asked for something.
    asked: Option<Duration>,
    purse: Purse<'a>,
    sounds: Sounds,
    /// When the last call was placed.
    placed: Option<Duration>,
    /// Calls of ours that have not ended.
    up: Vec<CallId>,
    /// Numbers of ours that were dialled and did not come in while that was waited for.
    awaited: Vec<Awaited>,
    seen: Observation,
}

impl<'a> Hand<'a> {
    fn new(run: &Run<'a>) -> Self {
        Self {
            engine: run.engine.clone(),
            events: run.engine.subscribe(),
            clock: run.clock,
            subject: run.subject.clone(),
            dns: run.dns.clone(),
            trunk: run.subject.trunk.trunk.name.clone(),
            registered: false,
            contact: None,
            refused: None,
            heard: false,
            asked: None,
            purse: run.purse.clone(),
            sounds: run.sounds.clone(),
            placed: None,
            up: Vec::new(),
            awaited: Vec::new(),
            seen: Observation { secure: run.subject.is_secure(), ..Observation::default() },
        }
    }

    async fn add_trunk(&mut self) -> Result<(), String> {
        self.engine.command(Command::AddTrunk { trunk: Box::new(self.subject.trunk.clone()) });
        let answer = self.until(TRUNK, |event| match event {
            Event::TrunkReady { .. } => Some(Ok(())),
            Event::TrunkFailed { why, .. } => Some(Err(why.clone())),
            _ => None,
        });
        answer.await.unwrap_or_else(|| Err("the engine does not answer".into()))
    }

    async fn carry_out(&mut self, plan: &Plan) {
        if plan.is_signalling() {
            self.asked.get_or_insert(self.clock.now());
        }
        match plan {
            Plan::Call(call) => self.call(*call).await,
            Plan::Challenge => self.challenge().await,
            Plan::Dids(count) => self.dids(*count).await,
            Plan::Dns => self.dns().await,
            Plan::Nat => self.nat().await,
            Plan::Options(options) => self.options(*options).await,
            Plan::Registration => self.registration().await,
            Plan::Tls => self.tls().await,
            Plan::Unregistration => self.unregistration().await,
        }
        if plan.is_signalling() {
            self.seen.via = self.engine.trace().of(&self.trunk).via_echo();
        }
    }

    /// Messages so far: the frames of the capture file, while the trace has forgotten none.
    fn frames(&self) -> u64 {
        self.engine.trace().of(&self.trunk).entries().last().map_or(0, |entry| entry.number)
    }

    /// True where something stands in the way of a plan.
    fn is_in_vain(&self, plan: &Plan) -> bool {
        self.seen.obstacle.as_ref().is_some_and(|obstacle| obstacle.blocks(plan))
    }

    /// Looks after a plan whether there is any use in going on. A trunk that does not say a word to
    /// OPTIONS may still know REGISTER and INVITE; one that is silent to those too is not there.
    fn look_around(&mut self, plan: &Plan, more: bool) {
        self.listen();
        if self.seen.obstacle.is_some() || !plan.is_signalling() {
            return;
        }
        let asked_long_ago = self.asked.is_some_and(|asked| self.clock.now() - asked > A_WORD);
        let tried_enough = plan.needs_login() || !more && (asked_long_ago || self.is_unreachable());
        if let Some(why) = self.refused.take() {
            self.seen.obstacle = Some(Obstacle::Refused(why));
        } else if !self.heard && tried_enough {
            self.seen.obstacle = Some(Obstacle::Silent(self.silence()));
        }
    }

    /// Looks whether the trunk has said anything yet, be it nonsense.
    fn listen(&mut self) -> bool {
        let trace = self.engine.trace().of(&self.trunk);
        self.heard = self.heard || trace.entries().any(|entry| entry.direction == Direction::In);
        self.heard
    }

    /// How long to wait for an answer: less where the trunk let us wait in vain before.
    fn patience(&mut self, usual: Duration) -> Duration {
        let waited = self.asked.map_or(Duration::ZERO, |asked| self.clock.now() - asked);
        if waited >= TIMED_OUT && !self.listen() { usual.min(SHORT) } else { usual }
    }

    fn is_unreachable(&self) -> bool {
        self.seen.options.iter().any(|options| options.code.is_none())
    }

    /// What is told of a trunk that says nothing, with what the network told of it.
    fn silence(&self) -> String {
        let told = self.seen.options.iter().find(|o| o.code.is_none()).map(|o| o.reason.as_str());
        let advice =
            "check its address, port and transport, and whether a firewall drops the packets";
        let why = told.filter(|reason| !reason.is_empty()).unwrap_or(advice);
        format!("the trunk does not answer: {why}")
    }

    /// Waits for an event that `wanted` makes something of; `None` when the time is up. Events of
    /// other trunks and those that `wanted` passes over are dropped, but for our address.
    async fn until<T>(
        &mut self,
        limit: Duration,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Option<T> {
        let wait = async {
            while let Some(event) = self.events.next().await {
                if let Event::PublicAddress { local, seen, .. } = &event {
                    self.seen.address = Some((local.clone(), seen.clone()));
                }
                if let Some(found) = wanted(&event) {
                    return Some(found);
                }
            }
            None
        };
        tokio::time::timeout(limit, wait).await.unwrap_or(None)
    }

    /// Hangs up what is still up and gives back what is held, and waits a moment for the trunk's
    /// word on it, so that the trace shows it.
    async fn finish(&mut self) {
        let calls = std::mem::take(&mut self.up);
        for call in &calls {
            self.engine.command(Command::HangUp { call: *call });
        }
        let mut left = calls.len() + usize::from(self.registered);
        if self.registered {
            self.engine.command(Command::Unregister { trunk: self.trunk.clone() });
        }
        let farewell = async {
            while left > 0 {
                match self.events.next().await {
                    Some(Event::Ended { report }) if calls.contains(&report.call) => left -= 1,
                    Some(Event::Registration {
                        registration: Registration::Unregistered, ..
                    }) => left -= 1,
                    Some(_) => {}
                    None => return,
                }
            }
        };
        drop(tokio::time::timeout(FAREWELL, farewell).await);
        self.engine.command(Command::RemoveTrunk { trunk: self.trunk.clone() });
    }
}

/// Time for goodbyes.
const FAREWELL: Duration = Duration::from_secs(3);
/// Time for a local matter.
const TRUNK: Duration = Duration::from_secs(5);
/// A trunk that has said nothing in this time may be told of as silent.
const A_WORD: Duration = Duration::from_secs(1);
/// Timer F of RFC 3261 §17.1.2.2, all but.
const TIMED_OUT: Duration = Duration::from_secs(30);
/// Patience with a trunk that has been silent for a whole time-out: four more tries by UDP.
const SHORT: Duration = Duration::from_secs(8);

/// The plans of all checks together, in the order of a run; skips are left out.
pub fn needed(checks: &[&'static dyn Check], subject: &Subject) -> Vec<Plan> {
    Plan::merged(checks.iter().filter_map(|check| check.plan(subject).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A window runs checks on whatever thread is free.
    #[allow(dead_code, reason = "it need only compile")]
    fn a_run_goes_on_on_any_thread(run: Run<'_>) -> impl Future<Output = Report> + Send {
        run.perform(|_| {})
    }
}
