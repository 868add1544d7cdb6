//! What a run may spend.

use std::{fmt, str::FromStr, time::Duration};

use super::Refusal;
use crate::{plan::Plan, subject::Subject};

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

/// The budget that a user asks for; what is not named is not asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Calls.
    pub calls: Option<u32>,
    /// Time of all calls together.
    pub time: Option<Duration>,
}

impl Wish {
    /// What is granted on this trunk: what is asked for, else the usual or the trunk's cap if that is
    /// less. Where calls are free there is no cap.
    ///
    /// # Errors
    /// [`Refusal::OverCap`] where more is asked for than the trunk's cap.
    pub fn granted(self, subject: &Subject) -> Result<Budget, Refusal> {
        let cap = subject.cap();
        if subject.is_billed()
            && (self.calls.is_some_and(|calls| calls > cap.calls)
                || self.time.is_some_and(|time| time > cap.time))
        {
            return Err(Refusal::OverCap(cap));
        }
        let usual = Budget::default();
        Ok(Budget {
            calls: self.calls.unwrap_or(usual.calls.min(cap.calls)),
            time: self.time.unwrap_or(usual.time.min(cap.time)),
        })
    }
}

impl FromStr for Wish {
    type Err = String;

    /// Reads `calls=20,minutes=10`, or one of the two.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut wish = Self::default();
        for part in text.split(',') {
            let wrong = || format!("'{part}' is not `calls=N` or `minutes=N`");
            match part.split_once('=') {
                Some(("calls", n)) => wish.calls = Some(n.parse().map_err(|_| wrong())?),
                Some(("minutes", n)) => {
                    let minutes: f64 = n.parse().map_err(|_| wrong())?;
                    wish.time =
                        Some(Duration::try_from_secs_f64(minutes * 60.0).map_err(|_| wrong())?);
                }
                _ => return Err(wrong()),
            }
        }
        Ok(wish)
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
    /// What these plans need together. An answered call tells of the first of our numbers: that is not
    /// dialled a second time.
    pub fn of(plans: &[Plan]) -> Self {
        let answered = plans.iter().any(Plan::is_answered);
        let cost = |plan: &Plan| {
            if let (Plan::Dids(count), true) = (plan, answered) {
                return Plan::Dids(count.saturating_sub(1)).cost();
            }
            plan.cost()
        };
        plans.iter().map(cost).fold(Self::default(), |sum, (calls, time)| Self {
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
    use milliwatt_engine::settings::Trunk;

    use super::*;
    use crate::plan::{Call, Callee};

    fn wish(text: &str) -> Wish {
        text.parse().unwrap()
    }

    #[test]
    fn reads_what_the_flag_says() {
        let (calls, time) = (Some(3), Some(Duration::from_secs(90)));
        assert_eq!(wish("calls=3,minutes=1.5"), Wish { calls, time });
        assert_eq!(wish("minutes=1.5"), Wish { calls: None, time });
        for wrong in ["", "calls", "calls=x", "minutes=-1", "euros=5"] {
            assert!(wrong.parse::<Wish>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_number_is_paid_for_twice() {
        let answered = Plan::Call(Call::answered());
        assert_eq!(Spent::of(&[answered, Plan::Dids(3)]).calls, 3);
        assert_eq!(Spent::of(&[Plan::Call(Call::to(Callee::Busy)), Plan::Dids(3)]).calls, 4);
    }

    #[test]
    fn a_budget_is_raised_up_to_the_cap_of_the_trunk() {
        let subject = |max_calls, max_minutes, billed| {
            let mut trunk = Trunk::default();
            trunk.test.billed = Some(billed);
            (trunk.test.max_calls, trunk.test.max_minutes) = (max_calls, max_minutes);
            Subject::new(trunk)
        };
        let usual = subject(None, None, true);
        let minutes = |n: u64| Duration::from_secs(n * 60);
        assert_eq!(Wish::default().granted(&usual), Ok(Budget::default()));
        let most = Budget { calls: 100, time: minutes(60) };
        assert_eq!(wish("calls=100,minutes=60").granted(&usual), Ok(most));
        for over in ["calls=101", "minutes=60.1"] {
            assert_eq!(wish(over).granted(&usual), Err(Refusal::OverCap(most)), "{over}");
        }
        let small = subject(Some(5), Some(2.0), true);
        let cap = Budget { calls: 5, time: minutes(2) };
        assert_eq!(Wish::default().granted(&small), Ok(cap));
        assert_eq!(wish("calls=6").granted(&small), Err(Refusal::OverCap(cap)));
        assert_eq!(wish("calls=4").granted(&small), Ok(Budget { calls: 4, ..cap }));
        assert_eq!(wish("calls=900").granted(&subject(None, None, false)).unwrap().calls, 900);
    }
}
