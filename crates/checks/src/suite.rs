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
/// an id; `*` in it stands for any text, `?` for one character.
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

/// True when the pattern can be the id: `*` in it stands for any text, `?` for one character.
fn matches(pattern: &str, id: &str) -> bool {
    let (pattern, id) = (pattern.as_bytes(), id.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // Where the last `*` is, and up to where it stands for the id.
    let mut star = None;
    while let Some(found) = id.get(seen) {
        match (pattern.get(at), star) {
            (Some(b'*'), _) => {
                star = Some((at, seen));
                at += 1;
            }
            (Some(wanted), _) if *wanted == b'?' || wanted == found => {
                at += 1;
                seen += 1;
            }
            (_, Some((back, end))) => {
                star = Some((back, end + 1));
                (at, seen) = (back + 1, end + 1);
            }
            (_, None) => return false,
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(only: &[&str], skip: &[&str]) -> Result<Vec<&'static str>, String> {
        let owned = |all: &[&str]| all.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
        let chosen = choose(Suite::Smoke, &owned(only), &owned(skip))?;
        Ok(chosen.iter().map(|check| check.id()).collect())
    }

    #[test]
    fn patterns_stand_for_ids() {
        for (pattern, fits) in [
            ("reg.basic", true),
            ("reg.*", true),
            ("*.basic", true),
            ("*", true),
            ("r?g.b*c", true),
            ("**s**", true),
            ("reg", false),
            ("*.basi", false),
            ("reg.basic?", false),
            ("", false),
        ] {
            assert_eq!(matches(pattern, "reg.basic"), fits, "{pattern}");
        }
    }

    #[test]
    fn only_and_skip_choose() {
        assert_eq!(ids(&["*.name", "dns.?rv"], &[]).unwrap(), ["dns.srv", "tls.name"]);
        assert_eq!(ids(&["dns.*"], &["*a*"]).unwrap(), ["dns.srv"]);
        assert!(!ids(&[], &["*.opt*"]).unwrap().contains(&"reach.options"));
        assert!(ids(&["no.*"], &[]).unwrap_err().contains("no.*"));
    }
}
