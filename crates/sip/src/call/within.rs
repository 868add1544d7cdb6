//! Requests of the far end within a dialog (RFC 3261 §12.2.2).

use std::{net::IpAddr, time::Duration};

use super::{Call, Stage, reply::Reply};
use crate::{
    agent::{
        Event,
        core::Core,
        draft::ALLOW,
        read::{self, SDP},
    },
    dialog::Dialog,
    message::{Message, Method, Name},
    transaction::ServerId,
    transport::Flow,
};

/// Places that are remembered as those where requests of one call went.
const MAX_HOPS: usize = 16;

impl Call {
    /// The dialog with the far end of that tag, whatever the stage.
    pub(super) fn dialog_with(&mut self, tag: Option<&String>) -> Option<&mut Dialog> {
        let dialog = match &mut self.stage {
            Stage::Calling(calling) => {
                let early = calling.early.iter_mut().map(|early| &mut early.dialog);
                return early.into_iter().find(|dialog| dialog.remote_tag.as_ref() == tag);
            }
            Stage::Alerting(alerting) => &mut alerting.dialog,
            Stage::Up(up) => &mut up.dialog,
            Stage::Leaving(dialog) => dialog.as_deref_mut()?,
        };
        (dialog.remote_tag.as_ref() == tag).then_some(dialog)
    }

    /// The dialog with the far end of that tag, if it is one of this call's.
    pub(crate) fn speaks_with(&self, tag: Option<&String>) -> Option<&Dialog> {
        let dialog = match &self.stage {
            Stage::Calling(calling) => {
                let mut early = calling.early.iter().map(|early| &early.dialog);
                return early.find(|dialog| dialog.remote_tag.as_ref() == tag);
            }
            Stage::Alerting(alerting) => &alerting.dialog,
            Stage::Up(up) => &up.dialog,
            Stage::Leaving(dialog) => dialog.as_deref()?,
        };
        (dialog.remote_tag.as_ref() == tag).then_some(dialog)
    }

    /// Remembers where a request of ours went.
    pub(super) fn went_to(&mut self, hop: IpAddr) {
        let hop = hop.to_canonical();
        if !self.hops.contains(&hop) && self.hops.len() < MAX_HOPS {
            self.hops.push(hop);
        }
    }

    /// True where the far end of `dialog` speaks from `source`: a request of ours went there, or
    /// will.
    pub(crate) fn leads_to(&self, dialog: &Dialog, source: IpAddr) -> bool {
        let source = source.to_canonical();
        self.hops.contains(&source) || dialog.names(source)
    }

    /// A request came in for this call. What does not fit its state gets 481 or 500, and changes
    /// nothing.
    pub(crate) fn request(
        &mut self,
        core: &mut Core,
        now: Duration,
        server: ServerId,
        flow: &Flow,
        request: Message,
    ) {
        let tag = read::tag(&request, Name::From);
        let cseq = request.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let Some(dialog) = self.dialog_with(tag.as_ref()) else {
            Reply::new(481).send(core, now, self.account, server, flow, &request);
            return;
        };
        if !dialog.take_cseq(cseq) {
            // RFC 3261 §12.2.2.
            Reply::new(500).send(core, now, self.account, server, flow, &request);
            return;
        }
        let method = request.method();
        let over = self.told || matches!(self.stage, Stage::Leaving(_));
        if over && method != Some(Method::Bye) {
            Reply::new(481).send(core, now, self.account, server, flow, &request);
            return;
        }
        self.flow = Some(*flow);
        if matches!(method, Some(Method::Bye | Method::Info | Method::Update)) {
            self.imply_ack(core);
        }
        match method {
            Some(Method::Bye) => self.bye_received(core, now, server, flow, &request),
            Some(Method::Invite) => self.reinvite_received(core, now, server, flow, request),
            Some(Method::Prack) => self.prack_received(core, now, server, flow, &request),
            Some(Method::Update) => self.update_received(core, now, server, flow, request),
            Some(Method::Info) => {
                Reply::new(200).send(core, now, self.account, server, flow, &request);
                if let Some(body) = read::body(&request) {
                    self.tell(core, Event::Info { call: self.id, body });
                }
            }
            _ => {
                let reply = Reply::new(200).header("Allow", ALLOW).header("Accept", SDP);
                reply.send(core, now, self.account, server, flow, &request);
            }
        }
    }

    /// The owner sends INFO.
    pub(crate) fn info(
        &mut self,
        core: &mut Core,
        now: Duration,
        content_type: String,
        body: bytes::Bytes,
    ) {
        let Stage::Up(up) = &self.stage else { return };
        let dialog = up.dialog.clone();
        let (mut draft, to) = self.within(core, &dialog, Method::Info);
        draft.body = Some((content_type, body));
        self.send(core, now, super::Purpose::Info, draft, to);
    }
}
