//! The one typed language of the phone: commands down, events up. Everything that a window, a
//! command line or a check knows of the engine is here; no SIP byte and no RTP packet is.

use std::path::PathBuf;

use milliwatt_store::settings::Trunk;
use serde::{Deserialize, Serialize};

/// Names a call leg; picked by `Engine::next_call` for a dialled call, by the engine for an
/// incoming one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CallId(pub u64);

/// What a call plays to the far end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// What was heard is sent back.
    Echo,
    /// A WAV file, once, then silence.
    File(PathBuf),
    /// 1004 Hz at 0 dBm0.
    Milliwatt,
    /// Tones one after the other, over and over: frequencies in Hz and the length of each in ms.
    /// A pattern that a leg is known by.
    Signature(Vec<f32>, u32),
    /// Nothing.
    #[default]
    Silence,
    /// A steady tone, Hz, at -10 dBm0.
    Tone(f32),
    /// The port that the shell attached with `Engine::attach_port` (a sound card).
    Port,
}

/// What sound a call gets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sound {
    /// What is played.
    pub source: Source,
    /// WAV file for what is received.
    pub record: Option<PathBuf>,
    /// Tones to listen for, Hz; told as `Event::Tone`.
    pub listen: Vec<f32>,
}

/// How digits are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dtmf {
    /// In the sound.
    Inband,
    /// By INFO with application/dtmf-relay.
    Info,
    /// As telephone events.
    #[default]
    Rfc4733,
}

/// What to dial and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dial {
    /// Number or URI.
    pub to: String,
    /// Number to show; the trunk's first when `None`.
    pub from: Option<String>,
    /// Hide the caller.
    pub private: bool,
    /// Codecs in order; the trunk's own when empty.
    pub codecs: Vec<String>,
    /// Send the INVITE without an offer.
    pub late_offer: bool,
    /// Give up after so long without an answer, ms.
    pub ring_timeout_ms: Option<u64>,
    /// Sound.
    pub sound: Sound,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// No person waits for this call: it is not placed when its history row cannot be written
    /// within 100 ms.
    pub unattended: bool,
}

/// What the engine is asked to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Adds or replaces a trunk; its secret comes from the secret store, never through here.
    AddTrunk {
        /// Its settings.
        trunk: Box<Trunk>,
    },
    /// Forgets a trunk.
    RemoveTrunk {
        /// Its name.
        trunk: String,
    },
    /// Registers and stays registered.
    Register {
        /// Name of the trunk.
        trunk: String,
    },
    /// Gives the registration back.
    Unregister {
        /// Name of the trunk.
        trunk: String,
    },
    /// Places a call.
    Dial {
        /// The call's name, from `Engine::next_call`.
        call: CallId,
        /// Name of the trunk.
        trunk: String,
        /// What and how.
        dial: Box<Dial>,
    },
    /// Tells the caller that the phone rings.
    Ring {
        /// The call.
        call: CallId,
    },
    /// Plays sound to the caller before the answer (183).
    EarlyMedia {
        /// The call.
        call: CallId,
        /// Sound.
        sound: Sound,
    },
    /// Takes an incoming call.
    Answer {
        /// The call.
        call: CallId,
        /// Sound.
        sound: Sound,
        /// Codecs in order; the trunk's own when empty.
        codecs: Vec<String>,
    },
    /// Refuses an incoming call.
    Reject {
        /// The call.
        call: CallId,
        /// 300 to 699.
        code: u16,
        /// Further headers.
        headers: Vec<(String, String)>,
    },
    /// Ends a call whatever its state. Capture and playout stop first.
    HangUp {
        /// The call.
        call: CallId,
    },
    /// Puts the far end on hold.
    Hold {
        /// The call.
        call: CallId,
    },
    /// Takes it back.
    Resume {
        /// The call.
        call: CallId,
    },
    /// Sends digits.
    SendDtmf {
        /// The call.
        call: CallId,
        /// `0`-`9`, `*`, `#`, `A`-`D`, `,` for a second's pause.
        digits: String,
        /// How.
        mode: Dtmf,
        /// Tone length, ms.
        on_ms: u32,
        /// Pause after it, ms.
        off_ms: u32,
    },
    /// Sends silence instead of the source.
    Mute {
        /// The call.
        call: CallId,
        /// On or off.
        on: bool,
    },
    /// Sends a request outside a call (OPTIONS, MESSAGE); `Event::Response` tells its answer.
    Request {
        /// Its name, chosen by the caller.
        request: u64,
        /// Name of the trunk.
        trunk: String,
        /// Method.
        method: String,
        /// Number or URI; the registrar's own when `None`.
        to: Option<String>,
        /// Further headers.
        headers: Vec<(String, String)>,
        /// Content-Type and body.
        body: Option<(String, String)>,
    },
    /// Ends all calls, gives back all registrations, tells `Event::Stopped`.
    Shutdown,
}

/// A registration as a user sees it.
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
        /// Milliseconds from the first REGISTER to the 200.
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

/// How a call came out, in the words of the command line contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// The far end refused.
    Rejected,
    /// It was taken back before an answer.
    Cancelled,
    /// It could not be placed.
    Failed,
    /// Nobody answered in time.
    TimedOut,
}

/// Which side hung up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// We.
    Local,
    /// They.
    Remote,
}

/// Which way a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// To us.
    In,
    /// From us.
    Out,
}

/// Which way no sound was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OneWay {
    /// Neither hears the other.
    Both,
    /// We hear nothing.
    In,
    /// They hear nothing, as far as reports tell.
    Out,
}

/// Whether the sound is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Secure {
    /// DTLS-SRTP.
    Dtls,
    /// In clear.
    #[default]
    None,
    /// SRTP with keys in SDP.
    Sdes,
}

/// Times of a call, ms, from the first INVITE; `first_rtp` from the 200.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// 100.
    pub trying: Option<f64>,
    /// 180 or 183.
    pub ringing: Option<f64>,
    /// 200.
    pub answered: Option<f64>,
    /// First packet after the 200.
    pub first_rtp: Option<f64>,
    /// The end.
    pub total: Option<f64>,
}

/// Figures of the received direction; `remote_*` from RTCP. Also the quality of one second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// Packets sent.
    pub sent: u64,
    /// Packets received.
    pub received: u64,
    /// Packets lost.
    pub lost: u64,
    /// Too late to be played.
    pub late: u64,
    /// Received twice.
    pub duplicated: u64,
    /// Received after a later one.
    pub reordered: u64,
    /// Loss, per cent.
    pub loss_percent: Option<f64>,
    /// Jitter, ms.
    pub jitter_ms: Option<f64>,
    /// Loss as the far end reports it, per cent.
    pub remote_loss_percent: Option<f64>,
    /// Jitter as the far end reports it, ms.
    pub remote_jitter_ms: Option<f64>,
    /// Round trip, ms.
    pub rtt_ms: Option<f64>,
    /// Mean delay of the jitter buffer, ms.
    pub buffer_ms: Option<f64>,
    /// Sound that was made up, per cent.
    pub concealed_percent: Option<f64>,
    /// E-model rating.
    pub r_factor: Option<f64>,
    /// Conversational MOS.
    pub mos_cq: Option<f64>,
    /// Listening MOS.
    pub mos_lq: Option<f64>,
    /// What we hear, dBov.
    pub level_in_dbov: Option<f64>,
    /// What we send, dBov.
    pub level_out_dbov: Option<f64>,
    /// No sound one way.
    pub one_way: Option<OneWay>,
}

/// A whole call, as told at its end, kept in the history and printed by the command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallReport {
    /// The call.
    pub call: CallId,
    /// Name of the trunk.
    pub trunk: String,
    /// Which way.
    pub way: Way,
    /// How it came out.
    pub outcome: Outcome,
    /// SIP code of the final response; `None` when none came.
    pub code: Option<u16>,
    /// Its reason phrase.
    pub reason: Option<String>,
    /// Q.850 cause.
    pub cause: Option<u8>,
    /// SIP Call-ID.
    pub call_id: String,
    /// Caller as shown.
    pub from: String,
    /// Callee as dialled.
    pub to: String,
    /// Our number in it.
    pub did: String,
    /// Codec sent with.
    pub codec: Option<String>,
    /// Where the sound came from.
    pub remote: Option<String>,
    /// Encryption of the sound.
    pub secure: Secure,
    /// Digest was refused.
    pub authentication_refused: bool,
    /// No SIP response came at all.
    pub unreachable: bool,
    /// Times.
    pub timing_ms: Timing,
    /// Figures of the sound.
    pub media: Media,
    /// Digits heard.
    pub dtmf_received: String,
    /// Who hung up.
    pub hangup_by: Option<Side>,
    /// What to do about it.
    pub advice: Option<String>,
}

/// What the engine tells.
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
        media: Media,
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
