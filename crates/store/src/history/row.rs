//! A call as the history keeps it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// MOS-CQ under which many users are dissatisfied (ITU-T G.107 table B.1, R below 70).
pub const POOR_MOS: f64 = 3.6;

/// Names a call of this process from [`begin`](super::History::begin) to
/// [`end`](super::History::end).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(pub(super) u64);

/// How far a call came.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was up when the row was last written.
    Answered,
    /// It is over.
    Ended,
    /// The process died during the call.
    Interrupted,
    /// It is placed or rings.
    #[default]
    Ringing,
}

/// Which way a call came.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// To us.
    In,
    /// From us.
    #[default]
    Out,
}

/// How a call came out.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// It was taken back before an answer.
    Cancelled,
    /// It could not be placed.
    Failed,
    /// The far end refused.
    Rejected,
    /// Nobody answered in time.
    TimedOut,
}

/// Which side hung up.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// We.
    Local,
    /// They.
    Remote,
}

/// A row of the history. Texts are as the wire gave them: whoever shows them makes them harmless.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Call {
    /// Its number in the database, for good; `None` while it is in memory only.
    pub id: Option<i64>,
    /// When it began, ms since 1970 (UTC).
    pub started_at_ms: i64,
    /// When it was answered, ms since 1970 (UTC).
    pub answered_at_ms: Option<i64>,
    /// When it ended, ms since 1970 (UTC); `None` for an interrupted one.
    pub ended_at_ms: Option<i64>,
    /// Name of the trunk.
    pub trunk: String,
    /// Which way it came.
    pub way: Way,
    /// Caller as shown.
    pub from: String,
    /// Callee as dialled.
    pub to: String,
    /// Our number in it.
    pub did: String,
    /// SIP Call-ID.
    pub call_id: String,
    /// How far it came.
    pub state: State,
    /// How it came out; `None` until it ends.
    pub outcome: Option<Outcome>,
    /// SIP code of the final response.
    pub code: Option<u16>,
    /// Its reason phrase.
    pub reason: Option<String>,
    /// Q.850 cause; [`ELSEWHERE`] for an incoming call that was answered elsewhere.
    pub cause: Option<u8>,
    /// Times of the call, a JSON object as the engine reports them; null when there are none.
    #[cfg_attr(feature = "typescript", ts(type = "import('./engine').Timing | null"))]
    pub timing: Value,
    /// Codec sent with.
    pub codec: Option<String>,
    /// Where the sound came from.
    pub remote: Option<String>,
    /// How the sound was encrypted.
    #[cfg_attr(feature = "typescript", ts(type = "import('./engine').Secure | null"))]
    pub secure: Option<String>,
    /// Figures of the whole call, a JSON object as the engine reports them; null when there are
    /// none.
    #[cfg_attr(feature = "typescript", ts(type = "import('./engine').Media | null"))]
    pub media: Value,
    /// Who hung up.
    pub hangup_by: Option<Side>,
    /// What was noticed in it, a JSON list as the engine reports it; null when there is none.
    #[cfg_attr(feature = "typescript", ts(type = "import('./engine').Finding[] | null"))]
    pub findings: Value,
    /// What to do about it.
    pub advice: Option<String>,
    /// File of the recording.
    pub recording: Option<PathBuf>,
}

/// Q.850 cause of a call to us that was answered elsewhere (26, non-selected user clearing).
pub const ELSEWHERE: u8 = 26;

impl Call {
    /// An incoming call that nobody took, here or elsewhere, and nobody declined.
    pub fn missed(&self) -> bool {
        let decided = self.outcome == Some(Outcome::Rejected) || self.cause == Some(ELSEWHERE);
        self.way == Way::In && self.closed() && self.answered_at_ms.is_none() && !decided
    }

    /// A call that did not come about: refused, not placed or not answered in time.
    pub fn failed(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Failed | Outcome::Rejected | Outcome::TimedOut))
    }

    /// Its sound was below [`POOR_MOS`]; one without figures was not.
    pub fn poor(&self) -> bool {
        self.media["mos_cq"].as_f64().is_some_and(|mos| mos < POOR_MOS)
    }

    /// It is over, one way or the other.
    pub fn closed(&self) -> bool {
        matches!(self.state, State::Ended | State::Interrupted)
    }

    /// What a full-text search looks at, in lower case.
    pub(super) fn text(&self) -> String {
        let code = self.code.map(|code| code.to_string());
        let words = [
            Some(self.from.as_str()),
            Some(&self.to),
            Some(&self.did),
            Some(&self.trunk),
            Some(&self.call_id),
            code.as_deref(),
            self.reason.as_deref(),
            self.codec.as_deref(),
            self.advice.as_deref(),
        ];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        words.join("\n").to_lowercase()
    }
}

/// One second of a call's sound.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// Since the answer, ms.
    pub at_ms: u64,
    /// Its figures, a JSON object as the engine reports them.
    #[cfg_attr(feature = "typescript", ts(type = "import('./engine').Media"))]
    pub figures: Value,
}
