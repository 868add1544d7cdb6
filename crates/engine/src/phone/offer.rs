//! The state of offer and answer of one call (RFC 3264).

use std::net::IpAddr;

use bytes::Bytes;
use milliwatt_media::{
    codec::{self, Spec},
    negotiate::{Local, Negotiation},
    session::{Direction, MediaPlan},
};

/// What we can do and want, when an offer or an answer is made.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    /// Address to write into `c=`.
    pub(super) shown: IpAddr,
    /// RTP port.
    pub(super) port: u16,
    /// What we want.
    pub(super) direction: Direction,
    /// Codecs in order.
    pub(super) codecs: Vec<&'static Spec>,
    /// Name telephone-event.
    pub(super) events: bool,
    /// Number of `o=`.
    pub(super) session: u64,
}

/// Offers and answers so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Talk {
    /// Names of the codecs asked for in this call; the trunk's own when empty.
    pub(super) codecs: Vec<String>,
    /// The caller's offer in the INVITE.
    pub(super) theirs: Option<Bytes>,
    state: Option<Negotiation>,
    /// The session as it was when we last made an offer: its answer may come after an offer of
    /// theirs, which was answered meanwhile (RFC 3261 §14.1).
    pending: Option<Negotiation>,
    answer: Option<Bytes>,
}

impl Talk {
    /// True where the last offer of ours was not refused.
    pub(super) fn offered(&self) -> bool {
        self.pending.is_some()
    }

    /// The answer that we gave last.
    pub(super) fn given(&self) -> Option<Bytes> {
        self.answer.clone()
    }

    /// They refused our offer: what was agreed before stays.
    pub(super) fn withdraw(&mut self) {
        self.pending = None;
        if let Some(state) = &mut self.state {
            state.rejected();
        }
    }

    /// An offer.
    pub(super) fn offer(&mut self, ours: Ours) -> Bytes {
        let state = self.prepared(ours);
        let offer = state.offer();
        self.pending = Some(state.clone());
        offer.into()
    }

    /// Reads an answer to our last offer; there may be several (183, 200, forks).
    ///
    /// # Errors
    /// Why it cannot be used, in words.
    pub(super) fn accept(&mut self, answer: &[u8]) -> Result<MediaPlan, String> {
        let state = self.pending.as_mut().ok_or("an answer without an offer")?;
        let agreement = state.answered(answer).map_err(|refusal| refusal.to_string())?;
        Ok(agreement.plan)
    }

    /// Reads the answer to the description in force, which was sent again to refresh the session.
    ///
    /// # Errors
    /// Why it cannot be used, in words.
    pub(super) fn refreshed(&self, answer: &[u8]) -> Result<MediaPlan, String> {
        let mut state = self.state.clone().ok_or("an answer without an offer")?;
        state.offer();
        let agreement = state.answered(answer).map_err(|refusal| refusal.to_string())?;
        Ok(agreement.plan)
    }

    /// Answers an offer.
    ///
    /// # Errors
    /// Why it cannot be answered, in words.
    pub(super) fn answer(
        &mut self,
        offer: &[u8],
        ours: Ours,
    ) -> Result<(Bytes, MediaPlan), String> {
        let state = self.prepared(ours);
        let (answer, agreement) = state.answer(offer).map_err(|refusal| refusal.to_string())?;
        let answer = Bytes::from(answer);
        self.answer = Some(answer.clone());
        Ok((answer, agreement.plan))
    }

    fn prepared(&mut self, ours: Ours) -> &mut Negotiation {
        let mut local = Local::new(ours.shown, ours.port);
        local.codecs = ours.codecs;
        local.dtmf = ours.events;
        let state = self.state.get_or_insert_with(|| Negotiation::new(local.clone(), ours.session));
        state.set_local(local);
        state.set_direction(ours.direction);
        state
    }
}

/// The codecs of a list of names, in its order; names that nobody here knows are left out.
pub(super) fn known(names: &[String]) -> Vec<&'static Spec> {
    names.iter().filter_map(|name| codec::by_name(name)).collect()
}
