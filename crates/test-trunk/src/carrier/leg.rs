//! One side of a call: its dialog, and what it is tied to.

use std::net::SocketAddr;

use bytes::Bytes;
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
    Placed(Placed),
    /// It was answered.
    Up,
}

/// An INVITE of ours under way.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) client: ClientId,
    pub(super) request: Box<Message>,
    /// A provisional response came: a CANCEL may go out (RFC 3261 §9.1).
    pub(super) answers: bool,
    /// It is to be cancelled as soon as it may be, for this reason.
    pub(super) taken_back: Option<Option<String>>,
}

/// A response of ours that is sent again until it is acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Repeating {
    /// The CSeq of its request.
    pub(super) number: u32,
    pub(super) bytes: Bytes,
}

/// One side of a call.
pub(super) struct Leg {
    pub(super) call_id: String,
    /// Our From or To, with our tag.
    pub(super) local: String,
    pub(super) local_tag: String,
    /// Theirs, with their tag once it is known.
    pub(super) remote: String,
    pub(super) remote_tag: String,
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
    /// The 2xx that waits for its ACK, or the provisional that waits for its PRACK.
    pub(super) repeating: Option<Repeating>,
    /// The number of the INVITE whose 2xx is to be acknowledged once the other side has.
    pub(super) owes_ack: Option<u32>,
    /// The last ACK and the number of its INVITE, sent again for each repeated 2xx.
    pub(super) ack: Option<(u32, Bytes)>,
    /// An offer of ours is under way to this side.
    pub(super) asked: bool,
    /// An offer of this side is under way to the other.
    pub(super) asking: bool,
    /// To be hung up as soon as the 2xx is acknowledged (RFC 3261 §15).
    pub(super) ends: bool,
}

impl Leg {
    /// A leg of nobody yet, in no dialog.
    pub(super) fn new(flow: Flow, talk: Talk, side: usize, shown: SocketAddr) -> Self {
        Self {
            call_id: String::new(),
            local: String::new(),
            local_tag: String::new(),
            remote: String::new(),
            remote_tag: String::new(),
            target: String::new(),
            routes: Vec::new(),
            cseq: 0,
            flow,
            stage: Stage::Up,
            other: None,
            answerer: None,
            talk,
            side,
            shown,
            negotiation: None,
            repeating: None,
            owes_ack: None,
            ack: None,
            asked: false,
            asking: false,
            ends: false,
        }
    }

    /// True for a message of this dialog.
    pub(super) fn owns(&self, message: &Message) -> bool {
        let is = |found: Option<milliwatt_sip::header::Address>, ours: &str| {
            found.is_some_and(|address| address.tag().unwrap_or_default() == ours)
        };
        message.call_id().is_some_and(|id| id == self.call_id.as_str())
            && is(message.to(), &self.local_tag)
            && is(message.from(), &self.remote_tag)
    }

    /// The start of a request inside the dialog, with a CSeq of its own.
    pub(super) fn request(&mut self, method: &Method, branch: &str) -> Builder {
        self.cseq += 1;
        self.request_numbered(method, branch, self.cseq)
    }

    /// The same with the CSeq of another, for ACK.
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

    /// The INVITE of the phone, while it has no final answer.
    pub(super) fn asked_for(&self) -> Option<&Message> {
        match &self.stage {
            Stage::Asked { request, .. } => Some(request),
            Stage::Placed(_) | Stage::Up => None,
        }
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
