//! Which checks a run holds.

use crate::{catalogue::CATALOGUE, check::Check};

/// A named choice of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// A minute of everything that is free: does the trunk stand at all?
    Smoke,
    /// Before a trunk goes live: calls, sound, digits.
    Trunk,
}

const SMOKE: [&str; 11] = [
    "dns.naptr",
    "dns.srv",
    "dns.addr",
    "reach.options",
    "tls.version",
    "tls.chain",
    "tls.name",
    "tls.expiry",
    "reg.basic",
    "auth.invite",
    "nat.mapping",
];

impl Suite {
    /// Reads a suite's name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "smoke" => Some(Self::Smoke),
            "trunk" => Some(Self::Trunk),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smoke => "smoke",
            Self::Trunk => "trunk",
        }
    }

    /// Its checks, in the catalogue's order.
    pub fn checks(self) -> Vec<&'static dyn Check> {
        let in_it = |id: &str| match self {
            Self::Smoke => SMOKE.contains(&id),
            Self::Trunk => true,
        };
        CATALOGUE.iter().copied().filter(|check| in_it(check.id())).collect()
    }
}

/// The checks of a suite, or those that `only` names, without those that `skip` names. A pattern is
/// an id, or a beginning with `*`.
///
/// # Errors
/// A pattern that matches no check of the catalogue.
pub fn choose(
    suite: Suite,
    only: &[String],
    skip: &[String],
) -> Result<Vec<&'static dyn Check>, String> {
    for pattern in only.iter().chain(skip) {
        if !CATALOGUE.iter().any(|check| matches(pattern, check.id())) {
            return Err(format!("no check is called '{pattern}': see `milliwatt explain`"));
        }
    }
    let base: Vec<_> = if only.is_empty() { suite.checks() } else { CATALOGUE.to_vec() };
    Ok(base
        .into_iter()
        .filter(|c| only.is_empty() || only.iter().any(|p| matches(p, c.id())))
        .filter(|c| !skip.iter().any(|p| matches(p, c.id())))
        .collect())
}

fn matches(pattern: &str, id: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => id.starts_with(start),
        None => id == pattern,
    }
}
