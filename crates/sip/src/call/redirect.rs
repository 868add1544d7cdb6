//! 3xx (RFC 3261 §8.1.3.4): the call goes on to the Contacts, each once and not for ever, and to none
//! without the owner's word: a far end that could send a call anywhere could spend money with it.

use std::{collections::VecDeque, time::Duration};

use super::{Call, End, Stage};
use crate::{
    agent::{Event, core::Core, sending::Trust},
    message::Message,
};

/// Places that one call may be sent on to.
const MAX_REDIRECTS: usize = 5;

/// Where 3xx responses have sent a call.
#[derive(Debug, Default)]
pub(crate) struct Redirects {
    waiting: VecDeque<String>,
    seen: Vec<String>,
    /// The Contact that the owner is asked about, and the end of the call where there is none to go
    /// to.
    pub(super) asked: Option<(String, End)>,
}

impl Redirects {
    /// Takes the Contacts of a 3xx, the most wanted first. What is not `sip:` is for people.
    pub(super) fn add(&mut self, response: &Message) {
        let mut contacts: Vec<_> = response.contacts().collect();
        contacts.sort_by_key(|contact| std::cmp::Reverse(contact.q()));
        for contact in contacts.iter().filter_map(|contact| contact.address()) {
            // Headers in a Contact would let the far end write into our INVITE.
            let Ok(uri) = contact.uri().edit().without_headers().build() else { continue };
            let text = uri.as_str().to_owned();
            if uri.is_sip() && self.seen.len() < MAX_REDIRECTS && !self.seen.contains(&text) {
                self.seen.push(text.clone());
                self.waiting.push_back(text);
            }
        }
    }
}

impl Call {
    /// Goes on to the next Contact of a 3xx if the owner agrees; the call is over where there is
    /// none.
    pub(super) fn redirect(&mut self, core: &mut Core, now: Duration, end: End) {
        let Stage::Calling(calling) = &mut self.stage else { return };
        let Some(to) = calling.redirects.waiting.pop_front() else {
            return self.finish(core, now, end);
        };
        calling.redirects.asked = Some((to.clone(), end));
        self.tell(core, Event::Redirected { call: self.id, to });
    }

    /// The owner has said whether the call may go on to the Contact that it was asked about.
    pub(crate) fn follow(&mut self, core: &mut Core, now: Duration, agreed: bool) {
        let Stage::Calling(calling) = &mut self.stage else { return };
        let Some((contact, end)) = calling.redirects.asked.take() else { return };
        let Some(trunk) = core.accounts.get(&self.account).filter(|_| agreed) else {
            return self.redirect(core, now, end);
        };
        let address = trunk.address(&contact);
        calling.draft.uri = address.uri;
        calling.draft.route = address.route;
        calling.to = address.to;
        calling.trust = address.trust;
        if calling.trust == Trust::Nobody {
            calling.draft.keep_from_strangers();
        }
        self.invite_again(core, now);
    }
}
