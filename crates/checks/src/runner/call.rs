//! A call to one of our own numbers: out through the trunk, in again, both legs here.

use std::time::Duration;

use milliwatt_engine::{
    api::{CallId, CallReport, Command, Dial, Dtmf, Event},
    trace::ByeAnswer,
};

use super::{
    Hand,
    allowance::Allowance,
    place::Whose,
    sounds::{CALLED_TONES, CALLING_TONES, Side, name_of},
};
use crate::{
    observation::{self, Leg},
    plan::{Call, Callee, Plan, WITH_DIGITS},
};

/// All digits of RFC 4733 that a telephone has.
pub(super) const DIGITS: &str = "0123456789*#ABCD";

/// How the engine calls the notice of digits that it sends as sound, since no events were agreed.
const AS_SOUND: &str = "dtmf-inband";

/// A trunk that has not brought the call by then does not bring it.
const LIMIT: Duration = Duration::from_secs(12);
/// How long a BYE is sent again and may be answered (RFC 3261 §17.1.2.2).
const TIMER_F: Duration = Duration::from_secs(32);
/// How often the trace is looked at for an answer.
const LOOK: Duration = Duration::from_millis(50);
/// Time for all digits each way.
const SLACK: Duration = WITH_DIGITS;

/// Both legs of the call under way.
struct Loop {
    plan: Call,
    goal: Goal,
    /// What its recordings are called.
    name: String,
    calling: Allowance,
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
        let seen = self.around(plan, Goal::Rings, number, name_of(plan.callee)).await;
        self.seen.calls.extend(seen);
    }

    /// A call out through the trunk and in again, whose recordings have this name. `None` where it
    /// was not placed.
    pub(super) async fn around(
        &mut self,
        plan: Call,
        goal: Goal,
        number: String,
        name: &str,
    ) -> Option<observation::Call> {
        let sound = self.sounds.of(plan, Side::Calling, name);
        let dial = Dial { to: number.clone(), sound, ..Dial::default() };
        let calling = self.place(&Plan::Call(plan), dial).await?;
        let mut line = Loop {
            plan,
            goal,
            calling,
            called: None,
            name: name.to_owned(),
            seen: observation::Call {
                pressed_as: Dtmf::of(&self.subject.trunk),
                sent_as: Dtmf::of(&self.subject.trunk),
                pressed: if plan.digits { DIGITS.to_owned() } else { String::new() },
                calling_tones: CALLING_TONES.to_vec(),
                called_tones: CALLED_TONES.to_vec(),
                ..observation::Call::unseen(plan.callee, number)
            },
            dialled: self.clock.now(),
            up: None,
            pressing: Pressing::Idle,
            hung_up: None,
        };
        while !line.is_over() {
            let Some(wait) = line.patience(self.clock.now()) else { break };
            // However many events come, the time is looked at.
            if wait.is_zero() {
                self.time_passed(&mut line);
                continue;
            }
            match tokio::time::timeout(wait, self.events.next()).await {
                Ok(Some(event)) => self.follow(&mut line, &event),
                Ok(None) => break,
                Err(_) => self.time_passed(&mut line),
            }
        }
        for call in [Some(line.calling.call), line.called].into_iter().flatten() {
            self.engine.command(Command::HangUp { call });
        }
        if line.is_over() {
            self.up.clear();
        }
        self.note_refusal(line.seen.calling.report.as_ref());
        let mut seen = line.seen;
        seen.recordings = self.sounds.kept(name, &seen.calling, seen.called.as_ref());
        for leg in [Some(&mut seen.calling), seen.called.as_mut()].into_iter().flatten() {
            let Some(call_id) = leg.report.as_ref().map(|report| report.call_id.clone()) else {
                continue;
            };
            leg.sent_sdp = self.engine.trace().of(&self.trunk).sdp_sent(&call_id);
            if leg.answered && leg.hung_up() {
                leg.bye_answer = self.bye_answer(&call_id).await;
            }
        }
        Some(seen)
    }

    /// The trunk's last word on our BYE, which it may give until Timer F.
    async fn bye_answer(&mut self, call_id: &str) -> Option<ByeAnswer> {
        let end = self.clock.now() + TIMER_F;
        loop {
            let answer = self.engine.trace().of(&self.trunk).bye_answer(call_id);
            // A challenge is followed by another BYE, and by its answer.
            let is_final = answer.is_some_and(|answer| !matches!(answer.code, 401 | 407));
            if is_final || self.clock.now() >= end {
                return answer;
            }
            self.until(LOOK, |_| None::<()>).await;
        }
    }

    /// A call that was refused for its password is the last one that tries it.
    pub(super) fn note_refusal(&mut self, report: Option<&CallReport>) {
        if let Some(report) = report.filter(|report| report.authentication_refused) {
            self.refused = Some(report.advice.clone().unwrap_or_default());
        }
    }

    fn follow(&mut self, line: &mut Loop, event: &Event) {
        let now = self.clock.now();
        line.calling.note(event, now);
        self.note_obstacle(event, line.calling.call);
        line.note_other_way(event);
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
                self.take(*call, line);
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
            self.engine.command(Command::HangUp { call: line.calling.call });
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

    fn take(&self, call: CallId, line: &Loop) {
        match line.plan.callee {
            Callee::Answers => {
                self.engine.command(Command::Ring { call });
                let sound = self.sounds.of(line.plan, Side::Called, &line.name);
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
            Pressing::Calling | Pressing::CallingShort => Some(line.calling.call),
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

    /// The talk is over when its time is up and all digits are pressed; the called side hangs up. No
    /// call goes on for longer than was paid for: then the side that costs hangs up.
    fn time_passed(&self, line: &mut Loop) {
        if line.hung_up.is_some() {
            return;
        }
        let now = self.clock.now();
        line.hung_up = Some(now);
        line.seen.cut = line.calling.used_up(now);
        let ends = line.called.filter(|_| line.up.is_some() && line.seen.cut.is_none());
        self.engine.command(Command::HangUp { call: ends.unwrap_or(line.calling.call) });
    }
}

impl Loop {
    /// The engine tells where it sends our digits otherwise than it was asked to.
    fn note_other_way(&mut self, event: &Event) {
        if let Event::Notice { call, kind, .. } = event
            && *call == Some(self.calling.call)
            && kind == AS_SOUND
        {
            self.seen.sent_as = Dtmf::Inband;
        }
    }

    fn leg(&mut self, event: &Event) -> Option<&mut Leg> {
        let call = subject_of(event)?;
        if call == self.calling.call {
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
        let paid = self.calling.end().unwrap_or(end);
        Some(end.min(paid).saturating_sub(now))
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

#[cfg(test)]
mod tests {
    use milliwatt_engine::api::Secure;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The caller is answered after a second, the called side not before ten: nobody meant the call
    /// to be billed for so long.
    fn late(paid: Option<Duration>) -> Loop {
        let mut calling = Allowance::new(CallId(1), paid);
        let answered = Event::Answered {
            call: CallId(1),
            codec: None,
            remote: None,
            secure: Secure::None,
            dtmf: false,
            headers: Vec::new(),
            sdp: None,
            session_expires: None,
            refresher: None,
        };
        calling.note(&answered, SECOND);
        calling.note(&answered, 5 * SECOND);
        let plan = Call::answered();
        let seen = observation::Call::unseen(plan.callee, "+15550100".into());
        let (dialled, up) = (Duration::ZERO, Some(10 * SECOND));
        let pressing = Pressing::Calling;
        let name = String::new();
        let goal = Goal::Rings;
        Loop { plan, goal, name, calling, called: None, seen, dialled, up, pressing, hung_up: None }
    }

    #[test]
    fn no_call_goes_on_for_longer_than_was_paid_for() {
        let line = late(Some(15 * SECOND));
        assert_eq!(line.patience(12 * SECOND), Some(4 * SECOND));
        assert_eq!(line.calling.used_up(15 * SECOND), None);
        assert_eq!(line.patience(16 * SECOND), Some(Duration::ZERO));
        let (paid, after) = (15 * SECOND, 16 * SECOND);
        assert_eq!(line.calling.used_up(17 * SECOND), Some(observation::Cut { paid, after }));
    }

    #[test]
    fn a_call_that_costs_nothing_takes_its_time() {
        let line = late(None);
        assert_eq!(line.patience(12 * SECOND), Some(23 * SECOND));
        assert_eq!(line.calling.used_up(100 * SECOND), None);
    }
}
