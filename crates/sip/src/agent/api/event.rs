//! What the agent tells.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;

use super::{AccountId, CallId, RequestId};
use crate::{
    locate,
    transport::{Flow, Target, TransportError},
};

/// What the agent tells.
#[derive(Clone, Debug)]
pub enum Event {
    /// A registration changed.
    Registration(AccountId, Registration),
    /// Our address as this host knows it, and as the trunk sees it, learnt from Via. Told for the
    /// first answer on a flow, and when it changes.
    PublicAddress(AccountId, SocketAddr, SocketAddr),
    /// A call comes in. Nothing rings and no microphone opens before the owner says so.
    Incoming {
        /// Its name.
        call: CallId,
        /// The account that it belongs to.
        account: AccountId,
        /// Who calls: the first of the account's identity headers that the INVITE has, else From,
        /// and always From where the caller asks not to be shown.
        from: Party,
        /// To header.
        to: Party,
        /// The number that was dialled.
        did: String,
        /// SIP Call-ID.
        call_id: String,
        /// Offer, if there is one.
        offer: Option<Body>,
        /// The flow that it came in on.
        flow: Flow,
        /// All headers as received.
        headers: Vec<HeaderLine>,
    },
    /// A response below 200 came to our INVITE.
    Provisional {
        /// The call.
        call: CallId,
        /// 100 to 199.
        code: u16,
        /// Reason phrase.
        reason: String,
        /// To-tag: tells branches of a fork apart.
        tag: Option<String>,
        /// SDP: an answer, or an offer if we made none.
        body: Option<Body>,
        /// All headers as received.
        headers: Vec<HeaderLine>,
    },
    /// The INVITE of a call goes to a place that is reached over the other address family than the
    /// one its sound is for: it waits a few seconds for `Command::Offer`.
    OfferWanted {
        /// The call.
        call: CallId,
        /// The flow that it is to leave on.
        flow: Flow,
    },
    /// Our INVITE was sent, or sent again with credentials or to another target.
    InviteSent {
        /// The call.
        call: CallId,
        /// SIP Call-ID.
        call_id: String,
        /// Where it went.
        flow: Flow,
    },
    /// The call is up: 2xx received to our INVITE, or our 2xx was acknowledged.
    Answered {
        /// The call.
        call: CallId,
        /// To-tag of the 2xx: which branch has answered. `None` for an incoming call.
        tag: Option<String>,
        /// SDP of the 2xx or of the ACK: an answer, or an offer if we made none; then give the
        /// answer with `AnswerLate`.
        body: Option<Body>,
        /// Session timer agreed, in seconds, and whether we refresh.
        session: Option<(u32, bool)>,
        /// All headers of the 2xx (empty for an incoming call).
        headers: Vec<HeaderLine>,
    },
    /// A 3xx sends our call on (RFC 3261 §8.1.3.4): it goes there if `Follow` says so.
    Redirected {
        /// The call.
        call: CallId,
        /// The URI of the Contact.
        to: String,
    },
    /// A re-INVITE or UPDATE with an offer came in: answer with `AnswerOffer`.
    OfferReceived {
        /// The call.
        call: CallId,
        /// The far end's tag: before an answer it tells branches of a fork apart.
        tag: Option<String>,
        /// The offer; `None` asks us for one.
        body: Option<Body>,
    },
    /// Our `Modify` was answered. Where it asked the far end for an offer, the body is that offer:
    /// give the answer with `AnswerLate`. Where the far end had asked us for one, with a re-INVITE
    /// or in a reliable provisional response, the body is its answer to ours.
    Modified {
        /// The call.
        call: CallId,
        /// The answer, or the code and reason of the refusal.
        result: Result<Option<Body>, (u16, String)>,
    },
    /// A `Modify` with an offer was put off (491, 422, 5xx with a Retry-After of up to 10 s) and its
    /// time has come again: the session may have changed meanwhile. Give a fresh offer with
    /// `FreshOffer`.
    OfferNeeded {
        /// The call.
        call: CallId,
    },
    /// The session timer was refreshed by a re-INVITE with the description in force, and the far
    /// end has answered it: what it says may have changed.
    Refreshed {
        /// The call.
        call: CallId,
        /// The answer.
        body: Body,
    },
    /// A MESSAGE came in from the trunk (RFC 3428); the agent has answered it 200.
    Message {
        /// The account that it belongs to.
        account: AccountId,
        /// Who wrote it.
        from: Party,
        /// Its text: `text/plain`, nothing else is taken.
        body: Body,
    },
    /// An INFO came in; the agent has answered it 200.
    Info {
        /// The call.
        call: CallId,
        /// Its body.
        body: Body,
    },
    /// The call is over. Nothing more comes for it.
    Ended {
        /// The call.
        call: CallId,
        /// How.
        ending: Ending,
        /// Who did it.
        by: EndedBy,
        /// The final response to the INVITE (200 where the call was answered and ended by BYE), or
        /// 0 when none came.
        code: u16,
        /// Its reason phrase.
        reason: String,
        /// Q.850 cause from Reason (RFC 3326); 26 for a call to us that was answered elsewhere.
        cause: Option<u8>,
        /// All headers of the final response or of the BYE.
        headers: Vec<HeaderLine>,
    },
    /// The final answer to `Command::Request`, or why there is none.
    Response {
        /// Its name.
        id: RequestId,
        /// Code, reason phrase, headers and body.
        result: Result<Response, Ending>,
        /// From the first transmission to the answer.
        took: Duration,
        /// How often the request had to be sent again.
        retransmits: u32,
        /// The place that answered.
        target: Option<Target>,
    },
    /// A challenge came; for those who judge it (RFC 7616, RFC 8760).
    Challenged {
        /// The account.
        account: AccountId,
        /// The value of WWW-Authenticate or Proxy-Authenticate as received, one entry each.
        challenges: Vec<String>,
        /// The algorithm that we answer with; `None` when we know none of them.
        chosen: Option<String>,
    },
    /// A stranger's request was dropped or refused.
    Stranger {
        /// Where it came from.
        from: SocketAddr,
        /// Its method.
        method: String,
    },
    /// `Shutdown` is done: no call, no registration, no open transaction.
    Idle,
}

/// Which side ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// We did.
    Local,
    /// The far end did.
    Remote,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// BYE after an answer.
    Bye,
    /// The INVITE was refused with this final response.
    Rejected,
    /// We took the call back, or the caller did, before an answer.
    Cancelled,
    /// Nobody answered the INVITE, or no ACK or refresh came in time, or the far end does not know
    /// the dialog any more (481).
    TimedOut,
    /// Digest was refused after the allowed tries.
    AuthenticationRefused,
    /// No target could be reached.
    Unreachable(TransportError),
    /// No target could be found.
    Unresolved(locate::DnsError),
}

/// A body with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Content-Type as received, without parameters, in lower case.
    pub content_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// A registration as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// A REGISTER is under way.
    Registering,
    /// The registrar holds our contact.
    Registered {
        /// Seconds granted.
        expires: u32,
        /// Our contact as we wrote it.
        contact: String,
        /// All contacts that the registrar listed.
        contacts: Vec<String>,
        /// P-Associated-URI values.
        associated: Vec<String>,
        /// The Path that the registrar stored (RFC 3327): what calls to us come by.
        path: Vec<String>,
        /// From the REGISTER that was granted, after a challenge the second, to its 2xx.
        round_trip: Duration,
    },
    /// Refused; no further try unless asked.
    Refused {
        /// The final response.
        code: u16,
        /// Its reason phrase.
        reason: String,
    },
    /// Not reachable or overloaded; the next try is due after `retry_in`.
    Failed {
        /// The response code, when one came.
        code: Option<u16>,
        /// What went wrong, as a sentence.
        why: String,
        /// Time until the next try.
        retry_in: Duration,
    },
    /// Given back or never asked for.
    Unregistered,
}

/// A caller or callee as the headers tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The URI as received.
    pub uri: String,
    /// User part, unescaped.
    pub user: String,
    /// Display name, unquoted; may hold anything the wire can: show it as text only.
    pub display_name: Option<String>,
}

/// A header of a message, for those who judge what a trunk sent.
pub type HeaderLine = (String, String);

/// A final response to a request outside a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// 200 to 699.
    pub code: u16,
    /// Reason phrase.
    pub reason: String,
    /// All headers as received.
    pub headers: Vec<HeaderLine>,
    /// Body.
    pub body: Option<Body>,
}
