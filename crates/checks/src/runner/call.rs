//! A call to one of our own numbers: out through the trunk, in again, both legs here.

use std::time::Duration;

use milliwatt_engine::api::{CallId, CallReport, Command, Dial, Dtmf, Event, Sound, Source};

use super::{Hand, leg::sent_sdp, place::Whose};
use crate::{
    observation::{self, Leg},
    plan::{Call, Callee, Plan, WITH_DIGITS},
};

/// Tones that no telephone network makes and no digit holds, one set for each side, Hz.
const CALLING_TONES: [f32; 3] = [550.0, 1050.0, 1850.0];
const CALLED_TONES: [f32; 3] = [600.0, 1120.0, 2050.0];
const TONE_MS: u32 = 300;

/// All digits of RFC 4733 that a telephone has.
pub(super) const DIGITS: &str = "0123456789*#ABCD";

/// A trunk that has not brought the call by then does not bring it.
const LIMIT: Duration = Duration::from_secs(12);
/// Time for all digits each way.
const SLACK: Duration = WITH_DIGITS;

/// Both legs of the call under way.
struct Loop {
    plan: Call,
    goal: Goal,
    calling: CallId,
    called: Option<CallId>,
    seen: observation::Call,
    dialled: Duration,
    /// Both talk since.
    up: Option<Duration>,
    pressing: Pressing,
    hung_up: Option<Duration>,
}

/// When a call that only rings has shown what it is placed for, and is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// It has come in. What the trunk tells the caller says nothing of that: some tell of ringing
    /// before they call the phone.
    ComesIn,
    /// It has come in, and the caller was told of ringing.
    Rings,
}

/// Which side's digits are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pressing {
    Idle,
    Calling,
    /// The same once more, 40 ms each.
    CallingShort,
    Called,
    Done,
}

impl Hand<'_> {
    pub(super) async fn call(&mut self, plan: Call) {
        if !self.register_for_calls().await {
            return;
        }
        let Some(number) = self.subject.own_number().map(str::to_owned) else { return };
        let seen = self.around(plan, Goal::Rings, number).await;
        self.seen.calls.extend(seen);
    }

    /// A call out through the trunk and in again. `None` where it was not placed.
    pub(super) async fn around(
        &mut self,
        plan: Call,
        goal: Goal,
        number: String,
    ) -> Option<observation::Call> {
        let sound = sound(CALLING_TONES, CALLED_TONES);
        let dial = Dial { to: number.clone(), sound, ..Dial::default() };
        let calling = self.place(&Plan::Call(plan), dial).await?;
        let mut line = Loop {
            plan,
            goal,
            calling,
            called: None,
            seen: observation::Call {
                callee: plan.callee,
                number,
                calling: Leg::default(),
                called: None,
                came_after_ms: None,
                did: None,
                strangers: Vec::new(),
                pressed_as: Dtmf::of(&self.subject.trunk),
                pressed: if plan.digits { DIGITS.to_owned() } else { String::new() },
                calling_tones: CALLING_TONES.to_vec(),
                called_tones: CALLED_TONES.to_vec(),
            },
            dialled: self.clock.now(),
            up: None,
            pressing: Pressing::Idle,
            hung_up: None,
        };
        while !line.is_over() {
            let Some(wait) = line.patience(self.clock.now()) else { break };
            match tokio::time::timeout(wait, self.events.next()).await {
                Ok(Some(event)) => self.follow(&mut line, &event),
                Ok(None) => break,
                Err(_) => self.time_passed(&mut line),
            }
        }
        for call in [Some(line.calling), line.called].into_iter().flatten() {
            self.engine.command(Command::HangUp { call });
        }
        if line.is_over() {
            self.up.clear();
        }
        self.note_refusal(line.seen.calling.report.as_ref());
        let trace = self.engine.trace().of(&self.trunk);
        for leg in [Some(&mut line.seen.calling), line.seen.called.as_mut()].into_iter().flatten() {
            let call_id = leg.report.as_ref().map(|report| report.call_id.as_str());
            leg.bye_answer = call_id.and_then(|call_id| trace.bye_answer(call_id));
        }
        line.seen.calling.sent_sdp = sent_sdp(&trace, &line.seen.calling);
        Some(line.seen)
    }

    /// A call that was refused for its password is the last one that tries it.
    pub(super) fn note_refusal(&mut self, report: Option<&CallReport>) {
        if let Some(report) = report.filter(|report| report.authentication_refused) {
            self.refused = Some(report.advice.clone().unwrap_or_default());
        }
    }

    fn follow(&mut self, line: &mut Loop, event: &Event) {
        let now = self.clock.now();
        self.note_not_placed(event, line.calling);
        if let Event::Incoming { call, did, .. } = event {
            if self.came_late(event, &line.seen.number) {
                return self.turn_away(*call);
            }
            let whose = self.whose(event, &line.seen.number);
            if whose == Some(Whose::Ours) && line.called.is_none() {
                line.called = Some(*call);
                self.up.push(*call);
                line.seen.came_after_ms = Some(millis(now - line.dialled));
                line.seen.did = Some(did.clone());
                line.seen.called = Some(Leg::default());
                self.take(*call, line.plan.callee);
            } else {
                if whose != Some(Whose::AnotherTrunks) {
                    line.seen.strangers.push(did.clone());
                    self.turn_away(*call);
                }
                return;
            }
        }
        // What is heard after the other side has hung up says nothing about the talk.
        let late = line.hung_up.is_some() && matches!(event, Event::Quality { .. });
        let Some(leg) = line.leg(event).filter(|_| !late) else { return };
        leg.note(event);
        if line.has_shown_all() {
            line.hung_up = Some(now);
            self.engine.command(Command::HangUp { call: line.calling });
        }
        match event {
            Event::Answered { .. } if line.both_answered() => {
                line.up = Some(now);
                self.press(line);
            }
            Event::DtmfSent { .. } => {
                line.pressing = line.pressing.next();
                self.press(line);
            }
            Event::Ended { .. } => {
                if let (Some(hung_up), Some(leg)) = (line.hung_up, line.leg(event)) {
                    leg.end_after_ms = Some(millis(now - hung_up));
                }
            }
            _ => {}
        }
    }

    fn take(&self, call: CallId, callee: Callee) {
        match callee {
            Callee::Answers => {
                self.engine.command(Command::Ring { call });
                let sound = sound(CALLED_TONES, CALLING_TONES);
                self.engine.command(Command::Answer { call, sound, codecs: Vec::new() });
            }
            Callee::Busy => {
                self.engine.command(Command::Reject { call, code: 486, headers: Vec::new() });
            }
            Callee::Rings => self.engine.command(Command::Ring { call }),
        }
    }

    fn press(&self, line: &mut Loop) {
        if line.pressing == Pressing::Idle {
            line.pressing = if line.plan.digits { Pressing::Calling } else { Pressing::Done };
        }
        let call = match line.pressing {
            Pressing::Calling | Pressing::CallingShort => Some(line.calling),
            Pressing::Called => line.called,
            Pressing::Done | Pressing::Idle => None,
        };
        let length = if line.pressing == Pressing::CallingShort { 40 } else { 100 };
        if let Some(call) = call {
            self.engine.command(Command::SendDtmf {
                call,
                digits: DIGITS.to_owned(),
                mode: line.seen.pressed_as,
                on_ms: length,
                off_ms: length,
            });
        }
    }

    /// The talk is over when its time is up and all digits are pressed; the called side hangs up.
    fn time_passed(&self, line: &mut Loop) {
        if line.hung_up.is_some() {
            return;
        }
        line.hung_up = Some(self.clock.now());
        match line.called {
            Some(call) if line.up.is_some() => self.engine.command(Command::HangUp { call }),
            _ => self.engine.command(Command::HangUp { call: line.calling }),
        }
    }
}

impl Loop {
    fn leg(&mut self, event: &Event) -> Option<&mut Leg> {
        let call = subject_of(event)?;
        if call == self.calling {
            Some(&mut self.seen.calling)
        } else if Some(call) == self.called {
            self.seen.called.as_mut()
        } else {
            None
        }
    }

    fn both_answered(&self) -> bool {
        self.up.is_none()
            && self.seen.calling.answered
            && self.seen.called.as_ref().is_some_and(|leg| leg.answered)
    }

    /// True once a call that only rings may be taken back.
    fn has_shown_all(&self) -> bool {
        let told = || self.seen.calling.progress.iter().any(|(code, _)| *code >= 180);
        self.plan.callee == Callee::Rings
            && self.hung_up.is_none()
            && self.called.is_some()
            && (self.goal == Goal::ComesIn || told())
    }

    fn is_over(&self) -> bool {
        let called = self.seen.called.as_ref();
        self.seen.calling.report.is_some() && called.is_none_or(|leg| leg.report.is_some())
    }

    /// How long to wait for the next event; `None` when there is no use in waiting more.
    fn patience(&self, now: Duration) -> Option<Duration> {
        if let Some(hung_up) = self.hung_up {
            return (hung_up + LIMIT).checked_sub(now).filter(|left| !left.is_zero());
        }
        let end = match (self.up, self.pressing) {
            (Some(up), Pressing::Done) => up + self.plan.talk,
            (Some(up), _) => up + SLACK,
            (None, _) => self.dialled + LIMIT,
        };
        Some(end.saturating_sub(now))
    }
}

impl Pressing {
    fn next(self) -> Self {
        match self {
            Self::Calling => Self::CallingShort,
            Self::CallingShort => Self::Called,
            Self::Called | Self::Done => Self::Done,
            Self::Idle => Self::Idle,
        }
    }
}

fn sound(played: [f32; 3], heard: [f32; 3]) -> Sound {
    let source = Source::Signature(played.to_vec(), TONE_MS);
    Sound { source, record: None, listen: heard.to_vec() }
}

/// The call that an event is about.
pub(super) fn subject_of(event: &Event) -> Option<CallId> {
    match event {
        Event::Answered { call, .. }
        | Event::Digit { call, .. }
        | Event::DtmfSent { call, .. }
        | Event::Held { call, .. }
        | Event::Incoming { call, .. }
        | Event::Progress { call, .. }
        | Event::Quality { call, .. }
        | Event::Tone { call, .. } => Some(*call),
        Event::Ended { report } => Some(report.call),
        _ => None,
    }
}

pub(super) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
