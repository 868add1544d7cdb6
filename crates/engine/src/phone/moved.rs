//! What becomes of calls when this computer has another address, or has slept (RFC 3261 §14.1,
//! RFC 3264 §8): the sound moves to a port at the new address, the trunk is registered anew, and
//! then each call is offered anew, which tells the far end where signalling and sound are.
//!
//! ```text
//!   address gone ── sound paused ── port at the new one ── sound goes on ─┐
//!   slept ────────────────────────────────────────────────────────────────┴─ registered, or 1 s
//!                                                                            passed: re-INVITE
//! ```

use std::{net::IpAddr, time::Duration};

use milliwatt_media::session::Control;
use milliwatt_sip::agent::{AccountId, Command as Signal, Input as AgentInput};

use super::{
    MediaCommand, Output, Phone,
    call::{Call, SoundLine, Stage},
    leg,
};
use crate::api::{CallId, Registration};

/// How long the offer waits for the registration.
const REGISTERED_BY: Duration = Duration::from_secs(1);

/// The time between the offers of two calls: a hundred take two seconds.
const APART: Duration = Duration::from_millis(20);

/// How soon it is tried again where the far end could not be reached, or an offer was under way.
const AGAIN: Duration = Duration::from_secs(2);

/// How often a far end that cannot be reached is tried.
const MAX_TRIES: u8 = 5;

/// How long a call waits for sound after a sleep before it counts as dead.
pub(super) const AFTER_SLEEP: Duration = Duration::from_secs(10);

/// The word that the history has for a call that did not outlive a sleep.
const SLEEP: &str = "sleep";

/// A call that is to be offered anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Anew {
    /// It need not.
    #[default]
    No,
    /// At this time.
    Due(Duration),
    /// The offer is out.
    Asking,
}

impl Anew {
    /// When something is to be done.
    pub(super) fn due(self) -> Option<Duration> {
        match self {
            Self::Due(at) => Some(at),
            Self::No | Self::Asking => None,
        }
    }
}

impl Phone {
    /// This computer had the address `from` and has it no more; what goes to the same places leaves
    /// from `to`.
    pub(super) fn moved(&mut self, now: Duration, from: IpAddr, to: IpAddr) {
        for line in self.lines.values_mut().filter(|line| line.local == Some(from)) {
            (line.local, line.seen) = (Some(to), None);
        }
        let text = format!("This computer's address {from} is gone: {to} takes its place.");
        self.notice(None, "address-changed", text);
        self.agent.handle(now, AgentInput::Moved);
        let calls = self.calls.values().filter(|call| !call.over && !call.hung_up);
        let calls: Vec<_> = calls.filter(|c| c.local == Some(from)).map(|call| call.id).collect();
        let mut at = now;
        for id in calls {
            self.move_call(id, at, to);
            at += APART;
        }
    }

    /// Moves the sound of a call; its offer is due at `at`, or when its trunk is registered.
    fn move_call(&mut self, id: CallId, at: Duration, to: IpAddr) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let up = matches!(call.stage, Stage::Accepting | Stage::Up);
        call.local = Some(to);
        match &call.line {
            SoundLine::Running(_, plan) if up => {
                call.goes_on = Some(plan.clone());
                call.moves_to = Some(to);
                call.line = SoundLine::Closing;
                self.out.push_back(Output::Media(id, MediaCommand::Pause));
                self.offer_later(id, at);
            }
            // The INVITE goes with the connection that it left on.
            SoundLine::Running(..) => {}
            SoundLine::Open(_) => self.open_port(id, to),
            SoundLine::Closed | SoundLine::Closing | SoundLine::Opening => {
                call.moves_to = call.moves_to.map(|_| to);
            }
        }
    }

    /// The port at the new address is open: the sound goes on by what was agreed, before the far end
    /// has heard of it.
    pub(super) fn sound_goes_on(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(plan) = call.goes_on.take() else { return };
        self.run(now, id, *plan);
        self.play(id);
        if self.calls.get(&id).is_some_and(|call| call.hold.local || call.hold.asking.is_some()) {
            self.out.push_back(Output::Media(id, MediaCommand::Control(Control::Mute(true))));
        }
    }

    /// This computer slept for so long: nobody has heard of us, and the far ends may have given up.
    pub(super) fn slept(&mut self, now: Duration, time: Duration) {
        let text = format!("This computer slept for {} s.", time.as_secs());
        self.notice(None, "slept", text);
        self.agent.handle(now, AgentInput::Slept);
        let up = |call: &&Call| matches!(call.stage, Stage::Up) && !call.over && !call.hung_up;
        let calls: Vec<_> = self.calls.values().filter(up).map(|call| call.id).collect();
        let mut at = now;
        for id in calls {
            // An offer that is refused would end it: an emergency call is left as it is.
            let Some(call) = self.calls.get_mut(&id).filter(|call| !call.emergency) else {
                continue;
            };
            call.slept = true;
            call.silent_until = call.silent_until.map(|at| at.max(now + AFTER_SLEEP));
            self.offer_later(id, at);
            at += APART;
        }
    }

    /// Offers a call anew at `at`, or as soon as its trunk is registered again.
    fn offer_later(&mut self, id: CallId, at: Duration) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let line = self.lines.get(&call.account);
        let registered = |line: &super::trunk::Line| {
            matches!(line.registration, Registration::Registered { .. })
        };
        let wait = if line.is_some_and(registered) { REGISTERED_BY } else { Duration::ZERO };
        call.anew = Anew::Due(at + wait);
        call.anew_tries = 0;
    }

    /// A trunk is registered: what waited for it goes out, one after the other.
    pub(super) fn offer_all_anew(&mut self, now: Duration, account: AccountId) {
        let mut at = now;
        for call in self.calls.values_mut().filter(|call| call.account == account) {
            if let Anew::Due(due) = &mut call.anew {
                *due = at;
                at += APART;
            }
        }
    }

    /// It is time to offer a call anew.
    pub(super) fn offer_anew(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.anew.due().is_none_or(|at| at > now) {
            return;
        }
        if !matches!(call.stage, Stage::Up)
            || call.line.plan().is_none()
            || call.hold.asking.is_some()
        {
            // The ACK, the port or an answer is still to come.
            call.anew = Anew::Due(now + APART);
            return;
        }
        call.anew = Anew::Asking;
        call.anew_tries += 1;
        let offer = self.make_offer(id);
        self.tell_agent(now, Signal::Modify { call: leg(id), offer, update: false });
    }

    /// The offer was answered, or refused with this code.
    pub(super) fn anew_settled(&mut self, now: Duration, id: CallId, refused: Option<u16>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.anew != Anew::Asking {
            return;
        }
        call.anew = Anew::No;
        let slept = call.slept;
        match refused {
            None => {
                call.slept = false;
                self.notice(
                    Some(id),
                    "call-resumed",
                    "The far end is still there: the call goes on.",
                );
            }
            Some(408) if call.anew_tries < MAX_TRIES => call.anew = Anew::Due(now + AGAIN),
            Some(code) if slept => {
                let text =
                    format!("The far end has not taken the call back after a sleep ({code}).");
                self.finding(now, id, SLEEP, text);
                self.ended_by_sleep(id);
                self.hang_up(now, id, None);
            }
            Some(code) => {
                let text = format!("The far end did not take our new address ({code}).");
                self.finding(now, id, "address-refused", text);
            }
        }
    }

    /// A call ends that has slept and was not taken back since; one that was hung up ends by that.
    pub(super) fn ended_by_sleep(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id).filter(|call| call.slept && !call.hung_up) {
            call.report.reason = Some(SLEEP.into());
        }
    }
}
