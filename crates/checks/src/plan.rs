//! What a check needs to see. Equal and compatible plans are merged, so that checks share calls.

use std::{fmt, time::Duration};

use crate::{subject::Subject, verdict::Finding};

/// Something to be done once, whose outcome checks judge.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// A call.
    Call(Call),
    /// An INVITE that is taken back at the first provisional response above 100.
    Challenge,
    /// A short call to each of so many numbers of ours, as far as the budget goes.
    Dids(u32),
    /// NAPTR, SRV and addresses of the trunk's name.
    Dns,
    /// How the trunk and STUN servers see our address.
    Nat,
    /// OPTIONS.
    Options(Options),
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
    /// Each side plays tones of its own, for the other to hear. Without them the user may say what
    /// is played.
    pub tones: bool,
}

/// OPTIONS to the trunk, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many, to where DNS leads.
    pub count: u32,
    /// One more to each other server that DNS names.
    pub each_server: bool,
}

impl Options {
    fn merge(self, other: Self) -> Self {
        Self {
            count: self.count.max(other.count),
            each_server: self.each_server || other.each_server,
        }
    }
}

impl Call {
    /// An answered call of the length that most checks need.
    pub fn answered() -> Self {
        let talk = Duration::from_secs(5);
        Self { callee: Callee::Answers, talk, digits: false, tones: false }
    }

    /// The same with digits.
    pub fn with_digits(self) -> Self {
        Self { digits: true, ..self }
    }

    /// The same with tones.
    pub fn with_tones(self) -> Self {
        Self { tones: true, ..self }
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
            // It would apply if the trunk's settings were complete.
            None => Err(Finding::nothing_to_see(
                "no number of our own to dial: name one in numbers.dids, or by --did",
            )),
        }
    }

    fn merge(self, other: Self) -> Option<Self> {
        (self.callee == other.callee).then(|| Self {
            callee: self.callee,
            talk: self.talk.max(other.talk),
            digits: self.digits || other.digits,
            tones: self.tones || other.tones,
        })
    }
}

/// What is done, for people.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(call) => match call.callee {
                Callee::Answers => {
                    write!(f, "a call to ourselves, {} s of talk", call.talk.as_secs())
                }
                Callee::Busy => f.write_str("a call to ourselves that is refused as busy"),
                Callee::Rings => f.write_str("a call to ourselves that is taken back"),
            },
            Self::Challenge => f.write_str("an INVITE that is taken back when it rings"),
            Self::Dids(count) => write!(f, "a short call to each of {count} numbers of ours"),
            Self::Dns => f.write_str("DNS: NAPTR, SRV, addresses"),
            Self::Nat => f.write_str("our address as the trunk and STUN servers see it"),
            Self::Options(options) => {
                let more =
                    if options.each_server { ", and one to each further server" } else { "" };
                write!(f, "{} OPTIONS{more}", options.count)
            }
            Self::Registration => f.write_str("registration with three different times"),
            Self::Tls => f.write_str("TLS handshakes and the certificate"),
            Self::Unregistration => f.write_str("the registration taken back"),
        }
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

    /// So many OPTIONS to the trunk.
    pub fn options(count: u32) -> Self {
        Self::Options(Options { count, each_server: false })
    }

    /// One OPTIONS to each server of the trunk.
    pub fn each_server() -> Self {
        Self::Options(Options { count: 1, each_server: true })
    }

    /// A short call to each of our numbers; where there is but one, the call that other checks need
    /// tells as much.
    ///
    /// # Errors
    /// Why it does not apply.
    pub fn dids(subject: &Subject) -> Result<Self, Finding> {
        let call = Call::answered().plan(subject)?;
        let count = u32::try_from(subject.trunk.numbers.dids.len()).unwrap_or(MOST_DIDS);
        Ok(if count > 1 { Self::Dids(count.min(MOST_DIDS)) } else { call })
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
            (Self::Options(a), Self::Options(b)) => Some(Self::Options(a.merge(*b))),
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
            Self::Dns => 0,
            Self::Tls => 1,
            Self::Options(_) => 2,
            Self::Nat => 3,
            Self::Registration => 4,
            Self::Challenge => 5,
            Self::Call(call) => match call.callee {
                Callee::Busy => 6,
                Callee::Rings => 7,
                Callee::Answers => 8,
            },
            Self::Dids(_) => 9,
            Self::Unregistration => 10,
        }
    }

    /// True for a call to ourselves that we take.
    pub(crate) fn is_answered(&self) -> bool {
        matches!(self, Self::Call(call) if call.callee == Callee::Answers)
    }

    /// The number that it dials, or the first of several.
    pub fn number<'a>(&self, subject: &'a Subject) -> Option<&'a str> {
        match self {
            Self::Call(_) | Self::Dids(_) => subject.own_number(),
            Self::Challenge => subject.destination(),
            Self::Dns
            | Self::Nat
            | Self::Options(_)
            | Self::Registration
            | Self::Tls
            | Self::Unregistration => None,
        }
    }

    /// All numbers that it would dial, if no guard forbade any.
    pub(crate) fn numbers<'a>(&self, subject: &'a Subject) -> Vec<&'a str> {
        let Self::Dids(count) = self else { return self.number(subject).into_iter().collect() };
        let most = usize::try_from(*count).unwrap_or(usize::MAX);
        subject.trunk.numbers.dids.iter().take(most).map(String::as_str).collect()
    }

    /// Calls placed, and the time that they are paid for.
    pub fn cost(&self) -> (u32, Duration) {
        match self {
            Self::Call(call) => {
                let least = if call.digits { WITH_DIGITS } else { Duration::ZERO };
                (1, (call.talk.max(least) + APART).max(LEAST_BILLED))
            }
            // Either may be answered before it can be taken back.
            Self::Challenge => (1, LEAST_BILLED),
            Self::Dids(count) => (*count, LEAST_BILLED.saturating_mul(*count)),
            Self::Dns
            | Self::Nat
            | Self::Options(_)
            | Self::Registration
            | Self::Tls
            | Self::Unregistration => (0, Duration::ZERO),
        }
    }

    /// The least of it that a run is worth beginning with: numbers that the budget does not reach are
    /// left out.
    pub fn least(&self) -> Self {
        if let Self::Dids(count) = self { Self::Dids((*count).min(1)) } else { self.clone() }
    }

    /// True where the trunk is to answer by SIP.
    pub fn is_signalling(&self) -> bool {
        !matches!(self, Self::Dns | Self::Tls)
    }

    /// True where our password may be asked for.
    pub fn needs_login(&self) -> bool {
        self.is_signalling() && !matches!(self, Self::Nat | Self::Options(_))
    }
}

/// A call is counted with at least this, as trunks bill it: one that is to be refused or taken back
/// may be answered all the same.
const LEAST_BILLED: Duration = Duration::from_secs(15);
/// The caller may be billed a little before both talk.
const APART: Duration = Duration::from_secs(2);
/// Numbers that are dialled in one run, where no budget ends it before.
pub(crate) const MOST_DIDS: u32 = 100;
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
            Plan::Call(Call::answered().with_tones()),
            Plan::each_server(),
            Plan::Call(long),
            Plan::Dns,
            Plan::options(10),
            Plan::Call(Call::to(Callee::Busy)),
        ];
        let merged = Plan::merged(plans);
        let options = Plan::Options(Options { count: 10, each_server: true });
        assert_eq!(merged[..2], [Plan::Dns, options]);
        assert_eq!(merged.len(), 4);
        assert_eq!(merged[3], Plan::Call(long.with_digits().with_tones()));
    }
}
