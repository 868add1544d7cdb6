//! What the engine is asked to do.

use std::{net::SocketAddr, path::PathBuf};

use milliwatt_store::settings::Trunk;
use serde::{Deserialize, Serialize};

use super::CallId;

/// How calls are taken without anybody's act.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AutoAnswer {
    /// Ring so long first, ms.
    pub ring_ms: u64,
    /// Sound. Each call has a recording of its own: `call.wav`, then `call-2.wav`, `call-3.wav` and
    /// so on; what an earlier run left there is replaced.
    pub sound: Sound,
    /// Codecs in order; the trunk's own when empty.
    pub codecs: Vec<String>,
}

/// What the engine is asked to do.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Adds or replaces a trunk; its secret comes from the secret store, never through here.
    AddTrunk {
        /// Its settings.
        trunk: Box<Trunk>,
    },
    /// Forgets a trunk: its calls are hung up, its registration is given back, its sockets are closed.
    /// Its trace can be looked at until the next trunk is forgotten.
    RemoveTrunk {
        /// Its name.
        trunk: String,
    },
    /// From here on these places count as dead for every trunk: nothing is sent to them, a connection
    /// to one is refused. Replaces the list. To look at failover without a server that fails.
    Block {
        /// Addresses and ports.
        targets: Vec<SocketAddr>,
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
    /// Takes every further call of a trunk by itself, or leaves that to `Answer`, as at the start.
    AutoAnswer {
        /// Name of the trunk.
        trunk: String,
        /// How; `None` leaves calls alone.
        how: Option<Box<AutoAnswer>>,
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
    /// Records both sides of a call that is up, or stops that.
    Record {
        /// The call.
        call: CallId,
        /// A WAV file: left what is sent, right what is heard. What is there is overwritten, unless
        /// this call was recorded into it before: then it goes on. `None` stops.
        into: Option<PathBuf>,
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
        /// This server of the trunk, by the trunk's transport, and no other; without credentials, so
        /// that its challenge is its answer. Where DNS leads, with failover, when `None`.
        #[serde(default)]
        server: Option<SocketAddr>,
        /// Headers of the owner's, as in `Dial`.
        headers: Vec<(String, String)>,
        /// Content-Type and body.
        body: Option<(String, String)>,
    },
    /// Ends all calls, gives back all registrations, tells `Event::Stopped`.
    Shutdown,
}

/// What a call plays to the far end.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
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

impl Dtmf {
    /// How a trunk's settings say (`media.dtmf`).
    pub fn of(trunk: &Trunk) -> Self {
        let named = |mode: &Self| mode.name() == trunk.media.dtmf;
        [Self::Inband, Self::Info, Self::Rfc4733].into_iter().find(named).unwrap_or_default()
    }

    /// Its name in settings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inband => "inband",
            Self::Info => "info",
            Self::Rfc4733 => "rfc4733",
        }
    }
}

/// What to dial and how.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dial {
    /// Number or URI.
    pub to: String,
    /// Number to show; the trunk's first when `None`.
    pub from: Option<String>,
    /// Hide the caller.
    pub private: bool,
    /// Number of ours that a forwarded call came to (Diversion, RFC 5806).
    pub diversion: Option<String>,
    /// Codecs in order; the trunk's own when empty.
    pub codecs: Vec<String>,
    /// Send the INVITE without an offer.
    pub late_offer: bool,
    /// Give up after so long without an answer, ms.
    pub ring_timeout_ms: Option<u64>,
    /// Sound.
    pub sound: Sound,
    /// Headers of the owner's: each stands in place of ours of the same name, an empty one takes ours
    /// away. Via is ours alone, Call-ID and CSeq of ours stay beside them, From keeps our tag, and
    /// Content-Length is ours on streams.
    pub headers: Vec<(String, String)>,
    /// No person waits for this call: it is not placed when its history row cannot be written
    /// within 100 ms, and it never goes to an emergency number.
    pub unattended: bool,
}
