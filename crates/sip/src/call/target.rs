//! Telling the far end where we are, when the connection that it knows us by is replaced: a target
//! refresh (RFC 3261 §12.2.1, §14.1) by UPDATE without a description (RFC 3311 §5.1), or by a
//! re-INVITE that repeats the session as it is. It goes through the queue of all changes.
//!
//! A far end that routes by our Contact finds nobody at the port that a broken stream left from:
//! its BYE would be lost. That no such request gets through says nothing of the sound, so a call
//! never ends by it, an emergency call least of all.

use std::time::Duration;

use super::{
    Call, Stage, Timer,
    modify::{Aim, Change, MAX_WISHES, Wish},
};
use crate::{
    agent::{AccountId, core::Core, draft::Contact},
    transport::{Flow, FlowId},
};

/// How often the far end is told of one replacement.
const MAX_TRIES: u32 = 5;

/// The wait after the first try that has failed; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// What the far end knows of where we are.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    flow: Flow,
    contact: String,
    /// How often it was told in vain of another place.
    tries: u32,
}

impl Known {
    /// A Contact that went out on `flow`.
    pub(super) fn new(flow: Flow, contact: String) -> Self {
        Self { flow, contact, tries: 0 }
    }
}

impl Call {
    /// A response of ours carries the Contact of `flow` to the far end.
    pub(super) fn told_contact(&mut self, core: &Core, flow: &Flow) {
        self.known = contact(core, self.account, flow).map(|contact| Known::new(*flow, contact));
    }

    /// The 2xx to their INVITE has left. The stream that the INVITE came in on may be gone by then.
    pub(super) fn answered_on(&mut self, core: &Core, now: Duration, flow: &Flow) {
        self.told_contact(core, flow);
        if self.is_misplaced(core) {
            self.timers.set(Timer::TargetRefresh, now);
        }
    }

    /// True where the far end knows us by that flow.
    pub(crate) fn is_known_by(&self, flow: FlowId) -> bool {
        self.known.as_ref().is_some_and(|known| known.flow.id == flow)
    }

    /// True where that stream's end would be worse than a wait: the answer to our INVITE comes there,
    /// or it is a call for help.
    pub(crate) fn hangs_on(&self, flow: FlowId) -> bool {
        let needs = self.emergency || matches!(self.stage, Stage::Calling(_));
        needs && self.is_live() && self.flow.is_some_and(|ours| ours.id == flow)
    }

    /// True where the far end knows us by a flow that is gone and finds us there no more: no port
    /// that is listened at stood in our Contact, and what stood there is not where we are.
    pub(crate) fn is_misplaced(&self, core: &Core) -> bool {
        let Some(known) = self.known.as_ref().filter(|_| self.is_live()) else { return false };
        let listened = known.flow.transport.is_reliable() && known.flow.listens.is_some();
        let here = core.accounts.get(&self.account).and_then(|trunk| trunk.registration.flow());
        let here = here.and_then(|flow| contact(core, self.account, flow));
        !core.flows.is_open(known.flow.id) && !listened && here.as_ref() != Some(&known.contact)
    }

    /// The flow that the far end knows us by was replaced: it is told at `at`. `by` is the flow of
    /// the registration; it is the call's as well where it leads to the same place.
    pub(crate) fn replaced(&mut self, core: &Core, at: Duration, by: Option<Flow>) {
        let lost = self.flow.filter(|flow| !core.flows.is_open(flow.id));
        let same =
            |old: &Flow, new: &Flow| old.remote == new.remote && old.transport == new.transport;
        if let Some((old, new)) = lost.zip(by).filter(|(old, new)| same(old, new)) {
            self.flow = Some(Flow { remote: old.remote, ..new });
        }
        if let Some(known) = &mut self.known {
            known.tries = 0;
            self.timers.set(Timer::TargetRefresh, at);
        }
    }

    /// It is time to tell the far end where we are, if nothing else has.
    pub(super) fn refresh_target(&mut self, core: &mut Core, now: Duration) {
        if !matches!(self.stage, Stage::Up(_)) || !self.is_misplaced(core) {
            return;
        }
        if self.wishes.len() >= MAX_WISHES {
            self.timers.set(Timer::TargetRefresh, now + FIRST_WAIT);
        } else {
            self.wish(core, now, Wish::new(Aim::Target, None));
        }
    }

    /// True where the far end is to be told of our place already.
    pub(super) fn tells_target(&self) -> bool {
        let under_way = match &self.change {
            Change::Running(running) => running.wish.aim == Aim::Target,
            Change::Asking(wish) | Change::Waiting(wish) => wish.aim == Aim::Target,
            Change::Idle => false,
        };
        under_way || self.wishes.iter().any(|wish| wish.aim == Aim::Target)
    }

    /// True where that wish has come true by another change, or cannot: a re-INVITE describes the
    /// session.
    pub(super) fn is_in_vain(&self, core: &Core, wish: &Wish) -> bool {
        let possible = self.takes_update || self.described.is_some();
        wish.aim == Aim::Target && !(possible && self.is_misplaced(core))
    }

    /// The far end could not be told. Where another try may help there is one, each later than the
    /// one before.
    pub(super) fn target_unknown(&mut self, now: Duration, code: Option<u16>) {
        let Some(known) = &mut self.known else { return };
        let later = code.is_none_or(|code| matches!(code, 408 | 480 | 500..=599));
        known.tries += 1;
        if later && known.tries < MAX_TRIES {
            let wait = FIRST_WAIT * 2_u32.pow(known.tries - 1);
            self.timers.set(Timer::TargetRefresh, now + wait);
        }
    }
}

/// Our Contact on `flow`.
fn contact(core: &Core, account: AccountId, flow: &Flow) -> Option<String> {
    let trunk = core.accounts.get(&account)?;
    Some(Contact::User(trunk.account.user.clone()).value(flow, trunk.public(flow)))
}
