//! What a check found.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// Whose fault a failure is.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "checks.ts"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The way between us and the provider, a router's rewriting included.
    Network,
    /// Ours: this program has a bug.
    OurBug,
    /// The user's settings.
    OurConfig,
    /// The provider's.
    Provider,
}

/// How a check came out.
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(export_to = "checks.ts", rename = "Verdict")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It could not run. Never counts as a pass.
    Error,
    /// It only informs, and did.
    Fact,
    /// The trunk does not do what it must.
    Fail,
    /// The trunk does what it must.
    Pass,
    /// There was nothing to look at.
    Skip,
    /// It works, but not well.
    Warn,
}

/// How a check came out, why, and on what figures.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "checks.ts"))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How.
    #[serde(rename = "verdict")]
    pub outcome: Outcome,
    /// Whose fault, for a failure.
    pub fault: Option<Fault>,
    /// A skip that a complete run must not have.
    pub required: bool,
    /// What was measured, by name; the unit is in the name.
    #[cfg_attr(feature = "typescript", ts(type = "Record<string, unknown>"))]
    pub measured: BTreeMap<String, Value>,
    /// What it was held against.
    #[cfg_attr(feature = "typescript", ts(type = "Record<string, unknown>"))]
    pub limit: BTreeMap<String, Value>,
    /// What a user should do, or why nothing could be said.
    pub advice: Option<String>,
    /// Where the evidence is: a Call-ID, a frame of the trace.
    pub evidence: Option<String>,
}

impl Finding {
    fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            fault: None,
            required: true,
            measured: BTreeMap::new(),
            limit: BTreeMap::new(),
            advice: None,
            evidence: None,
        }
    }

    /// The trunk does what it must.
    pub fn pass() -> Self {
        Self::new(Outcome::Pass)
    }

    /// It works, but not well.
    pub fn warn(advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::new(Outcome::Warn) }
    }

    /// The trunk does not do what it must.
    pub fn fail(fault: Fault, advice: impl Into<String>) -> Self {
        Self { fault: Some(fault), advice: Some(advice.into()), ..Self::new(Outcome::Fail) }
    }

    /// Something was learnt that is neither good nor bad.
    pub fn fact(text: impl Into<String>) -> Self {
        Self { advice: Some(text.into()), ..Self::new(Outcome::Fact) }
    }

    /// It does not apply to this trunk.
    pub fn not_applicable(why: impl Into<String>) -> Self {
        Self { required: false, advice: Some(why.into()), ..Self::new(Outcome::Skip) }
    }

    /// It applies, but there was nothing to look at.
    pub fn nothing_to_see(why: impl Into<String>) -> Self {
        Self { advice: Some(why.into()), ..Self::new(Outcome::Skip) }
    }

    /// It could not run.
    pub fn error(why: impl Into<String>) -> Self {
        Self { advice: Some(why.into()), ..Self::new(Outcome::Error) }
    }

    /// Adds a figure.
    #[must_use]
    pub fn measured(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.measured.insert(name.to_owned(), value.into());
        self
    }

    /// Adds what a figure was held against.
    #[must_use]
    pub fn limit(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.limit.insert(name.to_owned(), value.into());
        self
    }

    /// Adds where the evidence is.
    #[must_use]
    pub fn evidence(mut self, place: impl Into<String>) -> Self {
        self.evidence = Some(place.into());
        self
    }

    /// True for what a user must look at: a failure, an error, a required skip.
    pub fn is_bad(&self) -> bool {
        match self.outcome {
            Outcome::Error | Outcome::Fail => true,
            Outcome::Skip => self.required,
            Outcome::Fact | Outcome::Pass | Outcome::Warn => false,
        }
    }
}

/// Up to where a figure passes and warns; beyond, it fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Passes up to here.
    pub pass: f64,
    /// Warns up to here.
    pub warn: f64,
}

impl Limits {
    /// Judges a figure that should be small: advice for a warning and for a failure.
    pub fn at_most(
        self,
        name: &str,
        value: f64,
        fault: Fault,
        advice: impl Into<String>,
    ) -> Finding {
        self.judge(value <= self.pass, value <= self.warn, fault, advice.into())
            .measured(name, rounded(value))
            .limit("pass_at_most", self.pass)
            .limit("warn_at_most", (self.warn < f64::MAX).then_some(self.warn))
    }

    /// Judges a figure that should be large.
    pub fn at_least(
        self,
        name: &str,
        value: f64,
        fault: Fault,
        advice: impl Into<String>,
    ) -> Finding {
        self.judge(value >= self.pass, value >= self.warn, fault, advice.into())
            .measured(name, rounded(value))
            .limit("pass_at_least", self.pass)
            .limit("warn_at_least", self.warn)
    }

    fn judge(self, passes: bool, warns: bool, fault: Fault, advice: String) -> Finding {
        if passes {
            Finding::pass()
        } else if warns {
            Finding::warn(advice)
        } else {
            Finding::fail(fault, advice)
        }
    }
}

/// Three decimals are all that a reader can use.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
