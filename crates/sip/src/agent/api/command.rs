//! What the owner wants done.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;

use super::{Account, AccountId, CallId, RequestId};
use crate::transport::Target;

/// What the owner wants done.
#[derive(Clone, Debug)]
pub enum Command {
    /// Adds or replaces an account. Registration starts with `Register`.
    AddAccount(AccountId, Box<Account>),
    /// Forgets an account: its registration is given back first.
    RemoveAccount(AccountId),
    /// Registers and keeps the registration fresh.
    Register(AccountId),
    /// Gives the registration back.
    Unregister(AccountId),
    /// Places a call.
    Dial(CallId, AccountId, Box<Dial>),
    /// Sends a provisional response to an incoming call: 180 without, 183 with a body.
    Ring {
        /// The call.
        call: CallId,
        /// 101 to 199.
        code: u16,
        /// SDP of early media.
        body: Option<Bytes>,
    },
    /// Accepts an incoming call with an answer, or with an offer if the INVITE had none.
    Answer {
        /// The call.
        call: CallId,
        /// The SDP.
        body: Bytes,
    },
    /// Refuses an incoming call.
    Reject {
        /// The call.
        call: CallId,
        /// 300 to 699.
        code: u16,
        /// Reason phrase; the RFC's own when `None`.
        reason: Option<String>,
        /// Further headers (Contact of a 302, Retry-After of a 503).
        headers: Vec<(String, String)>,
    },
    /// Ends a call whatever its state: CANCEL, BYE, or a refusal.
    Hangup {
        /// The call.
        call: CallId,
        /// Q.850 cause to put in Reason (RFC 3326).
        cause: Option<u8>,
    },
    /// Answers a `Redirected`: the call goes there, or to the next Contact, or is over.
    Follow {
        /// The call.
        call: CallId,
        /// It may go there.
        agreed: bool,
    },
    /// Sends a re-INVITE or an UPDATE with an offer; glare is settled by the agent (RFC 3261 §14.1).
    /// What cannot be sent yet waits its turn; before the answer of the call only an UPDATE can go.
    Modify {
        /// The call.
        call: CallId,
        /// The offer; `None` asks the far end for one.
        offer: Option<Bytes>,
        /// UPDATE (RFC 3311) instead of re-INVITE.
        update: bool,
    },
    /// Answers an `OfferReceived`; `None` refuses it with 488.
    AnswerOffer {
        /// The call.
        call: CallId,
        /// The SDP answer.
        body: Option<Bytes>,
    },
    /// Gives the offer of `Event::OfferWanted`.
    Offer {
        /// The call.
        call: CallId,
        /// Our address that it names, or that our answer will where there is none.
        local: IpAddr,
        /// The SDP offer; `None` asks the far end for one, as before (late offer).
        body: Option<Bytes>,
    },
    /// Gives the answer to an offer that came in a 2xx or in a reliable provisional (late offer).
    AnswerLate {
        /// The call.
        call: CallId,
        /// The To-tag of the provisional response.
        tag: Option<String>,
        /// The SDP answer, carried by the ACK or the PRACK.
        body: Bytes,
    },
    /// Gives the offer that `Event::OfferNeeded` asks for; `None` lets the change go.
    FreshOffer {
        /// The call.
        call: CallId,
        /// The SDP offer.
        offer: Option<Bytes>,
    },
    /// Sends INFO in a call (RFC 6086, and DTMF relay).
    Info {
        /// The call.
        call: CallId,
        /// Content-Type.
        content_type: String,
        /// Body.
        body: Bytes,
    },
    /// Sends a request outside a call and tells its final answer.
    Request {
        /// Its name.
        id: RequestId,
        /// The account that gives target, identity and credentials.
        account: AccountId,
        /// OPTIONS, MESSAGE, SUBSCRIBE, ...
        method: String,
        /// Request-URI; the registrar's own when `None`.
        uri: Option<String>,
        /// Headers of the owner's, as in [`Dial::headers`].
        headers: Vec<(String, String)>,
        /// Content-Type and body.
        body: Option<(String, Bytes)>,
        /// Ask this place and no other, without credentials: its challenge is its answer.
        target: Option<Target>,
    },
    /// Ends every call, gives back every registration. `Event::Idle` tells when all is done.
    Shutdown,
}

/// What to dial and how.
#[derive(Clone, Debug, Default)]
pub struct Dial {
    /// A number (`+15550100`, `9000`), a `tel:` or a `sip:` URI.
    pub to: String,
    /// The number to show; the account's user when `None`.
    pub from: Option<String>,
    /// Display name to show.
    pub display_name: Option<String>,
    /// Hide the caller (RFC 3323 `Privacy: id`).
    pub private: bool,
    /// The number that this call was diverted from (RFC 5806).
    pub diversion: Option<String>,
    /// SDP offer; `None` asks the far end for one (late offer).
    pub offer: Option<Bytes>,
    /// Our address that the offer names, or that our answer to a late one will. Where the INVITE has
    /// to leave from the other family, another offer is asked for (`Event::OfferWanted`).
    pub local: Option<IpAddr>,
    /// Headers of the owner's, name and value. They stand as they are given in place of ours of the
    /// same name; an empty value takes ours away. Via is ours alone, Call-ID and CSeq stay beside
    /// them, and From keeps our tag, since answers and dialogs are found by these, which cannot be
    /// taken away either; Content-Length is ours on streams. For deliberate deviations.
    pub headers: Vec<(String, String)>,
    /// CANCEL after so long without a final answer; also sent as Expires.
    pub ring_timeout: Option<Duration>,
    /// Nobody waits for this call: while every server of the trunk has asked to be left in peace
    /// (Retry-After), it is refused here with 503. Without this it is tried all the same.
    pub unattended: bool,
    /// It asks for help: once it is up it does not end because a change of it gets no answer, or
    /// one that says that there is no such call.
    pub emergency: bool,
    /// Call-ID from `Agent::draw_call_id`, for an owner who writes it down before the INVITE
    /// leaves; one is drawn when `None`.
    pub call_id: Option<String>,
}
