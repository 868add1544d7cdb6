//! What kept a run from doing all that it should.

use crate::{guard::Refusal, plan::Plan};

/// What kept a run from doing all that it should; a sentence for the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// A guard did not let a call go out.
    #[error("{0}")]
    Guard(Refusal),
    /// Something of this computer: no socket, no room on the disk.
    #[error("{0}")]
    Here(String),
    /// The trunk refused the log-in; one more try may lock the account.
    #[error("the log-in was refused: {0}")]
    Refused(String),
    /// The trunk did not say a word.
    #[error("{0}")]
    Silent(String),
}

impl Obstacle {
    /// True where the trunk has no part in it: nothing can be said of what was tried.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Guard(_) | Self::Here(_))
    }

    /// True where it stands in the way of a plan.
    pub(crate) fn blocks(&self, plan: &Plan) -> bool {
        match self {
            Self::Guard(_) => plan.cost().0 > 0,
            Self::Here(_) => true,
            Self::Refused(_) => plan.needs_login(),
            Self::Silent(_) => plan.is_signalling(),
        }
    }
}
