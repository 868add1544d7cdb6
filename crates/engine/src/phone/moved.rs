//! What becomes of calls when this computer has another address, or has slept (RFC 3261 §14.1,
//! RFC 3264 §8): the sound moves to a port at the new address, the trunk is registered anew, and
//! then each call is offered anew, which tells the far end where signalling and sound are.
//!
//! ```text
//!   address gone ── sound paused ── port at the new one ── sound goes on ─┐
//!   slept ────────────────────────────────────────────────────────────────┴─ registered, or 12 s
//!                                                                            passed: re-INVITE
//! ```

use std::{net::IpAddr, time::Duration};

use milliwatt_media::session::Control;
use milliwatt_sip::agent::{AccountId, Command as Signal, Input as AgentInput};

use super::{
    MediaCommand, Output, Phone,
    call::{Call, SoundLine, Stage},
    leg,
    trunk::Line,
};
use crate::api::{CallId, Registration};

/// How long the offer waits for the registration: a radio needs about so long after a sleep.
const REGISTERED_BY: Duration = Duration::from_secs(12);

/// The time between the offers of two calls: a hundred take two seconds.
const APART: Duration = Duration::from_millis(20);

/// How soon it is tried again where the far end could not be reached, or an offer was under way.
const AGAIN: Duration = Duration::from_secs(2);

/// How often a far end that cannot be reached is tried.
const MAX_TRIES: u8 = 10;

/// How long a call waits for sound after a sleep before it counts as dead.
pub(super) const AFTER_SLEEP: Duration = Duration::from_secs(10);

/// The word that the history has for a call that did not outlive a sleep.
const SLEEP: &str = "sleep";

/// How the notice of each call is called that goes on from another address.
const NETWORK: &str = "network";

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
        let free = |line: &&mut Line| line.local == Some(from) && !line.is_bound();
        for line in self.lines.values_mut().filter(free) {
            (line.local, line.seen) = (Some(to), None);
        }
        let text = format!("This computer's address {from} is gone: {to} takes its place.");
        self.notice(None, "address-changed", text);
        self.agent.handle(now, AgentInput::Moved(from));
        self.unknown_where(|line| line.local == Some(to) && !line.is_bound());
        let stays = |call: &&Call| self.lines.get(&call.account).is_some_and(Line::is_bound);
        let calls = self.calls.values().filter(|call| !call.over && !call.hung_up && !stays(call));
        let calls: Vec<_> = calls.filter(|c| c.local == Some(from)).map(|call| call.id).collect();
        let mut at = now;
        for id in calls {
            self.move_call(id, at, to);
            at += APART;
        }
    }

    /// Moves the sound of a call; its offer is due at `at`, or when its trunk is registered. A call
    /// that is up is told of by itself: the graphs of its sound show when it moved.
    fn move_call(&mut self, id: CallId, at: Duration, to: IpAddr) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let up = matches!(call.stage, Stage::Accepting | Stage::Up);
        call.local = Some(to);
        match &call.line {
            SoundLine::Running(_, plan) if up => {
                // The session that takes its place tells by itself when no sound comes.
                call.silent_until = None;
                call.goes_on = Some(plan.clone());
                call.moves_to = Some(to);
                call.line = SoundLine::Closing;
                self.out.push_back(Output::Media(id, MediaCommand::Pause));
                self.offer_later(id, at);
            }
            // Early sound: an INVITE of ours goes with the connection that it left on.
            SoundLine::Running(..) => call.moved = true,
            SoundLine::Open(_) => self.open_port(id, to),
            SoundLine::Closed | SoundLine::Closing | SoundLine::Opening => {
                call.moves_to = call.moves_to.map(|_| to);
            }
        }
        if up {
            let text = format!("This call moves to this computer's address {to}.");
            self.notice(Some(id), NETWORK, text);
        }
    }

    /// A call has come up whose early sound is still at an address that is gone.
    pub(super) fn moves_late(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if std::mem::take(&mut call.moved)
            && let Some(local) = call.local
        {
            self.move_call(id, now, local);
        }
    }

    /// The port at the new address is open: the sound goes on by what was agreed, before the far end
    /// has heard of it.
    pub(super) fn sound_goes_on(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(plan) = call.goes_on.take() else { return };
        self.run(now, id, *plan);
        self.play(id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        if let Some((tag, body)) = call.put_off.take() {
            self.offer_received(now, id, tag.as_deref(), body);
        }
        self.ask_hold(now, id);
        if self.calls.get(&id).is_some_and(|call| call.hold.local || call.hold.asking.is_some()) {
            self.out.push_back(Output::Media(id, MediaCommand::Control(Control::Mute(true))));
        }
    }

    /// This computer slept for so long: nobody has heard of us, and the far ends may have given up.
    pub(super) fn slept(&mut self, now: Duration, time: Duration) {
        let text = format!("This computer slept for {} s.", time.as_secs());
        self.notice(None, "slept", text);
        self.agent.handle(now, AgentInput::Slept);
        self.unknown_where(|_| true);
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

    /// These trunks have to hear of us before their calls are offered anew, where they are to be
    /// registered at all.
    fn unknown_where(&mut self, which: impl Fn(&Line) -> bool) {
        for line in self.lines.values_mut().filter(|line| which(line)) {
            line.unknown = match line.registration {
                Registration::Unregistered | Registration::Refused { .. } => false,
                Registration::Registering
                | Registration::Registered { .. }
                | Registration::Failed { .. } => true,
            };
        }
    }

    /// Offers a call anew at `at`; where its trunk is to be registered first, as soon as it is.
    fn offer_later(&mut self, id: CallId, at: Duration) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let waits = self.lines.get(&call.account).is_some_and(|line| line.unknown);
        call.anew = Anew::Due(if waits { at + REGISTERED_BY } else { at });
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
        if call.hung_up || call.over {
            call.anew = Anew::No;
            return;
        }
        if !matches!(call.stage, Stage::Up)
            || call.line.plan().is_none()
            || call.hold.asking.is_some()
        {
            return self.offer_put_off(now, id);
        }
        call.anew = Anew::Asking;
        call.anew_tries += 1;
        let offer = self.make_offer(id);
        self.tell_agent(now, Signal::Modify { call: leg(id), offer, update: false });
    }

    /// The ACK, the port or an answer is still to come; a port that could not be opened is tried
    /// again.
    fn offer_put_off(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let opens = matches!(call.line, SoundLine::Closing | SoundLine::Opening);
        call.anew = Anew::Due(now + if opens { APART } else { AGAIN });
        if let (SoundLine::Closed, Some(_), Some(local)) = (&call.line, &call.goes_on, call.local) {
            self.open_port(id, local);
        }
    }

    /// The offer was answered, or refused with this code.
    pub(super) fn anew_settled(&mut self, now: Duration, id: CallId, refused: Option<u16>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.anew != Anew::Asking {
            return;
        }
        call.anew = Anew::No;
        match refused {
            None => {
                call.slept = false;
                let text = "The far end is still there: the call goes on.";
                self.notice(Some(id), "call-resumed", text);
            }
            // A trunk that does not know us refuses whatever we ask.
            Some(_) if self.lines.get(&call.account).is_some_and(|line| line.unknown) => {
                call.anew_tries = call.anew_tries.saturating_sub(1);
                call.anew = Anew::Due(now + REGISTERED_BY);
            }
            Some(408) if call.anew_tries < MAX_TRIES => call.anew = Anew::Due(now + AGAIN),
            Some(408) if call.slept => {
                let text = "The far end could not be reached after a sleep.";
                self.finding(now, id, SLEEP, text);
                self.ended_by_sleep(id);
                self.hang_up(now, id, None);
            }
            // The session stays as it was (RFC 3261 §14.1): a call without sound ends by that.
            Some(code) => {
                let text = format!("The far end did not take our new offer ({code}).");
                self.finding(now, id, "address-refused", text);
            }
        }
    }

    /// Sound comes: a call whose far end has been asked after a sleep has outlived it.
    pub(super) fn outlived(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id).filter(|call| call.anew == Anew::No) {
            call.slept = false;
        }
    }

    /// A call ends that has slept and was not taken back since; one that was hung up ends by that.
    pub(super) fn ended_by_sleep(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id).filter(|call| call.slept && !call.hung_up) {
            call.report.reason = Some(SLEEP.into());
        }
    }
}
