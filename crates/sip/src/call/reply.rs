//! Responses of ours within a call.

use std::time::Duration;

use bytes::Bytes;

use crate::{
    agent::{AccountId, core::Core, draft::Contact, read::SDP},
    message::{Message, Name},
    transaction::{ServerId, reply},
    transport::Flow,
};

/// A response that is being put together.
#[derive(Debug, Default)]
pub(crate) struct Reply<'a> {
    code: u16,
    reason: Option<&'a str>,
    tag: Option<&'a str>,
    dialog: bool,
    headers: Vec<(&'a str, String)>,
    body: Option<Bytes>,
}

impl<'a> Reply<'a> {
    /// A response with that code and the RFC's own phrase.
    pub(crate) fn new(code: u16) -> Self {
        Self { code, ..Self::default() }
    }

    /// Another reason phrase.
    pub(crate) fn reason(self, reason: Option<&'a str>) -> Self {
        Self { reason, ..self }
    }

    /// The To-tag, put in where the request has none.
    pub(crate) fn tag(self, tag: &'a str) -> Self {
        Self { tag: Some(tag), ..self }
    }

    /// Makes or refreshes a dialog: Record-Route is copied, Contact names the flow
    /// (RFC 3261 §12.1.1).
    pub(crate) fn dialog(self) -> Self {
        Self { dialog: true, ..self }
    }

    /// A further header.
    pub(crate) fn header(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A session description.
    pub(crate) fn sdp(self, body: Option<Bytes>) -> Self {
        Self { body, ..self }
    }

    /// Prints the response to `request`, which came in on `flow`.
    pub(crate) fn print(
        &self,
        core: &Core,
        account: AccountId,
        flow: &Flow,
        request: &Message,
    ) -> Bytes {
        let trunk = core.accounts.get(&account);
        let reason = self.reason.unwrap_or_default();
        let mut builder = reply(request, flow.remote, self.code, reason, self.tag);
        if self.dialog {
            for value in request.values(Name::RecordRoute) {
                builder = builder.header(Name::RecordRoute, value.as_bytes());
            }
            if let Some(trunk) = trunk {
                let contact = Contact::User(trunk.account.user.clone());
                let contact = contact.value(flow, trunk.public(flow));
                builder = builder.header(Name::Contact, contact);
            }
        }
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        if let Some(trunk) = trunk.filter(|trunk| !trunk.account.user_agent.is_empty()) {
            builder = builder.header(Name::Server, &trunk.account.user_agent);
        }
        if let Some(body) = &self.body {
            builder = builder.body(SDP, body.clone());
        }
        builder.build()
    }

    /// Prints and sends it.
    pub(crate) fn send(
        &self,
        core: &mut Core,
        now: Duration,
        account: AccountId,
        server: ServerId,
        flow: &Flow,
        request: &Message,
    ) -> Bytes {
        let bytes = self.print(core, account, flow, request);
        core.layer.respond(now, server, bytes.clone());
        bytes
    }
}
