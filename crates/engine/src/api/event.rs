//! What the engine tells.

use serde::{Deserialize, Serialize};

use super::{CallId, CallReport, Dtmf, Media, Secure, Side};

/// What the engine tells.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A trunk of `AddTrunk` is in use: calls can be placed, and are heard.
    TrunkReady {
        /// Name of the trunk.
        trunk: String,
        /// Where it listens: `udp:ADDR:PORT`.
        listen: Vec<String>,
    },
    /// A trunk of `AddTrunk` cannot be used.
    TrunkFailed {
        /// Name of the trunk.
        trunk: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// A registration changed.
    Registration {
        /// Name of the trunk.
        trunk: String,
        /// Its state.
        registration: Registration,
        /// From the REGISTER that was granted, after a challenge the second, to its 200, ms.
        rtt_ms: Option<f64>,
        /// Until it is refreshed, ms.
        refresh_in_ms: Option<u64>,
    },
    /// The address at which the trunk sees us.
    PublicAddress {
        /// Name of the trunk.
        trunk: String,
        /// Ours as this host knows it.
        local: String,
        /// Ours as the trunk sees it.
        seen: String,
    },
    /// A call comes in.
    Incoming {
        /// The call.
        call: CallId,
        /// Name of the trunk.
        trunk: String,
        /// Caller's number or URI.
        from: String,
        /// Caller's name; may hold anything the wire can.
        name: Option<String>,
        /// The number that was dialled.
        did: String,
        /// SIP Call-ID.
        call_id: String,
        /// The signalling is encrypted.
        secure: bool,
        /// All headers, values masked as the trace masks them.
        headers: Vec<(String, String)>,
        /// SDP of the INVITE.
        sdp: Option<String>,
    },
    /// A call went on: 100, 18x.
    Progress {
        /// The call.
        call: CallId,
        /// 100 to 199.
        code: u16,
        /// Reason phrase.
        reason: String,
        /// It carries SDP: sound may come before the answer.
        early_media: bool,
        /// ms since the first INVITE.
        at_ms: f64,
    },
    /// A call is up.
    Answered {
        /// The call.
        call: CallId,
        /// Codec sent with.
        codec: Option<String>,
        /// Their RTP address.
        remote: Option<String>,
        /// How their sound and ours is encrypted.
        secure: Secure,
        /// telephone-event is agreed.
        dtmf: bool,
        /// Headers of the 200.
        headers: Vec<(String, String)>,
        /// SDP received, if any.
        sdp: Option<String>,
        /// Session timer agreed, seconds (RFC 4028).
        session_expires: Option<u32>,
        /// Who refreshes it.
        refresher: Option<Side>,
    },
    /// A call is on hold or was resumed.
    Held {
        /// The call.
        call: CallId,
        /// By us.
        local: bool,
        /// By them.
        remote: bool,
        /// The refusal, if a hold or resume of ours was refused.
        refused: Option<u16>,
    },
    /// A digit was heard.
    Digit {
        /// The call.
        call: CallId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How it came.
        mode: Dtmf,
        /// Its length, ms.
        duration_ms: u32,
    },
    /// All digits of a `SendDtmf` are out.
    DtmfSent {
        /// The call.
        call: CallId,
    },
    /// A tone of `Sound::listen` was heard for at least 60 ms.
    Tone {
        /// The call.
        call: CallId,
        /// Hz, as asked for.
        hz: f32,
        /// Its level, dBov.
        level_dbov: f32,
        /// Its level over everything else, dB.
        snr_db: f32,
        /// Since the call was answered, ms.
        at_ms: f64,
        /// How long, ms.
        duration_ms: f64,
    },
    /// One second of sound.
    Quality {
        /// The call.
        call: CallId,
        /// Its figures.
        media: Box<Media>,
    },
    /// Something a user should see: `no-sound`, `source-changed`, `disk-full`, ...
    Notice {
        /// The call, if it is about one.
        call: Option<CallId>,
        /// A word for programs.
        kind: String,
        /// A sentence for people.
        text: String,
    },
    /// A call is over; nothing more comes for it.
    Ended {
        /// All about it.
        report: Box<CallReport>,
    },
    /// A stranger's request was refused.
    Stranger {
        /// Where from.
        from: String,
        /// What.
        method: String,
    },
    /// A MESSAGE came in (RFC 3428).
    Message {
        /// Name of the trunk.
        trunk: String,
        /// Who wrote it.
        from: String,
        /// Its text; may hold anything the wire can.
        text: String,
    },
    /// Digest was asked for.
    Challenged {
        /// Name of the trunk.
        trunk: String,
        /// The challenges as received.
        challenges: Vec<String>,
        /// The algorithm chosen.
        chosen: Option<String>,
    },
    /// The final answer to `Command::Request`.
    Response {
        /// Its name.
        request: u64,
        /// SIP code; `None` when no answer came.
        code: Option<u16>,
        /// Reason phrase, or why there is no answer.
        reason: String,
        /// Headers.
        headers: Vec<(String, String)>,
        /// Body.
        body: Option<String>,
        /// From the first transmission to the answer, ms.
        took_ms: f64,
        /// How often it had to be sent again.
        retransmits: u32,
        /// Who answered: `udp:ADDR:PORT`.
        remote: Option<String>,
    },
    /// Everything ended.
    Stopped,
}

/// A registration as a user sees it.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Registration {
    /// Under way.
    Registering,
    /// The trunk knows where we are.
    Registered {
        /// Seconds granted.
        expires: u32,
        /// Our contact as we wrote it.
        contact: String,
        /// Contacts that the registrar listed.
        contacts: Vec<String>,
        /// URIs that the trunk says are ours (P-Associated-URI, RFC 7315 §4.1): often its numbers.
        associated: Vec<String>,
        /// The proxies by which calls to us come (Path, RFC 3327), the last of them nearest to us.
        #[serde(default)]
        path: Vec<String>,
        /// Milliseconds from the first REGISTER to the 200; of a refresh, what its own took.
        took_ms: f64,
    },
    /// Refused for good.
    Refused {
        /// SIP code.
        code: u16,
        /// Reason phrase.
        reason: String,
        /// What to do.
        advice: String,
    },
    /// Not reachable; tried again by itself.
    Failed {
        /// SIP code, if one came.
        code: Option<u16>,
        /// What went wrong.
        why: String,
        /// Next try, ms.
        retry_in_ms: u64,
    },
    /// Not registered.
    Unregistered,
}
