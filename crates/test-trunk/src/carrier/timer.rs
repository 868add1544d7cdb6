//! What is due at a time: one sentence for each.

use std::time::Duration;

use bytes::Bytes;
use milliwatt_sip::transaction::ServerId;

use super::{
    Carrier,
    leg::{LegId, Stage},
};
use crate::{media::desk::Desk, numbers::Answerer};

/// Something that is due at a time.
#[derive(Clone, Debug)]
pub(super) enum Due {
    /// The announcement before a refusal is over.
    Announced(LegId),
    /// A request is answered, late as a fault wants it.
    Answer(ServerId, Bytes),
    /// An answerer hangs up.
    HangUp(LegId),
    /// The phone that dialled is asked whether it was heard, with the fault `rtp-timeout`.
    Listen(LegId, Duration),
    /// The phone of a number is called, for a caller who was told before that it rings.
    Place {
        leg: LegId,
        /// Who calls.
        user: String,
        number: String,
    },
    /// Ringing is followed by a refusal.
    Refuse(LegId, u16),
    /// A response is sent again until it is acknowledged: a 2xx by ACK (RFC 3261 §13.3.1.4), a
    /// provisional by PRACK (RFC 3262 §3).
    Repeat {
        leg: LegId,
        /// The CSeq of its request.
        number: u32,
        /// Time since the last one.
        after: Duration,
        /// When to give up.
        until: Duration,
    },
    /// The session was not refreshed (RFC 4028 §10), unless it was since.
    Unrefreshed(LegId, Duration),
}

/// T1 of RFC 3261.
pub(super) const T1: Duration = Duration::from_millis(500);
/// T2 of RFC 3261.
const T2: Duration = Duration::from_secs(4);
/// How long a call may ring: no phone waits longer, and a proxy's Timer C is three minutes.
pub(super) const RING: Duration = Duration::from_secs(180);
/// Talk of 9007.
pub(super) const SHORT_TALK: Duration = Duration::from_secs(5);

impl Carrier {
    pub(super) fn later(&mut self, at: Duration, due: Due) {
        self.count += 1;
        self.due.insert((at, self.count), due);
    }

    pub(super) fn act(&mut self, now: Duration, due: Due, desk: &mut dyn Desk) {
        match due {
            Due::Announced(leg) => self.refuse_leg(now, leg, 404, desk),
            Due::Answer(id, bytes) => self.layer.respond(now, id, bytes),
            Due::HangUp(leg) => self.hangs_up(now, leg, desk),
            Due::Listen(leg, since) => self.listen(now, leg, since, desk),
            Due::Place { leg, user, number } => self.place(now, leg, &user, &number, desk),
            Due::Refuse(leg, code) => self.give_up_ringing(now, leg, code, desk),
            Due::Repeat { leg, number, after, until } => {
                self.repeat(now, leg, number, after, until, desk);
            }
            Due::Unrefreshed(leg, refreshed) => {
                if self.refreshed.get(&leg) == Some(&refreshed) {
                    self.end(now, leg, "SIP;cause=408;text=\"Session expired\"", desk);
                }
            }
        }
    }

    /// 9007 has had enough.
    fn hangs_up(&mut self, now: Duration, leg: LegId, desk: &mut dyn Desk) {
        if self.faults.bye_lost {
            if let Some(state) = self.legs.get(&leg) {
                desk.close(state.talk);
            }
        } else {
            self.hang_up(now, leg, Some("Q.850;cause=16"), desk);
        }
    }

    /// Rings no longer.
    fn give_up_ringing(&mut self, now: Duration, leg: LegId, code: u16, desk: &mut dyn Desk) {
        let asked = self.legs.get(&leg).filter(|state| matches!(state.stage, Stage::Asked { .. }));
        let Some(other) = asked.map(|state| state.other) else { return };
        self.refuse_leg(now, leg, code, desk);
        if let Some(other) = other {
            self.hang_up(now, other, None, desk);
        }
    }

    fn listen(&mut self, now: Duration, leg: LegId, since: Duration, desk: &mut dyn Desk) {
        let (Some(limit), Some(state)) = (self.faults.rtp_timeout, self.legs.get(&leg)) else {
            return;
        };
        let last = desk.heard(state.talk).unwrap_or_default().max(since);
        if last + limit <= now {
            self.end(now, leg, "Q.850;cause=31;text=\"RTP timeout\"", desk);
        } else {
            self.later(last + limit, Due::Listen(leg, since));
        }
    }

    /// Starts to send a response again and again.
    pub(super) fn begin_repeating(&mut self, now: Duration, leg: LegId, number: u32) {
        let until = now + T1 * 64;
        self.later(now + T1, Due::Repeat { leg, number, after: T1, until });
    }

    fn repeat(
        &mut self,
        now: Duration,
        leg: LegId,
        number: u32,
        after: Duration,
        until: Duration,
        desk: &mut dyn Desk,
    ) {
        let Some(state) = self.legs.get_mut(&leg) else { return };
        let repeating = state.repeating.as_ref().filter(|r| r.number == number);
        let Some(bytes) = repeating.map(|r| r.bytes.clone()) else { return };
        let up = state.is_up();
        if now >= until {
            state.repeating = None;
            if up {
                self.end(now, leg, "SIP;cause=408;text=\"No ACK\"", desk);
            } else {
                self.refuse_leg(now, leg, 504, desk);
            }
            return;
        }
        let (flow, remote) = (state.flow.id, state.flow.remote);
        self.layer.send_stateless(flow, remote, bytes);
        let after = if up { (after * 2).min(T2) } else { after * 2 };
        self.later((now + after).min(until), Due::Repeat { leg, number, after, until });
    }

    /// The session timer of a leg runs from here (RFC 4028): the far end refreshes, and the BYE
    /// goes out a little before the end.
    pub(super) fn refresh(&mut self, now: Duration, leg: LegId, seconds: u32) {
        self.refreshed.insert(leg, now);
        let whole = Duration::from_secs(u64::from(seconds));
        let early = (whole / 3).min(Duration::from_secs(32));
        self.later(now + whole.saturating_sub(early), Due::Unrefreshed(leg, now));
    }

    /// What begins when a leg that a phone asked for is answered.
    pub(super) fn answered_at(&mut self, now: Duration, leg: LegId) {
        if let Some(limit) = self.faults.rtp_timeout {
            self.later(now + limit, Due::Listen(leg, now));
        }
        let answerer = self.legs.get(&leg).and_then(|state| state.answerer);
        if answerer == Some(Answerer::HangsUp) {
            self.later(now + SHORT_TALK, Due::HangUp(leg));
        }
    }
}
