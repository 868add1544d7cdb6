//! Which checks a run holds.

use crate::{
    catalogue::CATALOGUE,
    check::{Check, group},
};

/// A named choice of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// Everything of the book.
    Full,
    /// What SIPconnect asks of a trunk, as far as the book has it.
    Sipconnect,
    /// Half a minute of everything that is free: does the trunk stand at all?
    Smoke,
    /// Before a trunk goes live: calls, sound, digits.
    Trunk,
}

/// All suites.
pub const SUITES: [Suite; 4] = [Suite::Smoke, Suite::Trunk, Suite::Full, Suite::Sipconnect];

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

/// Groups that the suite `trunk` adds to `smoke`.
const TRUNK: [&str; 9] = ["out", "cid", "in", "loop", "codec", "early", "dtmf", "hold", "mq"];

/// The rows of the SIPconnect view of the book.
const SIPCONNECT: [&str; 12] = [
    "dns.naptr",
    "dns.srv",
    "dns.addr",
    "reach.options",
    "reach.rtt",
    "tls.version",
    "tls.chain",
    "tls.name",
    "reg.basic",
    "nat.mapping",
    "dtmf.neg",
    "dtmf.send",
];

impl Suite {
    /// Reads a suite's name.
    pub fn from_name(name: &str) -> Option<Self> {
        SUITES.into_iter().find(|suite| suite.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Sipconnect => "sipconnect",
            Self::Smoke => "smoke",
            Self::Trunk => "trunk",
        }
    }

    /// True where it must cost nothing: a call that costs money is left out rather than asked for.
    pub fn is_free(self) -> bool {
        self == Self::Smoke
    }

    /// Its checks, in the catalogue's order.
    pub fn checks(self) -> Vec<&'static dyn Check> {
        let in_it = |id: &str| match self {
            Self::Full => true,
            Self::Sipconnect => SIPCONNECT.contains(&id),
            Self::Smoke => SMOKE.contains(&id),
            Self::Trunk => SMOKE.contains(&id) || TRUNK.contains(&group(id)),
        };
        CATALOGUE.iter().copied().filter(|check| in_it(check.id())).collect()
    }
}

/// The checks of a suite, or those that `only` names, without those that `skip` names. A pattern is
/// an id; `*` in it stands for any text, `?` for one character.
///
/// # Errors
/// A pattern that matches no check of the catalogue, or a choice of none at all.
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
    let chosen: Vec<_> = base
        .into_iter()
        .filter(|c| only.is_empty() || only.iter().any(|p| matches(p, c.id())))
        .filter(|c| !skip.iter().any(|p| matches(p, c.id())))
        .collect();
    if chosen.is_empty() {
        return Err("no check is left to run: --skip takes away all that was chosen".into());
    }
    Ok(chosen)
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
        assert!(ids(&["reg.*"], &["reg.*"]).unwrap_err().contains("no check is left"));
    }

    fn all(suite: Suite) -> Vec<&'static str> {
        suite.checks().iter().map(|check| check.id()).collect()
    }

    #[test]
    fn each_suite_holds_the_rows_that_the_book_gives_it() {
        let smoke = all(Suite::Smoke);
        assert_eq!(smoke.len(), SMOKE.len(), "{smoke:?}");
        let trunk = all(Suite::Trunk);
        assert!(smoke.iter().all(|id| trunk.contains(id)));
        for id in ["out.cancel", "in.route", "loop.audio", "dtmf.send", "mq.loss"] {
            assert!(trunk.contains(&id), "{id}");
        }
        for id in ["reach.rtt", "reg.challenge", "reg.expires", "reg.unregister", "nat.alg"] {
            assert!(!trunk.contains(&id) && all(Suite::Full).contains(&id), "{id}");
        }
        assert_eq!(all(Suite::Full).len(), CATALOGUE.len());
        assert_eq!(all(Suite::Sipconnect).len(), SIPCONNECT.len());
        assert!(SUITES.into_iter().all(|suite| Suite::from_name(suite.name()) == Some(suite)));
    }
}
