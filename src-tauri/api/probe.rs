//! A line that is being set up, looked at step by step.

use milliwatt_store::settings::Trunk;
use serde::Serialize;

/// A step of looking at a trunk that is being set up.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Step {
    Dns,
    Transport,
    Tls,
    Register,
    Nat,
    Codecs,
}

/// How a step stands.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StepState {
    Running,
    Skipped,
    /// Something to know that says neither good nor bad.
    Note,
    Good,
    Warn,
    Bad,
}

/// What is said of a step. Figures are names with their values.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "said", rename_all = "kebab-case")]
pub(crate) enum Said {
    /// What to do, or that all is well: a sentence.
    Advice { text: String, figures: String },
    /// It is not encrypted.
    Clear,
    /// These codecs will be offered, in this order.
    Offered { codecs: String },
}

/// A step with what was found.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProbeStep {
    pub(crate) step: Step,
    pub(crate) state: StepState,
    pub(crate) said: Vec<Said>,
    pub(crate) code: Option<u16>,
    /// The change that would help, if one would.
    pub(crate) fix: Option<Fix>,
}

/// What is changed.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    /// A person enters the password again: the trunk is as it was.
    Password,
    /// It is reached over TCP.
    Tcp,
    /// It is reached over TLS.
    Tls,
    /// It is reached over UDP.
    Udp,
}

/// A change of a trunk that would help.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fix {
    pub(crate) change: Change,
    pub(crate) trunk: Box<Trunk>,
}
