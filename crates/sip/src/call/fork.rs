//! Forked INVITEs: early dialogs of several branches, and the 2xx that are one too many
//! (RFC 3261 §12.1.2, §13.2.2.4).

use std::time::Duration;

use bytes::Bytes;

use super::{Call, Change, Purpose, Stage, Timer};
use crate::{
    agent::{
        core::{Core, SendingId},
        read::{self, SDP},
    },
    dialog::Dialog,
    message::{Message, Method, Name},
    transport::Flow,
};

/// Branches of one INVITE that are told apart. Further ones are heard only when they answer.
pub(crate) const MAX_BRANCHES: usize = 16;

/// One branch that has responded but not answered.
#[derive(Debug)]
pub(crate) struct Early {
    pub(crate) dialog: Dialog,
    /// RSeq of the last reliable provisional response (RFC 3262 §4).
    pub(crate) rseq: Option<u32>,
    /// RAck of a PRACK that waits for the owner's answer to the offer it acknowledges.
    pub(crate) late: Option<String>,
    /// Offer and answer are exchanged: UPDATE may carry the next offer (RFC 3311 §5.1).
    pub(crate) settled: bool,
    /// The session has been changed since: what the 2xx says of the first exchange is of the past.
    pub(crate) updated: bool,
    /// The last session description that we sent there, where it is not the offer of the INVITE.
    pub(crate) described: Option<Bytes>,
}

impl Early {
    fn new(dialog: Dialog) -> Self {
        let (settled, updated) = (false, false);
        Self { dialog, rseq: None, late: None, settled, updated, described: None }
    }
}

/// The ACK to one 2xx.
#[derive(Debug)]
pub(crate) struct Acked {
    tag: Option<String>,
    cseq: u32,
    sending: SendingId,
    /// What went out, to go out again when the 2xx comes again.
    sent: Option<(Flow, Bytes)>,
}

impl Call {
    /// The dialog that a response to our INVITE makes (RFC 3261 §12.1.2).
    pub(super) fn dialog_of(&self, response: &Message) -> Dialog {
        let mut route = read::record_route(response);
        route.reverse();
        let remote = read::value(response, Name::To);
        Dialog {
            call_id: self.call_id.clone(),
            local: self.from.clone(),
            remote_tag: read::tag(response, Name::To),
            remote_cseq: None,
            // Without a Contact the far end is reached where the INVITE was.
            target: read::contact_uri(response)
                .or_else(|| Some(response.to()?.uri().as_str().to_owned()))
                .unwrap_or_default(),
            remote,
            route,
        }
    }

    /// The branch that `response` belongs to; a new one where its tag is new.
    pub(super) fn branch(&mut self, response: &Message) -> Option<&mut Early> {
        let tag = read::tag(response, Name::To)?;
        let Stage::Calling(calling) = &self.stage else { return None };
        let known = calling.early.iter().position(|e| e.dialog.remote_tag.as_ref() == Some(&tag));
        let full = calling.early.len() >= MAX_BRANCHES;
        let fresh = (known.is_none() && !full).then(|| self.dialog_of(response));
        let Stage::Calling(calling) = &mut self.stage else { return None };
        if let Some(dialog) = fresh {
            calling.early.push(Early::new(dialog));
            return calling.early.last_mut();
        }
        let early = calling.early.get_mut(known?)?;
        early.dialog.refresh_target(read::contact_uri(response));
        Some(early)
    }

    /// The early dialog with the far end of that tag.
    pub(super) fn early(&mut self, tag: Option<&String>) -> Option<&mut Early> {
        let Stage::Calling(calling) = &mut self.stage else { return None };
        calling.early.iter_mut().find(|early| early.dialog.remote_tag.as_ref() == tag)
    }

    /// A description of ours has changed the session with the far end of that tag.
    pub(super) fn changed_by(&mut self, tag: Option<&String>, body: Bytes) {
        match self.early(tag) {
            Some(early) => {
                early.updated = true;
                early.described = Some(body);
            }
            None => self.described = Some(body),
        }
    }

    /// 199: that branch will not answer (RFC 6228).
    pub(super) fn branch_is_over(&mut self, core: &mut Core, now: Duration, response: &Message) {
        let tag = read::tag(response, Name::To);
        self.forsake(core, now, |branch| branch == tag.as_ref());
        if let Stage::Calling(calling) = &mut self.stage {
            calling.early.retain(|early| early.dialog.remote_tag != tag);
        }
    }

    /// Some branches are out of the race: offers that are under way with them come to nothing.
    pub(super) fn forsake(
        &mut self,
        core: &mut Core,
        now: Duration,
        gone: impl Fn(Option<&String>) -> bool,
    ) {
        if self.theirs.as_ref().is_some_and(|offer| gone(offer.tag().as_ref())) {
            self.timers.stop(Timer::OfferUnanswered);
            self.drop_offers(core, now);
        }
        if let Change::Running(running) = &mut self.change
            && gone(running.tag.as_ref())
        {
            core.give_up(now, running.sending);
            self.wishes.push_front(running.wish.clone());
            self.change = Change::Idle;
        }
    }

    /// Acknowledges a 2xx, with `body` where the answer is ours to give (RFC 3261 §13.2.2.4).
    pub(super) fn ack(
        &mut self,
        core: &mut Core,
        now: Duration,
        dialog: &Dialog,
        cseq: u32,
        body: Option<Bytes>,
    ) {
        let (mut draft, to) = self.within(core, dialog, Method::Ack);
        draft.cseq = cseq;
        draft.credentials = self.credentials(core);
        draft.body = body.map(|body| (SDP.to_owned(), body));
        let sending = self.send(core, now, Purpose::Ack, draft, to);
        self.acks.retain(|acked| acked.tag != dialog.remote_tag);
        if self.acks.len() < MAX_BRANCHES {
            self.acks.push(Acked { tag: dialog.remote_tag.clone(), cseq, sending, sent: None });
        }
    }

    /// An ACK left.
    pub(super) fn acked(&mut self, id: SendingId, flow: Flow, bytes: Bytes) {
        if let Some(acked) = self.acks.iter_mut().find(|acked| acked.sending == id) {
            acked.sent = Some((flow, bytes));
        }
    }

    /// True where this 2xx was acknowledged before; the ACK then goes out again.
    pub(super) fn ack_again(&mut self, core: &mut Core, response: &Message) -> bool {
        let tag = read::tag(response, Name::To);
        let cseq = response.cseq().map(|cseq| cseq.number);
        let known = self.acks.iter().find(|a| a.tag == tag && Some(a.cseq) == cseq);
        if let Some((flow, bytes)) = known.and_then(|acked| acked.sent.clone()) {
            core.layer.send_stateless(flow.id, flow.remote, bytes);
        }
        known.is_some()
    }

    /// A 2xx that is one too many: a second branch has answered, or the call was taken back.
    /// It is acknowledged and ended at once.
    pub(super) fn surplus(&mut self, core: &mut Core, now: Duration, response: &Message) {
        if self.ack_again(core, response) || self.acks.len() >= MAX_BRANCHES {
            return;
        }
        let dialog = self.dialog_of(response);
        let cseq = response.cseq().map(|cseq| cseq.number).unwrap_or_default();
        self.ack(core, now, &dialog, cseq, None);
        let (draft, to) = self.within(core, &dialog, Method::Bye);
        self.send(core, now, Purpose::Surplus, draft, to);
    }

    /// The credentials of our INVITE, which its ACK repeats (RFC 3261 §22.1).
    fn credentials(&self, core: &Core) -> Vec<(&'static str, String)> {
        let invite = self.pending.iter().find(|(_, purpose)| **purpose == Purpose::Invite);
        let sending = invite.and_then(|(id, _)| core.sendings.get(id));
        sending.map(|sending| sending.draft.credentials.clone()).unwrap_or_default()
    }
}
