//! 3xx (RFC 3261 §8.1.3.4): the call goes on to the Contacts, each once and not for ever.

use std::{collections::VecDeque, time::Duration};

use super::{Call, Stage};
use crate::{agent::core::Core, message::Message};

/// Places that one call may be sent on to.
const MAX_REDIRECTS: usize = 5;

/// Where 3xx responses have sent a call.
#[derive(Debug, Default)]
pub(crate) struct Redirects {
    waiting: VecDeque<String>,
    seen: Vec<String>,
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

    fn next(&mut self) -> Option<String> {
        self.waiting.pop_front()
    }
}

impl Call {
    /// Goes on to the next Contact of a 3xx; false where there is none.
    pub(super) fn redirect(&mut self, core: &mut Core, now: Duration) -> bool {
        let Some(trunk) = core.accounts.get(&self.account) else { return false };
        let Stage::Calling(calling) = &mut self.stage else { return false };
        let Some(contact) = calling.redirects.next() else { return false };
        let address = trunk.address(&contact);
        calling.draft.uri = address.uri;
        calling.draft.route = address.route;
        calling.to = address.to;
        calling.trust = address.trust;
        self.invite_again(core, now);
        true
    }
}
