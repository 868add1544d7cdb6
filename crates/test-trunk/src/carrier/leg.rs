//! One side of a call: its dialog, and what it is tied to.

use std::net::SocketAddr;

use milliwatt_media::negotiate::Negotiation;
use milliwatt_sip::{
    message::{Builder, Message, Method, Name},
    transaction::{ClientId, ServerId},
    transport::Flow,
};

use crate::{media::desk::Talk, numbers::Answerer};

/// Names a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct LegId(pub(super) u64);

/// How far a leg's INVITE is.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// It came from the phone and has no final answer yet.
    Asked { server: ServerId, request: Box<Message> },
    /// We placed it and have no final answer yet.
    Placed { client: ClientId, request: Box<Message> },
    /// It was answered.
    Up,
}

/// One side of a call.
pub(super) struct Leg {
    pub(super) call_id: String,
    /// Our From or To, with our tag.
    pub(super) local: String,
    /// Theirs, with their tag once it is known.
    pub(super) remote: String,
    /// Their Contact.
    pub(super) target: String,
    /// Route set, first hop first.
    pub(super) routes: Vec<String>,
    /// Our last CSeq.
    pub(super) cseq: u32,
    pub(super) flow: Flow,
    pub(super) stage: Stage,
    /// The leg that this one is joined to.
    pub(super) other: Option<LegId>,
    /// The number that answers, when it is one of ours.
    pub(super) answerer: Option<Answerer>,
    pub(super) talk: Talk,
    /// 0 for the side that dialled.
    pub(super) side: usize,
    /// The RTP address that this side is shown.
    pub(super) shown: SocketAddr,
    /// Our SDP, when we answer ourselves.
    pub(super) negotiation: Option<Negotiation>,
    /// The 2xx that waits for its ACK.
    pub(super) unacknowledged: Option<bytes::Bytes>,
    /// The number of the INVITE whose 2xx is to be acknowledged once the other side has.
    pub(super) owes_ack: Option<u32>,
    /// A reliable provisional waits for its PRACK.
    pub(super) unpracked: bool,
}

impl Leg {
    /// True for a message of this dialog.
    pub(super) fn owns(&self, message: &Message) -> bool {
        message.call_id().is_some_and(|id| id == self.call_id.as_str())
            && message.to().and_then(|to| to.tag().map(|t| self.local.contains(t))).unwrap_or(false)
            && message
                .from()
                .and_then(|f| f.tag().map(|t| self.remote.contains(t)))
                .unwrap_or(false)
    }

    /// The start of a request inside the dialog.
    pub(super) fn request(&mut self, method: &Method, branch: &str) -> Builder {
        if *method != Method::Ack {
            self.cseq += 1;
        }
        let cseq = self.cseq;
        self.request_numbered(method, branch, cseq)
    }

    /// The same with a CSeq of its own, for ACK and CANCEL.
    pub(super) fn request_numbered(&self, method: &Method, branch: &str, cseq: u32) -> Builder {
        let mut request = Builder::request(method, &self.target)
            .header(Name::Via, via(&self.flow, branch))
            .header(Name::MaxForwards, "70")
            .header(Name::From, &self.local)
            .header(Name::To, &self.remote)
            .header(Name::CallId, &self.call_id)
            .header(Name::CSeq, format!("{cseq} {}", method.as_str()))
            .header(Name::Contact, contact(&self.flow));
        for route in &self.routes {
            request = request.header(Name::Route, route);
        }
        request
    }

    /// Takes over what a response or request of the far end says of itself.
    pub(super) fn learn(&mut self, message: &Message) {
        if let Some(contact) = message.contact() {
            self.target = contact.uri().to_string();
        }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Up)
    }
}

/// Our Contact on a flow.
pub(super) fn contact(flow: &Flow) -> String {
    let transport = flow.transport.via_token().to_ascii_lowercase();
    format!("<sip:trunk@{};transport={transport}>", flow.local)
}

pub(super) fn via(flow: &Flow, branch: &str) -> String {
    format!("SIP/2.0/{} {};branch={branch};rport", flow.transport.via_token(), flow.local)
}
