//! Requests of the owner's that stand outside a call: OPTIONS, MESSAGE, ...

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;

use super::{
    AccountId, Ending, Event, RequestId, Response,
    core::{Core, Heard, Owner, SendingId},
    read,
    sending::{Failure, To, Trust},
};
use crate::{locate::DnsError, message::Method, transport::Target};

/// What the owner asked for.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) method: String,
    pub(crate) uri: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<(String, Bytes)>,
    pub(crate) target: Option<Target>,
}

/// Requests that wait for their answer.
pub(crate) type Requests = BTreeMap<RequestId, SendingId>;

impl Core {
    /// Sends a request outside a call.
    pub(crate) fn ask(
        &mut self,
        now: Duration,
        id: RequestId,
        account: AccountId,
        question: Question,
    ) {
        let (call_id, tag) = (self.chance.token(12), self.chance.tag());
        let Some(trunk) = self.accounts.get(&account) else {
            let error = DnsError::NameNotFound(String::new());
            let result = Err(Ending::Unresolved(error));
            let (took, retransmits, target) = (Duration::ZERO, 0, None);
            return self.tell(Event::Response { id, result, took, retransmits, target });
        };
        let method = Method::from(question.method.as_str());
        // RFC 3261 §10.2: a REGISTER goes to the domain, and its To names whose bindings are meant.
        let ours = (question.uri.is_none() && method == Method::Register)
            .then(|| format!("<{}>", trunk.address_of_record()));
        let uri = question.uri.unwrap_or_else(|| trunk.domain_uri());
        let address = trunk.address(&uri);
        let mut draft = trunk.draft(method, &address.uri, &call_id, &tag);
        draft.route = address.route;
        draft.to = ours.unwrap_or(draft.to);
        draft.overwrite(question.headers);
        draft.body = question.body;
        draft.cseq = self.number(Owner::Request(id));
        let (trust, to) = match question.target {
            // Whether a place answers can be asked of many at once: none of them gets a proof, which
            // may be wrong as often as there are places.
            Some(target) => (Trust::Nobody, To::Target(target)),
            None => (address.trust, address.to),
        };
        let sending = self.send(now, (Owner::Request(id), account), trust, draft, to);
        self.requests.insert(id, sending);
    }

    /// The final answer came.
    pub(crate) fn request_answered(&mut self, now: Duration, id: RequestId, heard: Heard) {
        let code = heard.message.status().unwrap_or_default();
        if code < 200 || self.requests.remove(&id).is_none() {
            return;
        }
        self.forget_numbers(Owner::Request(id));
        let response = Response {
            code,
            reason: heard.message.reason().into_owned(),
            headers: read::lines(&heard.message),
            body: read::body(&heard.message),
        };
        self.tell(Event::Response {
            id,
            result: Ok(response),
            took: now.saturating_sub(heard.since),
            retransmits: heard.again,
            target: Some(heard.target),
        });
    }

    /// No answer will come.
    pub(crate) fn request_failed(&mut self, id: RequestId, failure: Failure) {
        if self.requests.remove(&id).is_none() {
            return;
        }
        self.forget_numbers(Owner::Request(id));
        let result = Err(failure.ending());
        let (took, retransmits, target) = (Duration::ZERO, 0, None);
        self.tell(Event::Response { id, result, took, retransmits, target });
    }
}
