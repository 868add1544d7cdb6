//! What the phone is doing now, for a window that opens late or has missed events.

use serde::{Deserialize, Serialize};

use super::{CallReport, Media, Registration};

/// Everything that is under way. Subscribe first and ask then: what happens in between is told by an
/// event and may show here already.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Trunks that were added.
    pub trunks: Vec<TrunkState>,
    /// Calls that are not over, the oldest first.
    pub calls: Vec<CallState>,
    /// Why the history cannot be written, if so.
    pub history_trouble: Option<String>,
    /// What was thrown away since the start.
    pub dropped: Dropped,
}

/// What was thrown away for want of room, by cause; counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Inbound connections beyond the limit.
    pub connections: u64,
    /// Requests refused because too many are under way.
    #[serde(default)]
    pub requests: u64,
    /// Strangers' datagrams beyond the rate limit.
    pub strangers: u64,
    /// Messages to send for which a socket's or a connection's queue had no room.
    pub sends: u64,
    /// Messages to a flow that is gone.
    pub gone: u64,
}

/// A trunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrunkState {
    /// Its name.
    pub trunk: String,
    /// Where it listens, `udp:ADDR:PORT`; empty until it is ready.
    pub listen: Vec<String>,
    /// Its registration, as last told; the time until the next try is as of now.
    pub registration: Registration,
    /// The round trip of its registration as last told, ms.
    pub rtt_ms: Option<f64>,
    /// Until its registration is refreshed, as of now, ms.
    pub refresh_in_ms: Option<u64>,
    /// The address at which it sees us.
    pub seen: Option<String>,
}

impl TrunkState {
    /// A trunk that is about to be taken into use.
    pub(crate) fn coming(trunk: String) -> Self {
        Self {
            trunk,
            listen: Vec::new(),
            registration: Registration::Unregistered,
            rtt_ms: None,
            refresh_in_ms: None,
            seen: None,
        }
    }
}

/// A call that is not over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallState {
    /// How far it is.
    pub stage: CallStage,
    /// Since the first INVITE, ms.
    pub age_ms: f64,
    /// Since the answer, ms.
    pub up_ms: Option<f64>,
    /// On hold by us.
    pub held_local: bool,
    /// On hold by them.
    pub held_remote: bool,
    /// We send silence.
    pub muted: bool,
    /// Figures of the last second.
    pub media: Option<Media>,
    /// What its report says so far; its outcome and its end are not known yet.
    pub report: CallReport,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallStage {
    /// It was dialled; nothing rings yet.
    Dialling,
    /// It came in and waits for somebody to take it.
    Offered,
    /// The far end rings.
    Ringing,
    /// It is up.
    Up,
    /// It was hung up; the far end has not confirmed that.
    Ending,
}
