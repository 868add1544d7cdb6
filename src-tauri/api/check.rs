//! Runs of the checks.

use milliwatt_checks::report::{JsonLine, JsonReport};
use serde::{Deserialize, Serialize};

/// All checks and suites, in the order in which they are offered.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CheckBook {
    pub(crate) suites: Vec<SuiteOf>,
    pub(crate) checks: Vec<CheckPage>,
}

/// A suite with the ids of its checks.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SuiteOf {
    pub(crate) name: &'static str,
    pub(crate) checks: Vec<&'static str>,
}

/// The page of a check.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CheckPage {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) what: &'static str,
    pub(crate) why: &'static str,
    pub(crate) pass: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) gate: bool,
    /// What running it may cost: `free`, `on-net`, `billed` or `load`.
    #[cfg_attr(test, ts(type = "'free'|'on-net'|'billed'|'load'"))]
    pub(crate) level: &'static str,
}

/// A run that is asked for.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CheckOrder {
    pub(crate) trunk: String,
    pub(crate) suite: String,
    /// Ids; when there are some, they are run in place of the suite.
    pub(crate) only: Vec<String>,
    /// The user agreed that calls may cost money.
    pub(crate) yes_billed: bool,
}

/// What a run would do.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CheckPlan {
    /// A sentence each.
    pub(crate) steps: Vec<String>,
    pub(crate) calls: u32,
    pub(crate) minutes: f64,
    /// Dialled numbers, each once.
    pub(crate) numbers: Vec<String>,
    pub(crate) billed: bool,
    /// Why it could not run even if the user agreed to the cost.
    pub(crate) refused: Option<String>,
}

/// How a run goes on.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "told", rename_all = "kebab-case")]
pub(crate) enum CheckTold {
    /// A check is judged.
    Entry { entry: JsonLine },
    /// A step begins; so many more follow.
    Step { text: String, left: usize },
}

/// What a run found.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CheckReport {
    /// By which it can be kept as a file while the program runs.
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) report: JsonReport,
}

/// The form of a report as a file.
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "shell.ts"))]
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CheckForm {
    Html,
    Json,
    Junit,
}
