//! The agent in one hand: what goes in, what comes out.
//!
//! > After every `handle`, call `poll` until it returns `None`; then sleep until `wake_at`, and
//! > call `handle(now, Input::Wake)` when it has passed.
//!
//! `now` is the time since the epoch of a monotonic clock that the owner chose; the agent reads no
//! clock. All chance (tags, branches, Call-IDs, cnonces, back-off) comes from the seed given to
//! `Agent::new`.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;

use crate::{
    identity::{DidField, IdentityHeader},
    locate,
    transport::{Flow, FlowId, Target, Transport, TransportError},
};

/// Names an account, chosen by the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub u32);

/// Names a call leg. The owner picks it for a dialled call, the agent for an incoming one; the
/// agent's have the top bit set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// Names one request that stands outside a call (OPTIONS, MESSAGE), chosen by the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// Names a question to DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueryId(pub u64);

/// Names a request to open a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpenId(pub u64);

/// A secret that prints as dots and is wiped when dropped by its owner.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// How far an optional extension is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extension {
    /// Not named at all.
    Off,
    /// Named in Supported.
    #[default]
    Supported,
    /// Named in Require.
    Required,
}

/// How UDP flows are kept open through NAT (RFC 5626 §3.5, and OPTIONS where a trunk wants it).
/// Streams always use the double CRLF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepAlive {
    /// A bare CRLF datagram.
    #[default]
    Crlf,
    /// Nothing.
    Off,
    /// An OPTIONS request to the registrar.
    Options,
}

/// A trunk as signalling sees it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The domain of the address of record.
    pub domain: String,
    /// Host and optional port of the registrar, when it is not the domain.
    pub registrar: Option<(String, Option<u16>)>,
    /// Host and optional port of the outbound proxy: every request goes there.
    pub proxy: Option<(String, Option<u16>)>,
    /// Port of the domain, when the user gave one: RFC 3263 then skips NAPTR and SRV.
    pub port: Option<u16>,
    /// The transport to use.
    pub transport: Transport,
    /// User part of the address of record.
    pub user: String,
    /// User name for digest; the user when `None`.
    pub auth_user: Option<String>,
    /// Password for digest.
    pub password: Option<Password>,
    /// Display name in From.
    pub display_name: Option<String>,
    /// Register at the registrar; false for a trunk that knows us by address.
    pub register: bool,
    /// Registration time to ask for, in seconds.
    pub expires: u32,
    /// Ask for a bulk registration (RFC 6140).
    pub gin: bool,
    /// Headers that carry the chosen number, first the one that the trunk obeys.
    pub identity: Vec<IdentityHeader>,
    /// Which field of an incoming INVITE holds the dialled number.
    pub did_in: DidField,
    /// Reliable provisional responses (RFC 3262).
    pub reliable: Extension,
    /// Session-Expires to ask for, in seconds (RFC 4028); `None` offers no session timer.
    pub session_expires: Option<u32>,
    /// UDP keep-alive.
    pub keep_alive: KeepAlive,
    /// Time between keep-alives.
    pub keep_alive_every: Duration,
    /// Address to write in Contact when the host's own is not the one that the trunk sees.
    pub public_address: Option<SocketAddr>,
    /// Learn the public address from `received` and `rport` of our own Via (RFC 3581).
    pub learn_address: bool,
    /// Sources besides registrar and proxy whose requests are heard: address and prefix length.
    pub allow: Vec<(std::net::IpAddr, u8)>,
    /// User-Agent and Server text.
    pub user_agent: String,
    /// How long one UDP target may stay silent before the next one is tried.
    pub failover_after: Duration,
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
    /// Further headers, name and value, put in as they stand.
    pub headers: Vec<(String, String)>,
    /// CANCEL after so long without a final answer; also sent as Expires.
    pub ring_timeout: Option<Duration>,
}

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
    /// Gives the answer to an offer that came in a 2xx or in a reliable provisional (late offer).
    AnswerLate {
        /// The call.
        call: CallId,
        /// The SDP answer, carried by the ACK or the PRACK.
        body: Bytes,
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
        /// Further headers.
        headers: Vec<(String, String)>,
        /// Content-Type and body.
        body: Option<(String, Bytes)>,
        /// Ask this place and no other.
        target: Option<Target>,
    },
    /// Ends every call, gives back every registration. `Event::Idle` tells when all is done.
    Shutdown,
}

/// What the agent is told.
#[derive(Debug)]
pub enum Input<'a> {
    /// The owner wants something.
    Command(Command),
    /// One whole message came in: a datagram, or what `stream::Framer` cut from a stream.
    Received {
        /// The flow that it came in on.
        flow: Flow,
        /// The bytes.
        bytes: &'a Bytes,
    },
    /// A pong (single CRLF) came in on a stream (RFC 5626 §4.4.1).
    Pong(FlowId),
    /// DNS has answered.
    Resolved(QueryId, Result<Vec<locate::Record>, locate::DnsError>),
    /// A flow is open, new or reused.
    Opened(OpenId, Flow),
    /// A flow could not be opened.
    OpenFailed(OpenId, TransportError),
    /// A flow is gone, or a datagram came back as unreachable.
    FlowLost(FlowId, TransportError),
    /// The time of `wake_at` has come.
    Wake,
}

/// What the agent wants done, or tells.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Send {
        /// On this flow.
        flow: FlowId,
        /// To this address (the flow's own far end on a stream).
        remote: SocketAddr,
        /// One whole message, or a keep-alive.
        bytes: Bytes,
    },
    /// Ask DNS; answer with `Input::Resolved`.
    Resolve(QueryId, locate::Question),
    /// Open a flow, or name one that is open to the same target; answer with `Input::Opened`.
    Open(OpenId, Target),
    /// Close a flow that is in use no more, or that sent what no SIP peer sends.
    Close(FlowId),
    /// Something that the owner should know.
    Event(Box<Event>),
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
        /// SDP of the 2xx or of the ACK: an answer, or an offer if we made none; then give the
        /// answer with `AnswerLate`.
        body: Option<Body>,
        /// Session timer agreed, in seconds, and whether we refresh.
        session: Option<(u32, bool)>,
        /// All headers of the 2xx (empty for an incoming call).
        headers: Vec<HeaderLine>,
    },
    /// A re-INVITE or UPDATE with an offer came in: answer with `AnswerOffer`.
    OfferReceived {
        /// The call.
        call: CallId,
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
        /// Q.850 cause from Reason (RFC 3326).
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
    /// A message that could not be used, with the reason.
    Malformed {
        /// Where it came from.
        from: SocketAddr,
        /// What is wrong, with the RFC section.
        why: String,
    },
    /// `Shutdown` is done: no call, no registration, no open transaction.
    Idle,
}

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
