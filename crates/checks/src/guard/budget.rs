//! What a run may spend.

use std::{fmt, str::FromStr, time::Duration};

use crate::plan::Plan;

/// Calls and time that a run may spend on a billed trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Calls.
    pub calls: u32,
    /// Time of all calls together.
    pub time: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self { calls: 20, time: Duration::from_secs(600) }
    }
}

impl Budget {
    /// True when this much may be spent.
    pub fn covers(self, needed: Spent) -> bool {
        needed.calls <= self.calls && needed.time <= self.time
    }
}

impl FromStr for Budget {
    type Err = String;

    /// Reads `calls=20,minutes=10`; what is not named keeps its default.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut budget = Self::default();
        for part in text.split(',') {
            let wrong = || format!("'{part}' is not `calls=N` or `minutes=N`");
            match part.split_once('=') {
                Some(("calls", n)) => budget.calls = n.parse().map_err(|_| wrong())?,
                Some(("minutes", n)) => {
                    let minutes: f64 = n.parse().map_err(|_| wrong())?;
                    budget.time =
                        Duration::try_from_secs_f64(minutes * 60.0).map_err(|_| wrong())?;
                }
                _ => return Err(wrong()),
            }
        }
        Ok(budget)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.calls, self.time)
    }
}

/// Calls and time that plans need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls.
    pub calls: u32,
    /// Time of all calls together, each counted as trunks bill it.
    pub time: Duration,
}

impl Spent {
    /// What these plans need together.
    pub fn of(plans: &[Plan]) -> Self {
        plans.iter().map(Plan::cost).fold(Self::default(), |sum, (calls, time)| Self {
            calls: sum.calls + calls,
            time: sum.time + time,
        })
    }
}

impl std::ops::Add for Spent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            time: self.time.saturating_add(other.time),
        }
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.calls, self.time)
    }
}

fn show(f: &mut fmt::Formatter<'_>, calls: u32, time: Duration) -> fmt::Result {
    write!(f, "{calls} calls, {:.1} minutes", time.as_secs_f64() / 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_flag_says() {
        let budget: Budget = "calls=3,minutes=1.5".parse().unwrap();
        assert_eq!(budget, Budget { calls: 3, time: Duration::from_secs(90) });
        assert_eq!("minutes=2".parse::<Budget>().unwrap().calls, 20);
        for wrong in ["", "calls", "calls=x", "minutes=-1", "euros=5"] {
            assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
        }
    }
}
