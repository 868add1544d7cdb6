//! What a check needs to see. Equal and compatible plans are merged, so that checks share calls.

use std::time::Duration;

use crate::{subject::Subject, verdict::Finding};

/// Something to be done once, whose outcome checks judge.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// A call.
    Call(Call),
    /// An INVITE that is taken back at the first provisional response above 100.
    Challenge,
    /// NAPTR, SRV and addresses of the trunk's name.
    Dns,
    /// So many OPTIONS to the trunk.
    Options(u32),
    /// REGISTER, its refresh times, and its end.
    Registration,
    /// Handshakes with each version of TLS, and the certificate.
    Tls,
    /// The registration is taken back.
    Unregistration,
}

/// What the called side does. It is our own second leg: the call goes to one of our numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callee {
    /// Answers.
    Answers,
    /// Refuses with 486.
    Busy,
    /// Rings and leaves it to the caller to give up.
    Rings,
}

/// A call to one of our own numbers, with both legs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// What the called side does.
    pub callee: Callee,
    /// How long both talk; at least this.
    pub talk: Duration,
    /// All sixteen digits are pressed, each way.
    pub digits: bool,
}

impl Call {
    /// An answered call of the length that most checks need.
    pub fn answered() -> Self {
        Self { callee: Callee::Answers, talk: Duration::from_secs(5), digits: false }
    }

    /// The same with digits.
    pub fn with_digits(self) -> Self {
        Self { digits: true, ..self }
    }

    /// A call of that length to a called side that does this.
    pub fn to(callee: Callee) -> Self {
        Self { callee, ..Self::answered() }
    }

    /// The plan of this call, where the trunk has a number and the channels for it.
    ///
    /// # Errors
    /// Why it does not apply.
    pub fn plan(self, subject: &Subject) -> Result<Plan, Finding> {
        match subject.own_number() {
            Some(_) if subject.channels() >= 2 => Ok(Plan::Call(self)),
            Some(_) => Err(Finding::not_applicable(
                "the trunk has one channel: a call to ourselves needs two",
            )),
            None => Err(Finding::not_applicable(
                "no number of our own to dial: name one in numbers.dids",
            )),
        }
    }

    fn merge(self, other: Self) -> Option<Self> {
        (self.callee == other.callee).then(|| Self {
            callee: self.callee,
            talk: self.talk.max(other.talk),
            digits: self.digits || other.digits,
        })
    }
}

impl Plan {
    /// A look at DNS, where the trunk has a name.
    ///
    /// # Errors
    /// Why it does not apply.
    pub fn dns(subject: &Subject) -> Result<Self, Finding> {
        if subject.is_address() {
            return Err(Finding::not_applicable(
                "the trunk is an address, not a name: DNS is not asked",
            ));
        }
        Ok(Self::Dns)
    }

    /// Handshakes, where the trunk is set to TLS.
    ///
    /// # Errors
    /// Why it does not apply.
    pub fn tls(subject: &Subject) -> Result<Self, Finding> {
        if subject.is_secure() {
            Ok(Self::Tls)
        } else {
            Err(Finding::not_applicable("the trunk is not set to TLS"))
        }
    }

    /// Registrations, where the trunk registers.
    ///
    /// # Errors
    /// Why it does not apply.
    pub fn registration(subject: &Subject) -> Result<Self, Finding> {
        if subject.trunk.trunk.register {
            Ok(Self::Registration)
        } else {
            Err(Finding::not_applicable("the trunk knows us by address: nothing is registered"))
        }
    }

    /// One plan that serves both, if there is one.
    pub fn merge(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Call(a), Self::Call(b)) => a.merge(*b).map(Self::Call),
            (Self::Options(a), Self::Options(b)) => Some(Self::Options(*a.max(b))),
            (a, b) => (a == b).then(|| a.clone()),
        }
    }

    /// What is left of many plans when they are merged, in the order of a run: first what is free.
    pub fn merged(plans: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for plan in plans {
            match all.iter_mut().find_map(|p| p.merge(&plan).map(|m| (p, m))) {
                Some((place, merged)) => *place = merged,
                None => all.push(plan),
            }
        }
        all.sort_by_key(Self::order);
        all
    }

    fn order(&self) -> u8 {
        match self {
            Self::Unregistration => 8,
            Self::Dns => 0,
            Self::Tls => 1,
            Self::Options(_) => 2,
            Self::Registration => 3,
            Self::Challenge => 4,
            Self::Call(call) => match call.callee {
                Callee::Busy => 5,
                Callee::Rings => 6,
                Callee::Answers => 7,
            },
        }
    }

    /// The number that it dials.
    pub fn number<'a>(&self, subject: &'a Subject) -> Option<&'a str> {
        match self {
            Self::Call(_) => subject.own_number(),
            Self::Challenge => subject.destination(),
            Self::Dns
            | Self::Options(_)
            | Self::Registration
            | Self::Tls
            | Self::Unregistration => None,
        }
    }

    /// Calls placed, and the time that they are paid for.
    pub fn cost(&self) -> (u32, Duration) {
        match self {
            Self::Call(call) if call.digits => (1, call.talk.max(WITH_DIGITS)),
            Self::Call(call) => (1, call.talk.max(LEAST_BILLED)),
            // It may be answered before it can be taken back.
            Self::Challenge => (1, LEAST_BILLED),
            Self::Dns
            | Self::Options(_)
            | Self::Registration
            | Self::Tls
            | Self::Unregistration => (0, Duration::ZERO),
        }
    }

    /// True where the trunk is to answer by SIP.
    pub fn is_signalling(&self) -> bool {
        !matches!(self, Self::Dns | Self::Tls)
    }

    /// True where our password may be asked for.
    pub fn needs_login(&self) -> bool {
        self.is_signalling() && !matches!(self, Self::Options(_))
    }
}

/// A call is counted with at least this, as trunks bill it: one that is to be refused or taken back
/// may be answered all the same.
const LEAST_BILLED: Duration = Duration::from_secs(15);
/// The longest that all digits each way can take.
pub(crate) const WITH_DIGITS: Duration = Duration::from_secs(25);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatible_calls_become_one() {
        let long = Call { talk: Duration::from_secs(9), ..Call::answered() };
        let plans = [
            Plan::Call(Call::answered().with_digits()),
            Plan::Options(1),
            Plan::Call(long),
            Plan::Dns,
            Plan::Options(10),
            Plan::Call(Call::to(Callee::Busy)),
        ];
        let merged = Plan::merged(plans);
        assert_eq!(merged[..2], [Plan::Dns, Plan::Options(10)]);
        assert_eq!(merged.len(), 4);
        assert_eq!(merged[3], Plan::Call(long.with_digits()));
    }
}
