//! What the window asks of the shell around the engine, in the words of `ui/src/host/shell.ts`.

mod check;
mod probe;

use std::collections::BTreeMap;

use milliwatt_engine::api::{CallId, Registration, Secure, Way};
use milliwatt_store::{
    history::{Call, Second},
    preferences::{Devices, Preferences},
    settings::Trunk,
};
use serde::{Deserialize, Serialize};

pub(crate) use self::{
    check::{
        CheckBook, CheckForm, CheckOrder, CheckPage, CheckPlan, CheckReport, CheckTold, SuiteOf,
    },
    probe::{Change, Fix, ProbeStep, Said, Step, StepState},
};

/// A trunk with its state at the moment of asking; events tell what follows.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TrunkLine {
    pub(crate) settings: Trunk,
    pub(crate) registration: Registration,
    /// Why it cannot be used.
    pub(crate) trouble: Option<String>,
    pub(crate) rtt_ms: Option<f64>,
    /// Until its registration is refreshed, ms.
    pub(crate) refresh_in_ms: Option<u64>,
    /// When it was last seen registered, where it is not any more, ms since 1970.
    pub(crate) lost_at_ms: Option<i64>,
    pub(crate) public_address: Option<String>,
    /// It is the carrier in a box.
    pub(crate) embedded: bool,
}

/// How far a running call is.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    Calling,
    Incoming,
    /// It rings there.
    Ringing,
    Up,
}

/// A call that is up while the window is opened or reloaded.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunningCall {
    pub(crate) call: CallId,
    pub(crate) trunk: String,
    /// SIP Call-ID; empty until there is one.
    pub(crate) call_id: String,
    pub(crate) way: Way,
    pub(crate) number: String,
    pub(crate) name: Option<String>,
    /// What the INVITE of a call to us says of who calls: From and P-Asserted-Identity.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) did: String,
    pub(crate) phase: Phase,
    pub(crate) started_at_ms: i64,
    pub(crate) answered_at_ms: Option<i64>,
    pub(crate) codec: Option<String>,
    /// The signalling is encrypted.
    pub(crate) secure: bool,
    pub(crate) sound: Option<Secure>,
    /// Sound came before the answer.
    pub(crate) early: bool,
    /// Digits can be sent as telephone events, as far as is known.
    pub(crate) dtmf: bool,
    /// Digits that were sent.
    pub(crate) digits: String,
    pub(crate) muted: bool,
    /// On hold by us.
    pub(crate) held: bool,
    pub(crate) held_by_them: bool,
    pub(crate) recording: bool,
    pub(crate) seconds: Vec<Second>,
    /// What happened in it so far.
    pub(crate) markers: Vec<Marker>,
}

/// What a sound device is used for.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    Microphone,
    Speaker,
    Ring,
}

/// A sound device.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) preferred: bool,
    pub(crate) present: bool,
}

/// What happened to a sound device. A name is the system's own, for people.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "news", rename_all = "kebab-case")]
pub(crate) enum DeviceNews {
    Appeared {
        name: String,
    },
    Gone {
        name: String,
    },
    /// There is none for a role that is in use: silence is sent, or nothing is heard.
    Missing {
        role: Role,
    },
    /// Sound of a role goes through this device from here on.
    Moved {
        role: Role,
        name: String,
    },
    /// The system prefers this one, or has none.
    Preferred {
        role: Role,
        name: Option<String>,
    },
    /// It is there and cannot be used; `why` is the system's own words.
    Refused {
        role: Role,
        name: String,
        fault: DeviceFault,
        why: String,
    },
}

/// Why a device cannot be used.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DeviceFault {
    /// Another program holds it.
    Busy,
    Gone,
    Invalid,
    /// The system gives no leave.
    Refused,
}

/// Where passwords are kept.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    /// They are asked for at each start.
    Asked,
    /// In a file whose passphrase is to be asked for.
    Closed,
    Keyring,
    /// In a file that is open.
    Open,
    /// There is no keyring, and the user has not chosen.
    Undecided,
}

/// How passwords are kept, and what has to be asked for.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Kept {
    pub(crate) place: Place,
    /// Why not in a keyring.
    pub(crate) why: Option<String>,
    /// Names of the trunks whose passwords are to be asked for.
    pub(crate) lacking: Vec<String>,
}

/// What the window is told when it is drawn.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Start {
    pub(crate) version: &'static str,
    pub(crate) trunks: Vec<TrunkLine>,
    pub(crate) calls: Vec<RunningCall>,
    pub(crate) settings: Preferences,
    pub(crate) devices: Vec<Device>,
    /// What the engine can encode, best first.
    pub(crate) codecs: Vec<&'static str>,
    /// There is a network.
    pub(crate) online: bool,
    pub(crate) left: Left,
    /// Emergency numbers by country, with spaces between; `?` stands for any digit.
    pub(crate) emergency: BTreeMap<&'static str, &'static str>,
    /// Something that the user must know at once, such as a history that cannot be opened.
    pub(crate) warning: Option<String>,
}

/// How a window was left, so that the next one is the same.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Left {
    /// Where it was, as its address says after the page; empty for the first window.
    pub(crate) hash: String,
    /// What was typed into the dial field.
    pub(crate) dial: String,
    /// The drawer of graphs was open.
    pub(crate) graphs: bool,
}

/// The embedded trunk, and a number on it that answers with an echo.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TryNow {
    pub(crate) line: TrunkLine,
    pub(crate) echo: &'static str,
}

/// Which way a message went.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Went {
    Received,
    Sent,
}

/// A message of a call, masked.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct LadderLine {
    /// Since the first of the call, ms.
    pub(crate) at_ms: f64,
    pub(crate) way: Went,
    /// Start line.
    pub(crate) summary: String,
    /// The whole message.
    pub(crate) raw: String,
    pub(crate) retransmission: bool,
}

/// Something that happened in a call, for its graphs.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Marker {
    /// Since the answer, ms.
    pub(crate) at_ms: f64,
    pub(crate) kind: MarkerKind,
    pub(crate) text: String,
}

/// What kind of thing.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MarkerKind {
    Device,
    Dtmf,
    Hold,
    Network,
    Notice,
    ReInvite,
}

/// All about one call of the history.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CallPage {
    pub(crate) call: Call,
    pub(crate) seconds: Vec<Second>,
    pub(crate) markers: Vec<Marker>,
    pub(crate) ladder: Vec<LadderLine>,
    /// Some messages are missing in the ladder.
    pub(crate) cut: bool,
}

/// What the shell tells by itself.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "shell", rename_all = "kebab-case")]
pub(crate) enum ShellEvent {
    /// Devices came or went, or others are chosen, and what that means for a call.
    Devices { devices: Vec<Device>, chosen: Devices, news: Vec<DeviceNews> },
    /// A call for help goes on by another line.
    Dialled { call: CallId, trunk: String, number: String },
    /// A key was pressed while another program was in front.
    Key { action: Key },
    /// How loud a call is, dBov.
    Levels { call: CallId, in_dbov: f64, out_dbov: f64 },
    /// How loud the microphone hears the room, dBov, while it is tried.
    Room { dbov: f64 },
    /// A line whose settings were read anew.
    Line { line: Box<TrunkLine> },
    /// A link was opened; it fills the dial field and dials nothing.
    Link { uri: String },
    /// The network is gone, or there again.
    Network { text: String, online: bool },
    /// A call is being recorded, or is not any more.
    Recording { call: CallId, on: bool },
}

/// What has a key that works in other programs.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Key {
    Answer,
    HangUp,
    Mute,
    Hold,
}

/// What a sound check found.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SoundCheck {
    pub(crate) echo_delay_ms: Option<f64>,
    pub(crate) erle_db: Option<f64>,
    pub(crate) heard: bool,
}

/// A message on the wire, masked.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TraceLine {
    /// Counts from 1 in each trunk; with the trunk it names the message.
    pub(crate) number: u64,
    pub(crate) trunk: String,
    /// Since 1970, ms.
    pub(crate) at_ms: i64,
    pub(crate) way: Went,
    /// Such as `UDP`.
    pub(crate) transport: String,
    /// Their address.
    pub(crate) remote: String,
    pub(crate) call_id: Option<String>,
    /// Start line.
    pub(crate) summary: String,
    /// The whole message.
    pub(crate) raw: String,
    pub(crate) retransmission: bool,
    /// Why it could not be used.
    pub(crate) fault: Option<String>,
}

/// Part of the trace; `None` is all.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TracePart {
    pub(crate) trunk: Option<String>,
    pub(crate) call_id: Option<String>,
}

/// How long sound takes from one phone's microphone to the other's speaker.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DelayCheck {
    pub(crate) mouth_to_ear_ms: Option<f64>,
}
