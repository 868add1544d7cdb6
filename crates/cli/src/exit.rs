//! Exit codes of the contract, never a SIP code.

use std::{fmt, process::ExitCode};

/// How the program ended. The order of the numbers says nothing; [`Exit::worst`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: all gates passed, or the call ended as expected.
    Good,
    /// 1: a gate failed or a required check was skipped, or the call ended otherwise.
    Failed,
    /// 2: usage, settings or scenario invalid; nothing was sent.
    Usage,
    /// 3: it could not run: network, DNS, socket, TLS, or no SIP response at all.
    CouldNotRun,
    /// 4: authentication refused.
    Refused,
    /// 5: stopped by the budget or consent guard.
    Guard,
    /// 6: the time of the whole verb is up.
    TimeUp,
    /// 7: internal error.
    Internal,
    /// 130: interrupted.
    Interrupted,
}

/// Where several apply, the first of these.
const ORDER: [Exit; 9] = [
    Exit::Interrupted,
    Exit::Internal,
    Exit::Usage,
    Exit::Guard,
    Exit::CouldNotRun,
    Exit::Refused,
    Exit::TimeUp,
    Exit::Failed,
    Exit::Good,
];

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::CouldNotRun => 3,
            Self::Refused => 4,
            Self::Guard => 5,
            Self::TimeUp => 6,
            Self::Internal => 7,
            Self::Interrupted => 130,
        }
    }

    /// The one that is told when both apply.
    pub(crate) fn worst(self, other: Self) -> Self {
        ORDER.into_iter().find(|e| [self, other].contains(e)).unwrap_or(self)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why the program gave up, with what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The code.
    pub(crate) exit: Exit,
    why: String,
}

impl Failure {
    /// Something in the arguments or settings; nothing was sent.
    pub(crate) fn usage(why: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, why: why.to_string() }
    }

    /// Something outside.
    pub(crate) fn could_not_run(why: impl fmt::Display) -> Self {
        Self { exit: Exit::CouldNotRun, why: why.to_string() }
    }

    /// A guard said no.
    pub(crate) fn guard(why: impl fmt::Display) -> Self {
        Self { exit: Exit::Guard, why: why.to_string() }
    }

    /// The trunk said no to user name or password.
    pub(crate) fn refused(why: impl fmt::Display) -> Self {
        Self { exit: Exit::Refused, why: why.to_string() }
    }

    /// The trunk said no to something else.
    pub(crate) fn failed(why: impl fmt::Display) -> Self {
        Self { exit: Exit::Failed, why: why.to_string() }
    }

    /// The user, or the time of the verb, ended it before there was a result.
    pub(crate) fn early(exit: Exit) -> Self {
        let why = if exit == Exit::TimeUp { "the time of --timeout is up" } else { "interrupted" };
        Self { exit, why: why.into() }
    }

    /// Something that must not happen.
    pub(crate) fn internal(why: impl fmt::Display) -> Self {
        Self { exit: Exit::Internal, why: why.to_string() }
    }

    /// The same reason where `other` applies too.
    pub(crate) fn worst(self, other: Exit) -> Self {
        Self { exit: self.exit.worst(other), ..self }
    }

    /// The reason.
    pub(crate) fn why(&self) -> &str {
        &self.why
    }

    /// Says it to a person.
    pub(crate) fn tell(&self) {
        crate::output::complain(&self.why);
    }

    /// Says it to a program.
    pub(crate) fn object(&self) -> serde_json::Value {
        crate::results::error(self.exit, &self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_orders_them() {
        assert_eq!(Exit::Failed.worst(Exit::Refused), Exit::Refused);
        assert_eq!(Exit::Refused.worst(Exit::CouldNotRun), Exit::CouldNotRun);
        assert_eq!(Exit::Good.worst(Exit::Good), Exit::Good);
        assert_eq!(Exit::Interrupted.worst(Exit::Internal), Exit::Interrupted);
        assert_eq!(Exit::TimeUp.worst(Exit::Failed), Exit::TimeUp);
    }
}
