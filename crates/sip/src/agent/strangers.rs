//! Who is heard. A stranger's request gets no answer at all: a scanner learns nothing, not even
//! that somebody is here.

use std::time::Duration;

use super::{AccountId, Event, core::Core};
use crate::{message::Message, transport::Flow, uri::Uri};

/// Strangers told in one second; the others are dropped unseen.
const TOLD_A_SECOND: u32 = 10;

/// How many strangers were told in the running second.
#[derive(Debug, Default)]
pub(crate) struct Strangers {
    second: u64,
    told: u32,
}

impl Strangers {
    fn may_tell(&mut self, now: Duration) -> bool {
        if self.second != now.as_secs() {
            *self = Self { second: now.as_secs(), told: 0 };
        }
        self.told += 1;
        self.told <= TOLD_A_SECOND
    }
}

impl Core {
    /// The account whose trunk sent `request`; `None` for a stranger. Where several accounts trust
    /// the source, the one whose socket it came in on, then the one whose user is called.
    pub(crate) fn account_for(&self, flow: &Flow, request: Option<&Message>) -> Option<AccountId> {
        let mut trusting =
            self.accounts.iter().filter(|(_, trunk)| !trunk.removed && trunk.trusts(flow));
        let (first, _) = trusting.clone().next()?;
        if trusting.clone().any(|(id, _)| *id == flow.account) {
            return Some(flow.account);
        }
        let uri = request.and_then(Message::uri).and_then(Result::ok);
        let user = uri.as_ref().and_then(Uri::user_unescaped);
        let called = user.and_then(|user| trusting.find(|(_, trunk)| trunk.is_called(&user)));
        Some(called.map_or(*first, |(id, _)| *id))
    }

    /// Tells of a stranger, a few times a second at most.
    pub(crate) fn stranger(&mut self, now: Duration, flow: &Flow, bytes: &[u8]) {
        if self.strangers.may_tell(now) {
            let method = bytes.split(|octet| *octet == b' ').next().unwrap_or_default();
            let method = String::from_utf8_lossy(method.get(..16).unwrap_or(method)).into_owned();
            self.tell(Event::Stranger { from: flow.remote, method });
        }
    }
}
