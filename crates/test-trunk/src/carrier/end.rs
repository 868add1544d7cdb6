//! How legs end, and with them calls.

use std::time::Duration;

use milliwatt_sip::message::{Builder, Message, Method, Name};

use super::{
    Carrier, Waiting,
    leg::{Leg, LegId, Stage},
};
use crate::media::desk::Desk;

impl Carrier {
    /// Ends a whole call from the middle.
    pub(super) fn end(&mut self, now: Duration, leg: LegId, reason: &str, desk: &mut dyn Desk) {
        let other = self.legs.get(&leg).and_then(|state| state.other);
        self.hang_up(now, leg, Some(reason), desk);
        if let Some(other) = other {
            self.hang_up(now, other, Some(reason), desk);
        }
    }

    /// Ends a leg from our side, whatever its state; `reason` is a Reason value (RFC 3326).
    pub(super) fn hang_up(
        &mut self,
        now: Duration,
        leg: LegId,
        reason: Option<&str>,
        desk: &mut dyn Desk,
    ) {
        let Some(state) = self.legs.get_mut(&leg) else { return };
        match &state.stage {
            Stage::Asked { .. } => self.refuse_leg(now, leg, 480, desk),
            Stage::Placed(_) => self.take_back(now, leg, reason),
            // The far end may take a BYE for one of another call before it has sent its ACK.
            Stage::Up if state.repeating.is_some() => state.ends = true,
            Stage::Up => self.bye(now, leg, reason, desk),
        }
    }

    fn bye(&mut self, now: Duration, leg: LegId, reason: Option<&str>, desk: &mut dyn Desk) {
        if let Some(number) = self.legs.get(&leg).and_then(|state| state.owes_ack) {
            self.acknowledge(leg, number, None);
        }
        let branch = self.chance.branch();
        let Some(state) = self.legs.get_mut(&leg) else { return };
        let bye = state.request(&Method::Bye, &branch).header_opt("Reason", reason).build();
        let client = self.layer.request(now, &state.flow, state.flow.remote, bye);
        self.waiting.insert(client, Waiting::Nothing);
        self.forget(leg, desk);
    }

    /// Refuses a leg that still rings, and forgets it.
    pub(super) fn refuse_leg(&mut self, now: Duration, leg: LegId, code: u16, desk: &mut dyn Desk) {
        if self.legs.get(&leg).is_none_or(Leg::is_up) {
            return;
        }
        self.progress(now, leg, code, &[], None);
        self.forget(leg, desk);
    }

    /// Takes a leg out of the books, with its sound.
    pub(super) fn forget(&mut self, leg: LegId, desk: &mut dyn Desk) {
        let Some(state) = self.legs.remove(&leg) else { return };
        self.refreshed.remove(&leg);
        if let Some(other) = state.other.and_then(|other| self.legs.get_mut(&other)) {
            other.other = None;
        }
        desk.close(state.talk);
    }

    /// Takes an INVITE of ours back: by CANCEL, as soon as the far end has said something at all.
    fn take_back(&mut self, now: Duration, leg: LegId, reason: Option<&str>) {
        let Some(state) = self.legs.get_mut(&leg) else { return };
        state.other = None;
        let Stage::Placed(placed) = &mut state.stage else { return };
        if !placed.answers {
            placed.taken_back = Some(reason.map(str::to_owned));
            return;
        }
        let client = placed.client;
        let Some(cancel) = cancel_of(&placed.request, reason) else { return };
        let sent = self.layer.request(now, &state.flow, state.flow.remote, cancel.build());
        self.waiting.insert(sent, Waiting::Nothing);
        // A far end that ignores the CANCEL is not waited for (RFC 3261 §9.1).
        self.layer.give_up(now, client);
    }

    /// The far end of an INVITE of ours has said something.
    pub(super) fn answers(&mut self, now: Duration, leg: LegId) {
        let Some(state) = self.legs.get_mut(&leg) else { return };
        let Stage::Placed(placed) = &mut state.stage else { return };
        placed.answers = true;
        if let Some(reason) = placed.taken_back.take() {
            self.take_back(now, leg, reason.as_deref());
        }
    }
}

/// The CANCEL of an INVITE: its headers are those of the INVITE itself, whatever the far end has
/// said since (RFC 3261 §9.1).
fn cancel_of(invite: &Message, reason: Option<&str>) -> Option<Builder> {
    let number = invite.cseq()?.number;
    let cancel = Builder::request(&Method::Cancel, &invite.request_uri()?)
        .copy(invite, Name::Via)
        .header(Name::MaxForwards, "70")
        .copy(invite, Name::From)
        .copy(invite, Name::To)
        .copy(invite, Name::CallId)
        .header(Name::CSeq, format!("{number} CANCEL"))
        .header_opt("Reason", reason);
    Some(cancel)
}
