//! Session timers (RFC 4028): who refreshes, when, and when a session is given up.

use std::time::Duration;

use crate::header::{Refresher, SessionExpires};

/// The shortest interval that may be asked for, in seconds (RFC 4028 §4).
pub(crate) const MIN_SE: u32 = 90;

/// The interval put forward where the account names none and a proxy insists (RFC 4028 §4).
const RECOMMENDED: u32 = 1800;

/// What a request said of session timers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// Its Session-Expires.
    pub(crate) terms: Option<SessionExpires>,
    /// Its Min-SE.
    pub(crate) min_se: Option<u32>,
    /// `timer` is in its Supported or Require.
    pub(crate) supported: bool,
}

/// What the answering side does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// No session timer runs.
    None,
    /// 422 with this Min-SE.
    TooSmall(u32),
    /// These terms go into the 2xx, with `Require: timer` where `require` says so.
    Run { terms: SessionExpires, require: bool },
}

/// Decides as the answering side (RFC 4028 §9, table 2). `own` is the interval that the account
/// wishes for.
pub(crate) fn decide(asked: &Asked, own: Option<u32>) -> Decision {
    let floor = asked.min_se.unwrap_or(MIN_SE).max(MIN_SE);
    let Some(terms) = asked.terms else {
        let Some(own) = own else { return Decision::None };
        let refresher = if asked.supported { Refresher::Uac } else { Refresher::Uas };
        let terms = SessionExpires { seconds: own.max(floor), refresher: Some(refresher) };
        return Decision::Run { terms, require: asked.supported };
    };
    if terms.seconds < MIN_SE && asked.supported {
        return Decision::TooSmall(MIN_SE);
    }
    let interval = own.unwrap_or(terms.seconds).min(terms.seconds).max(floor);
    let refresher = match terms.refresher {
        _ if !asked.supported => Refresher::Uas,
        Some(named) => named,
        None => Refresher::Uac,
    };
    let require = refresher == Refresher::Uac;
    Decision::Run {
        terms: SessionExpires { seconds: interval, refresher: Some(refresher) },
        require,
    }
}

/// The interval to ask for next after a 422 that named `min_se`; `None` where asking again cannot
/// help (RFC 4028 §7.4).
pub(crate) fn raise(interval: Option<u32>, min_se: Option<u32>) -> Option<u32> {
    let min_se = min_se?;
    let before = interval.unwrap_or(RECOMMENDED);
    (min_se > before).then_some(min_se)
}

/// A session timer that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    /// Seconds.
    pub(crate) interval: u32,
    /// It is ours to refresh.
    pub(crate) ours: bool,
}

impl Running {
    /// What a 2xx that carries `terms` starts; `uac` tells that the request was ours.
    pub(crate) fn agreed(terms: SessionExpires, uac: bool) -> Self {
        // Without the parameter in a 2xx it is the asking side that must see to it (§7.2).
        let ours = match terms.refresher {
            Some(Refresher::Uac) | None => uac,
            Some(Refresher::Uas) => !uac,
        };
        Self { interval: terms.seconds.max(MIN_SE), ours }
    }

    /// The terms of our own refresh request: the roles stay as they are.
    pub(crate) fn terms(&self) -> SessionExpires {
        let refresher = if self.ours { Refresher::Uac } else { Refresher::Uas };
        SessionExpires { seconds: self.interval, refresher: Some(refresher) }
    }

    /// From one refresh to the next (§7.2: half of the interval).
    pub(crate) fn refresh_after(&self) -> Duration {
        Duration::from_secs(u64::from(self.interval)) / 2
    }

    /// From the last refresh to the BYE: the whole interval where it is ours to refresh, a little
    /// less where the far end failed to (§10: the smaller of 32 s and a third).
    pub(crate) fn expires_after(&self) -> Duration {
        let whole = Duration::from_secs(u64::from(self.interval));
        match self.ours {
            true => whole,
            false => whole - Duration::from_secs(32).min(whole / 3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(interval: u32, refresher: Option<Refresher>, supported: bool) -> Asked {
        Asked {
            terms: Some(SessionExpires { seconds: interval, refresher }),
            min_se: None,
            supported,
        }
    }

    #[test]
    fn the_answering_side_follows_table_2() {
        use Refresher::{Uac, Uas};
        for (supported, named, refresher) in
            [(false, None, Uas), (true, None, Uac), (true, Some(Uac), Uac), (true, Some(Uas), Uas)]
        {
            let run = decide(&asked(1800, named, supported), None);
            let terms = SessionExpires { seconds: 1800, refresher: Some(refresher) };
            assert_eq!(run, Decision::Run { terms, require: refresher == Uac });
        }
    }

    #[test]
    fn a_small_interval_is_refused_only_where_the_caller_knows_why() {
        assert_eq!(decide(&asked(60, None, true), None), Decision::TooSmall(90));
        let Decision::Run { terms, .. } = decide(&asked(60, None, false), None) else { panic!() };
        assert_eq!(terms.to_string(), "90;refresher=uas");
    }

    #[test]
    fn the_interval_may_be_lowered_but_not_below_min_se() {
        let mut ask = asked(1800, None, true);
        ask.min_se = Some(600);
        let Decision::Run { terms, .. } = decide(&ask, Some(120)) else { panic!() };
        assert_eq!(terms.seconds, 600);
    }

    #[test]
    fn a_silent_caller_gets_our_timer() {
        let ask = Asked::default();
        assert_eq!(decide(&ask, None), Decision::None);
        let Decision::Run { terms, require } = decide(&ask, Some(300)) else { panic!() };
        assert_eq!((terms.to_string().as_str(), require), ("300;refresher=uas", false));
    }

    #[test]
    fn a_422_is_obeyed_only_when_it_raises() {
        assert_eq!(raise(Some(90), Some(120)), Some(120));
        assert_eq!(raise(Some(120), Some(120)), None);
        assert_eq!(raise(Some(120), None), None);
    }

    #[test]
    fn the_side_that_waits_gives_up_before_the_end() {
        let terms = SessionExpires { seconds: 90, refresher: Some(Refresher::Uas) };
        let running = Running::agreed(terms, true);
        assert!(!running.ours);
        assert_eq!(running.expires_after(), Duration::from_secs(60));
        assert_eq!(Running::agreed(terms, false).refresh_after(), Duration::from_secs(45));
        assert_eq!(running.terms().to_string(), "90;refresher=uas");
    }
}
