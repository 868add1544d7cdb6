//! A call as it is told at its end, and the figures of its sound.

use milliwatt_store::history::ELSEWHERE;
use serde::{Deserialize, Serialize};

use super::CallId;

/// A whole call, as told at its end, kept in the history and printed by the command line.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
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
    /// Q.850 cause; 26 for a call to us that was answered elsewhere.
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
    /// What its figures do not say: sound that stopped, a wrong payload type, ...
    pub findings: Vec<Finding>,
    /// What to do about it.
    pub advice: Option<String>,
}

impl CallReport {
    /// A call to us that nobody took, here or elsewhere, and nobody declined.
    pub fn missed(&self) -> bool {
        let decided = matches!(self.outcome, Outcome::Answered | Outcome::Rejected);
        self.way == Way::In && !decided && self.cause != Some(ELSEWHERE)
    }
}

/// The kind of finding that packets came whose payload type was not agreed (RFC 3264 §6.1).
pub const WRONG_PAYLOAD: &str = "wrong-payload";

/// Something that was noticed in a call, told as `Event::Notice` when it was.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// A word for programs, the notice's: `no-sound`, `wrong-payload`, ...
    pub kind: String,
    /// A sentence for people.
    pub text: String,
    /// When it was first noticed, ms since the first INVITE.
    pub at_ms: f64,
    /// How often.
    pub count: u32,
}

/// How a call came out, in the words of the command line contract.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// We.
    Local,
    /// They.
    Remote,
}

/// Which way a call came.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// To us.
    In,
    /// From us.
    Out,
}

/// Which way no sound was heard.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "engine.ts"))]
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
    /// Longest run of packets that were not played, lost or late.
    pub longest_loss: u64,
    /// Sound of the longest run of packets that never came, of the call so far, ms.
    #[serde(default)]
    pub longest_gap_ms: Option<f64>,
    /// Mean length of such runs against that of random loss: 1 is random (G.107).
    pub burst_ratio: Option<f64>,
    /// Loss within bursts (RFC 3611 §4.7.2), per cent.
    pub burst_density_percent: Option<f64>,
    /// Loss in the gaps between bursts, per cent.
    pub gap_density_percent: Option<f64>,
    /// Jitter, ms.
    pub jitter_ms: Option<f64>,
    /// The largest of it, ms.
    pub jitter_max_ms: Option<f64>,
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
    /// Samples of what we hear at full scale, per cent.
    pub clipped_percent: Option<f64>,
    /// Share of what we hear that was silence, per cent.
    pub silence_percent: Option<f64>,
    /// How much faster the far end's clock is than ours, parts per million.
    pub drift_ppm: Option<f64>,
    /// No sound one way.
    pub one_way: Option<OneWay>,
}
