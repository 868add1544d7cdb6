//! The end of a call: sound first, then signalling, then one report.

use std::time::Duration;

use milliwatt_sip::agent::{Command as Signal, EndedBy, Ending};

use super::{
    HistoryWrite, MediaCommand, Output, Phone, advice,
    call::{Call, SoundLine, Stage},
    coming, findings, leg,
    moved::Anew,
    ms,
};
use crate::api::{CallId, CallReport, Dial, Event, Outcome, Side, Way};

/// How long the report waits for the last figures of the sound: longer than a media thread has been
/// seen to wait for a processor on a computer with seven times the work it can do (0.5 s and more).
const LAST_WORD: Duration = Duration::from_secs(2);

/// What the agent tells of an end.
pub(super) struct End {
    pub(super) ending: Ending,
    pub(super) by: EndedBy,
    pub(super) code: u16,
    pub(super) reason: String,
    pub(super) cause: Option<u8>,
}

impl Phone {
    /// We end a call, whatever its state. Capture and playout stop before anything is sent.
    pub(super) fn hang_up(&mut self, now: Duration, id: CallId, cause: Option<u8>) {
        self.close_sound(id);
        let Some(call) = self.calls.get_mut(&id).filter(|call| !call.hung_up && !call.over) else {
            return;
        };
        call.hung_up = true;
        if matches!(call.stage, Stage::Preparing(_)) {
            return self.unsent(now, id, |report| report.outcome = Outcome::Cancelled);
        }
        self.tell_agent(now, Signal::Hangup { call: leg(id), cause });
    }

    /// Stops capture and playout and gives the port back.
    pub(super) fn close_sound(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.silent_until = None;
        call.info = None;
        (call.anew, call.goes_on, call.put_off) = (Anew::No, None, None);
        let moving = call.moves_to.take().is_some();
        let open =
            matches!(call.line, SoundLine::Opening | SoundLine::Open(_) | SoundLine::Running(..));
        if moving || open {
            call.line = SoundLine::Closing;
            self.out.push_back(Output::Media(id, MediaCommand::Close));
        }
    }

    /// Signalling says that a call is over.
    pub(super) fn ended(&mut self, now: Duration, id: CallId, end: End) {
        self.ended_by_sleep(id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let lasted = now.saturating_sub(call.began);
        let rang_out = call.ring_timeout.is_some_and(|limit| lasted >= limit);
        let timing = &call.report.timing_ms;
        let unheard = timing.trying.is_none() && timing.ringing.is_none();
        let silent = unheard && end.code == 0;
        let outcome = match (&end.ending, call.report.outcome) {
            (_, Outcome::Answered) => Outcome::Answered,
            (Ending::Bye, outcome) => outcome,
            // Nobody decided on a call to us, and it was refused by its time.
            (Ending::Rejected, _) if call.report.way == Way::In && !call.hung_up => {
                Outcome::TimedOut
            }
            (Ending::AuthenticationRefused | Ending::Rejected, _) => Outcome::Rejected,
            (Ending::Cancelled, _) if rang_out && !call.hung_up => Outcome::TimedOut,
            (Ending::Cancelled, Outcome::Rejected) => Outcome::Rejected,
            (Ending::Cancelled, _) => Outcome::Cancelled,
            (Ending::TimedOut, _) if silent => Outcome::Failed,
            (Ending::TimedOut, _) => Outcome::TimedOut,
            (Ending::Unreachable(_) | Ending::Unresolved(_), _) => Outcome::Failed,
        };
        let report = &mut call.report;
        report.unreachable = match end.ending {
            Ending::Unreachable(_) | Ending::Unresolved(_) => unheard,
            Ending::TimedOut => silent && call.answered.is_none(),
            Ending::AuthenticationRefused | Ending::Bye | Ending::Cancelled | Ending::Rejected => {
                false
            }
        };
        report.authentication_refused = matches!(end.ending, Ending::AuthenticationRefused);
        if outcome != Outcome::Answered && end.code != 0 {
            (report.code, report.reason) = (Some(end.code), Some(end.reason));
        }
        report.outcome = outcome;
        report.cause = report.cause.or(end.cause);
        report.hangup_by.get_or_insert(match end.by {
            EndedBy::Local => Side::Local,
            EndedBy::Remote => Side::Remote,
        });
        if report.advice.is_none() {
            report.advice = advice_for(&end.ending, end.code, outcome);
        }
        self.over(now, id);
    }

    /// No more signalling: the report is told with the last figures of the sound.
    pub(super) fn over(&mut self, now: Duration, id: CallId) {
        self.close_sound(id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.over = true;
        let began = if call.invited || call.answered.is_some() { Some(call.began) } else { None };
        call.report.timing_ms.total = began.map(|began| ms(now.saturating_sub(began)));
        if matches!(call.line, SoundLine::Closing) {
            call.report_by = Some(now + LAST_WORD);
        } else {
            self.report(id);
        }
    }

    /// A call is over whose trunk was not taken into use yet.
    pub(super) fn given_up(&mut self, id: CallId, trunk: &str, dial: &Dial) {
        let mut report = coming(id, trunk, dial).report;
        report.call_id = self.agent.draw_call_id();
        (report.outcome, report.hangup_by) = (Outcome::Cancelled, Some(Side::Local));
        self.begin_row(&report, None);
        self.tell_report(report);
    }

    /// Tells the one report of a call and forgets it.
    pub(super) fn report(&mut self, id: CallId) {
        let Some(call) = self.calls.remove(&id) else { return };
        if call.recording.is_some() && !call.sounded {
            self.out.push_back(Output::History(id, HistoryWrite::Recording(None)));
        }
        self.tell_report(findings::with_advice(call.report));
        self.stop_if_done();
    }

    fn tell_report(&mut self, report: CallReport) {
        let report = Box::new(report);
        self.out.push_back(Output::History(report.call, HistoryWrite::End(report.clone())));
        self.event(Event::Ended { report });
    }

    /// What is due for a call.
    pub(super) fn call_timers(&mut self, now: Duration, id: CallId) {
        self.row_late(now, id);
        self.info_due(now, id);
        self.offer_anew(now, id);
        let due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        let Some(call) = self.calls.get(&id) else { return };
        if due(call.answer_at) {
            self.take(now, id);
        } else if due(call.report_by) {
            self.report(id);
        } else if due(call.silent_until) {
            self.rtp_timed_out(now, id);
        }
    }

    fn rtp_timed_out(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.silent_until = None;
        if !Call::talking(call) || call.emergency {
            return;
        }
        call.report.cause = Some(RECOVERY_ON_TIMER);
        call.report.advice = Some(
            "The call was ended because no sound came any more: check firewall and NAT for the RTP ports, or ask the provider why its sound stopped."
                .into(),
        );
        self.finding(now, id, "rtp-timeout", "No sound came for too long: the call is ended.");
        self.hang_up(now, id, Some(RECOVERY_ON_TIMER));
    }
}

/// Q.850 cause 102, recovery on timer expiry.
const RECOVERY_ON_TIMER: u8 = 102;

fn advice_for(ending: &Ending, code: u16, outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Answered => match ending {
            Ending::TimedOut | Ending::Unreachable(_) => Some(
                "The far end was not reachable any more when the call ended: check the connection to the trunk."
                    .into(),
            ),
            Ending::AuthenticationRefused
            | Ending::Bye
            | Ending::Cancelled
            | Ending::Rejected
            | Ending::Unresolved(_) => None,
        },
        Outcome::Cancelled => None,
        Outcome::TimedOut if code == 0 || code == 487 => {
            Some("Nobody answered in time: try again later, or wait longer.".into())
        }
        Outcome::Failed | Outcome::Rejected | Outcome::TimedOut => advice::for_ending(ending, code),
    }
}
