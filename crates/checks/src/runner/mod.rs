//! Runs checks: merges what they need, does it once, and lets each judge what was seen.

#![allow(clippy::wildcard_enum_match_arm, reason = "an observer picks the events that it knows")]

mod call;
mod challenge;
mod dns;
mod leg;
mod options;
mod registration;
mod tls;

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use milliwatt_engine::{
    Engine, Events,
    api::{Command, Event},
    clock::Clock,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::watch;

use crate::{
    check::Check,
    observation::Observation,
    plan::Plan,
    report::{Entry, Report},
    subject::Subject,
    verdict::{Finding, Limits},
};

/// What a run is told of, as it happens.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A plan begins; `left` more follow.
    Begins(&'a Plan, usize),
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
    /// Becomes true when the user has had enough.
    pub stop: watch::Receiver<bool>,
}

impl Run<'_> {
    /// What the run would do, merged; skips left out. For a dry run and for the guards.
    pub fn plans(&self) -> Vec<Plan> {
        Plan::merged(self.checks.iter().filter_map(|check| check.plan(&self.subject).ok()))
    }

    /// Does it all. The engine's trunk is removed at the end, registrations given back.
    pub async fn perform(mut self, mut progress: impl FnMut(Progress<'_>)) -> Report {
        let begun = self.clock.now();
        let started = OffsetDateTime::from(self.clock.wall());
        let mut hand = Hand::new(&self);
        let trunk_is_up = hand.add_trunk().await;
        let plans = self.plans();
        let mut seconds = Vec::new();
        for (at, plan) in plans.iter().enumerate() {
            if *self.stop.borrow() {
                break;
            }
            progress(Progress::Begins(plan, plans.len() - at - 1));
            let start = self.clock.now();
            match &trunk_is_up {
                Ok(()) => {
                    let stopped = self.stop.wait_for(|stop| *stop);
                    tokio::select! {
                        () = hand.carry_out(plan) => {}
                        _ = stopped => {}
                    }
                }
                Err(why) => hand.seen.broken.push(why.clone()),
            }
            seconds.push((plan.clone(), (self.clock.now() - start).as_secs_f64()));
        }
        let interrupted = *self.stop.borrow();
        hand.finish(!interrupted).await;
        let seen = hand.seen;
        let entries: Vec<Entry> =
            self.checks.iter().map(|check| self.judge(*check, &seen, &seconds)).collect();
        for entry in &entries {
            progress(Progress::Judged(entry));
        }
        Report {
            trunk: self.subject.name().to_owned(),
            suite: self.suite.to_owned(),
            started: started.format(&Rfc3339).unwrap_or_default(),
            seconds: (self.clock.now() - begun).as_secs_f64(),
            entries,
            interrupted,
        }
    }

    fn judge(&self, check: &'static dyn Check, seen: &Observation, done: &[(Plan, f64)]) -> Entry {
        let (finding, seconds) = match check.plan(&self.subject) {
            Err(finding) => (finding, 0.0),
            Ok(plan) => {
                let took = done.iter().find(|(merged, _)| merged.merge(&plan).is_some());
                let finding = match (took, seen.broken.first()) {
                    (None, _) => Finding::error("the run was interrupted before this check"),
                    (Some(_), Some(why)) => Finding::error(why),
                    (Some(_), None) => check.judge(seen, self.limits(check)),
                };
                (finding, took.map_or(0.0, |(_, seconds)| *seconds))
            }
        };
        Entry { check, finding, seconds }
    }

    fn limits(&self, check: &dyn Check) -> Limits {
        let own = self.subject.trunk.limits.get(check.id());
        own.map(|own| Limits { pass: own.pass, warn: own.warn })
            .or(check.limits())
            .unwrap_or(Limits { pass: 0.0, warn: 0.0 })
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
    wants_registration: bool,
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
            wants_registration: run.subject.trunk.trunk.register,
            seen: Observation::default(),
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
        match plan {
            Plan::Call(call) => self.call(*call).await,
            Plan::Challenge => self.challenge().await,
            Plan::Dns => self.dns().await,
            Plan::Options(count) => self.options(*count).await,
            Plan::Registration => self.registration().await,
            Plan::Tls => self.tls().await,
        }
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

    /// Gives back what is held.
    async fn finish(&mut self, properly: bool) {
        if properly {
            self.give_back_registration().await;
        }
        self.engine.command(Command::RemoveTrunk { trunk: self.trunk.clone() });
    }
}

/// Time for a local matter.
const TRUNK: Duration = Duration::from_secs(5);

/// The plans of all checks together, for a listing.
pub fn needed(checks: &[&'static dyn Check], subject: &Subject) -> Vec<Plan> {
    Plan::merged(checks.iter().filter_map(|check| check.plan(subject).ok()))
}

/// The ids of these checks, for a message.
pub fn ids(checks: &[&'static dyn Check]) -> BTreeSet<&'static str> {
    checks.iter().map(|check| check.id()).collect()
}
