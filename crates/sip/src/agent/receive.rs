//! What comes in from the wire: whose it is, and what becomes of it.

use std::time::Duration;

use bytes::Bytes;

use super::{
    AccountId, Agent, Body, CallId, Event, Output,
    draft::ALLOW,
    read,
    uas::{self, TEXT, Verdict},
};
use crate::{
    agent::{Extension, read::SDP},
    call::Call,
    message::{Framing, Message, Method, Name, ParseError},
    transaction::{Incoming, Origin, ServerId, reply},
    transport::Flow,
};

impl Agent {
    /// One message came in.
    pub(super) fn received(&mut self, now: Duration, flow: Flow, bytes: &Bytes) {
        self.core.flows.seen(&flow);
        let account = self.core.account_for(&flow, None);
        if account.is_none() && self.dialogs.is_empty() && !bytes.starts_with(b"SIP/") {
            self.heard(None, None);
            return self.core.stranger(now, &flow, bytes);
        }
        let framing = match flow.transport.is_reliable() {
            true => Framing::Stream,
            false => Framing::Datagram,
        };
        match Message::parse(bytes.clone(), framing) {
            Ok(message) if message.is_request() => self.request(now, flow, message),
            Ok(message) => self.response(now, &flow, message, account),
            Err(error) => self.unreadable(now, &flow, &error, account),
        }
    }

    /// Tells whose a message is, and what is wrong with it.
    fn heard(&mut self, account: Option<AccountId>, fault: Option<String>) {
        self.core.out.push_back(Output::Heard { account, fault });
    }

    fn response(
        &mut self,
        now: Duration,
        flow: &Flow,
        message: Message,
        account: Option<AccountId>,
    ) {
        if let Some(fault) = message.fault() {
            return self.heard(account, Some(fault.deviation.to_string()));
        }
        let incoming = self.core.layer.receive(now, flow, &message, Origin::Trusted);
        if let Incoming::Response(client) = incoming {
            self.was_answered = true;
            self.heard(self.core.account_of(client).or(account), None);
            self.core.response(now, client, flow, message);
        } else if let Incoming::StrayResponse(stray) = incoming {
            self.heard(account, Some(stray.to_string()));
        } else {
            self.heard(account, None);
        }
    }

    fn request(&mut self, now: Duration, flow: Flow, message: Message) {
        let call = self.call_of(&flow, &message);
        let account = match call.and_then(|id| self.calls.get(&id)) {
            Some(call) => Some(call.account),
            None => self.core.account_for(&flow, Some(&message)),
        };
        let fault = message.fault();
        let why = fault.as_ref().map(|fault| fault.deviation.to_string());
        let Some(account) = account else {
            self.heard(None, why);
            return self.core.stranger(now, &flow, message.raw());
        };
        if let Some(fault) = fault {
            self.heard(Some(account), why);
            return self.refuse_fault(&flow, &message, fault.code, &fault.deviation.to_string());
        }
        let incoming = self.core.layer.receive(now, &flow, &message, Origin::Trusted);
        let unanswerable = matches!(incoming, Incoming::Unanswerable);
        self.heard(Some(account), unanswerable.then(|| UNANSWERABLE.to_owned()));
        match incoming {
            Incoming::Request(server) => {
                self.core.servers.insert(server, account);
                self.admitted(now, (account, call), server, flow, message);
            }
            Incoming::Ack2xx(_) => {
                self.with_call(call, |call, core| call.acknowledged(core, now, &message));
            }
            Incoming::Cancel { server, invite } => {
                self.core.servers.insert(server, account);
                self.cancel(now, server, invite, &flow, &message);
            }
            Incoming::Merged(server) => {
                self.core.servers.insert(server, account);
                self.answer(now, server, &flow, &message, &Verdict::new(482));
            }
            Incoming::Overloaded => {
                let tag = self.core.chance.tag();
                let busy = reply(&message, flow.remote, 503, "", Some(&tag));
                let bytes = busy.header(Name::RetryAfter, "5").build();
                self.core.layer.send_stateless(flow.id, flow.remote, bytes);
            }
            Incoming::Ack(_)
            | Incoming::Response(_)
            | Incoming::Retransmission
            | Incoming::StrayResponse(_)
            | Incoming::Unanswerable => {}
        }
    }

    /// A request that no transaction knew: it is judged, then acted on.
    fn admitted(
        &mut self,
        now: Duration,
        (account, call): (AccountId, Option<CallId>),
        server: ServerId,
        flow: Flow,
        message: Message,
    ) {
        let Some(trunk) = self.core.accounts.get(&account) else { return };
        if let Some(verdict) = uas::inspect(&message, &trunk.account) {
            return self.answer(now, server, &flow, &message, &verdict);
        }
        let in_dialog = read::tag(&message, Name::To).is_some();
        match (message.method(), call) {
            (Some(Method::Message), _) => self.text(now, account, server, &flow, &message),
            (Some(Method::Notify), _) => {
                let verdict = notified(&message);
                self.answer(now, server, &flow, &message, &verdict);
            }
            (method, Some(id)) => {
                if method == Some(Method::Invite) {
                    self.invites.insert(server, id);
                }
                self.with_call(Some(id), |call, core| {
                    call.request(core, now, server, &flow, message);
                });
            }
            (Some(Method::Invite), None) if !in_dialog => {
                self.invite(now, account, server, flow, message);
            }
            (Some(Method::Options), None) if !in_dialog => {
                let verdict = capabilities(trunk.account.reliable);
                self.answer(now, server, &flow, &message, &verdict);
            }
            _ => self.answer(now, server, &flow, &message, &Verdict::new(481)),
        }
    }

    /// An INVITE outside a dialog.
    fn invite(
        &mut self,
        now: Duration,
        account: AccountId,
        server: ServerId,
        flow: Flow,
        message: Message,
    ) {
        if let Some(verdict) = self.refuse_call(account, &message) {
            return self.answer(now, server, &flow, &message, &verdict);
        }
        let Some(trunk) = self.core.accounts.get(&account) else { return };
        let did = trunk.did(&message);
        let id = CallId(self.core.name() | CallId::INCOMING);
        let call = Call::incoming(&mut self.core, now, (id, account), server, flow, message, did);
        self.dialogs.insert((call.call_id.clone(), call.local_tag.clone()), id);
        self.invites.insert(server, id);
        self.calls.insert(id, call);
        self.settle_call(id);
    }

    fn refuse_call(&self, account: AccountId, message: &Message) -> Option<Verdict> {
        let trunk = self.core.accounts.get(&account)?;
        if message.header(Name::Replaces).is_some() || message.header(Name::Join).is_some() {
            // RFC 3891 §8 asks for an authorisation that nobody here can give.
            return Some(Verdict::new(403));
        }
        let live = self.calls.values().filter(|call| call.is_live()).count();
        if self.shutting_down {
            return Some(Verdict::new(480));
        }
        if live >= self.core.limits.calls {
            return Some(Verdict::new(486));
        }
        let reliable = message.has_token(Name::Supported, "100rel")
            || message.has_token(Name::Require, "100rel");
        if trunk.account.reliable == Extension::Required && !reliable {
            return Some(Verdict::new(421).with("Require", "100rel"));
        }
        crate::call::interval_too_small(message, trunk.account.session_expires)
            .map(|least| Verdict::new(422).with("Min-SE", least.to_string()))
    }

    fn text(
        &mut self,
        now: Duration,
        account: AccountId,
        server: ServerId,
        flow: &Flow,
        message: &Message,
    ) {
        let bytes = message.content(TEXT).unwrap_or_else(|| message.body());
        let body = Body { content_type: TEXT.into(), bytes };
        self.answer(now, server, flow, message, &Verdict::new(200));
        let from = read::party(message, Name::From);
        self.core.tell(Event::Message { account, from, body });
    }

    fn cancel(
        &mut self,
        now: Duration,
        server: ServerId,
        invite: Option<ServerId>,
        flow: &Flow,
        message: &Message,
    ) {
        let id = invite.and_then(|invite| self.invites.get(&invite).copied());
        let tag = id.and_then(|id| self.calls.get(&id)).map(|call| call.local_tag.clone());
        let code = if invite.is_some() { 200 } else { 481 };
        // RFC 3261 §9.2: the To-tag of both answers is the same.
        let tag = tag.unwrap_or_else(|| self.core.chance.tag());
        let bytes = reply(message, flow.remote, code, "", Some(&tag)).build();
        self.core.layer.respond(now, server, bytes);
        if let Some(invite) = invite {
            self.with_call(id, |call, core| call.cancelled(core, now, invite, message));
        }
    }

    /// Answers a request that is no call's.
    fn answer(
        &mut self,
        now: Duration,
        server: ServerId,
        flow: &Flow,
        message: &Message,
        verdict: &Verdict,
    ) {
        let tag = self.core.chance.tag();
        let mut builder = reply(message, flow.remote, verdict.code, "", Some(&tag));
        for (name, value) in &verdict.headers {
            builder = builder.header(*name, value);
        }
        self.core.layer.respond(now, server, builder.build());
    }

    /// Refuses a request that breaks the RFC, without keeping anything of it.
    fn refuse_fault(&mut self, flow: &Flow, message: &Message, code: u16, why: &str) {
        if message.method() == Some(Method::Ack) || message.header(Name::Via).is_none() {
            return;
        }
        let tag = self.core.chance.tag();
        let mut builder = reply(message, flow.remote, code, "", Some(&tag));
        if code == 501 {
            builder = builder.header(Name::Allow, ALLOW);
        }
        let quoted = why.replace(['"', '\\'], "'");
        let builder = builder.header(Name::Warning, format!("399 milliwatt \"{quoted}\""));
        self.core.layer.send_stateless(flow.id, flow.remote, builder.build());
    }

    fn unreadable(
        &mut self,
        now: Duration,
        flow: &Flow,
        error: &ParseError,
        account: Option<AccountId>,
    ) {
        self.heard(account, Some(error.to_string()));
        if account.is_none() {
            return self.core.stranger(now, flow, b"");
        }
        if let Some(message) = error.answerable() {
            self.refuse_fault(flow, message, error.code(), &error.to_string());
        }
    }

    /// The call that a request within a dialog is for. Who knows the names of a dialog but is
    /// neither the trunk nor in the dialog's path stays a stranger.
    fn call_of(&self, flow: &Flow, message: &Message) -> Option<CallId> {
        let tag = read::tag(message, Name::To)?;
        let key = (message.call_id()?.into_owned(), tag);
        let id = self.dialogs.get(&key)?;
        let from = read::tag(message, Name::From);
        let call = self.calls.get(id)?;
        let dialog = call.speaks_with(from.as_ref())?;
        let trunk = self.core.accounts.get(&call.account);
        let trusted = trunk.is_some_and(|trunk| trunk.trusts(flow));
        (trusted || call.leads_to(dialog, flow.remote.ip())).then_some(*id)
    }
}

/// What is wrong with a request that cannot even be refused.
const UNANSWERABLE: &str = "Via or CSeq cannot be read (RFC 3261 §8.1.1)";

/// What we are (RFC 3261 §11.2).
fn capabilities(reliable: Extension) -> Verdict {
    let supported = if reliable == Extension::Off { "timer" } else { "timer, 100rel" };
    Verdict::new(200)
        .with("Allow", ALLOW)
        .with("Accept", format!("{SDP}, {TEXT}"))
        .with("Accept-Encoding", "identity")
        .with("Accept-Language", "en")
        .with("Supported", supported)
}

/// A NOTIFY outside any subscription of ours. A waiting message is told unasked by many a trunk
/// (RFC 3842); everything else has no business here.
fn notified(message: &Message) -> Verdict {
    let event = message.header(Name::Event).map(|value| value.text().into_owned());
    let package = event.as_deref().and_then(|event| event.split(';').next());
    match package.map(str::trim) {
        Some("message-summary") => Verdict::new(200),
        _ => Verdict::new(489).with("Allow-Events", "message-summary"),
    }
}
