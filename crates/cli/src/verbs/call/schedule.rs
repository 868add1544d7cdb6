//! What happens in a call after so long: digits, hold, resume, hang-up.

use std::time::Duration;

use crate::{args::Call, wait};
use milliwatt_engine::{
    Engine,
    api::{CallId, Command, Dtmf, Event},
};

/// Pause between the answer and the first digit: the far end's menu needs a moment.
const BEFORE_DIGITS: Duration = Duration::from_millis(500);
/// Length of a digit and of the pause after it, ms.
const DIGIT_MS: (u32, u32) = (100, 100);

#[derive(Clone, Debug)]
enum Act {
    Digits(String),
    HangUp,
    Hold,
    Resume,
}

/// What is left to do, in the order of time.
pub(super) struct Schedule {
    call: CallId,
    mode: Dtmf,
    planned: Vec<(Duration, Act)>,
    due: Vec<(Duration, Act)>,
}

impl Schedule {
    pub(super) fn new(arguments: &Call, emergency: bool, mode: Dtmf, call: CallId) -> Self {
        let hang_up = arguments.duration(emergency).map(|after| (after, Act::HangUp));
        let mut planned: Vec<_> = hang_up.into_iter().collect();
        if let Some(digits) = &arguments.dtmf {
            planned.push((BEFORE_DIGITS, Act::Digits(digits.clone())));
        }
        if let Some(hold) = arguments.hold_after {
            planned.push((hold, Act::Hold));
            planned.extend(arguments.resume_after.map(|resume| (hold + resume, Act::Resume)));
        }
        planned.sort_by_key(|(after, _)| std::cmp::Reverse(*after));
        Self { call, mode, planned, due: Vec::new() }
    }

    /// The call.
    pub(super) fn call(&self) -> CallId {
        self.call
    }

    /// The clock of the schedule starts with the answer.
    pub(super) fn note(&mut self, event: &Event) {
        if matches!(event, Event::Answered { call, .. } if *call == self.call) {
            let answered = wait::now();
            self.due = self.planned.drain(..).map(|(after, act)| (answered + after, act)).collect();
        }
    }

    /// Ends when the next thing is due; never when there is none.
    pub(super) async fn due(&self) {
        wait::until(self.due.last().map(|(at, _)| *at)).await;
    }

    /// Does what is due.
    pub(super) fn act(&mut self, engine: &Engine) {
        let call = self.call;
        match self.due.pop() {
            Some((_, Act::Digits(digits))) => engine.command(Command::SendDtmf {
                call,
                digits,
                mode: self.mode,
                on_ms: DIGIT_MS.0,
                off_ms: DIGIT_MS.1,
            }),
            Some((_, Act::HangUp)) => engine.command(Command::HangUp { call }),
            Some((_, Act::Hold)) => engine.command(Command::Hold { call }),
            Some((_, Act::Resume)) => engine.command(Command::Resume { call }),
            None => {}
        }
    }
}
